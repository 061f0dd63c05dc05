"""Verifying this node's own log, whole: every entry again, every tile, every checkpoint, every act that stands in it.

    entries → leaves → root at each checkpoint = what the log signed, and witnesses cosigned
    entries ↔ acts: the same id, kind, time, commitment and count; what an act was about opens it, and says the same as its row
    what an act was about is gone → an act on record explains it (`explain_gaps`)

It is read from the first entry to the last, in one view of the store, with one bundle in memory. What does not hold is named by
its place; reading goes on, so that all of it is known. Whoever writes in the store can make entries, tiles and acts agree with
each other again, and not with a checkpoint that somebody else has.

Who vouches for a log is judged by the directory in force: for one in use its witnesses, with the keys and the quorum that they
have today; for one that the member states have closed, what the directory says that it ends with.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from sqlmodel import and_, col, or_, select

from crypto.errors import SealBroken
from crypto.merkle import HASH_SIZE, leaf_hash, root_of
from crypto.note import NoteKey
from crypto.subtrees import GrowingTree
from node.flows.explain_gaps import Gaps, Hints, stands_as
from node.store import audit_log
from node.store.audit_log import LogBroken
from node.store.database import Database, Work
from node.store.openings import Opening, opening_of
from node.store.tables import Intake, Log, LogCheckpoint
from protocol.checkpoint import Checkpoint, Quorum, SignedCheckpoint, parse_checkpoint, witnessed_at
from protocol.errors import CheckpointRefused, LogProofRefused, ProtocolError
from protocol.journal import PAIRED, Act, JournalEntry, check_opening, read_entry
from protocol.tiles import WIDTH, Tile, tile_at

_SHOWN = 100
"""Faults, and late entries, that are told one by one; beyond them only their number is."""
_NONE_CLOSED: Mapping[str, Checkpoint] = MappingProxyType({})


class LogFault(StrEnum):
    """What can be wrong with a log. The text under `log.fault.<code>` says it."""

    TILE_GONE = "tile_gone"
    TILE_CHANGED = "tile_changed"
    ENTRY_UNREADABLE = "entry_unreadable"
    CHECKPOINT_UNSIGNED = "checkpoint_unsigned"
    CHECKPOINT_DIFFERS = "checkpoint_differs"
    NO_CHECKPOINT = "no_checkpoint"
    ACT_GONE = "act_gone"
    ACT_DIFFERS = "act_differs"
    ACT_MISPLACED = "act_misplaced"
    OPENING_GONE = "opening_gone"
    OPENING_DIFFERS = "opening_differs"
    COUNT_DIFFERS = "count_differs"
    END_DIFFERS = "end_differs"
    KEY_UNKNOWN = "key_unknown"


@dataclass(frozen=True, order=True)
class Found:
    """A fault and where: a position in the log; of a checkpoint, its size."""

    at: int
    fault: LogFault


@dataclass(frozen=True)
class Late:
    """An entry that came long after the time that it bears: its place, and what act it is of."""

    at: int
    kind: str


@dataclass
class Verdict:
    """What was found of one log. It holds if there are no faults. `erased` are acts whose content is gone by an erasure that is
    on record; `lost` those whose content a restore did not bring back, or of which only the entry came back, when the log was
    rebuilt from its tiles.

    `witnessed_size` and `witnessed` (POSIX seconds): what the witnesses of the directory in force vouch for, since when.
    `noted_size` and `noted`: what this node itself noted as witnessed in its time and they do not vouch for; anybody who writes
    in the store can write that. `end`: with how many entries the member states have closed the log, by the directory.
    `waiting`: acts that have no place yet. `late`: acts that entered long after the time that they bear, as after a halt; nobody
    vouches for that time.
    """

    origin: str
    size: int
    opened: int
    closed: int | None
    halted: str | None
    checkpoints: int = 0
    witnessed_size: int = 0
    witnessed: int | None = None
    noted_size: int = 0
    noted: int | None = None
    end: int | None = None
    erased: int = 0
    lost: int = 0
    waiting: int = 0
    late: list[Late] = field(default_factory=list)
    late_in_all: int = 0
    faults: list[Found] = field(default_factory=list)
    faults_in_all: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return self.faults_in_all == 0

    def add(self, at: int, fault: LogFault) -> None:
        """Note a fault."""
        self.faults_in_all += 1
        if len(self.faults) < _SHOWN:
            self.faults.append(Found(at, fault))


@dataclass(frozen=True, repr=False)
class VerifyLog:
    """The story's parts."""

    database: Database

    def verify(
        self,
        keys: Mapping[str, NoteKey],
        quorum: Quorum | None,
        tolerance: int,
        closed: Mapping[str, Checkpoint] = _NONE_CLOSED,
    ) -> list[Verdict]:
        """All logs of this node, the first one first.

        `keys`: the log's key by origin; `quorum` of the witnesses now; `tolerance` of clocks, in seconds; `closed`: what a log
        that the member states have closed ends with, by origin.
        """
        with self.database.read() as work:
            logs = work.session.exec(select(Log).order_by(col(Log.opened), col(Log.origin))).all()
            judged = (_Judged(keys.get(log.origin), quorum, tolerance, closed.get(log.origin)) for log in logs)
            gaps = Gaps(work, logs)
            verdicts = [_Reading(work, log, by, gaps).verdict() for log, by in zip(logs, judged, strict=True)]
            _find_misplaced(work, logs, verdicts)
            return verdicts


