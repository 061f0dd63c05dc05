"""Segments: immutable files of entries sorted by tag, named by their digest; and bitmaps of positions that were removed.

    header (32 bytes): "celosia-segment\\n" (16), entry count (8, big-endian), entry size (4), zeros (4)
    entries: count × 96 bytes, strictly ascending by tag

A segment is looked up where it lies: `Segment` takes any buffer, a memory map above all.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from mmap import mmap

from protocol import limits
from protocol.errors import SegmentRefused, TooLarge
from protocol.wire import sha256

_MAGIC = b"celosia-segment\n"

Buffer = bytes | mmap


def _header(count: int) -> bytes:
    return _MAGIC + count.to_bytes(8, "big") + limits.ENTRY_BYTES.to_bytes(4, "big") + bytes(4)


def build_segment(entries: Iterable[bytes]) -> bytes:
    """A segment file of these entries, 96 bytes each.

    Raises `SegmentRefused` if one has another length or two share a tag, `TooLarge` past the format's bound.
    """
    ordered = sorted(entries)
    if len(ordered) > limits.SEGMENT_ENTRIES:
        raise TooLarge("segment", limit=limits.SEGMENT_ENTRIES)
    if any(len(entry) != limits.ENTRY_BYTES for entry in ordered):
        raise SegmentRefused("segment", reason="entry_size")
    if any(a[: limits.TAG_BYTES] == b[: limits.TAG_BYTES] for a, b in pairwise(ordered)):
        raise SegmentRefused("segment", reason="tag_twice")
    return _header(len(ordered)) + b"".join(ordered)


class Segment:
    """A segment for look-up. The buffer is trusted to be what `check_segment` passed."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self.count = int.from_bytes(buffer[16:24], "big")

    def entry(self, position: int) -> bytes:
        """The 96 bytes at a position."""
        at = limits.SEGMENT_HEADER_BYTES + position * limits.ENTRY_BYTES
        return self._buffer[at : at + limits.ENTRY_BYTES]

    def find(self, tag: bytes) -> int | None:
        """Position of the entry with this tag, by binary search; None if there is none."""
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            at = limits.SEGMENT_HEADER_BYTES + middle * limits.ENTRY_BYTES
            if self._buffer[at : at + limits.TAG_BYTES] < tag:
                low = middle + 1
            else:
                high = middle
        return low if low < self.count and self.entry(low)[: limits.TAG_BYTES] == tag else None


def check_segment_form(buffer: Buffer, count: int) -> None:
    """Return if `buffer` has a segment's length and header; raise `SegmentRefused` otherwise."""
    if len(buffer) != limits.SEGMENT_HEADER_BYTES + count * limits.ENTRY_BYTES:
        raise SegmentRefused("segment", reason="length")
    if buffer[: limits.SEGMENT_HEADER_BYTES] != _header(count):
        raise SegmentRefused("segment", reason="header")


def check_segment(buffer: Buffer, digest: str, count: int) -> None:
    """Return if `buffer` is the segment that a manifest names; raise `SegmentRefused` otherwise."""
    # 1 length and header
    check_segment_form(buffer, count)
    # 2 digest
    if sha256(buffer[:]) != digest:
        raise SegmentRefused("segment", reason="digest")
    # 3 order: a look-up in an unsorted segment would miss silently
    segment = Segment(buffer)
    tags = (segment.entry(position)[: limits.TAG_BYTES] for position in range(count))
    if any(a >= b for a, b in pairwise(tags)):
        raise SegmentRefused("segment", reason="order")


def build_removals(positions: Iterable[int], count: int) -> bytes:
    """A bitmap of removed positions of a segment with `count` entries: bit p is the (p mod 8)-th lowest of byte p // 8."""
    bitmap = bytearray((count + 7) // 8)
    for position in positions:
        if not 0 <= position < count:
            raise SegmentRefused("removals", reason="position")
        bitmap[position // 8] |= 1 << position % 8
    return bytes(bitmap)


def check_removals(bitmap: bytes, digest: str, count: int) -> None:
    """Return if `bitmap` is the one that a manifest names for a segment of `count` entries; else `SegmentRefused`."""
    if len(bitmap) != (count + 7) // 8:
        raise SegmentRefused("removals", reason="length")
    if count % 8 and bitmap[-1] >> count % 8:
        raise SegmentRefused("removals", reason="position")
    if sha256(bitmap) != digest:
        raise SegmentRefused("removals", reason="digest")


def is_removed(bitmap: Sequence[int] | bytes, position: int) -> bool:
    """Whether the bitmap marks this position."""
    return bool(bitmap[position // 8] >> position % 8 & 1)
