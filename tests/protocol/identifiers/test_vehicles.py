import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Doubt, Kind, RawIdentifier, Reason, normalise
from protocol.identifiers.vehicles import vin_check_character
from tests.protocol.identifiers.reading import canonical, doubts, refusal

PLATE = Kind.VEHICLE_PLATE


def keys(plate: str) -> set[str]:
    return {each.canonical for each in normalise(RawIdentifier(PLATE, plate, "PY"))}


@given(st.text("ABOI01", min_size=3, max_size=7), st.data())
def test_two_officers_who_confuse_o_with_0_and_i_with_1_still_share_a_key(plate: str, data: st.DataObject) -> None:
    alike = {"O": "O0", "0": "O0", "I": "I1", "1": "I1"}
    misread = "".join(data.draw(st.sampled_from(alike.get(c, c))) for c in plate)
    assert keys(plate) & keys(misread)


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


def test_a_vin_s_check_character_is_that_of_49_cfr_565() -> None:
    assert vin_check_character("1M8GDM9A_KP042788".replace("_", "0")) == "X"


def test_the_check_character_binds_only_where_it_is_compulsory() -> None:
    assert doubts(Kind.VIN, "1M8GDM9A1KP042788") == {Doubt.CHECK_DIGIT_FAILED}
    assert doubts(Kind.VIN, "9BWZZZ377VT004251") == frozenset()


def test_letters_that_no_vin_has_are_read_as_digits() -> None:
    assert canonical(Kind.VIN, "1M8GDM9AXKPO42788") == "1M8GDM9AXKP042788"
    assert doubts(Kind.VIN, "1M8GDM9AXKPO42788") == {Doubt.LETTERS_CORRECTED}


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Kind.IMO, "931946"), (Kind.VIN, "1M8GDM9AXKP04278"), (Kind.AIRCRAFT_REG, "N1"), (Kind.CONTAINER, "CSQU3")],
)
def test_a_short_mark_is_refused(kind: Kind, value: str) -> None:
    assert refusal(kind, value) == (Reason.WRONG_LENGTH, None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Kind.IMO, "931946A"), (Kind.AIRCRAFT_REG, "12345"), (Kind.CONTAINER, "CSQA3054383"), (Kind.VIN, "Ñ" * 17)],
)
def test_a_mark_of_other_characters_is_refused(kind: Kind, value: str) -> None:
    assert refusal(kind, value) == (Reason.WRONG_CHARACTERS, None)


def test_a_container_s_missing_check_digit_is_supplied() -> None:
    assert canonical(Kind.CONTAINER, "CSQU 305438") == canonical(Kind.CONTAINER, "CSQU 305438 3") == "CSQU3054383"
