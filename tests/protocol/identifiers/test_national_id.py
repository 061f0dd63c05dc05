import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.authority import MEMBER_STATES
from protocol.identifiers import Doubt, Kind, NotNormalisable, RawIdentifier, Reason, normalise
from tests.protocol.identifiers.reading import canonical, doubts, refusal

ID = Kind.NATIONAL_ID
CHECKED: frozenset[Doubt] = frozenset()
RULE = frozenset({Doubt.LENGTH_RULE_ONLY})
FAILED = frozenset({Doubt.CHECK_DIGIT_FAILED})
TWO = frozenset({Doubt.ANOTHER_READING})
UNASSIGNED = frozenset({Doubt.NOT_ASSIGNED})


@pytest.mark.parametrize(
    ("country", "written", "key", "doubted"),
    [
        ("AR", "DNI 12.345.678", "12345678", RULE),
        ("AR", "M 07.654.321", "7654321", RULE),
        ("BB", "900101-0001", "9001010001", RULE),
        ("BB", "901301-0001", "9013010001", RULE | UNASSIGNED),
        ("BO", "1234567 LP", "1234567", RULE),
        ("BO", "CI 1234567-1A SC", "12345671A", RULE),
        ("BO", "E-12345", "E12345", RULE),
        ("BR", "390.533.447-05", "39053344705", CHECKED),
        ("BR", "1.234.567-97", "00123456797", CHECKED),
        ("CA", "123-456-782", "123456782", CHECKED),
        ("CL", "RUN 012.345.678-5", "123456785", CHECKED),
        ("CL", "12.345.678-k", "12345678K", FAILED),
        ("CO", "C.C. 1.020.304.050", "1020304050", RULE),
        ("CO", "C.C. 1.020.304.050 de Medellín", "1020304050", RULE),
        ("CO", "1020304050, expedida en Bogotá D.C.", "1020304050", RULE),
        ("BO", "CI 1234567 exp. en La Paz", "1234567", RULE),
        ("CO", "CE 0123456", "CE123456", RULE),
        ("CO", "C.C. No. 1.020.304.050", "1020304050", RULE),
        ("CO", "cédula de extranjería 123456", "CE123456", RULE),
        ("CO", "PPT 0012345", "PPT12345", RULE),
        ("CO", "123456789012345", "PEP123456789012345", RULE),
        ("CO", "NUIP v2a 0123456", "V2A0123456", RULE),
        ("CR", "1-0613-0584", "0106130584", RULE),
        ("CR", "1-613-584", "0106130584", RULE),
        ("CR", "DIMEX 155812994816", "155812994816", RULE),
        ("DO", "00113918205", "00113918205", CHECKED),
        ("DO", "113918205-3", "01139182053", FAILED),
        ("EC", "171430710-3", "1714307103", CHECKED),
        ("GT", "2323 45678 0101", "2323456780101", CHECKED),
        ("GT", "1234 56780 0101", "1234567800101", FAILED),
        ("GT", "2323 45678 2301", "2323456782301", UNASSIGNED),
        ("MX", "BOXW310820HNERXN09", "BOXW310820HNERXN09", CHECKED),
        ("NI", "001-010180-0001A", "0010101800001A", FAILED),
        ("PA", "8-123-4567", "8-123-4567", RULE),
        ("PA", "08 0123 004567", "8-123-4567", RULE),
        ("PA", "pe-12-345", "PE-12-345", RULE),
        ("PA", "1pi-2-3", "1PI-2-3", RULE),
        ("PE", "DNI 10117410", "10117410", RULE),
        ("PE", "10117410-2", "10117410", CHECKED),
        ("PE", "10117410-3", "10117410", FAILED),
        ("PE", "10117410G", "10117410", CHECKED),
        ("PE", "001766062", "CE001766062", RULE | TWO),
        ("PE", "C.E. 1766062", "CE001766062", RULE),
        ("PE", "PTP 1766062", "PTP001766062", RULE),
        ("PE", "10-10117410-2", "10117410", CHECKED),
        ("PE", "8123456", "08123456", RULE),
        ("PY", "1.234.567", "1234567", RULE),
        ("SV", "01234567-8", "012345678", CHECKED),
        ("SV", "01234567-7", "012345677", FAILED),
        ("SV", "16297-5", "000162975", CHECKED),
        ("US", "536-90-4399", "536904399", RULE),
        ("US", "000-90-4399", "000904399", RULE | UNASSIGNED),
        ("UY", "CI 1.234.567-2", "12345672", CHECKED),
        ("UY", "1.234.567-3", "12345673", FAILED),
        ("VE", "V-12.345.678", "V12345678", RULE),
        ("VE", "12345678", "V12345678", RULE),
        ("VE", "81234567", "E81234567", RULE),
        ("VE", "e 81.234.567", "E81234567", RULE),
        ("SR", "AB 001234", "AB001234", RULE),
        ("AR", "CUIL 20-05536168-2", "5536168", CHECKED),
        ("BR", "RNE V123456-7", "V1234567", RULE),
        ("EC", "1714307103001", "1714307103", CHECKED),
        ("HN", "0801-1990-12345", "0801199012345", RULE),
        ("HN", "801199012345", "0801199012345", RULE),
        ("CU", "2062506561", "02062506561", RULE),
        ("HN", "1901-1990-12345", "1901199012345", RULE | UNASSIGNED),
        ("HT", "NIF 123-456-789-0", "NIF1234567890", RULE),
        ("HT", "123-456-789-0", "1234567890", RULE | TWO),
        ("JM", "123-456-789", "123456789", RULE),
        ("JM", "NIN 123-456-789", "NIN123456789", RULE),
        ("MX", "clave de elector ABCDEF80010109H100", "ABCDEF80010109H100", RULE),
        ("MX", "ABCDEF80010133H100", "ABCDEF80010133H100", RULE | UNASSIGNED),
        ("PA", "cédula 8-AV-123-456", "8AV-123-456", RULE),
        ("TT", "19800229123", "19800229123", RULE),
        ("TT", "19810229123", "19810229123", RULE | UNASSIGNED),
        ("VE", "C.I. V-12.345.678", "V12345678", RULE),
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
        ("BR", "***.533.447-**", Reason.MASKED),
        ("SR", "AB 00**34", Reason.MASKED),
    ],
)
def test_a_number_of_another_form_is_refused(country: str, written: str, why: Reason) -> None:
    assert refusal(ID, written, country) == (why, None)


