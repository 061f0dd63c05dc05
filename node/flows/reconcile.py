"""Reconciling our log with a peer's: both have an entry of every envelope between them, under one exchange and one commitment.

    how far was its log read? → counterparts_wanted → a page, compared and kept → … → does a quorum vouch for that log? →
    what does not agree: on record, and an alert

A peer tells what of its log has its other side here, in a signed envelope that is archived. How far it was read goes on with each
page, so a node that dies goes on where it was. Asked about itself, a log says no more than the other side knows.
"""

import sys
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum, auto

from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.compare_logs import Comparison, compare, unwitnessed
from node.flows.look_at_logs import LookAtLogs
from node.flows.peer_workers import PeerWorkers
from node.flows.show_federation import OwnAuthority, UnknownPeer
from node.officers import Overseer
from node.outbound.errors import PeerFault
from node.safeguards import readings
from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.checks import Outgoing
from node.safeguards.errors import Stopped
from node.store import audit_log, counterparts
from node.store.database import Database, Work
from node.store.tables import Reconciliation
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.double_entry import Breach, Cause
from protocol.errors import CheckpointRefused, ProtocolError
from protocol.journal import Act
from protocol.messages import Counterparts, CounterpartsWanted

_PAGES_A_VISIT = 40
"""Twenty thousand entries: more than a day has. Who begins anew goes on with the next look."""
LOOKS = 24
"""How often in the time between two visits it is looked whether one is due: what failed is tried again with the next look."""


class _Read(Enum):
    """What a page left to do."""

    MORE = auto()
    ALL = auto()
    NO_FURTHER = auto()


