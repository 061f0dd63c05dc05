import pytest

from protocol.identifiers import Doubt, Kind, RawIdentifier, Reason, normalise
from tests.protocol.identifiers.reading import canonical, doubts, refusal

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


@pytest.mark.parametrize(
    ("country", "written", "key"),
    [
        ("BB", "1000123456789", "BB:1000123456789"),
        ("BR", "12.abc.345/01de-35", "BR:12ABC34501DE35"),
        ("BZ", "123456-13", "BZ:123456"),
        ("CA", "12302 6635 RC 0001", "CA:123026635"),
        ("LC", "001234-27", "LC:001234"),
        ("LC", "1234", "LC:001234"),
        ("PA", "155596713-2-2015 D.V. 59", "PA:155596713-2-2015"),
        ("PA", "155596713-2-2015", "PA:155596713-2-2015"),
        ("TT", "BIR 1234567890", "TT:1234567890"),
    ],
)
def test_what_follows_a_company_s_own_number_is_no_part_of_its_key(country: str, written: str, key: str) -> None:
    assert canonical(COMPANY, written, country) == key
    assert canonical(COMPANY, key) == key


def test_panama_s_number_needs_its_dashes() -> None:
    assert refusal(COMPANY, "15559671322015", "PA") == (Reason.NEEDS_SEPARATORS, None)
