"""Tiles: a log as files that never change once they are full (C2SP tlog-tiles v0.1.0).

    tile/0/x001/x234/067        256 hashes of leaves, from leaf 1234067 * 256 on
    tile/1/000.p/17             17 roots of full tiles of level 0
    tile/entries/273.p/112      112 entries, each after its length in two bytes

Each hash in a tile of level L is the root of a complete subtree with 256**L leaves. The last tile of a level is partial where the
size of the log says so, and is then never hashed further up.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from crypto.merkle import HASH_SIZE, root_of
from crypto.subtrees import Subtrees
from protocol import limits
from protocol.errors import Malformed, TooLarge
from protocol.lines import LARGEST

WIDTH = 256
HEIGHT = 8
"""A full tile is a subtree of eight levels."""
_LEVELS = 8
"""Levels that a tree below 2**63 leaves can have tiles of."""
_PATH = re.compile(r"tile/(entries|[0-9])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_LENGTH = 2


@dataclass(frozen=True, order=True)
class Tile:
    """One file: hashes of a level, or with no level entries. Raises `Malformed` for one that no log can have."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not (self.level is None or 0 <= self.level < _LEVELS):
            raise Malformed("tile", reason="level")
        if not 1 <= self.width <= WIDTH or not 0 <= self.index <= LARGEST // WIDTH:
            raise Malformed("tile", reason="position")

    @property
    def is_full(self) -> bool:
        """Whether it will stay as it is."""
        return self.width == WIDTH

    def to_path(self) -> str:
        """Where it stands below the log's prefix."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{level}/{'/'.join([*(f'x{group}' for group in groups[:-1]), groups[-1]])}{partial}"

    @classmethod
    def from_path(cls, path: str) -> "Tile":
        """Back from `to_path`. Raises `Malformed` for anything else: zeros in front, a full tile that says its width."""
        found = _PATH.fullmatch(path) if len(path) <= limits.TILE_PATH_CHARACTERS else None
        if found is None:
            raise Malformed("tile", reason="path")
        level, groups, width = found.groups()
        index = int(groups.replace("x", "").replace("/", ""))
        tile = cls(None if level == "entries" else int(level), index, WIDTH if width is None else int(width))
        if tile.to_path() != path:
            raise Malformed("tile", reason="path")
        return tile


def tile_at(level: int | None, index: int, size: int) -> Tile | None:
    """The tile at a place in a log of `size` entries, as wide as it is there; None if it would be empty."""
    hashes = size >> HEIGHT * (level or 0)
    width = min(WIDTH, hashes - index * WIDTH)
    return Tile(level, index, width) if width > 0 else None


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """What a log has at `new` entries and had not at `old`: every tile and entry bundle to write. From 0, all of them."""
    for level in (None, *range(_LEVELS)):
        before, after = (size >> HEIGHT * (level or 0) for size in (old, new))
        for index in range(before // WIDTH, -(-after // WIDTH)) if after > before else ():
            yield Tile(level, index, min(WIDTH, after - index * WIDTH))


def outgrown_between(old: int, new: int) -> Iterator[Tile]:
    """The partial tiles of `old` entries whose place is full at `new`: they may be deleted, and readers fall back to the full."""
    for level in (None, *range(_LEVELS)):
        before, after = (size >> HEIGHT * (level or 0) for size in (old, new))
        if before % WIDTH and after // WIDTH > before // WIDTH:
            yield Tile(level, before // WIDTH, before % WIDTH)


def tile_bytes(tile: Tile, stored: Subtrees) -> bytes:
    """The content of a tile of hashes, from stored subtrees. Entry bundles are `bundle_bytes`."""
    if tile.level is None:
        raise Malformed("tile", reason="level")
    first, level = tile.index * WIDTH, HEIGHT * tile.level
    return b"".join(stored(level, first + position) for position in range(tile.width))


def parse_tile(raw: bytes, tile: Tile) -> tuple[bytes, ...]:
    """The hashes in a tile's bytes. Raises `Malformed` if they are not as many as its width."""
    if len(raw) != tile.width * HASH_SIZE:
        raise Malformed("tile", reason="length")
    return tuple(raw[at : at + HASH_SIZE] for at in range(0, len(raw), HASH_SIZE))


def subtrees_in(read: Callable[[Tile], bytes], size: int) -> Subtrees:
    """The complete subtrees of a log of `size` entries, from its tiles: every proof comes from them.

    `read` gives a tile's bytes; who reads over a line checks the root that comes of it. One hash costs one tile; the caller may
    keep those that it read. What is asked for raises `Malformed` if it is not in the tree, or a tile has another length.
    """

    def stored(level: int, index: int) -> bytes:
        rows, depth = divmod(level, HEIGHT)
        first = index << depth
        tile = tile_at(rows, first // WIDTH, size) if rows < _LEVELS else None
        at = first % WIDTH
        if tile is None or at + (1 << depth) > tile.width:
            raise Malformed("tile", reason="position")
        return root_of(parse_tile(read(tile), tile)[at : at + (1 << depth)])

    return stored


def bundle_bytes(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length in two bytes. Raises `TooLarge` past 65,535 bytes of one or 256 of them."""
    bundle = bytearray()
    for count, entry in enumerate(entries, 1):
        if len(entry) > limits.LOG_ENTRY_BYTES or count > WIDTH:
            raise TooLarge("bundle", limit=limits.LOG_ENTRY_BYTES, size=len(entry), count=count)
        bundle += len(entry).to_bytes(_LENGTH)
        bundle += entry
    return bytes(bundle)


def parse_bundle(raw: bytes, tile: Tile) -> tuple[bytes, ...]:
    """The entries in a bundle's bytes. Raises `Malformed` if they are not as many as its width, or bytes lack or are left."""
    entries, at = [], 0
    for _ in range(tile.width):
        begins = at + _LENGTH
        at = begins + int.from_bytes(raw[at:begins])
        if at > len(raw):
            raise Malformed("bundle", reason="length")
        entries.append(raw[begins:at])
    if at != len(raw):
        raise Malformed("bundle", reason="length")
    return tuple(entries)
