"""Reading the audit log, for those who oversee it: what happened, who did it, and of one act what it was about.

Lists and exports say nothing of what an act was about: kinds, times, peers, exchanges, officers. What a payload says is opened
for one act or one exchange at a time. That any of it was read is on record before it is shown.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import and_, col, func, or_, select

from node.officers import Overseer, Role
from node.safeguards import readings
from node.store import audit_log
from node.store.database import Database, Work
from node.store.openings import opening_of
from node.store.tables import ExchangeKey, Intake, Log, Officer
from protocol.journal import Act
from protocol.tiles import WIDTH

PAGE = 100
"""Acts in one answer."""
FOR_PROTECTION = frozenset(
    {
        *(Act.QUESTION_HELD, Act.PUBLICATION_HELD, Act.HOLD_DECIDED, Act.PROTECTED_ENTERED, Act.PROTECTED_FED),
        *(Act.PROTECTED_REMOVAL_PROPOSED, Act.PROTECTED_REMOVAL_DROPPED, Act.PROTECTED_REMOVED, Act.PROTECTED_FILE_GIVEN_UP),
    }
)
"""What these acts were about says who is protected, or why something was held: nobody opens them who is no protection liaison."""
_PART = 500
"""Acts of an export that are in memory at once, where they have no place in a log."""


class UnknownAct(Exception):
    """No act with that number, and none of that exchange, is on record."""

    code = "unknown_act"


@dataclass(frozen=True)
class Wanted:
    """Which acts to list: all that these do not leave out. `since` and `until` are POSIX seconds, `until` not included."""

    kind: Act | None = None
    peer: str | None = None
    since: int | None = None
    until: int | None = None

    def facts(self) -> dict[str, str | int]:
        """What is on record about such a reading."""
        kind, peer = (None if each is None else str(each) for each in (self.kind, self.peer))
        told = {"kind": kind, "peer": peer, "since": self.since, "until": self.until}
        return {name: fact for name, fact in told.items() if fact is not None}


@dataclass(frozen=True)
class ShownAct:
    """An act as lists show it. `number` is for turning pages; `log` and `position` are None until the log has taken it."""

    number: int
    log: str | None
    position: int | None
    at: int
    kind: str
    x: str
    exchange: str | None
    peer: str | None
    direction: str | None
    officer: str | None
    erased: bool


@dataclass(frozen=True)
class ShownPage:
    """Acts, the newest first; `before` is what asks for those that follow."""

    acts: tuple[ShownAct, ...]
    before: int | None


@dataclass(frozen=True, repr=False)
class OpenedAct:
    """An act with what it commits to: the entry's bytes, salt and payload. No salt and no payload of one that was erased.

    Nor of one whose content is `withheld` from this officer. Of an act that the log has not taken there is no entry.
    """

    act: ShownAct
    entry: bytes | None
    salt: bytes | None
    payload: bytes | None
    withheld: bool


@dataclass(frozen=True, repr=False)
class ReadLog:
    """The story's parts."""

    database: Database

    def page(self, officer: Overseer, wanted: Wanted, before: int | None = None) -> ShownPage:
        """A page of acts, the newest first.

        They name officers, and whom they asked: that they were read is on record, once an hour for all pages of what is wanted.
        """
        limits = [col(Intake.id) < before] if before is not None else []
        if wanted.kind is not None:
            limits.append(col(Intake.kind) == wanted.kind.value)
        if wanted.peer is not None:
            limits.append(col(Intake.peer) == wanted.peer)
        if wanted.since is not None:
            limits.append(col(Intake.at) >= wanted.since)
        if wanted.until is not None:
            limits.append(col(Intake.at) < wanted.until)
        with self.database.read() as work:
            of_page = select(Intake.id).where(*limits).order_by(col(Intake.id).desc()).limit(PAGE + 1)
            numbers = list(work.session.exec(of_page).all())
            shown = _shown(work, col(Intake.id).in_(numbers[:PAGE]))
        readings.note(self.database, officer, what="audit_log", wanted=wanted.facts())
        return ShownPage(tuple(reversed(shown)), shown[0].number if len(numbers) > PAGE else None)

    def show(self, officer: Overseer, name: str) -> list[OpenedAct]:
        """All acts of an exchange, by its id, or one act, by its place in the log that is written now or by its own id.

        Raises `UnknownAct`. That they were read is on record before they are returned.
        """
        with self.database.begin() as work:
            found = _shown(work, _named(work, name))
            if not found:
                raise UnknownAct
            work.record(Act.PERSONAL_DATA_READ, officer=officer.id, acts=[act.x for act in found][:PAGE], count=len(found))
        with self.database.read() as work:
            return [_opened(work, act, officer) for act in found]

    def export(self, officer: Overseer) -> Iterator[dict[str, Any]]:
        """Every entry of every log, the first one first, with what is known here of its act; then acts that have no place.

        That it is exported is on record before this returns; the rows come as they are asked for, one bundle in memory.
        """
        with self.database.begin() as work:
            logs = work.session.exec(select(Log).order_by(col(Log.opened), col(Log.origin))).all()
            until = work.session.exec(select(func.max(Intake.id))).one() or 0
            work.record(Act.EXPORTED, officer=officer.id, what="audit_log", sizes={log.origin: log.size for log in logs})
        return self._rows([(log.origin, log.size) for log in logs], until)

    def _rows(self, logs: Sequence[tuple[str, int]], until: int) -> Iterator[dict[str, Any]]:
        for origin, size in logs:
            for first in range(0, size, WIDTH):
                yield from self._bundle(origin, first, min(size, first + WIDTH))
        after = 0
        while True:
            with self.database.read() as work:
                placeless = and_(col(Intake.position).is_(None), col(Intake.id) > after, col(Intake.id) <= until)
                part = _shown(work, placeless, most=_PART)
            yield from ({"log": None, "position": None, "entry": None, **_known(act)} for act in part)
            if len(part) < _PART:
                return
            after = part[-1].number

    def _bundle(self, origin: str, first: int, after: int) -> list[dict[str, Any]]:
        with self.database.read() as work:
            there = and_(col(Intake.log) == origin, col(Intake.position) >= first, col(Intake.position) < after)
            acts = {act.position: act for act in _shown(work, there)}
            entries = list(audit_log.entries_between(work, origin, first, after))
        return [
            {"log": origin, "position": place, "entry": json.loads(entry), **_known(acts.get(place))} for place, entry in entries
        ]