def test_a_curp_that_begins_like_its_label_keeps_its_letters() -> None:
    assert canonical(ID, "CURP310820HNERXN09", "MX") == "MX:CURP310820HNERXN09"
    assert canonical(ID, "CURP: BOXW310820HNERXN09", "MX") == "MX:BOXW310820HNERXN09"


def keys(text: str, country: str) -> list[str]:
    return [each.canonical for each in normalise(RawIdentifier(ID, text, country))]


def test_a_number_that_may_be_of_two_documents_is_asked_as_both_the_likelier_one_first() -> None:
    assert keys("00000000-0", "PE") == ["PE:CE000000000", "PE:00000000"]
    assert keys("00000000-6", "PE") == ["PE:00000000", "PE:CE000000006"]
    assert keys("10117410-2", "PE") == ["PE:10117410"]
    assert keys("001766062", "PE") == ["PE:CE001766062", "PE:00176606"]
    assert keys("CE 001766062", "PE") == ["PE:CE001766062"]


def test_brazil_s_general_register_needs_the_state_that_numbers_on_its_own() -> None:
    assert refusal(ID, "RG 12.345.678-X", "BR") == (Reason.NEEDS_SUBDIVISION, None)
    assert refusal(ID, "RG 12.345.678-X SSP/SP", "BR", subdivision="RJ") == (Reason.CONFLICTING_CONTEXT, None)
    assert refusal(ID, "RG 12.345.678-X SSP/ZZ", "BR") == (Reason.UNKNOWN_SUBDIVISION, None)
    for written, subdivision in (("RG: 12.345.678-X", "BR-SP"), ("RG 12.345.678-X SSP/SP", None), ("RG-SP 012345678X", "SP")):
        assert canonical(ID, written, "BR", subdivision=subdivision) == "BR:RGSP12345678X"


