import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from protocol.authority import MEMBER_STATES
from protocol.identifiers import Doubt, Kind, RawIdentifier, Reason, normalise
from tests.protocol.identifiers.reading import canonical, doubts, refusal
from tests.protocol.identifiers.telephone_writings import examples, subscriber, writings

STATES = sorted(MEMBER_STATES)
FIXED_AND_MOBILE = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)


def key_of(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", FIXED_AND_MOBILE, ids=["fixed", "mobile"])
def test_a_subscriber_of_any_state_has_one_key_in_more_than_forty_writings(state: str, kind: int) -> None:
    number = subscriber(state, kind)
    written = writings(number, state)
    assert len({text for text, _ in written}) > 40
    assert {canonical(Kind.PHONE, text, country) for text, country in written} == {key_of(number)}


@pytest.mark.parametrize("state", STATES)
def test_every_example_of_the_plan_s_own_data_comes_back_from_every_form(state: str) -> None:
    found = list(examples(state))
    assert len(found) >= 2
    for number in found:
        for form in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966):
            assert canonical(Kind.PHONE, phonenumbers.format_number(number, form)) == key_of(number)
        assert canonical(Kind.PHONE, phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL), state) == key_of(number)


def numbers_of(state: str) -> st.SearchStrategy[PhoneNumber]:
    """Any number that the plan of the state has given out, of any type."""
    metadata = PhoneMetadata.metadata_for_region(state)
    assert metadata is not None
    assert metadata.general_desc is not None
    code, pattern = metadata.country_code, metadata.general_desc.national_number_pattern
    assert pattern is not None
    return (
        st.from_regex(pattern, fullmatch=True)
        .map(lambda national: phonenumbers.parse(f"+{code}{national}"))
        .filter(phonenumbers.is_valid_number)
    )


TWO_NUMBERS = st.sampled_from(STATES).flatmap(lambda state: st.tuples(st.just(state), numbers_of(state), numbers_of(state)))


@given(TWO_NUMBERS, st.data())
def test_a_number_in_force_has_its_own_key_in_any_writing_and_shares_it_with_nobody(
    pair: tuple[str, PhoneNumber, PhoneNumber], data: st.DataObject
) -> None:
    state, one, other = pair
    assume(key_of(one) != key_of(other))
    text, country = data.draw(st.sampled_from(writings(one, state)[:45]))
    assert canonical(Kind.PHONE, text, country) == key_of(one) != canonical(Kind.PHONE, key_of(other))


@pytest.mark.parametrize(
    "written",
    [
        "+55 11 98765-4321",
        "+55 11 8765-4321",
        "(11) 98765-4321",
        "11 8765 4321",
        "011 98765-4321",
        "(0xx11) 98765-4321",
        "0xx11 8765-4321",
        "0 15 11 98765-4321",
        "0055 11 98765 4321",
        "55 11 98765-4321",
        "tel:+55-11-98765-4321",
        "wa: 5511987654321",
        "WhatsApp: +55 (11) 98765-4321",
        "https://wa.me/5511987654321?text=oi",
        "https://api.whatsapp.com/send?phone=5511987654321",
        "5511987654321@s.whatsapp.net",
        "(+55) 11 987654321",
    ],
)
def test_a_brazilian_mobile_has_one_key_however_it_is_written(written: str) -> None:
    assert canonical(Kind.PHONE, written, "BR") == "+5511987654321"


@pytest.mark.parametrize(
    "written",
    ["55 1234 5678", "044 55 1234 5678", "045 55 1234 5678", "01 55 1234 5678", "+52 1 55 1234 5678", "+525512345678"],
)
def test_a_mexican_number_has_one_key_before_and_after_the_end_of_its_prefixes(written: str) -> None:
    assert canonical(Kind.PHONE, written, "MX") == "+525512345678"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("011 15-2345-6789", "+5491123456789"),
        ("+54 9 11 2345-6789", "+5491123456789"),
        ("+54 11 15 2345-6789", "+5491123456789"),
        ("+54 9 11 15 2345-6789", "+5491123456789"),
        ("0351 15 234-5678", "+5493512345678"),
        ("+54 9 351 15 234-5678", "+5493512345678"),
        ("+54 9 2966 15 234567", "+5492966234567"),
    ],
)
def test_an_argentine_mobile_has_one_key_with_9_with_15_and_with_both(written: str, key: str) -> None:
    assert [each.canonical for each in normalise(RawIdentifier(Kind.PHONE, written, "AR"))] == [key]


def test_an_argentine_number_without_9_or_15_is_also_asked_as_a_mobile() -> None:
    found = normalise(RawIdentifier(Kind.PHONE, "11 2345-6789", "AR"))
    assert [each.canonical for each in found] == ["+541123456789", "+5491123456789"]


def test_an_argentine_number_that_cannot_be_a_mobile_has_no_alternative() -> None:
    found = normalise(RawIdentifier(Kind.PHONE, "0800 555 1234", "AR"))
    assert [each.canonical for each in found] == ["+548005551234"]


@pytest.mark.parametrize(
    ("country", "written", "key"),
    [
        ("CL", "09-8765 4321", "+56987654321"),
        ("CL", "8765 4321", "+56987654321"),
        ("CL", "9 8765 4321", "+56987654321"),
        ("EC", "08 765 4321", "+593987654321"),
        ("EC", "098 765 4321", "+593987654321"),
        ("CO", "03 310 234 5678", "+573102345678"),
        ("VE", "0414-123.45.67", "+584141234567"),
        ("US", "011 57 310 234 5678", "+573102345678"),
        ("CO", "011 1 305 555 1234", "+13055551234"),
        (None, "00 57 310 234 5678", "+573102345678"),
        (None, "+44 (0)20 7946 0123", "+442079460123"),
    ],
)
def test_other_numbers_come_to_their_key(country: str | None, written: str, key: str) -> None:
    assert canonical(Kind.PHONE, written, country) == key


