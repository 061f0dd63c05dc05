"""Segments: immutable files of entries sorted by tag, named by their digest; and bitmaps of positions that were removed.

    header (32 bytes): "celosia-segment\\n" (16), entry count (8, big-endian), entry size (4), zeros (4)
    entries: count × 96 bytes, strictly ascending by tag

A segment is looked up where it lies: `Segment` takes any buffer, a memory map above all.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from mmap import mmap

from protocol import limits
from protocol.errors import SegmentRefused, TooLarge
from protocol.wire import sha256

_MAGIC = b"celosia-segment\n"

Buffer = bytes | mmap


def _header(count: int) -> bytes:
    return _MAGIC + count.to_bytes(8, "big") + limits.ENTRY_BYTES.to_bytes(4, "big") + bytes(4)


def segment_pieces(entries: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The file of `count` entries, 96 bytes each, that come in ascending order: piece by piece, none of it kept.

    Raises `SegmentRefused` if one has another length, two share a tag, or there are more or fewer, `TooLarge` past the bound.
    """
    if count > limits.SEGMENT_ENTRIES:
        raise TooLarge("segment", limit=limits.SEGMENT_ENTRIES)
    yield _header(count)
    before, left = b"", count
    for entry in entries:
        if len(entry) != limits.ENTRY_BYTES:
            raise SegmentRefused("segment", reason="entry_size")
        if before and before >= entry[: limits.TAG_BYTES]:
            raise SegmentRefused("segment", reason="tag_twice")
        before, left = entry[: limits.TAG_BYTES], left - 1
        yield entry
    if left:
        raise SegmentRefused("segment", reason="length")


def build_segment(entries: Iterable[bytes]) -> bytes:
    """A segment file of these entries, in any order. Raises as `segment_pieces`."""
    ordered = sorted(entries)
    return b"".join(segment_pieces(ordered, len(ordered)))


class Segment:
    """A segment for look-up. The buffer is trusted to be what `SegmentCheck` passed."""

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


class SegmentCheck:
    """A segment that comes in pieces, checked as it comes: what a manifest does not name is refused at its first wrong byte.

    Holds no more than one piece and one entry.
    """

    def __init__(self, digest: str, count: int) -> None:
        self._digest, self._hash = digest, hashlib.sha256()
        self._header, self._left = _header(count), limits.SEGMENT_HEADER_BYTES + count * limits.ENTRY_BYTES
        self._pending, self._before, self._in_entries = bytearray(), b"", False

    def take(self, piece: bytes) -> None:
        """The next bytes. Raises `SegmentRefused`."""
        # 1 length: no more than the manifest says
        if len(piece) > self._left:
            raise SegmentRefused("segment", reason="length")
        self._left -= len(piece)
        self._hash.update(piece)
        self._pending += piece
        # 2 header
        if not self._in_entries and len(self._pending) >= limits.SEGMENT_HEADER_BYTES:
            if self._pending[: limits.SEGMENT_HEADER_BYTES] != self._header:
                raise SegmentRefused("segment", reason="header")
            del self._pending[: limits.SEGMENT_HEADER_BYTES]
            self._in_entries = True
        # 3 order: a look-up in an unsorted segment would miss silently
        if self._in_entries:
            whole = len(self._pending) - len(self._pending) % limits.ENTRY_BYTES
            for at in range(0, whole, limits.ENTRY_BYTES):
                tag = bytes(self._pending[at : at + limits.TAG_BYTES])
                if self._before and self._before >= tag:
                    raise SegmentRefused("segment", reason="order")
                self._before = tag
            del self._pending[:whole]

    def end(self) -> None:
        """There are no more bytes. Raises `SegmentRefused`."""
        # 4 length: no less
        if self._left:
            raise SegmentRefused("segment", reason="length")
        # 5 digest
        if self._hash.hexdigest() != self._digest:
            raise SegmentRefused("segment", reason="digest")


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
