"""The protected register: whether it can be looked up whole. Counts and kinds; nothing of anybody."""

from collections.abc import Iterator

from sqlmodel import col, func, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, critical, note, warning
from node.marking import RegisterFault, RegisterUnusable
from node.safeguards import protected
from node.store.tables import CaseImport, ProtectedEntry, ProtectedRun

_FINDINGS = {
    RegisterFault.TURNING: "register_turning",
    RegisterFault.ANOTHER_KEY: "register_another_key",
    RegisterFault.SILENT: "register_silent",
    RegisterFault.SPENT: "register_spent",
}


def examine(chart: Chart) -> Iterator[Finding]:
    """What keeps it from protecting, the worst first."""
    with chart.read() as work:
        try:
            protected.need_usable(work, chart.keys)
        except RegisterUnusable as error:
            yield critical(_FINDINGS[error.fault])
        entries = work.session.exec(select(func.count()).select_from(ProtectedEntry)).one()
        imported = work.session.exec(select(func.sum(CaseImport.rows_protected))).one() or 0
        if imported and not entries:
            yield critical("register_empty", rows=imported)
        behind = sorted(protected.Fed.of(work).behind)
        if behind:
            yield warning("register_behind", kinds=", ".join(behind))
        stopped = select(func.count()).select_from(ProtectedRun).where(col(ProtectedRun.state) == "stopped")
        unfinished = work.session.exec(stopped).one()
        if unfinished:
            yield note("register_half_fed", files=unfinished)
