"""An entry opens for who evaluated its identifier, at its place, and for nobody else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.authority import Authority
from protocol.errors import ProtocolError, SegmentRefused
from protocol.index.entry import KEY_TYPE_IDENTIFIER, Label, Place, make_entry, make_padding, open_entry, tag_of
from tests.protocol.federation import CO, EPOCH, INPUTS, PE, list_id, octets, seeded, server_key

OUTPUT, OTHER_OUTPUT = (server_key(PE).evaluate_input(value) for value in INPUTS[:2])
PLACE = Place(PE, list_id(PE), EPOCH)
LABEL = Label(octets("a record").hex()[:32], KEY_TYPE_IDENTIFIER, octets("a handle")[:16])
ENTRY = make_entry(OUTPUT, 0, LABEL, PLACE, seeded("entry"))


def test_who_evaluated_the_identifier_opens_the_label() -> None:
    assert len(ENTRY) == 96
    assert ENTRY[:16] == tag_of(OUTPUT, 0)
    assert open_entry(ENTRY, OUTPUT, 0, PLACE) == LABEL


def test_another_identifiers_output_does_not_open_it() -> None:
    with pytest.raises(SegmentRefused):
        open_entry(ENTRY, OTHER_OUTPUT, 0, PLACE)


def test_it_does_not_open_as_another_record_of_the_same_identifier() -> None:
    with pytest.raises(SegmentRefused):
        open_entry(ENTRY, OUTPUT, 1, PLACE)


@pytest.mark.parametrize("place", [replace(PLACE, authority=CO), replace(PLACE, list="0" * 32), replace(PLACE, epoch=EPOCH + 1)])
def test_it_does_not_open_when_copied_into_another_index(place: Place) -> None:
    with pytest.raises(SegmentRefused):
        open_entry(ENTRY, OUTPUT, 0, place)


@given(st.integers(0, 95), st.integers(1, 255))
def test_it_does_not_open_when_any_byte_was_changed(position: int, difference: int) -> None:
    changed = bytearray(ENTRY)
    changed[position] ^= difference
    with pytest.raises(SegmentRefused):
        open_entry(bytes(changed), OUTPUT, 0, PLACE)


def test_the_same_label_looks_different_each_time() -> None:
    again = make_entry(OUTPUT, 0, LABEL, PLACE, seeded("another entry"))
    assert again[:16] == ENTRY[:16]
    assert again[16:] != ENTRY[16:]


def test_tags_of_one_identifiers_records_have_nothing_in_common() -> None:
    tags = {tag_of(output, j) for output in (OUTPUT, OTHER_OUTPUT) for j in range(64)}
    assert len(tags) == 128


def test_padding_has_an_entrys_size_and_opens_for_nobody() -> None:
    padding = make_padding(seeded("padding"))
    assert len(padding) == len(ENTRY)
    with pytest.raises(SegmentRefused):
        open_entry(padding, OUTPUT, 0, PLACE)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 255), st.binary(min_size=16, max_size=16))
def test_a_label_comes_back_from_its_forty_bytes(record: bytes, key_type: int, handle: bytes) -> None:
    label = Label(record.hex(), key_type, handle)
    assert label.to_bytes() == record + handle + bytes([key_type]) + bytes(7)
    assert Label.from_bytes(label.to_bytes()) == label


@pytest.mark.parametrize("raw", [b"", bytes(39), bytes(41), bytes(39) + b"\x01", bytes(33) + b"\x01" + bytes(6)])
def test_a_label_of_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(SegmentRefused):
        Label.from_bytes(raw)


@given(
    st.tuples(st.sampled_from([CO, PE]), st.binary(min_size=16, max_size=16), st.integers(1, 1 << 31), st.integers(0, 63)),
    st.tuples(st.sampled_from([CO, PE]), st.binary(min_size=16, max_size=16), st.integers(1, 1 << 31), st.integers(0, 63)),
)
def test_two_places_never_bind_alike(one: tuple[Authority, bytes, int, int], other: tuple[Authority, bytes, int, int]) -> None:
    bound = [Place(state, ident.hex(), epoch).bound(j, bytes(16)) for state, ident, epoch, j in (one, other)]
    assert (bound[0] == bound[1]) == (one == other)


@given(st.binary(min_size=96, max_size=96))
def test_no_entry_of_ninety_six_bytes_raises_anything_but_our_error(entry: bytes) -> None:
    with pytest.raises(ProtocolError):
        open_entry(entry, OUTPUT, 0, PLACE)
