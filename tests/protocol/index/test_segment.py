"""Segments are looked up as a dictionary would be; removal bitmaps are sets of positions."""

import mmap
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import SegmentRefused, TooLarge
from protocol.index.segment import (
    Segment,
    SegmentCheck,
    build_removals,
    build_segment,
    check_removals,
    check_segment_form,
    is_removed,
    segment_pieces,
)
from protocol.wire import sha256

TAGS = st.binary(min_size=16, max_size=16)
CONTENTS = st.dictionaries(
    TAGS | st.integers(0, 9).map(lambda n: bytes([n] * 16)), st.binary(min_size=80, max_size=80), max_size=40
)
EMPTY = b"celosia-segment\n" + bytes(8) + b"\x00\x00\x00\x60" + bytes(4)


def check_segment(raw: bytes, digest: str, count: int, piece: int = 50) -> None:
    """As a download does it: a piece at a time."""
    check = SegmentCheck(digest, count)
    for at in range(0, len(raw), piece):
        check.take(raw[at : at + piece])
    check.end()


def segment_of(contents: dict[bytes, bytes]) -> bytes:
    return build_segment(tag + rest for tag, rest in contents.items())


@given(CONTENTS, st.lists(TAGS, max_size=10))
def test_a_look_up_finds_what_a_dictionary_would(contents: dict[bytes, bytes], others: list[bytes]) -> None:
    raw = segment_of(contents)
    check_segment(raw, sha256(raw), len(contents))
    segment = Segment(raw)
    for tag in [*contents, *others]:
        position = segment.find(tag)
        found = None if position is None else segment.entry(position)[16:]
        assert found == contents.get(tag)


def test_a_tag_of_another_length_is_not_there() -> None:
    assert Segment(segment_of({b"a" * 16: bytes(80)})).find(b"a" * 15) is None


def test_a_segment_is_looked_up_where_it_lies(tmp_path: Path) -> None:
    contents = {bytes([n]) * 16: bytes([n]) * 80 for n in range(100)}
    raw = segment_of(contents)
    path = tmp_path / "segment"
    path.write_bytes(raw)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert Segment(mapped).find(b"\x2a" * 16) == 42
        assert Segment(mapped).entry(42) == b"\x2a" * 96


def test_the_bytes_are_those_of_the_specification() -> None:
    assert build_segment([]) == EMPTY
    one = b"\xff" * 96
    assert build_segment([one, bytes(96)]) == EMPTY[:16] + (2).to_bytes(8, "big") + EMPTY[24:] + bytes(96) + one


def test_the_order_in_which_entries_come_does_not_show() -> None:
    entries = [bytes([n]) * 96 for n in (3, 1, 2)]
    assert build_segment(entries) == build_segment(sorted(entries))


def test_two_entries_with_one_tag_make_no_segment() -> None:
    with pytest.raises(SegmentRefused, match="tag_twice"):
        build_segment([bytes(96), bytes(16) + b"\x01" * 80])


@pytest.mark.parametrize("size", [0, 95, 97, 192])
def test_an_entry_of_another_size_makes_no_segment(size: int) -> None:
    with pytest.raises(SegmentRefused, match="entry_size"):
        build_segment([bytes(96), b"\x01" * size])


def test_a_segment_past_the_bound_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEGMENT_ENTRIES", 2)
    build_segment(bytes([n]) * 96 for n in range(2))
    with pytest.raises(TooLarge):
        build_segment(bytes([n]) * 96 for n in range(3))


RAW = segment_of({bytes([n]) * 16: bytes(80) for n in range(3)})


def reason(raw: bytes, count: int = 3, digest: str | None = None) -> object:
    with pytest.raises(SegmentRefused) as caught:
        check_segment(raw, digest or sha256(raw), count)
    return caught.value.facts["reason"]


