"""A past question opened by two liaison officers: one proposes and hands on a half, a second one confirms with another.

The node hands out what only the second holder can open, and sees nothing of what was asked. That it did is on record before.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from crypto.errors import SealBroken
from node.flows.opening_terms import (
    AskedLine,
    Breach,
    Entered,
    Kept,
    Material,
    Openable,
    OpeningNotPossible,
    Outcome,
    Proposal,
    ShownOpening,
    ShownOpenings,
    Telling,
    UnknownOpening,
)
from node.flows.question_lines import open_line
from node.flows.tell_ledger import UnknownExchange, question_named
from node.flows.tell_openings import heard_openings
from node.officers import Liaison, Overseer
from node.safeguards import readings
from node.safeguards.errors import NotFourEyes
from node.store import audit_log
from node.store.archive import find_request
from node.store.database import Database, ExchangeRef, Side, Work
from node.store.erasing import exchanges_of
from node.store.kept_openings import kept_openings
from node.store.openings import opening_of
from node.store.tables import (
    Exchange,
    Intake,
    Log,
    Officer,
    Question,
    QuestionExchange,
    QuestionLine,
    QuestionOpening,
    QuestionToPeer,
)
from protocol.authority import Authority
from protocol.errors import Malformed
from protocol.journal import Act
from protocol.sealed_openings import Box, Handed, HandedOn, read_handed
from protocol.wire import canonical

_ONE_UNIT = 60
"""Seconds within which what erases and what says so are on record: they commit together."""
LIFETIME = 7 * 86400
"""Seconds in which a second officer can confirm: an order is carried out or comes again."""


@dataclass(frozen=True, repr=False)
class OpenQuestion:
    """The story's parts."""

    database: Database

    def find(self, officer: Liaison, name: str) -> Sequence[Openable]:
        """The exchanges of ours that are named: one by its id, or those of a question by its id or reference.

        That they were looked for is on record, once an hour for the same ones; what is missing or broken is a breach, and on
        record before it is told. Raises `UnknownExchange`.
        """
        with self.database.read() as work:
            question = question_named(work, name)
            wanted = [name] if question is None else [each.x for each in exchanges_of(work, question)]
            rows = work.session.exec(select(QuestionExchange).where(col(QuestionExchange.x).in_(wanted))).all()
            found = [_openable(work, row) for row in sorted(rows, key=lambda row: (row.asked, row.x))]
        if not found:
            raise UnknownExchange
        readings.note(self.database, officer, what="openings", **readings.listed("exchanges", [each.x for each in found]))
        for each in found:
            if each.kept in (Kept.MISSING, Kept.BROKEN):
                with self.database.begin() as work:
                    _note_breach(work, officer, each, Breach(each.kept.value))
        return found

    def propose(self, officer: Liaison, proposal: Proposal) -> str | None:
        """The id of the proposal; None where there is nothing to confirm, for the boxes were altered.

        Raises `UnknownExchange`, `OpeningNotPossible`.
        """
        with self.database.begin() as work:
            row = work.session.get(QuestionExchange, proposal.x)
            if row is None:
                raise UnknownExchange
            openable = _openable(work, row)
            if openable.kept is not Kept.KEPT:
                raise OpeningNotPossible(openable.kept.value)
            if not proposal.handed:
                _note_breach(work, officer, openable, Breach.BOXES)
                return None
            if not _fits(proposal.handed, openable.boxes):
                raise OpeningNotPossible("other_holders")
            opening_id = work.new_id()
            handed = canonical(HandedOn(boxes=proposal.handed))
            work.session.add(
                QuestionOpening(
                    id=opening_id,
                    x=openable.x,
                    peer=openable.peer,
                    ground=proposal.ground.value,
                    telling=proposal.telling.value,
                    order_sealed=work.seal(opening_id, proposal.order.encode(), "order"),
                    handed_sealed=work.seal(opening_id, handed, "handed"),
                    proposed_by=officer.id,
                    proposed=work.now(),
                )
            )
            about = ExchangeRef(openable.x, Authority(openable.peer), "out")
            reasons = {"ground": proposal.ground.value, "order": proposal.order, "telling": proposal.telling.value}
            work.record(Act.OPENING_PROPOSED, officer=officer.id, about=about, opening=opening_id, **reasons)
        return opening_id

    def show(self, officer: Overseer) -> ShownOpenings:
        """All openings, and those that peers told of. On record, once an hour for the same ones."""
        with self.database.read() as work:
            newest = select(QuestionOpening).order_by(col(QuestionOpening.proposed).desc(), col(QuestionOpening.id))
            shown = ShownOpenings(
                tuple(_shown(work, row) for row in work.session.exec(newest).all()), tuple(heard_openings(work))
            )
        told = [each.id for each in shown.ours] + [each.x for each in shown.of_peers]
        readings.note(self.database, officer, **readings.listed("openings", told))
        return shown

    def confirm(self, officer: Liaison, opening_id: str) -> Material:
        """What opens the question, for another officer than the one who proposed it. That it was given is on record first.

        The same officer can have it again until the outcome is in. Raises `UnknownOpening`, `NotFourEyes`, `OpeningNotPossible`.
        """
        with self.database.begin() as work:
            row = _opening(work, opening_id)
            if row.proposed_by == officer.id:
                raise NotFourEyes("second_officer")
            if row.checked is not None:
                raise OpeningNotPossible("done")
            if row.confirmed_by not in (None, officer.id):
                raise OpeningNotPossible("another_confirmed")
            if row.confirmed_by is None and _lapsed(work, row):
                raise OpeningNotPossible("lapsed")
            material = _material(work, row)
            row.confirmed_by, row.confirmed = officer.id, row.confirmed or work.now()
            work.session.add(row)
            about = ExchangeRef(row.x, Authority(row.peer), "out")
            reasons = {"ground": row.ground, "order": _order(work, row), "telling": row.telling}
            work.record(Act.OPENING_MADE, officer=officer.id, about=about, opening=row.id, proposed_by=row.proposed_by, **reasons)
        return material

    def check(self, officer: Liaison, opening_id: str, outcome: Outcome) -> ShownOpening:
        """Put on record what the opening showed; from now on the peer is told, if it is to be.

        Raises `UnknownOpening`, `OpeningNotPossible`.
        """
        with self.database.begin() as work:
            row = _opening(work, opening_id)
            if row.checked is not None:
                raise OpeningNotPossible("done")
            if row.confirmed_by != officer.id:
                raise OpeningNotPossible("not_confirmed")
            row.checked, row.breaches, row.handed_sealed = work.now(), len(outcome.breaches), b""
            row.next_telling = work.now() if row.telling == Telling.TOLD else None
            work.session.add(row)
            work.record(
                Act.OPENING_CHECKED,
                officer=officer.id,
                opening=row.id,
                identifiers=outcome.identifiers,
                dummies=outcome.dummies,
                breaches=[{"breach": breach.value, "position": position} for breach, position in outcome.breaches],
                **_about(work, row.x, row.peer),
            )
            return _shown(work, row)


