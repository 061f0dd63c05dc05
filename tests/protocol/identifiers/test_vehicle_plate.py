import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.identifiers import Doubt, Kind, RawIdentifier, Reason, normalise
from protocol.identifiers.plate_forms import PLATE_FORMS, PlateForm
from tests.protocol.identifiers.reading import canonical, doubts, refusal

PLATE = Kind.VEHICLE_PLATE


FORMS = [(country, form) for country, forms in PLATE_FORMS.items() for form in forms]


def keys(plate: str, country: str = "PY") -> set[str]:
    return {each.canonical for each in normalise(RawIdentifier(PLATE, plate, country))}


@given(country=st.sampled_from(sorted(PLATE_FORMS)), plate=st.text("ABOI01", min_size=3, max_size=6), data=st.data())
def test_two_officers_who_confuse_o_with_0_and_i_with_1_still_share_a_key(country: str, plate: str, data: st.DataObject) -> None:
    alike = {"O": "O0", "0": "O0", "I": "I1", "1": "I1"}
    misread = "".join(data.draw(st.sampled_from(alike.get(c, c))) for c in plate)
    assert keys(plate, country) & keys(misread, country)


@given(each=st.sampled_from(FORMS), data=st.data())
def test_dashes_dots_spaces_and_small_letters_change_no_plate_of_any_state(
    each: tuple[str, PlateForm], data: st.DataObject
) -> None:
    country, form = each
    plate = data.draw(st.from_regex(re.compile(form.shape, re.ASCII), fullmatch=True))
    signs = "".join(character + data.draw(st.sampled_from(["", " ", "-", ".", "\u2013"])) for character in plate)
    assert keys(signs.lower(), country) == keys(plate, country)


@given(each=st.sampled_from(FORMS), data=st.data())
def test_a_plate_of_a_state_s_form_has_no_doubt_and_its_keys_give_themselves(
    each: tuple[str, PlateForm], data: st.DataObject
) -> None:
    country, form = each
    plate = data.draw(st.from_regex(re.compile(form.shape, re.ASCII), fullmatch=True))
    found = normalise(RawIdentifier(PLATE, plate, country))
    assert not found[0].doubts
    for key in found:
        assert normalise(RawIdentifier(PLATE, key.canonical))[0].canonical == key.canonical


def test_a_plate_with_hidden_characters_is_refused_for_that() -> None:
    assert refusal(PLATE, "ABC ***", "CO") == (Reason.MASKED, None)


def test_a_plate_of_no_form_of_its_state_is_doubted_and_never_refused() -> None:
    assert doubts(PLATE, "AB12C", "AR") == {Doubt.NOT_ASSIGNED}
    assert doubts(PLATE, "AB123CD", "AR") == frozenset()
    assert doubts(PLATE, "AB12C", "ES") == {Doubt.LENGTH_RULE_ONLY}


@pytest.mark.parametrize(
    ("country", "written", "key"),
    [
        ("AR", "Dominio: AB 123 CD", "AR:AB123CD"),
        ("AR", "patente nro. abc-123", "AR:ABC123"),
        ("BR", "SÃO PAULO - SP ABC-1234", "BR:ABC1234"),
        ("BR", "ABC1D23 BRASIL", "BR:ABC1D23"),
        ("CO", "placa BOGOTA D.C. XYZ 987", "CO:XYZ987"),
        ("CO", "XYZ 987 MEDELLIN", "CO:XYZ987"),
        ("UY", "MONTEVIDEO SAA 1234", "UY:SAA1234"),
        ("MX", "placas Jalisco JKL-12-34", "MX:JKL1234"),
        ("US", "plate no. ABC-1234", "US-TX:ABC1234"),
    ],
)
def test_words_and_the_names_of_places_on_a_plate_are_no_part_of_it(country: str, written: str, key: str) -> None:
    assert canonical(PLATE, written, country, subdivision="TX" if country == "US" else None) == key