def _known(act: ShownAct | None) -> dict[str, Any]:
    """What the store knows of an act, and its entry does not say. Of a pad nothing is known."""
    if act is None:
        return dict.fromkeys(("at", "kind", "exchange", "peer", "direction", "officer", "erased"))
    return {
        **{"at": act.at, "kind": act.kind, "exchange": act.exchange, "peer": act.peer, "direction": act.direction},
        **{"officer": act.officer, "erased": act.erased},
    }


def _named(work: Work, name: str) -> Any:
    if len(name) < 20 and name.isascii() and name.isdigit():
        held = audit_log.current(work)
        return and_(col(Intake.log) == (None if held is None else held.origin), col(Intake.position) == min(int(name), 1 << 62))
    return or_(col(Intake.exchange) == name, col(Intake.x) == name)


def _shown(work: Work, which: Any, most: int | None = None) -> list[ShownAct]:
    """Acts in the order in which they were put on record; one question to the store."""
    key_of_exchange = and_(
        col(Intake.exchange).is_not(None),
        col(ExchangeKey.x) == col(Intake.exchange),
        col(ExchangeKey.peer) == col(Intake.peer),
        col(ExchangeKey.direction) == col(Intake.direction),
    )
    own_key = and_(col(Intake.exchange).is_(None), col(ExchangeKey.x) == col(Intake.x), col(ExchangeKey.peer) == "")
    query = (
        select(Intake, Officer.username, ExchangeKey.x)
        .join(Officer, col(Officer.id) == col(Intake.officer_id), isouter=True)
        .join(ExchangeKey, or_(key_of_exchange, own_key), isouter=True)
        .where(which)
        .order_by(col(Intake.id))
    )
    return [
        ShownAct(
            number=act.id or 0,
            log=act.log,
            position=act.position,
            at=act.at,
            kind=act.kind,
            x=act.x,
            exchange=act.exchange,
            peer=act.peer,
            direction=act.direction,
            officer=username or act.officer_id,
            erased=not (key and act.opening_sealed),
        )
        for act, username, key in work.session.exec(query if most is None else query.limit(most)).all()
    ]


def _opened(work: Work, shown: ShownAct, officer: Overseer) -> OpenedAct:
    withheld = shown.kind in FOR_PROTECTION and Role.PROTECTION not in officer.roles
    opening = None if withheld else opening_of(work, work.session.get_one(Intake, shown.number))
    entry = None
    if shown.log is not None and shown.position is not None:
        entry = audit_log.entry_at(work, shown.log, shown.position, work.session.get_one(Log, shown.log).size)
    salt, payload = (None, None) if opening is None else (opening.salt, opening.payload)
    return OpenedAct(shown, entry, salt, payload, withheld)