def _openable(work: Work, row: QuestionExchange) -> Openable:
    peer = work.session.get_one(QuestionToPeer, row.question_peer_id).peer
    boxes: tuple[Box, ...] = ()
    if row.openings_sealed and find_request(work, row.x, Authority(peer), "out") is not None:
        try:
            kept, boxes = Kept.KEPT, kept_openings(work, row.x, peer, row.openings_sealed).boxes
        except (Malformed, SealBroken):
            kept = Kept.BROKEN
    elif _is_erased(work, row.x, peer):
        kept = Kept.ERASED
    else:
        kept = Kept.REQUEST_GONE if row.openings_sealed else Kept.MISSING
    return Openable(row.x, peer, row.asked, kept, boxes)


def _is_erased(work: Work, x: str, peer: str) -> bool:
    """Whether an entry says that this exchange of ours was erased: what is marked so without one is missing."""
    held = work.session.get(Exchange, (x, peer, "out"))
    if held is None or held.erased is None:
        return False
    then = select(Intake).where(
        Intake.kind == Act.ERASED.value, col(Intake.at) >= held.erased, col(Intake.at) <= held.erased + _ONE_UNIT
    )
    openings = (opening_of(work, act) for act in work.session.exec(then).all())
    return any(
        [x, peer, "out"] in json.loads(opening.payload).get("exchanges", ()) for opening in openings if opening is not None
    )