@dataclass(frozen=True, repr=False)
class Reconcile:
    """The story's parts. `every`: seconds between two visits of a peer."""

    database: Database
    federation: Federation
    call: CallPeer
    look_at: LookAtLogs
    peer_workers: PeerWorkers
    every: float

    def reconcile(self, officer: Overseer, peer: Authority) -> Comparison:
        """Read what is new in a peer's log, and say how the two stand. Where the peer cannot be asked, as of the last time.

        That an officer read it is on record in either case, once an hour. Raises `UnknownPeer`, `OwnAuthority`.
        """
        if peer == self.federation.me:
            raise OwnAuthority
        if peer not in self.federation.directory.members:
            raise UnknownPeer
        self._attempt(peer, officer.id)
        with self.database.read() as work:
            compared = compare(work, peer)
        readings.note(self.database, officer, what="comparison", of=str(peer))
        return compared

    def visit_due(self) -> list[Future[object]]:
        """Visit every peer that was not visited for so long, each on a worker of its own."""
        with self.database.read() as work:
            due = [peer for peer in self.federation.peers() if self._is_due(work, peer)]
        started = [self.peer_workers.start(peer, self._attempt) for peer in due]
        return [future for future in started if future is not None]

    def visit(self, peer: Authority, officer: str | None = None) -> None:
        """Read a peer's log from where it was left. Raises `Stopped`, `PeerFault`, `ProtocolError`; what was read stays read."""
        with self.database.read() as work:
            began, held = work.now(), counterparts.place(work, peer)
        read = _Read.MORE
        for _ in range(_PAGES_A_VISIT):
            wanted = CounterpartsWanted(log=held.log, after=held.reached)
            read, held = self._take(peer, wanted, self.call.ask(Outgoing(peer, wanted), Counterparts))
            if read is not _Read.MORE:
                break
        self._settle(peer, began, officer, self.look_at.look(peer), whole=read is _Read.ALL)

    def _attempt(self, peer: Authority, officer: str | None = None) -> None:
        """A visit; why it failed is kept, and said with what is known from before."""
        with self.database.read() as work:
            began = work.now()
        try:
            self.visit(peer, officer)
        except (Stopped, PeerFault, ProtocolError) as fault:
            with self.database.begin() as work:
                held = counterparts.place(work, peer)
                held.tried, held.error = began, (fault.reason if isinstance(fault, PeerFault) else fault.code)[:64]
                work.session.add(held)

    def _is_due(self, work: Work, peer: Authority) -> bool:
        """A log that was just opened has nothing to compare. What ended before the end goes on with the next look."""
        held, ours = work.session.get(Reconciliation, peer), audit_log.current(work)
        if held is None:
            return ours is not None and ours.opened + self.every <= work.now()
        return held.error is not None or held.compared != held.tried or held.tried + self.every <= work.now()

    def _take(self, peer: Authority, wanted: CounterpartsWanted, reply: Admitted[Counterparts]) -> tuple[_Read, Reconciliation]:
        """Compare a page and keep how far the log was read. Raises `CheckpointRefused` for a log that is not the peer's."""
        told, told_in, directory = reply.body, reply.envelope.x, self.federation.directory
        member = directory.member(peer)
        logs = [*(former.origin for former in member.former_logs), member.log.name]
        if told.log is not None and told.log not in logs:
            raise CheckpointRefused("body.log", reason="other_log")
        with self.database.begin() as work:
            held = counterparts.place(work, peer)
            if (held.log, held.reached) != (wanted.log, wanted.after):
                return _Read.MORE, held  # another visit has read on meanwhile
            if held.log in logs and (told.log is None or logs.index(told.log) < logs.index(held.log)):
                counterparts.note(work, held, held.log, Breach.WENT_BACK, held.reached, told_in)
                return _Read.NO_FURTHER, held
            if counterparts.waiting(work, peer) >= counterparts.MOST_TOLD:
                counterparts.note(work, held, told.log or "", Breach.TOO_MANY, held.reached, told_in)
                return _Read.NO_FURTHER, held
            if told.log != held.log:
                held.log, held.reached = told.log, 0
            counterparts.take(work, held, told, told_in, directory.policy.clock_tolerance)
            sys.audit("celosia.reconcile.taken")
            if not told.more:
                return _Read.ALL, held
            if (held.log, held.reached) != (wanted.log, wanted.after):
                return _Read.MORE, held
            if not told.entries:  # there is more, it says, and shows nothing
                counterparts.note(work, held, told.log or "", Breach.GAP, held.reached + 1, told_in)
            return _Read.NO_FURTHER, held

    def _settle(self, peer: Authority, began: int, officer: str | None, vouched: int | None, *, whole: bool) -> None:
        """Put on record, in numbers only, what was found; what was not there the last time is an alert.

        `vouched`: until when a quorum vouches for the peer's log; of one that has shown none, the first look counts instead.
        """
        with self.database.begin() as work:
            held = counterparts.place(work, peer)
            before, was_unwitnessed = held.compared, unwitnessed(held) is not None
            held.looked, held.vouched = began, vouched or held.vouched or began
            held.tried, held.error = began, None
            held.compared = began if whole else held.compared
            work.session.add(held)
            counterparts.match_waiting(work, held, self.federation.directory.policy.clock_tolerance)
            found = compare(work, peer)
            work.record(
                Act.RECONCILED,
                officer=officer,
                peer=peer,
                log=found.log,
                reached=found.reached,
                agreed=found.agreed,
                differences=len(found.differences),
                noted=len(found.noted),
                breaches=len(found.breaches),
                under_way=found.under_way,
                forked=found.forked,
                unwitnessed=found.unwitnessed,
            )
            if found.unwitnessed is not None and not was_unwitnessed:
                raise_alert(work, AlertKind.PEER_LOG_UNWITNESSED, peer=peer)
            if _is_news(found, began, before, whole=whole):
                raise_alert(work, AlertKind.LOGS_DIFFER, peer=peer)


def _is_news(found: Comparison, began: int, before: int | None, *, whole: bool) -> bool:
    """Whether anything was found that was not there, or was still under way, when the logs were last compared.

    A breach that ends a visit comes again with every look: only its first time is news.
    """
    late = [each for each in found.noted if each.cause is Cause.LOGGED_LATE]
    since = [each.since for each in (*found.differences, *late)]
    told = [each.last if whole else each.first for each in found.breaches]
    return any(before is None or each > before for each in since) or any(each >= began for each in told)
