"""Alerts that nobody has settled: how many, and since when. What they are about is not an administrator's to see."""

from collections.abc import Iterator

from sqlmodel import col, func, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, warning
from node.store.tables import Alert


def examine(chart: Chart) -> Iterator[Finding]:
    """One finding for all of them."""
    with chart.read() as work:
        count, since = work.session.exec(select(func.count(), func.min(Alert.first)).where(col(Alert.settled).is_(None))).one()
    if count:
        yield warning("alerts_open", alerts=count, since=Moment(since))
