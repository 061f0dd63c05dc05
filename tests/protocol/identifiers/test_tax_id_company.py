import pytest

from protocol.identifiers import Doubt, Kind, RawIdentifier, normalise
from tests.protocol.identifiers.reading import canonical, doubts

COMPANY = Kind.TAX_ID_COMPANY


def test_a_company_has_no_identity_number() -> None:
    assert len(normalise(RawIdentifier(COMPANY, "0801-1999-123456", "HN"))) == 1


@pytest.mark.parametrize(
    ("written", "key", "doubted"),
    [
        ("900.123.456-8", "CO:900123456", frozenset()),
        ("NIT 9001234568", "CO:900123456", frozenset()),
        ("900123456", "CO:900123456", {Doubt.LENGTH_RULE_ONLY}),
        ("900123456-7", "CO:900123456", {Doubt.CHECK_DIGIT_FAILED}),
    ],
)
def test_a_colombian_nit_has_one_key_with_and_without_its_check_digit(written: str, key: str, doubted: set[Doubt]) -> None:
    assert canonical(COMPANY, written, "CO") == key
    assert doubts(COMPANY, written, "CO") == doubted


def test_a_state_without_a_rule_is_said_to_be_so() -> None:
    assert canonical(COMPANY, "ab-1234", "SR") == "SR:AB1234"
    assert doubts(COMPANY, "ab-1234", "SR") == {Doubt.LENGTH_RULE_ONLY}
