"""Rebuilding the log from the tiles that were exported: for a store that came back from a backup, and is behind its witnesses.

    tiles of a folder → entries → appended to what the store has → the root that our own key signed → on record; it signs again

Nothing is believed for standing in the folder. All entries together have to lead to a root that our log's key signed, and to
every checkpoint that a witness has shown; otherwise nothing changes. What the entries were about is not in a tree: the acts of
the gap stay lost, and a verification counts them; those with two sides are known by their entries, as erased ones are. Acts that
the backup had and the log had not yet taken find their places again.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, select

from crypto.subtrees import stored_root
from node.federation import Federation
from node.keys import Keys
from node.store import audit_log, own_witnesses
from node.store.database import Database, Work
from node.store.tables import Intake, Log, LogCheckpoint, LogCount, LogWitness
from protocol.checkpoint import Quorum, SignedCheckpoint, log_key, origin_of, parse_checkpoint, read_checkpoint, witnessed_at
from protocol.errors import CheckpointRefused, ProtocolError
from protocol.journal import PAIRED, Act, JournalEntry, read_entry
from protocol.limits import CHECKPOINT_BYTES, LOG_ENTRY_BYTES
from protocol.tiles import WIDTH, Tile, parse_bundle

_BUNDLE_BYTES = WIDTH * (LOG_ENTRY_BYTES + 2)


class RebuildRefused(Exception):
    """The folder does not make this log whole; nothing has changed. `reason` says why, `file` where, if it is one file.

    no_file, malformed, not_signed (by this node's log key), not_longer, behind_witnesses (they saw more), does_not_lead
    """

    code = "rebuild_refused"

    def __init__(self, reason: str, file: str = "") -> None:
        self.reason, self.file = reason, file
        super().__init__(reason)


@dataclass(frozen=True)
class Rebuilt:
    """The log's size before and now, and how many of the acts between are lost: the store has only their entries."""

    before: int
    size: int
    lost: int


@dataclass(frozen=True, repr=False)
class RebuildLog:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation

    def rebuild(self, folder: Path) -> Rebuilt:
        """Take what the folder has more of this log than the store: all of it or nothing. No other process may serve.

        Raises `RebuildRefused`, `LogBroken`.
        """
        signed = self._checkpoint(folder)
        origin, size = signed.checkpoint.origin, signed.checkpoint.size
        with self.database.begin() as work:
            held = audit_log.current(work, to_append=True) or Log(origin=origin, opened=work.now())
            before = held.size
            if held.origin != origin or size <= before:
                raise RebuildRefused("not_longer")
            work.session.add(held)
            work.session.flush()
            shown = [row for row in own_witnesses.every(work, origin).values() if row.against is not None]
            lost = _take(work, held, list(_entries(folder, before, size)))
            _compare(work, held, signed, shown)
            work.session.add(
                LogCheckpoint(origin=origin, size=size, at=work.now(), raw=signed.raw, witnessed=self._witnessed(signed))
            )
            for row in shown:
                row.against = None
                work.session.add(row)
            held.halted = None
            work.session.add(held)
            work.record(Act.LOG_REBUILT, origin=origin, first=before, after=size, lost=lost)
        return Rebuilt(before, size, lost)

    def _checkpoint(self, folder: Path) -> SignedCheckpoint:
        origin, quorum = origin_of(self.federation.me, self.keys.log.public), self._quorum()
        raw = _content(folder / "checkpoint", CHECKPOINT_BYTES)
        try:
            parse_checkpoint(raw)
            return read_checkpoint(raw, log_key(origin, self.keys.log.public), () if quorum is None else quorum.witnesses)
        except CheckpointRefused:
            raise RebuildRefused("not_signed", "checkpoint") from None
        except ProtocolError as error:
            raise RebuildRefused("not_signed" if error.code == "signature_refused" else "malformed", "checkpoint") from None

    def _quorum(self) -> Quorum | None:
        directory = self.federation.directory if self.federation.has_directory else None
        return None if directory is None else directory.quorum_of(self.federation.me)

    def _witnessed(self, signed: SignedCheckpoint) -> int | None:
        quorum = self._quorum()
        if quorum is not None:
            with suppress(CheckpointRefused):  # too few by the time of the export
                return witnessed_at(signed, quorum)
        return None


def _entries(folder: Path, first: int, after: int) -> Iterator[bytes]:
    """The entries of a tree from `first` to before `after`, one bundle in memory at a time."""
    for number in range(first // WIDTH, -(-after // WIDTH)):
        tile = Tile(None, number, min(WIDTH, after - number * WIDTH))
        path = tile.to_path()
        try:
            bundle = parse_bundle(_content(folder / path, _BUNDLE_BYTES, path), tile)
        except ProtocolError:
            raise RebuildRefused("malformed", path) from None
        yield from bundle[max(0, first - number * WIDTH) :]


def _content(path: Path, limit: int, name: str = "checkpoint") -> bytes:
    try:
        with path.open("rb") as opened:
            raw = opened.read(limit + 1)
    except OSError:
        raise RebuildRefused("no_file", name) from None
    if len(raw) > limit:
        raise RebuildRefused("malformed", name)
    return raw


def _take(work: Work, held: Log, entries: Sequence[bytes]) -> int:
    """Append entries, give acts that wait their places, count on. Returns how many acts are lost."""
    waiting = _waiting(work)
    counts: dict[str, LogCount] = {}
    lost = 0
    for position, raw in enumerate(entries, held.size):
        try:
            entry = read_entry(raw)
        except ProtocolError:
            raise RebuildRefused("malformed", Tile(None, position // WIDTH, WIDTH).to_path()) from None
        act = waiting.pop((entry.kind.value, entry.x, entry.c), None)
        if act is not None:
            act.log, act.position, act.seq = held.origin, position, entry.seq
            work.session.add(act)
        elif entry.kind is not Act.PAD:
            lost += 1
        if entry.kind in PAIRED:
            _count(work, held, entry, counts)
            if act is None:
                work.session.add(_known_by_its_entry(held, position, entry))
    audit_log.append(work, held, entries)
    work.session.flush()
    return lost


def _known_by_its_entry(held: Log, position: int, entry: JournalEntry) -> Intake:
    """An act with two sides that is lost: its entry says all that its other side is compared with, and is given proofs of."""
    return Intake(
        at=entry.t,
        kind=entry.kind.value,
        x=entry.x,
        exchange=entry.x,
        peer=entry.peer,
        direction=entry.dir,
        commitment=entry.c,
        opening_sealed=b"",
        log=held.origin,
        position=position,
        seq=entry.seq,
    )


def _waiting(work: Work) -> dict[tuple[str, str, str], Intake]:
    """Acts that the log had not taken when the backup was made, or that came since, by what their entry says."""
    rows = select(Intake).where(col(Intake.position).is_(None), col(Intake.commitment).is_not(None))
    return {(row.kind, row.x, row.commitment or ""): row for row in work.session.exec(rows).all()}


def _count(work: Work, held: Log, entry: JournalEntry, counts: dict[str, LogCount]) -> None:
    peer = entry.peer or ""
    if peer not in counts:
        counts[peer] = work.session.get(LogCount, (held.origin, peer)) or LogCount(origin=held.origin, peer=peer)
        work.session.add(counts[peer])
    counts[peer].count = entry.seq or 0


def _compare(work: Work, held: Log, signed: SignedCheckpoint, shown: Sequence[LogWitness]) -> None:
    """What the store has now leads to what our key signed, there and at every witness. Raises `RebuildRefused`."""
    if audit_log.root(work, held) != signed.checkpoint.root:
        raise RebuildRefused("does_not_lead")
    for row in shown:
        there = parse_checkpoint(row.against or b"").checkpoint
        if there.size > held.size:
            raise RebuildRefused("behind_witnesses")
        if stored_root(there.size, audit_log.subtrees(work, held.origin, there.size)) != there.root:
            raise RebuildRefused("does_not_lead")