def test_words_stay_where_no_plate_of_the_state_would_remain() -> None:
    assert canonical(PLATE, "CUERPO 12", "CO") == "CO:CUERPO12"
    assert canonical(PLATE, "ABC 12 XY", "CO") == "CO:ABC12XY"
    assert refusal(PLATE, "TEXTO LARGO " * 5 + "XYZ 987", "CO") == (Reason.WRONG_LENGTH, None)


def test_a_brazilian_vehicle_has_one_key_before_and_after_its_plate_of_mercosur() -> None:
    assert [each.canonical for each in normalise(RawIdentifier(PLATE, "ABC-1C34", "BR"))] == ["BR:ABC1C34", "BR:ABC1234"]
    assert keys("ABC-1234", "BR") == {"BR:ABC1234"}
    assert keys("ABC-1K34", "BR") == {"BR:ABC1K34"}


@given(
    st.from_regex(re.compile(r"[A-Z]{3}\d{4}", re.ASCII), fullmatch=True),
    st.from_regex(re.compile(r"[A-Z]{3}\d{4}", re.ASCII), fullmatch=True),
)
def test_no_two_brazilian_plates_come_to_share_a_key_by_changing_over(one: str, other: str) -> None:
    changed = {plate: f"{plate[:4]}{'ABCDEFGHIJ'[int(plate[4])]}{plate[5:]}" for plate in (one, other)}
    assume(one.translate(str.maketrans("OI", "01")) != other.translate(str.maketrans("OI", "01")))
    main = [{each.canonical for each in normalise(RawIdentifier(PLATE, changed[plate], "BR"))[:2]} for plate in (one, other)]
    assert not main[0] & main[1]


@pytest.mark.parametrize(
    ("country", "written", "key"),
    [
        ("CL", "BBBB-12", "CL:BBBB12"),
        ("CL", "BBBB-12-5", "CL:BBBB12"),
        ("CL", "AA.1234-K", "CL:AA1234"),
        ("CL", "BBB-12", "CL:BBB012"),
        ("CL", "BBB-012", "CL:BBB012"),
        ("CL", "AB-123", "CL:AB0123"),
        ("CL", "BBBBB-0", "CL:BBBBB0"),
        ("EC", "PBA-123", "EC:PBA0123"),
        ("EC", "PBA-0123", "EC:PBA0123"),
        ("EC", "PBA-1234", "EC:PBA1234"),
        ("EC", "IA-123-B", "EC:IA123B"),
    ],
)
def test_what_the_register_writes_otherwise_than_the_plate_comes_to_one_key(country: str, written: str, key: str) -> None:
    assert canonical(PLATE, written, country) == key


def test_a_plate_is_kept_as_written_with_at_most_one_alternative() -> None:
    assert [each.canonical for each in normalise(RawIdentifier(PLATE, "oi 01", "PY"))] == ["PY:OI01", "PY:0101"]
    assert len(keys("ABC123")) == 1


def test_where_plates_repeat_the_subdivision_is_part_of_the_key() -> None:
    assert refusal(PLATE, "ABC123", "US") == (Reason.NEEDS_SUBDIVISION, None)
    assert canonical(PLATE, "ABC123", "US", subdivision="TX") != canonical(PLATE, "ABC123", "US", subdivision="US-NV")


def test_where_plates_do_not_repeat_the_subdivision_is_left_out() -> None:
    # Half of the officers would give it and half would not.
    assert canonical(PLATE, "BRA2E19", "BR", subdivision="SP") == canonical(PLATE, "BRA2E19", "BR") == "BR:BRA2E19"


@pytest.mark.parametrize(("country", "subdivision"), [("CA", None), (None, "NV"), ("US", "US-NV")])
def test_a_canonical_plate_contradicts_another_place(country: str | None, subdivision: str | None) -> None:
    why = Reason.UNKNOWN_SUBDIVISION if country == "CA" else Reason.CONFLICTING_CONTEXT
    assert refusal(PLATE, "US-TX:ABC123", country, subdivision=subdivision) == (why, None)
