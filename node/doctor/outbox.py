"""The outbox: records that have not reached a peer, withdrawals first, and records that a peer has put aside."""

from collections.abc import Iterator

from sqlmodel import col, func, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, Reason, critical, note, warning
from node.doctor.keys import DAY
from node.store.tables import Delivery, HeldRecord
from protocol.authority import Authority

_WAITS, _WAITS_LONG = 3600, DAY


def examine(chart: Chart) -> Iterator[Finding]:
    """A finding for each peer, what waits for it and what it refused."""
    peer, withdrawal = col(Delivery.peer), col(HeldRecord.kind) == "revocation"
    with chart.read() as work:
        waiting = work.session.exec(
            select(peer, withdrawal, func.count(), func.min(HeldRecord.received))
            .join(HeldRecord, col(HeldRecord.digest) == col(Delivery.digest))
            .where(Delivery.state == "waiting")
            .group_by(peer, withdrawal)
            .order_by(peer)
        ).all()
        refused = work.session.exec(
            select(peer, col(Delivery.last_error), func.count())
            .where(Delivery.state == "quarantined")
            .group_by(peer, col(Delivery.last_error))
            .order_by(peer)
        ).all()
    for state, withdrawals, records, since in waiting:
        age = chart.now - since
        if withdrawals and age > _WAITS:
            told = critical if age > _WAITS_LONG else warning
            yield told("withdrawals_wait", peer=Authority(state), records=records, since=Moment(since))
        elif age > _WAITS:
            yield (warning if age > _WAITS_LONG else note)(
                "records_wait", peer=Authority(state), records=records, since=Moment(since)
            )
    for state, reason, records in refused:
        yield warning("records_refused", peer=Authority(state), records=records, reason=Reason(reason or "unknown"))