def _about(work: Work, x: str, peer: str) -> dict[str, Any]:
    """What an act is about: sealed with the exchange if that has its key yet, for a new one would open nothing of it."""
    ref = ExchangeRef(x, Authority(peer), "out")
    return {"about": ref} if work.can_open(x, Side(peer, "out")) else {"peer": peer, "exchange": x}


def _note_breach(work: Work, officer: Liaison, openable: Openable, breach: Breach) -> None:
    told = [{"breach": breach.value, "position": None}]
    about = _about(work, openable.x, openable.peer)
    work.record(Act.OPENING_CHECKED, officer=officer.id, identifiers=0, dummies=0, breaches=told, **about)


def _fits(handed: Sequence[Handed], boxes: Sequence[Box]) -> bool:
    """Whether one holder handed on what is for each of the others."""
    (first, *others) = {each.first for each in handed}
    wanted = [box.second for box in boxes if box.first == first]
    return not others and sorted(each.second for each in handed) == sorted(wanted)


def _opening(work: Work, opening_id: str) -> QuestionOpening:
    row = work.session.get(QuestionOpening, opening_id)
    if row is None:
        raise UnknownOpening
    return row


def _lapsed(work: Work, row: QuestionOpening) -> bool:
    return row.confirmed is None and work.now() >= row.proposed + LIFETIME


def _order(work: Work, row: QuestionOpening) -> str:
    return work.open(row.id, row.order_sealed, "order").decode()


def _shown(work: Work, row: QuestionOpening) -> ShownOpening:
    def named(officer: str | None) -> str | None:
        return None if officer is None else work.session.get_one(Officer, officer).username

    return ShownOpening(
        id=row.id,
        x=row.x,
        peer=row.peer,
        ground=row.ground,
        telling=row.telling,
        order=_order(work, row),
        proposed_by=named(row.proposed_by) or "",
        proposed=row.proposed,
        confirmed_by=named(row.confirmed_by),
        confirmed=row.confirmed,
        checked=row.checked,
        breaches=row.breaches,
        lapsed=_lapsed(work, row),
        peer_said=row.peer_said,
        peer_said_at=row.peer_said_at,
    )


def _material(work: Work, row: QuestionOpening) -> Material:
    exchange = work.session.get_one(QuestionExchange, row.x)
    openable, request = _openable(work, exchange), find_request(work, row.x, Authority(row.peer), "out")
    if openable.kept is not Kept.KEPT or request is None:
        raise OpeningNotPossible(openable.kept.value)
    return Material(
        x=row.x,
        request=request.raw,
        sealed=kept_openings(work, row.x, row.peer, exchange.openings_sealed),
        handed=read_handed(work.open(row.id, row.handed_sealed, "handed")),
        entered=_entered(work, row),
        lines=_lines(work, exchange),
    )


def _entered(work: Work, row: QuestionOpening) -> Entered | None:
    asked = select(Intake).where(
        Intake.kind == Act.QUESTION_ASKED.value, Intake.exchange == row.x, Intake.peer == row.peer, Intake.direction == "out"
    )
    act = work.session.exec(asked).first()
    opening = None if act is None else opening_of(work, act)
    if act is None or opening is None or act.log is None or act.position is None:
        return None
    size = work.session.get_one(Log, act.log).size
    return Entered(act.log, act.position, audit_log.entry_at(work, act.log, act.position, size), opening.salt)


def _lines(work: Work, exchange: QuestionExchange) -> tuple[AskedLine, ...] | None:
    question_id = work.session.get_one(QuestionToPeer, exchange.question_peer_id).question_id
    question = work.session.get(Question, question_id)
    if question is None or not work.can_open(question.id):
        return None
    of_batch = select(QuestionLine).where(QuestionLine.question_id == question.id, QuestionLine.batch == exchange.batch)
    told = []
    for row in work.session.exec(of_batch.order_by(col(QuestionLine.line))).all():
        written = work.open(question.id, row.written_sealed, f"written:{row.line}").decode()
        told.append(AskedLine(row.line, written, tuple(value for _, _, value in open_line(work, row).inputs)))
    return tuple(told)
