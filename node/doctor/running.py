"""Whether the node runs, and when it was last alive if it does not."""

from collections.abc import Iterator

from sqlmodel import col, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, critical, note
from node.store.tables import BeatRun


def examine(chart: Chart) -> Iterator[Finding]:
    """One finding when nothing answers at the address of the national API."""
    if chart.running:
        return
    with chart.read() as work:
        last = work.session.exec(select(BeatRun.ended).order_by(col(BeatRun.ended).desc()).limit(1)).first()
    yield note("node_never_ran") if last is None else critical("node_down", last=Moment(last))