@dataclass(frozen=True)
class _Judged:
    """What one log is judged by."""

    key: NoteKey | None
    quorum: Quorum | None
    tolerance: int
    end: Checkpoint | None


class _Reading:
    """One log, read once from its beginning."""

    def __init__(self, work: Work, log: Log, by: _Judged, gaps: Gaps) -> None:
        self._work, self._log, self._by, self._gaps = work, log, by, gaps
        self._interval: int | None = None
        self._signed = 0
        self._tree, self._counts = GrowingTree(), dict[str, int]()
        end = None if by.end is None else by.end.size
        self._verdict = Verdict(log.origin, log.size, log.opened, log.closed, log.halted, end=end)

    def verdict(self) -> Verdict:
        if self._by.key is None:
            self._verdict.add(0, LogFault.KEY_UNKNOWN)
        checkpoints = self._checkpoints()
        following = next(checkpoints, None)
        for number in range(-(-self._log.size // WIDTH)):
            tile = Tile(None, number, min(WIDTH, self._log.size - number * WIDTH))
            entries = self._entries(tile)
            if entries is None:
                return self._verdict  # no root beyond can be computed
            self._compare_acts(tile, entries)
            for entry in entries:
                self._tree.add(leaf_hash(entry))
                self._compare_end()
                while following is not None and following.size <= self._tree.size:
                    self._compare_root(following)
                    following = next(checkpoints, None)
        self._compare_upper_tiles()
        if self._signed != self._log.size:
            self._verdict.add(self._log.size, LogFault.NO_CHECKPOINT)
        if following is not None:  # the log signed more than there is
            self._verdict.add(following.size, LogFault.CHECKPOINT_DIFFERS)
        waiting = select(Intake.id).where(col(Intake.position).is_(None), col(Intake.commitment).is_not(None))
        self._verdict.waiting = len(self._work.session.exec(waiting).all()) if self._log.closed is None else 0
        return self._verdict

    def _checkpoints(self) -> Iterator[LogCheckpoint]:
        """In the order of their sizes, some at a time."""
        after = -1
        while True:
            signed = select(LogCheckpoint).where(LogCheckpoint.origin == self._log.origin, LogCheckpoint.size > after)
            part = self._work.session.exec(signed.order_by(col(LogCheckpoint.size)).limit(WIDTH)).all()
            yield from part
            if len(part) < WIDTH:
                return
            after = part[-1].size

    def _entries(self, tile: Tile) -> list[bytes] | None:
        """The entries of a bundle, if their hashes are those of the tile of leaves."""
        first = tile.index * WIDTH
        try:
            entries = [entry for _, entry in audit_log.entries_between(self._work, self._log.origin, first, first + tile.width)]
        except (LogBroken, ProtocolError):
            self._verdict.add(first, LogFault.TILE_GONE)
            return None
        hashes = b"".join(map(leaf_hash, entries))
        self._compare_tile(Tile(0, tile.index, tile.width), hashes, first)
        return entries

    def _compare_tile(self, tile: Tile, hashes: bytes, first: int) -> None:
        try:
            held = audit_log.tile_content(self._work, self._log.origin, tile)
        except LogBroken:
            self._verdict.add(first, LogFault.TILE_GONE)
            return
        differing = (place for place in range(tile.width) if _hash(held, place) != _hash(hashes, place))
        place = next(differing, None)
        if place is not None:
            self._verdict.add(first + place, LogFault.TILE_CHANGED)

    def _compare_upper_tiles(self) -> None:
        """Tiles of hashes of tiles, each from the level below, which was compared before."""
        level, size = 1, self._log.size
        while (above := tile_at(level, 0, size)) is not None:
            number = 0
            while above is not None:
                below = range(number * WIDTH, number * WIDTH + above.width)
                hashes = b"".join(self._root_of_tile(level - 1, each) for each in below)
                self._compare_tile(above, hashes, number * WIDTH ** (level + 1))
                number += 1
                above = tile_at(level, number, size)
            level += 1

    def _root_of_tile(self, level: int, number: int) -> bytes:
        try:
            content = audit_log.tile_content(self._work, self._log.origin, Tile(level, number))
        except LogBroken:
            return b""
        return root_of([_hash(content, place) for place in range(WIDTH)])

    def _compare_root(self, signed: LogCheckpoint) -> None:
        """A checkpoint against the entries, the log's key and the witnesses' keys."""
        self._verdict.checkpoints += 1
        self._signed = signed.size
        checked: SignedCheckpoint | None = None
        try:
            read = parse_checkpoint(signed.raw)
            witnesses = () if self._by.quorum is None else self._by.quorum.witnesses
            if self._by.key is not None:
                checked = read.verify(self._by.key, witnesses)
        except ProtocolError:
            self._verdict.add(signed.size, LogFault.CHECKPOINT_UNSIGNED)
            return
        said = read.checkpoint
        if (said.size, said.root) != (self._tree.size, self._tree.root()) or said.size != signed.size:
            self._verdict.add(signed.size, LogFault.CHECKPOINT_DIFFERS)
        elif checked is not None:
            self._compare_witnesses(signed, checked)

    def _compare_witnesses(self, signed: LogCheckpoint, checked: SignedCheckpoint) -> None:
        if self._by.end is not None and signed.size > self._by.end.size:
            return  # past its end a log counts for nothing
        if self._by.quorum is not None:
            with suppress(CheckpointRefused):  # too few cosigned, or under keys of theirs that the directory has no more
                self._verdict.witnessed = witnessed_at(checked, self._by.quorum)
                self._verdict.witnessed_size = signed.size
                return
        if signed.witnessed is not None:
            self._verdict.noted, self._verdict.noted_size = signed.witnessed, signed.size

    def _compare_end(self) -> None:
        end = self._by.end
        if end is not None and self._tree.size == end.size and self._tree.root() != end.root:
            self._verdict.add(end.size, LogFault.END_DIFFERS)

    def _compare_acts(self, tile: Tile, entries: list[bytes]) -> None:
        first = tile.index * WIDTH
        held = select(Intake).where(
            Intake.log == self._log.origin, col(Intake.position) >= first, col(Intake.position) < first + tile.width
        )
        rows = self._work.session.exec(held.order_by(col(Intake.id))).all()
        hints = self._gaps.hints(rows)
        acts: dict[int | None, list[Intake]] = {}
        for row in rows:
            acts.setdefault(row.position, []).append(row)
        for position, raw in enumerate(entries, first):
            try:
                entry = read_entry(raw)
            except ProtocolError:
                self._verdict.add(position, LogFault.ENTRY_UNREADABLE)
                continue
            self._compare_count(position, entry)
            self._compare_time(position, entry)
            of_entry = acts.get(position, [])
            for act in of_entry:
                self._compare_act(position, entry, act, hints)
            if len(of_entry) > 1:
                self._verdict.add(position, LogFault.ACT_MISPLACED)
            elif not of_entry and entry.kind is not Act.PAD:
                self._note_gone(position, LogFault.ACT_GONE)

    def _note_gone(self, position: int, fault: LogFault) -> None:
        if self._gaps.take_lost(self._log.origin, position):
            self._verdict.lost += 1
        else:
            self._verdict.add(position, fault)

    def _compare_count(self, position: int, entry: JournalEntry) -> None:
        if entry.kind in PAIRED:
            expected = self._counts.get(entry.peer or "", 0) + 1
            if entry.seq != expected:
                self._verdict.add(position, LogFault.COUNT_DIFFERS)
            self._counts[entry.peer or ""] = entry.seq or expected

    def _compare_time(self, position: int, entry: JournalEntry) -> None:
        if self._interval is not None and entry.t < self._interval - self._by.tolerance:
            self._verdict.late_in_all += 1
            if len(self._verdict.late) < _SHOWN:
                self._verdict.late.append(Late(position, entry.kind.value))
        if entry.kind is Act.INTERVAL_STARTED:
            self._interval = entry.t

    def _compare_act(self, position: int, entry: JournalEntry, act: Intake, hints: Hints) -> None:
        if not stands_as(entry, act):
            self._verdict.add(position, LogFault.ACT_DIFFERS)
            return
        try:
            opening = opening_of(self._work, act)
            if opening is not None:
                check_opening(entry, opening.salt, opening.payload)
                if entry.kind not in PAIRED and not _says_the_same(act, opening):
                    self._verdict.add(position, LogFault.ACT_DIFFERS)
                return
        except (SealBroken, LogProofRefused):
            if not self._gaps.is_before_restore(act):  # since then an exchange may have another key
                self._verdict.add(position, LogFault.OPENING_DIFFERS)
                return
        if self._gaps.take_erased(act, hints):
            self._verdict.erased += 1
        elif self._gaps.is_before_restore(act):
            self._verdict.lost += 1
        else:
            self._note_gone(position, LogFault.OPENING_GONE)


def _says_the_same(act: Intake, opening: Opening) -> bool:
    """Whether an act with one side names whom its row names. With which exchange it lies under a key, the key itself says."""
    told = json.loads(opening.payload)
    named = told.get("officer"), told.get("peer")
    if act.exchange is None:
        return named == (act.officer_id, act.peer) and act.direction is None
    return (*named, told.get("exchange")) == (act.officer_id, act.peer, act.exchange)


def _find_misplaced(work: Work, logs: Sequence[Log], verdicts: list[Verdict]) -> None:
    """Acts at places that no log has, of a log by its name even where there is none: lists of acts show them like any other."""
    place, origin = col(Intake.position), col(Intake.log)
    beyond = (and_(origin == log.origin, or_(place < 0, place >= log.size)) for log in logs)
    nowhere = or_(origin.is_(None) != place.is_(None), origin.not_in([log.origin for log in logs]), *beyond)
    named = {verdict.origin: verdict for verdict in verdicts}
    last = verdicts[-1].origin if verdicts else ""
    found = select(Intake.log, Intake.position, Intake.at).where(nowhere).order_by(col(Intake.id))
    for log, position, at in work.session.exec(found.execution_options(yield_per=WIDTH)):
        name = last if log is None else log
        if name not in named:
            named[name] = Verdict(name, 0, at, None, None)
            verdicts.append(named[name])
        named[name].add(position or 0, LogFault.ACT_MISPLACED)


def _hash(content: bytes, place: int) -> bytes:
    return content[place * HASH_SIZE : (place + 1) * HASH_SIZE]
