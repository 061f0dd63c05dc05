"""What is gone from the store though the log has its entry, and the acts on record that say why.

    erased                  → what acts before it, about the exchanges that it names, said: of as many as it says
    restored, without keys  → what any act before it said
    log_rebuilt             → as many acts as it says, of the entries that it names

An act says so if it stands in the log as its entry has it, and what it commits to opens. Of the first two also one that waits
for its place: both are in force before the log takes them, and after a restore it may stand still for days. An act counts at
its first place alone, so that nobody gains by repeating its row. Nothing else explains a gap: whoever has the database can
write any row, and nothing that opens.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlmodel import col, select

from crypto.errors import SealBroken
from node.store import audit_log
from node.store.audit_log import LogBroken
from node.store.database import Side, Work, in_parts
from node.store.openings import opening_of
from node.store.tables import Exchange, Intake, Log
from protocol.errors import ProtocolError
from protocol.journal import PAIRED, SALT_BYTES, Act, JournalEntry, commitment, read_entry
from protocol.tiles import WIDTH

_ONE_UNIT = 60
"""Seconds within which what erases and what says so are on record: they commit together."""
_OPENED = 512
"""Erasures whose names are in memory at once, of 200 exchanges each: those of one minute of retention, at its first beat."""

Hints = Mapping[tuple[str, Side], int]
"""Since when exchanges are erased, by their own rows."""


class Place(NamedTuple):
    """Which of the node's logs, from 0, and where in it. Acts stand in the order in which they were put on record."""

    log: int
    position: int


class _Standing(NamedTuple):
    at: int
    place: Place
    number: int


class _Erased(NamedTuple):
    exchanges: frozenset[tuple[str, Side]]
    acts: int | None  # one from before acts said it explains as many as there are


_NOTHING = _Erased(frozenset(), 0)


class _Part:
    """Entries of a log that came back from its tiles, and how many of their acts are lost that were not met yet."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.origin, self.places = told["origin"], range(told["first"], told["after"])
        self.left: int = told["lost"]


class Gaps:
    """What explains the gaps of one store, in one view of it."""

    def __init__(self, work: Work, logs: Sequence[Log]) -> None:
        """`logs`: all of the node's, the first one first."""
        self._work = work
        self._logs = {log.origin: (number, log.size) for number, log in enumerate(logs)}
        self._waiting = Place(len(logs), 0)
        self._erasures = sorted(self._of_kind(Act.ERASED))
        self._named = lru_cache(_OPENED)(self._names)
        self._explained: dict[int, int] = {}
        restored = ((each.place, self._said(each)) for each in self._of_kind(Act.RESTORED))
        # of one from before acts said so, the keys are taken for gone: by default a backup has none
        keyless = (place for place, told in restored if told and not told.get("exchange_keys", False))
        self._restored = max(keyless, default=Place(0, 0))
        rebuilt = (self._said(each) for each in self._of_kind(Act.LOG_REBUILT) if each.place != self._waiting)
        self._parts = [_Part(told) for told in rebuilt if told]

    def hints(self, acts: Iterable[Intake]) -> Hints:
        """Of acts of which nothing is left, since when their exchanges are erased: where to look for who says so."""
        empty = {act.exchange for act in acts if act.exchange is not None and not act.opening_sealed}
        found: dict[tuple[str, Side], int] = {}
        for part in in_parts(sorted(empty)):
            erased = select(Exchange).where(col(Exchange.x).in_(part), col(Exchange.erased).is_not(None))
            for row in self._work.session.exec(erased).all():
                found[row.x, Side(row.peer, row.direction)] = row.erased or 0
        return found

    def take_erased(self, act: Intake, hints: Hints) -> bool:
        """Whether an act on record names the exchange of this one as erased, came later, and has not explained all that it can.

        Erasing leaves no sealed opening, so nothing is erased that still has one. Asked once about each act. The number is what
        keeps acts about anything else from being passed off as such about an exchange that was erased.
        """
        exchange = act.exchange or "", Side(act.peer or "", act.direction or "")
        since = hints.get(exchange)
        if since is None or act.opening_sealed:
            return False
        first = bisect_left(self._erasures, since, key=lambda each: each.at)
        after = bisect_left(self._erasures, since + _ONE_UNIT + 1, key=lambda each: each.at)
        place = self._place(act.log, act.position)
        for each in self._erasures[first:after]:
            erased = self._named(each) if each.place > place else _NOTHING
            explained = self._explained.get(each.number, 0)
            if exchange in erased.exchanges and (erased.acts is None or explained < erased.acts):
                self._explained[each.number] = explained + 1
                return True
        return False

    def is_before_restore(self, act: Intake) -> bool:
        """Whether the node came back from a backup without the keys of exchanges after an act."""
        return self._place(act.log, act.position) < self._restored

    def take_lost(self, origin: str, position: int) -> bool:
        """Whether the log was rebuilt there, and lost another act by that. Asked once about each act that is gone."""
        for part in self._parts:
            if part.origin == origin and position in part.places and part.left:
                part.left -= 1
                return True
        return False

    def _place(self, origin: str | None, position: int | None) -> Place:
        if origin not in self._logs or position is None:
            return self._waiting
        return Place(self._logs[origin][0], position)

    def _of_kind(self, kind: Act) -> list[_Standing]:
        """Acts of a kind, each at the first place that it has."""
        acts = select(Intake).where(Intake.kind == kind.value).execution_options(yield_per=WIDTH)
        found: dict[str, _Standing] = {}
        for act in self._work.session.exec(acts):
            each = _Standing(act.at, self._place(act.log, act.position), act.id or 0)
            if act.x not in found or each.place < found[act.x].place:
                found[act.x] = each
        return list(found.values())

    def _said(self, standing: _Standing) -> Mapping[str, Any]:
        """What an act says; nothing if it does not stand as it should, or does not open any more."""
        act = self._work.session.get_one(Intake, standing.number)
        try:
            opening = opening_of(self._work, act)
            if opening is None or not self._stands(act):
                return {}
        except (SealBroken, LogBroken, ProtocolError):
            return {}
        if len(opening.salt) != SALT_BYTES or commitment(opening.salt, opening.payload) != act.commitment:
            return {}
        told: Mapping[str, Any] = json.loads(opening.payload)
        return told

    def _stands(self, act: Intake) -> bool:
        """Whether an act is what its entry says; one that waits has none yet."""
        if act.log is None and act.position is None:
            return True
        _, size = self._logs.get(act.log or "", (0, 0))
        if act.position is None or not 0 <= act.position < size:
            return False
        return stands_as(read_entry(audit_log.entry_at(self._work, act.log or "", act.position, size)), act)

    def _names(self, erasure: _Standing) -> _Erased:
        told = self._said(erasure)
        exchanges = frozenset((x, Side(peer, direction)) for x, peer, direction in told.get("exchanges", ()))
        return _Erased(exchanges, told.get("acts"))


def stands_as(entry: JournalEntry, act: Intake) -> bool:
    """Whether an act is what an entry says: kind, time, commitment and count; of one with two sides also whose it is, with whom.

    Of one with a single side the entry says neither; what it commits to does.
    """
    if (entry.kind.value, entry.x, entry.t, entry.c, entry.seq) != (act.kind, act.x, act.at, act.commitment, act.seq):
        return False
    return entry.kind not in PAIRED or (entry.x, entry.peer, entry.dir) == (act.exchange, act.peer, act.direction)