@pytest.mark.parametrize("zero", ["0 XX 11 ", "(xx11) ", "0**11 ", "0xx-11-", "90 15 11 "])
def test_a_brazilian_number_may_be_written_with_any_carrier(zero: str) -> None:
    assert canonical(Kind.PHONE, f"{zero}98765-4321", "BR") == "+5511987654321"


def test_a_brazilian_number_that_may_lack_its_ninth_digit_is_asked_with_and_without() -> None:
    # 7 is also where trunked radio is, which never got a ninth digit: behind 70, 77, 78 and 79 only that.
    found = normalise(RawIdentifier(Kind.PHONE, "11 7123-4567", "BR"))
    assert [each.canonical for each in found] == ["+551171234567", "+5511971234567"]
    assert len(normalise(RawIdentifier(Kind.PHONE, "11 7812-3456", "BR"))) == 1


@pytest.mark.parametrize("spoilt", ["3102345678.0", "'3102345678", '="3102345678"', "310,234,5678", "[310] 234-5678;"])
def test_what_a_spreadsheet_adds_is_left_out(spoilt: str) -> None:
    assert canonical(Kind.PHONE, spoilt, "CO") == "+573102345678"


def test_two_numbers_in_one_cell_are_not_run_together() -> None:
    assert refusal(Kind.PHONE, "310 2345678/79", "CO") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.PHONE, "3102345678/3112345678", "CO") == (Reason.WRONG_LENGTH, None)


def test_an_unassigned_number_is_not_given_a_plus_that_nobody_wrote() -> None:
    # +61 is Australia: eight Chilean digits would have become an Australian number that does not exist.
    assert refusal(Kind.PHONE, "61234567", "CL") == (Reason.WRONG_LENGTH, None)


@pytest.mark.parametrize(("state", "key"), [("AG", "+12684621234"), ("TT", "+18684621234"), ("GD", "+14734621234")])
def test_seven_digits_are_enough_where_the_state_has_one_area_code(state: str, key: str) -> None:
    assert canonical(Kind.PHONE, "462-1234", state) == key


@pytest.mark.parametrize("state", ["CA", "DO", "JM", "US"])
def test_seven_digits_are_not_enough_where_it_has_several(state: str) -> None:
    assert refusal(Kind.PHONE, "462-1234", state) == (Reason.NEEDS_AREA_CODE, None)


def test_a_chilean_landline_of_old_length_is_not_made_a_mobile() -> None:
    assert refusal(Kind.PHONE, "+56 61 234567") == (Reason.WRONG_LENGTH, None)


@pytest.mark.parametrize("extension", ["ext. 12", "x12", "x 12", "ramal 12", "interno 12", "anexo 12", "#12", ";ext=12"])
def test_an_extension_is_left_out_and_said_so(extension: str) -> None:
    assert canonical(Kind.PHONE, f"+52 55 1234 5678 {extension}") == "+525512345678"
    assert doubts(Kind.PHONE, f"+52 55 1234 5678 {extension}") == {Doubt.EXTENSION_DROPPED}


def test_a_number_that_nobody_has_been_given_keeps_a_key_and_a_doubt() -> None:
    assert doubts(Kind.PHONE, "+57 102 030 4050") == {Doubt.NOT_ASSIGNED}


def test_an_old_form_is_only_brought_up_to_date_where_that_gives_a_valid_number() -> None:
    # There is no area code 26 in Brazil, so a ninth digit would only invent another number.
    assert canonical(Kind.PHONE, "+55 26 6685 6771") == "+552666856771"
    assert doubts(Kind.PHONE, "+55 26 6685 6771") == {Doubt.NOT_ASSIGNED}


def test_an_assumed_plus_is_said() -> None:
    assert doubts(Kind.PHONE, "5511987654321", "CO") == {Doubt.ASSUMED_INTERNATIONAL}


def test_two_valid_readings_are_said() -> None:
    # From Brazil, 00 55 51 98765 4321 may be a number in Porto Alegre, or one in Peru through carrier 55.
    assert canonical(Kind.PHONE, "00 55 51 98765 4321", "BR") == "+5551987654321"
    assert doubts(Kind.PHONE, "00 55 51 98765 4321", "BR") == {Doubt.ANOTHER_READING}


@pytest.mark.parametrize(
    ("written", "country", "why"),
    [
        ("310 234 5678", None, Reason.NEEDS_COUNTRY),
        ("310 234 5678", "XX", Reason.UNKNOWN_COUNTRY),
        ("15 2345-6789", "AR", Reason.NEEDS_AREA_CODE),
        ("98765-4321", "BR", Reason.NEEDS_AREA_CODE),
        ("3456-7890", "BR", Reason.NEEDS_AREA_CODE),
        ("555 1234", "US", Reason.NEEDS_AREA_CODE),
        ("123", "CO", Reason.WRONG_LENGTH),
        ("+57 123", None, Reason.WRONG_LENGTH),
        ("000000000000", "AR", Reason.WRONG_LENGTH),
        ("+999 123456", None, Reason.WRONG_LENGTH),
        ("1-800-INVENTADO", "US", Reason.WRONG_CHARACTERS),
        ("310+2345678", "CO", Reason.WRONG_CHARACTERS),
        ("+()", "CO", Reason.EMPTY),
        ("310 *** 5678", "CO", Reason.MASKED),
        ("310-XXX-5678", "CO", Reason.MASKED),
    ],
)
def test_what_is_no_telephone_number_is_refused_with_its_reason(written: str, country: str | None, why: Reason) -> None:
    assert refusal(Kind.PHONE, written, country) == (why, None)
