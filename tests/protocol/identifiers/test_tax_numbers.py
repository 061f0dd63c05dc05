import pytest

from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import refusal

PERSON = Kind.TAX_ID_PERSON
COMPANY = Kind.TAX_ID_COMPANY


@pytest.mark.parametrize(
    ("kind", "country", "written", "other"),
    [
        (PERSON, "AR", "30-71234567-1", COMPANY),
        (COMPANY, "AR", "20-05536168-2", PERSON),
        (COMPANY, "BR", "390.533.447-05", PERSON),
        (PERSON, "VE", "J-07013380-5", COMPANY),
        (PERSON, "MX", "MAB9307148T4", COMPANY),
        (PERSON, "NI", "J0310000000001", COMPANY),
    ],
)
def test_persons_and_companies_are_not_mixed_up(kind: Kind, country: str, written: str, other: Kind) -> None:
    # Only persons are screened as possible victims: a person recorded as a company would escape it.
    assert refusal(kind, written, country) == (Reason.IS_OTHER_KIND, other)


def test_what_only_might_be_the_other_kind_keeps_its_own_reason() -> None:
    assert refusal(COMPANY, "390.533.447-06", "BR") == (Reason.WRONG_LENGTH, None)
    assert refusal(COMPANY, "12", "BR") == (Reason.WRONG_LENGTH, None)
