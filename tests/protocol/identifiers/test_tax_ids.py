import pytest

from protocol.identifiers import Doubt, Kind, RawIdentifier, Reason, normalise
from protocol.identifiers.tax_ids import _COMPANIES, _PERSONS
from tests.protocol.identifiers.reading import canonical, doubts, refusal

PERSON = Kind.TAX_ID_PERSON
COMPANY = Kind.TAX_ID_COMPANY


@pytest.mark.parametrize(
    ("country", "written", "national"),
    [
        ("AR", "20-05536168-2", "AR:5536168"),
        ("BR", "390.533.447-05", "BR:39053344705"),
        ("CL", "12.345.678-5", "CL:123456785"),
        ("CO", "1.020.304.050-3", "CO:1020304050"),
        ("EC", "1714307103001", "EC:1714307103"),
        ("HN", "0801-1999-123456", "HN:0801199912345"),
        ("PA", "8-123-4567", "PA:8-123-4567"),
        ("PE", "10-10117410-1", "PE:10117410"),
        ("PY", "1234567-9", "PY:1234567"),
        ("US", "536-90-4399", "US:536904399"),
        ("VE", "V-12345678-1", "VE:V12345678"),
    ],
)
def test_a_person_s_tax_number_is_also_asked_as_the_identity_number_in_it(country: str, written: str, national: str) -> None:
    tax, identity = normalise(RawIdentifier(PERSON, written, country))
    assert (tax.kind, identity.kind) == (PERSON, Kind.NATIONAL_ID)
    assert identity.canonical == national
    assert identity == normalise(RawIdentifier(Kind.NATIONAL_ID, national))[0]


@pytest.mark.parametrize(
    ("country", "written"),
    [("PE", "15101174100"), ("US", "912-90-3456"), ("VE", "P-12345678-1"), ("AR", "20-00000012-3"), ("SV", "0614-050707-104-8")],
)
def test_a_tax_number_without_an_identity_number_in_it_stands_alone(country: str, written: str) -> None:
    assert len(normalise(RawIdentifier(PERSON, written, country))) == 1


def test_a_company_has_no_identity_number() -> None:
    assert len(normalise(RawIdentifier(COMPANY, "0801-1999-123456", "HN"))) == 1


@pytest.mark.parametrize(
    ("kind", "country", "written", "other"),
    [
        (PERSON, "AR", "30-71234567-1", COMPANY),
        (COMPANY, "AR", "20-05536168-2", PERSON),
        (COMPANY, "BR", "390.533.447-05", PERSON),
        (PERSON, "VE", "J-07013380-5", COMPANY),
        (PERSON, "MX", "ABC680524P76", COMPANY),
    ],
)
def test_persons_and_companies_are_not_mixed_up(kind: Kind, country: str, written: str, other: Kind) -> None:
    # Only persons are screened as possible victims: a person recorded as a company would escape it.
    assert refusal(kind, written, country) == (Reason.IS_OTHER_KIND, other)


def test_what_only_might_be_the_other_kind_keeps_its_own_reason() -> None:
    assert refusal(COMPANY, "390.533.447-06", "BR") == (Reason.WRONG_LENGTH, None)
    assert refusal(COMPANY, "12", "BR") == (Reason.WRONG_LENGTH, None)


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


def test_a_colombian_person_s_ten_digits_are_a_cedula_not_a_nit_with_check_digit() -> None:
    assert canonical(PERSON, "1020304050", "CO") == canonical(PERSON, "10203040503", "CO") == "CO:1020304050"


def test_both_tables_know_the_same_states() -> None:
    # Else a number would be measured with a state's rule for one kind and with none for the other.
    assert _PERSONS.keys() == _COMPANIES.keys()


def test_a_state_without_a_rule_is_said_to_be_so() -> None:
    assert canonical(COMPANY, "ab-1234", "SR") == "SR:AB1234"
    assert doubts(COMPANY, "ab-1234", "SR") == {Doubt.LENGTH_RULE_ONLY}
