import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Kind, RawIdentifier, Reason, normalise
from tests.protocol.identifiers.reading import canonical, refusal

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
