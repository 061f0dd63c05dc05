"""Questions of this state's officers that a peer has not answered yet."""

from collections.abc import Iterator

from sqlmodel import col, func, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, note, warning
from node.store.tables import Question, QuestionToPeer
from protocol.authority import Authority

_WAITS, _WAITS_LONG = 600, 3 * 3600
"""A question lives for a day; after three hours there is still time to mend what keeps it."""


def examine(chart: Chart) -> Iterator[Finding]:
    """A finding for each peer that keeps questions waiting. How many and since when; never whose, nor about what."""
    with chart.read() as work:
        waiting = work.session.exec(
            select(QuestionToPeer.peer, func.count(), func.min(Question.created))
            .join(Question, col(Question.id) == col(QuestionToPeer.question_id))
            .where(col(QuestionToPeer.state).in_(("waiting", "asked", "received")))
            .group_by(QuestionToPeer.peer)
            .order_by(QuestionToPeer.peer)
        ).all()
    for peer, questions, since in waiting:
        age = chart.now - since
        if age > _WAITS:
            told = warning if age > _WAITS_LONG else note
            yield told("questions_wait", peer=Authority(peer), questions=questions, since=Moment(since))
