"""Erasing: the key of an exchange is destroyed, and what lay under it is emptied. Rows stay, and say since when.

An exchange's envelopes, payloads and salts lie under its key, so do its openings, which take two holders besides. The lines of
a question lie under its own. What is taken away here, the key too, leaves an SQLite file once the unit of work is committed; how
long it lives on in the files of a PostgreSQL, `docs/limitations.md` says.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, delete, select, update

from node.store.database import HERE, ExchangeRef, Side, Work, in_parts
from node.store.tables import (
    Exchange,
    ExchangeKey,
    ExchangeReply,
    Hit,
    Hold,
    Intake,
    LegalHold,
    Question,
    QuestionExchange,
    QuestionLine,
    QuestionToPeer,
)

_EMPTY = b""


def erase_exchange(work: Work, exchange: ExchangeRef) -> int:
    """Destroy the key of an exchange and what was sealed under it. Of a question of ours, the openings and hits of it, too.

    Returns how many acts were about it: what nobody can open afterwards, and whoever says so on record says with their number.
    """
    x, peer, direction = exchange
    _destroy_key(work, x, Side(peer, direction))
    changes: tuple[tuple[Any, tuple[Any, Any, Any], dict[str, Any]], ...] = (
        (Exchange, (Exchange.x, Exchange.peer, Exchange.direction), {"request_sealed": None, "erased": work.now()}),
        (ExchangeReply, (ExchangeReply.x, ExchangeReply.peer, ExchangeReply.direction), {"reply_sealed": _EMPTY}),
        (Intake, (Intake.exchange, Intake.peer, Intake.direction), {"opening_sealed": _EMPTY}),
    )
    changed: dict[Any, int] = {}
    for table, columns, values in changes:
        this_one = (col(column) == value for column, value in zip(columns, exchange, strict=True))
        changed[table] = work.session.exec(update(table).where(*this_one).values(**values)).rowcount
    asked = work.session.get(QuestionExchange, x) if direction == "out" else None
    if asked is not None:
        asked.openings_sealed = _EMPTY
        to_peer = work.session.get_one(QuestionToPeer, asked.question_peer_id)
        work.session.exec(
            delete(Hit).where(
                col(Hit.question_id) == to_peer.question_id, col(Hit.peer) == peer, col(Hit.list_id) == asked.list_id
            )
        )
    work.session.flush()
    return changed[Intake]


def erase_question(work: Work, question_id: str) -> None:
    """Destroy the key of a question of ours, its lines, its hits and what was held of it. Not its exchanges."""
    _destroy_key(work, question_id, HERE)
    of_question = col(QuestionLine.question_id) == question_id
    emptied = {"written_sealed": _EMPTY, "inputs_sealed": _EMPTY, "person_sealed": None}
    work.session.exec(update(QuestionLine).where(of_question).values(**emptied))
    work.session.exec(update(Question).where(col(Question.id) == question_id).values(case_sealed=_EMPTY, erased=work.now()))
    work.session.exec(delete(Hit).where(col(Hit.question_id) == question_id))
    work.session.exec(delete(Hold).where(col(Hold.question_id) == question_id))
    work.session.flush()


def exchanges_of(work: Work, question_id: str) -> list[ExchangeRef]:
    """Every exchange of a question of ours, in the order in which they began."""
    of_question = (
        select(Exchange)
        .join(QuestionExchange, col(QuestionExchange.x) == col(Exchange.x))
        .join(QuestionToPeer, col(QuestionToPeer.id) == col(QuestionExchange.question_peer_id))
        .where(QuestionToPeer.question_id == question_id, Exchange.direction == "out")
        .order_by(col(Exchange.at), col(Exchange.x))
    )
    return [ref_of(row) for row in work.session.exec(of_question).all()]


def ref_of(row: Exchange) -> ExchangeRef:
    """The exchange that a row is about."""
    return ExchangeRef(row.x, row.peer, row.direction)  # type: ignore[arg-type]  # checked before the row was made


def question_of(work: Work, exchange: ExchangeRef) -> str | None:
    """The question of ours that an exchange belongs to."""
    asked = work.session.get(QuestionExchange, exchange.x) if exchange.direction == "out" else None
    return None if asked is None else work.session.get_one(QuestionToPeer, asked.question_peer_id).question_id


@dataclass(frozen=True)
class Kept:
    """What must not be erased: everything, or these questions and exchanges."""

    everything: bool
    names: frozenset[str]

    def keeps(self, *names: str | None) -> bool:
        """Whether one of these exchanges and questions is kept."""
        return self.everything or not self.names.isdisjoint(names)


def kept_by_law(work: Work) -> Kept:
    """What legal holds keep: who names a question keeps its exchanges, and who names an exchange keeps its question."""
    subjects = work.session.exec(select(LegalHold.subject).where(col(LegalHold.lifted).is_(None))).all()
    named = {subject for subject in subjects if subject is not None}
    questions: set[str] = set()
    for part in in_parts(sorted(named)):
        of_exchanges = (
            select(QuestionToPeer.question_id)
            .join(QuestionExchange, col(QuestionExchange.question_peer_id) == col(QuestionToPeer.id))
            .where(col(QuestionExchange.x).in_(part))
        )
        questions.update(work.session.exec(of_exchanges).all())
    return Kept(None in subjects, frozenset(named | questions))


def _destroy_key(work: Work, x: str, side: Side) -> None:
    work.leave_nothing()
    held = work.session.get(ExchangeKey, (x, *side))
    if held is not None:
        work.session.delete(held)
        work.session.flush()
