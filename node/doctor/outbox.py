"""The outbox: records that have not reached a peer, withdrawals first, and records that a peer has put aside."""

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, Reason, critical, note, warning
from node.doctor.keys import DAY
from node.store import jobs
from node.store.jobs import Lane
from node.store.tables import Job
from protocol.authority import Authority

_WAITS, _WAITS_LONG = 3600, DAY
_TAKEN_BACK: Mapping[str, str] = {Lane.REVOCATION: "revocations_wait", Lane.URGENT: "withdrawals_wait"}


def examine(chart: Chart) -> Iterator[Finding]:
    """A finding for each peer, what waits for it, and for what, and what it refused."""
    peer, lane, earlier = col(Job.peer), col(Job.lane), aliased(Job)
    of_records = Job.lane != Lane.QUESTION
    with chart.read() as work:
        waiting = work.session.exec(
            select(peer, lane, func.count(), func.min(Job.created))
            .where(of_records, col(Job.state).in_((jobs.WAITING, jobs.LEASED)))
            .group_by(peer, lane)
            .order_by(peer, lane)
        ).all()
        refused = work.session.exec(
            select(peer, col(Job.reason), func.count())
            .where(of_records, Job.state == jobs.QUARANTINED)
            .group_by(peer, col(Job.reason))
            .order_by(peer)
        ).all()
        behind = work.session.exec(
            select(peer, func.count(), func.min(Job.created))
            .join(earlier, and_(earlier.peer == Job.peer, earlier.subject == Job.subject, earlier.version < Job.version))
            .where(of_records, Job.state == jobs.WAITING, earlier.state == jobs.LEASED)
            .group_by(peer)
            .order_by(peer)
        ).all()
    for state, records, since in behind:
        told = warning if chart.now - since > _WAITS else note
        yield told("versions_wait", peer=Authority(state), records=records, since=Moment(since))
    for state, kind, records, since in waiting:
        age = chart.now - since
        if kind in _TAKEN_BACK and age > _WAITS:
            told = critical if age > _WAITS_LONG else warning
            yield told(_TAKEN_BACK[kind], peer=Authority(state), records=records, since=Moment(since))
        elif age > _WAITS:
            yield (warning if age > _WAITS_LONG else note)(
                "records_wait", peer=Authority(state), records=records, since=Moment(since)
            )
    for state, reason, records in refused:
        yield warning("records_refused", peer=Authority(state), records=records, reason=Reason(reason or "unknown"))
