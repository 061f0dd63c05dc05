"""Whether the node runs, is there and silent, or is down since when; and whether it came from a backup and waits for its end."""

from collections.abc import Iterator

from sqlmodel import col, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, critical, note
from node.durable import SERVING, is_served
from node.store.tables import BeatRun


def examine(chart: Chart) -> Iterator[Finding]:
    """What keeps the national API from answering; and an unfinished restore, which explains much of what else is found."""
    silent = not chart.running and is_served(chart.folder)
    if silent:  # to start another one would only be refused
        yield critical("node_silent", file=str(chart.folder / SERVING))
    restored = chart.restored
    if restored is not None:
        yield critical("restore_unfinished", restored=Moment(restored.at), backup=Moment(restored.backup_at))
    if silent or chart.running:
        return
    with chart.read() as work:
        last = work.session.exec(select(BeatRun.ended).order_by(col(BeatRun.ended).desc()).limit(1)).first()
    yield note("node_never_ran") if last is None else critical("node_down", last=Moment(last))
