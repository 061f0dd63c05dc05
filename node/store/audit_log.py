"""The audit log in the store: appended to at its end, read by tiles and entries. What enters is decided by `flows/keep_log.py`.

A tile is one row, rewritten while it grows and never after: at any size that was signed, a narrower tile is its beginning.
"""

from collections.abc import Iterator, Sequence

from sqlmodel import col, select

from crypto.merkle import HASH_SIZE, leaf_hash, root_of
from crypto.subtrees import Subtrees, stored_root
from node.store.database import Work
from node.store.tables import Log, LogCheckpoint, LogTile
from protocol.tiles import WIDTH, Tile, bundle_bytes, parse_bundle, parse_tile, subtrees_in, tile_at

_ENTRIES = -1
"""The level under which entry bundles lie."""


class LogBroken(Exception):
    """What the store has of a log does not hold together: a tile is gone or has another width than the log's size gives it."""

    code = "log_broken"

    def __init__(self, tile: str) -> None:
        self.tile = tile
        super().__init__(tile)


def current(work: Work, *, to_append: bool = False) -> Log | None:
    """The log that is not closed; None before the first one. `to_append`: nobody else gets its head until this unit's end."""
    head = select(Log).where(col(Log.closed).is_(None))
    return work.session.exec(head.with_for_update() if to_append else head).one_or_none()


def append(work: Work, log: Log, entries: Sequence[bytes]) -> int:
    """Put entries at the end, with the tiles that they complete or widen. Returns the position of the first.

    Raises `LogBroken`, `TooLarge` for an entry that no bundle can hold.
    """
    first = log.size
    _widen(work, log, _ENTRIES, first, [bundle_bytes([entry]) for entry in entries])
    hashes, level, at = [leaf_hash(entry) for entry in entries], 0, first
    while hashes:
        _widen(work, log, level, at, hashes)
        full = range(at // WIDTH, (at + len(hashes)) // WIDTH)
        hashes = [root_of(parse_tile(_content(work, log.origin, level, number), Tile(level, number))) for number in full]
        level, at = level + 1, full.start
    log.size = first + len(entries)
    work.session.add(log)
    work.session.flush()
    return first


def _widen(work: Work, log: Log, level: int, at: int, items: Sequence[bytes]) -> None:
    """Put `items` from place `at` of a level on: into the tile that is there and those that follow."""
    done = 0
    while done < len(items):
        number, width = divmod(at + done, WIDTH)
        part = items[done : done + WIDTH - width]
        if width:
            row = work.session.get(LogTile, (log.origin, level, number))
            if row is None:
                raise LogBroken(f"{level}/{number}")
            row.content += b"".join(part)
        else:
            row = LogTile(origin=log.origin, level=level, number=number, content=b"".join(part))
        work.session.add(row)
        done += len(part)
    work.session.flush()


def tile_content(work: Work, origin: str, tile: Tile) -> bytes:
    """The bytes of a tile or entry bundle that the log has, as wide as is asked. Raises `LogBroken`."""
    level = _ENTRIES if tile.level is None else tile.level
    content = _content(work, origin, level, tile.index)
    if tile.level is None:
        return _bundle_start(content, tile)
    if len(content) < tile.width * HASH_SIZE:
        raise LogBroken(tile.to_path())
    return content[: tile.width * HASH_SIZE]


def subtrees(work: Work, origin: str, size: int) -> Subtrees:
    """The complete subtrees of the log at a size: every root, proof and path comes from them."""
    held: dict[Tile, bytes] = {}

    def read(tile: Tile) -> bytes:
        if tile not in held:
            held[tile] = tile_content(work, origin, tile)
        return held[tile]

    return subtrees_in(read, size)


def root(work: Work, log: Log) -> bytes:
    """The root over all entries of a log, by its tiles."""
    return stored_root(log.size, subtrees(work, log.origin, log.size))


def entry_at(work: Work, origin: str, position: int, size: int) -> bytes:
    """One entry of a log of `size` entries. Raises `LogBroken`, `ValueError` for a position outside of it."""
    tile = tile_at(None, position // WIDTH, size)
    if tile is None or position >= size:
        raise ValueError("not a position of the log")
    return parse_bundle(tile_content(work, origin, tile), tile)[position % WIDTH]


def entries_between(work: Work, origin: str, first: int, after: int) -> Iterator[tuple[int, bytes]]:
    """Positions and entries from `first` to before `after`, which the log has; one bundle in memory at a time."""
    for number in range(first // WIDTH, -(-after // WIDTH)):
        tile = Tile(None, number, min(WIDTH, after - number * WIDTH))
        for place, entry in enumerate(parse_bundle(tile_content(work, origin, tile), tile), number * WIDTH):
            if place >= first:
                yield place, entry


def newest_checkpoint(work: Work, origin: str, *, witnessed: bool = False) -> LogCheckpoint | None:
    """The last checkpoint that the log signed; or the last that a quorum has cosigned."""
    signed = select(LogCheckpoint).where(LogCheckpoint.origin == origin).order_by(col(LogCheckpoint.size).desc()).limit(1)
    if witnessed:
        signed = signed.where(col(LogCheckpoint.witnessed).is_not(None))
    return work.session.exec(signed).first()


def checkpoint_over(work: Work, origin: str, position: int) -> LogCheckpoint | None:
    """The first checkpoint that the quorum cosigned over an entry, or else the first at all; None if none is over it yet."""
    over = (
        select(LogCheckpoint)
        .where(LogCheckpoint.origin == origin, LogCheckpoint.size > position)
        .order_by(col(LogCheckpoint.size))
        .limit(1)
    )
    witnessed = work.session.exec(over.where(col(LogCheckpoint.witnessed).is_not(None))).first()
    return witnessed or work.session.exec(over).first()


def witnessed_over(work: Work, origin: str, position: int, *, most: int, last: int | None = None) -> Sequence[LogCheckpoint]:
    """The newest checkpoints over an entry that a quorum cosigned in its time, the newest first; `last`: none of more entries."""
    over = select(LogCheckpoint).where(
        LogCheckpoint.origin == origin, LogCheckpoint.size > position, col(LogCheckpoint.witnessed).is_not(None)
    )
    if last is not None:
        over = over.where(LogCheckpoint.size <= last)
    return work.session.exec(over.order_by(col(LogCheckpoint.size).desc()).limit(most)).all()


def _content(work: Work, origin: str, level: int, number: int) -> bytes:
    """The column alone: a session keeps rows, and whoever reads a whole log would have all of it in memory."""
    found = select(LogTile.content).where(LogTile.origin == origin, LogTile.level == level, LogTile.number == number)
    content = work.session.exec(found).one_or_none()
    if content is None:
        raise LogBroken(f"{level}/{number}")
    return content


def _bundle_start(content: bytes, tile: Tile) -> bytes:
    at = 0
    for _ in range(tile.width):
        if at + 2 > len(content):
            raise LogBroken(tile.to_path())
        at += 2 + int.from_bytes(content[at : at + 2])
    if at > len(content):
        raise LogBroken(tile.to_path())
    return content[:at]
