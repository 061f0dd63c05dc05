"""The audit log: whether it signs, whether its witnesses follow, and whether it is compared with the peers'."""

from collections.abc import Iterator

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Moment, critical, warning
from node.doctor.keys import DAY
from node.store import audit_log, own_witnesses
from node.store.database import Work
from node.store.tables import Log, LogWitness, PeerContact, Reconciliation
from protocol.authority import Authority
from protocol.errors import LogForked

_SLACK = 600
"""A witness may be away for a while: a restart, a thin line."""
_HEARD = 3 * 3600
"""Who answered so lately is there: that its log is not compared has another cause."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of our own log. A node that never served has none, and one that is no member has nobody to witness it."""
    with chart.read() as work:
        held = audit_log.current(work)
        if held is None:
            return
        yield from _uncompared(chart, work, held)
        known = own_witnesses.every(work, held.origin)
        if held.halted is not None:
            yield _halted(held, [row for row in known.values() if row.against is not None])
            return
        yield from _witnesses(chart, work, held, [row for row in known.values() if row.authority in chart.peers])


def _halted(held: Log, shown: list[LogWitness]) -> Finding:
    if held.halted == "fork_claimed" and shown:
        return critical("log_two_histories", witness=Authority(shown[0].authority))
    return critical("log_behind_witnesses")


def _witnesses(chart: Chart, work: Work, held: Log, known: list[LogWitness]) -> Iterator[Finding]:
    for row in known:
        if row.error == LogForked.code:
            yield warning("log_fork_said", peer=Authority(row.authority))
    quorum, since = chart.directory.quorum_of(chart.me), own_witnesses.unwitnessed_since(work, held)
    if quorum is None or since is None:
        return
    silent = chart.now - since
    if silent > 3 * chart.settings.beats.checkpoint + _SLACK:
        told = critical if silent > DAY else warning
        well = sum(row.cosigned is not None and row.error is None for row in known)
        yield told("log_unwitnessed", since=Moment(since), witnesses=well, needed=quorum.needed)


def _uncompared(chart: Chart, work: Work, held: Log) -> Iterator[Finding]:
    """Peers that are there, and whose log was not read to its end for three times as long as it should take."""
    allowed = 3 * chart.settings.beats.reconcile + _SLACK
    for peer in chart.peers:
        row, contact = work.session.get(Reconciliation, peer), work.session.get(PeerContact, peer)
        since = held.opened if row is None or row.compared is None else row.compared
        heard = None if contact is None else contact.last_success
        if chart.now - since > allowed and heard is not None and chart.now - heard < _HEARD:
            yield warning("log_not_compared", peer=peer, since=Moment(since))
