import pytest

from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal

ID = Kind.NATIONAL_ID
CHECKED: frozenset[Doubt] = frozenset()
RULE = frozenset({Doubt.LENGTH_RULE_ONLY})
FAILED = frozenset({Doubt.CHECK_DIGIT_FAILED})


@pytest.mark.parametrize(
    ("country", "written", "key", "doubted"),
    [
        ("AR", "DNI 12.345.678", "12345678", RULE),
        ("AR", "M 07.654.321", "7654321", RULE),
        ("BB", "900101-0001", "9001010001", RULE),
        ("BO", "1234567 LP", "1234567", RULE),
        ("BO", "CI 1234567-1A SC", "12345671A", RULE),
        ("BR", "390.533.447-05", "39053344705", CHECKED),
        ("BR", "1.234.567-97", "00123456797", CHECKED),
        ("CA", "123-456-782", "123456782", CHECKED),
        ("CL", "RUN 012.345.678-5", "123456785", CHECKED),
        ("CL", "12.345.678-k", "12345678K", FAILED),
        ("CO", "C.C. 1.020.304.050", "1020304050", RULE),
        ("CO", "CE 123456", "CE123456", RULE),
        ("CR", "1-0613-0584", "0106130584", CHECKED),
        ("CR", "1-613-584", "0106130584", CHECKED),
        ("CR", "155812994816", "155812994816", CHECKED),
        ("DO", "00113918205", "00113918205", CHECKED),
        ("DO", "113918205-3", "01139182053", FAILED),
        ("EC", "171430710-3", "1714307103", CHECKED),
        ("GT", "1234 56789 0101", "1234567890101", RULE),
        ("MX", "BOXW310820HNERXN09", "BOXW310820HNERXN09", CHECKED),
        ("NI", "001-010180-0001A", "0010101800001A", RULE),
        ("PA", "8-123-4567", "8-123-4567", RULE),
        ("PA", "08 0123 004567", "8-123-4567", RULE),
        ("PA", "pe-12-345", "PE-12-345", RULE),
        ("PA", "1pi-2-3", "1PI-2-3", RULE),
        ("PE", "DNI 10117410", "10117410", RULE),
        ("PE", "10117410-2", "10117410", CHECKED),
        ("PE", "10117410-3", "10117410", FAILED),
        ("PE", "8123456", "08123456", RULE),
        ("PY", "1.234.567", "1234567", RULE),
        ("SV", "01234567-8", "012345678", RULE),
        ("US", "536-90-4399", "536904399", CHECKED),
        ("US", "000-90-4399", "000904399", frozenset({Doubt.NOT_ASSIGNED})),
        ("UY", "CI 1.234.567-2", "12345672", RULE),
        ("VE", "V-12.345.678", "V12345678", RULE),
        ("VE", "12345678", "V12345678", RULE),
        ("VE", "81234567", "E81234567", RULE),
        ("VE", "e 81.234.567", "E81234567", RULE),
        ("SR", "AB 001234", "AB001234", RULE),
        ("ES", "12345678-Z", "12345678Z", RULE),
    ],
)
def test_a_number_comes_to_its_state_s_form_and_says_how_far_it_was_checked(
    country: str, written: str, key: str, doubted: frozenset[Doubt]
) -> None:
    assert canonical(ID, written, country) == f"{country}:{key}"
    assert doubts(ID, written, country) == doubted
    assert canonical(ID, f"{country}:{key}") == f"{country}:{key}"


@pytest.mark.parametrize(
    ("country", "written", "why"),
    [
        ("CO", "123", Reason.WRONG_LENGTH),
        ("CO", "12345X789", Reason.WRONG_CHARACTERS),
        ("CO", "0000", Reason.EMPTY),
        ("PA", "81234567", Reason.NEEDS_SEPARATORS),
        ("PA", "8-A-4567", Reason.WRONG_CHARACTERS),
        ("PE", "1234567A", Reason.WRONG_CHARACTERS),
        ("VE", "J12345678", Reason.WRONG_CHARACTERS),
        ("VE", "V123", Reason.WRONG_LENGTH),
        ("MX", "BOXW310820", Reason.WRONG_LENGTH),
        ("SR", "ABCDEF", Reason.WRONG_CHARACTERS),
    ],
)
def test_a_number_of_another_form_is_refused(country: str, written: str, why: Reason) -> None:
    assert refusal(ID, written, country) == (why, None)


def test_a_curp_that_begins_like_its_label_keeps_its_letters() -> None:
    assert canonical(ID, "CURP310820HNERXN09", "MX") == "MX:CURP310820HNERXN09"
    assert canonical(ID, "CURP: BOXW310820HNERXN09", "MX") == "MX:BOXW310820HNERXN09"