# Invented holders; composite and other check digits are those of the text.
COLOMBIAN = "ICCOL000000012516001<<<<<<<<<<\n9007150F3407150COL1020304050<5\nPRUEBA<<PERSONA<INVENTADA<<<<<"
CHILEAN = "INCHL5135124652S74<<<<<<<<<<<<\n8704134F2311249CHL12345678<5<9\nPRUEBA<<PERSONA<<<<<<<<<<<<<<<"
PERUVIAN = "I<PER10117410<2<<<<<<<<<<<<<<<\n8704134F2311249PER<<<<<<<<<<<6\nPRUEBA<<PERSONA<<<<<<<<<<<<<<<"


@pytest.mark.parametrize(("zone", "key"), [(COLOMBIAN, "CO:1020304050"), (CHILEAN, "CL:123456785"), (PERUVIAN, "PE:10117410")])
def test_a_card_s_zone_gives_the_number_that_its_state_puts_there(zone: str, key: str) -> None:
    assert canonical(ID, zone) == key


def test_a_zone_of_another_state_contradicts_the_one_given() -> None:
    assert refusal(ID, COLOMBIAN, "PE") == (Reason.CONFLICTING_CONTEXT, None)


def test_a_zone_without_an_identity_number_is_recorded_as_a_passport() -> None:
    for text in (
        COLOMBIAN.replace("1020304050<", "<<<<<<<<<<<"),
        COLOMBIAN.replace("COL", "BEL"),
        COLOMBIAN.replace("COL", "UTO"),
    ):
        assert refusal(ID, text) == (Reason.IS_OTHER_KIND, Kind.PASSPORT)


def test_a_passport_s_optional_field_counts_only_where_it_says_itself_what_it_holds() -> None:
    line_1 = "P<COLPRUEBA<<PERSONA<INVENTADA<<<<<<<<<<<<<<"
    named = f"{line_1}\nAB12345674COL7408122F1204159CC1020304050<<<0"
    assert canonical(ID, named) == "CO:1020304050"
    assert refusal(ID, named.replace("CC1020304050<<", "1020304050<<<<")) == (Reason.IS_OTHER_KIND, Kind.PASSPORT)
    assert refusal(ID, named.replace("CC1020304050<<", "CC12<<<<<<<<<<")) == (Reason.IS_OTHER_KIND, Kind.PASSPORT)


def test_a_tax_number_on_a_form_for_social_security_numbers_is_asked_as_that_too() -> None:
    number, tax = normalise(RawIdentifier(ID, "912-90-3456", "US"))
    assert (number.kind, tax.kind) == (ID, Kind.TAX_ID_PERSON)
    assert tax.canonical == normalise(RawIdentifier(Kind.TAX_ID_PERSON, "912-90-3456", "US"))[0].canonical
    assert len(normalise(RawIdentifier(ID, "536-90-4399", "US"))) == 1


# In Panama and Costa Rica the groups of a number have a meaning of their own.
WITHOUT_GROUPS = sorted(MEMBER_STATES - {"CR", "PA"})


@given(country=st.sampled_from(WITHOUT_GROUPS), number=st.integers(10**5, 10**13), data=st.data())
def test_separators_between_digits_never_change_a_key(country: str, number: int, data: st.DataObject) -> None:
    signs = st.sampled_from(["", " ", ".", "/", "\u00a0", "\u200b", "\uff0e"])
    spaced = "".join(digit + data.draw(signs) for digit in str(number))
    full_width = spaced.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    assert outcome(country, spaced) == outcome(country, full_width) == outcome(country, str(number))


def outcome(country: str, text: str) -> list[str] | Reason:
    try:
        return keys(text, country)
    except NotNormalisable as refused:
        return refused.reason_code