def test_what_a_manifest_does_not_name_is_refused() -> None:
    assert reason(RAW + b"\x00") == "length"
    assert reason(RAW[:-1]) == "length"
    assert reason(RAW[:20]) == "length"
    assert reason(RAW, count=4) == "header"
    assert reason(b"C" + RAW[1:]) == "header"
    assert reason(RAW[:23] + b"\x02" + RAW[24:]) == "header"
    assert reason(RAW[:31] + b"\x01" + RAW[32:]) == "header"
    assert reason(RAW[:32] + RAW[128:] + RAW[32:128]) == "order"
    assert reason(RAW[:32] + RAW[32:128] * 2 + RAW[224:]) == "order"
    assert reason(RAW[:-1] + b"\x01", digest=sha256(RAW)) == "digest"
    check_segment(RAW, sha256(RAW), 3)


@pytest.mark.parametrize(
    ("raw", "count", "told"),
    [
        (RAW + b"\x00", 3, "length"),
        (RAW[:-1], 3, "length"),
        (RAW, 2, "length"),
        (RAW[:20], 3, "length"),
        (b"C" + RAW[1:], 3, "header"),
        (RAW[:31] + b"\x01" + RAW[32:], 3, "header"),
    ],
)
def test_a_file_that_lies_here_and_has_no_segment_s_form_is_refused(raw: bytes, count: int, told: str) -> None:
    check_segment_form(RAW, 3)
    with pytest.raises(SegmentRefused) as caught:
        check_segment_form(raw, count)
    assert caught.value.facts["reason"] == told


@given(CONTENTS, st.integers(1, 300))
def test_how_a_segment_is_cut_into_pieces_makes_no_difference(contents: dict[bytes, bytes], piece: int) -> None:
    raw = segment_of(contents)
    check_segment(raw, sha256(raw), len(contents), piece)


def test_a_wrong_byte_ends_a_download_where_it_stands() -> None:
    check = SegmentCheck("0" * 64, 1 << 24)
    with pytest.raises(SegmentRefused, match="header"):
        check.take(b"C" + segment_of({})[1:])
    sorted_wrongly = SegmentCheck("0" * 64, 1 << 24)
    sorted_wrongly.take(b"".join(islice(segment_pieces([], 1 << 24), 1)))
    sorted_wrongly.take(b"\x02" * 96 + b"\x03" * 90)
    with pytest.raises(SegmentRefused, match="order"):
        sorted_wrongly.take(b"\x03" * 6 + b"\x01" * 96)


@pytest.mark.parametrize("count", [1, 3])
def test_entries_that_are_not_as_many_as_was_said_make_no_segment(count: int) -> None:
    with pytest.raises(SegmentRefused, match="length"):
        list(segment_pieces([bytes([n]) * 96 for n in (1, 2)], count))


def test_an_unsorted_segment_would_hide_an_entry_without_the_check_of_order() -> None:
    unsorted = Segment(RAW[:32] + RAW[128:] + RAW[32:128])
    assert unsorted.find(bytes(16)) is None
    assert unsorted.entry(2)[:16] == bytes(16)


@given(st.integers(0, 70).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(0, max(count - 1, 0))))))
def test_a_bitmap_is_a_set_of_positions(case: tuple[int, set[int]]) -> None:
    count, removed = case[0], case[1] if case[0] else set()
    bitmap = build_removals(removed, count)
    check_removals(bitmap, sha256(bitmap), count)
    assert {position for position in range(count) if is_removed(bitmap, position)} == removed


def test_the_lowest_bit_of_a_byte_is_its_first_position() -> None:
    assert build_removals([0, 9], 10) == b"\x01\x02"


@pytest.mark.parametrize("position", [-1, 10])
def test_a_position_outside_the_segment_cannot_be_removed(position: int) -> None:
    with pytest.raises(SegmentRefused):
        build_removals([position], 10)


@pytest.mark.parametrize("bitmap, told", [(bytes(1), "length"), (bytes(3), "length"), (b"\x00\x04", "position")])
def test_a_bitmap_of_another_form_is_refused(bitmap: bytes, told: str) -> None:
    with pytest.raises(SegmentRefused) as caught:
        check_removals(bitmap, sha256(bitmap), 10)
    assert caught.value.facts["reason"] == told


def test_a_bitmap_that_the_manifest_does_not_name_is_refused() -> None:
    with pytest.raises(SegmentRefused, match="digest"):
        check_removals(bytes(2), sha256(bytes(3)), 16)
