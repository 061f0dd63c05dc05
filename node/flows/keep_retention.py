"""Retention: what exchanges were about is erased by itself once the policy's term is over, unless a legal hold keeps it.

Nobody decides on it and nobody is asked: every member keeps the same term. What was erased is on record, by its ids.
"""

import logging
from dataclasses import dataclass

from sqlmodel import col, delete, or_, select

from node.federation import Federation
from node.store.database import Database, Work
from node.store.erasing import erase_exchange, erase_question, kept_by_law, question_of, ref_of
from node.store.tables import Exchange, Hold, Question
from protocol.journal import Act

log = logging.getLogger("celosia.retention")

_AT_ONCE = 200
"""Exchanges, or questions, of one unit of work: whoever else writes waits for its end."""


@dataclass(frozen=True, repr=False)
class KeepRetention:
    """The story's parts."""

    database: Database
    federation: Federation

    def beat(self, now: int) -> None:
        """Erase what is older than the policy's term. `now`: POSIX seconds, by a clock that others confirm."""
        limit = now - self.federation.directory.policy.exchange_retention
        after: tuple[str, str, str] | None = ("", "", "")
        while after is not None:
            with self.database.begin() as work:
                after = _exchanges(work, limit, after)
        with self.database.begin() as work:
            _questions(work, limit)
            _holds(work, limit)


def _exchanges(work: Work, limit: int, after: tuple[str, str, str]) -> tuple[str, str, str] | None:
    """Erase the next exchanges in the order of their ids. Returns the last one; None when there are no more."""
    x, peer, direction = (col(Exchange.x), col(Exchange.peer), col(Exchange.direction))
    later = or_(x > after[0], (x == after[0]) & (peer > after[1]), (x == after[0]) & (peer == after[1]) & (direction > after[2]))
    old = select(Exchange).where(col(Exchange.at) < limit, col(Exchange.erased).is_(None), later)
    rows = work.session.exec(old.order_by(x, peer, direction).limit(_AT_ONCE)).all()
    kept = kept_by_law(work)
    gone = [each for each in map(ref_of, rows) if not kept.keeps(each.x, question_of(work, each))]
    acts = sum(erase_exchange(work, each) for each in gone)
    if gone:
        work.record(Act.ERASED, cause="retention", exchanges=[list(each) for each in gone], acts=acts)
        log.info("erased by retention", extra={"count": len(gone)})
    return (rows[-1].x, rows[-1].peer, rows[-1].direction) if len(rows) == _AT_ONCE else None


def _questions(work: Work, limit: int) -> None:
    """Erase questions that were asked before. One that is younger than the term waits for it, whatever its exchanges are."""
    old = select(Question.id).where(
        col(Question.created) < limit, col(Question.expires) < work.now(), col(Question.erased).is_(None)
    )
    kept = kept_by_law(work)
    gone = [each for each in work.session.exec(old.order_by(col(Question.id))).all() if not kept.keeps(each)]
    for each in gone:
        erase_question(work, each)
    if gone:
        work.record(Act.ERASED, cause="retention", questions=gone)


def _holds(work: Work, limit: int) -> None:
    """Forget what was held of networks: of questions it goes with them."""
    if not kept_by_law(work).everything:
        work.session.exec(delete(Hold).where(col(Hold.question_id).is_(None), col(Hold.created) < limit))
