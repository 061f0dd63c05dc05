"""The beats of a node that answers: each ran when it was due, and did what it is for."""

from collections.abc import Iterator

from sqlmodel import col, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, Reason, Span, Subject, critical, note, warning
from node.store.tables import BeatRun

_SLACK = 600
"""A run may take its time: the first visit of a large list, a merge."""


def examine(chart: Chart) -> Iterator[Finding]:
    """A finding for each beat that is late or fails. A node that is down has none."""
    if not chart.running:
        yield note("not_examined", needs=Subject.NODE)
        return
    with chart.read() as work:
        runs = work.session.exec(select(BeatRun).order_by(col(BeatRun.beat))).all()
    for run in runs:
        allowed = 3 * run.seconds + _SLACK
        if chart.now - run.ended > allowed:
            yield critical("beat_late", beat=run.beat, last=Moment(run.ended), every=Span(int(run.seconds)))
        elif run.error is not None:
            failing = run.succeeded is None or chart.now - run.succeeded > allowed
            last = {} if run.succeeded is None else {"last": Moment(run.succeeded)}
            code = "beat_failing" if last else "beat_never_succeeded"
            yield (warning if failing else note)(code, beat=run.beat, reason=Reason(run.error), **last)
