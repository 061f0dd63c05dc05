"""The outbox: every record to every peer of its audience, until that peer has signed for it.

Withdrawals have a lane of their own, so no backlog of records delays one. Order is kept within one record only.
"""

import sys
from concurrent.futures import Future
from dataclasses import dataclass

from sqlmodel import select

from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.job_lane import JobLane
from node.outbound.errors import PeerFault, PeerRefused, PeerUnavailable
from node.safeguards.checks import Outgoing
from node.safeguards.errors import Stopped
from node.store import jobs, restorations
from node.store.database import Database
from node.store.jobs import Lease
from node.store.tables import HeldRecord
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from protocol.admission import Admitted
from protocol.errors import NotTheReply, ProtocolError
from protocol.messages import RecordDelivery, RecordReceipt

_NOTHING_PASSES = frozenset(
    {
        *("denied_sender", "unknown_sender", "not_the_sender", "not_a_peer", "wrong_addressee", "signature_refused", "not_fresh"),
        *("directory_mismatch", "directory_too_old", "store_unavailable", "quota_spent", "too_many_at_once"),
    }
)
"""Codes about the peer, its clock, directory and places, or ours. No record is at fault, none would fare better: as if away."""
_FOR_GOOD = frozenset({"malformed", "too_large", "unknown_code", "record_refused"})
"""A peer's refusals of this very message. The same bytes would be refused again."""


@dataclass(frozen=True, repr=False)
class DeliverRecords:
    """The story's parts."""

    database: Database
    federation: Federation
    call: CallPeer
    urgent: JobLane
    records: JobLane

    def deliver_all(self) -> list[Future[object]]:
        """Try everything that is due, to all peers side by side, without waiting. Nothing, while a restore is not finished."""
        with self.database.read() as work:
            if restorations.is_open(work):
                return []
        return [*self.urgent.start(self._deliver), *self.records.start(self._deliver)]

    def _deliver(self, lease: Lease) -> bool:
        """Hand one record over. Returns whether the peer is there for the next one."""
        try:
            receipt = self._hand_over(lease)
        except (PeerFault, ProtocolError, Stopped) as error:
            return self._failed(lease, error)
        except Exception:
            # nobody foresaw it: the job goes on later, and is put aside when it always ends like this
            with self.database.begin() as work:
                jobs.put_off(work, lease, "unforeseen", away=False)
            raise
        self._signed_for(lease, receipt)
        return True

    @story(SpanName.DELIVER)
    def _hand_over(self, lease: Lease) -> Admitted[RecordReceipt]:
        with self.database.read() as work:
            held = work.session.exec(
                select(HeldRecord).where(
                    HeldRecord.authority == self.federation.me,
                    HeldRecord.record_id == lease.subject,
                    HeldRecord.version == lease.version,
                )
            ).one()
            digest, raw = held.digest, held.raw
        receipt = self.call.ask(Outgoing(lease.peer, RecordDelivery(record=raw)), RecordReceipt)
        if receipt.body.digest != digest:
            raise NotTheReply("body.digest")
        return receipt

    def _signed_for(self, lease: Lease, receipt: Admitted[RecordReceipt]) -> None:
        """The peer's word is kept in any case; the job ends with it, unless somebody else has taken it meanwhile."""
        body, x = receipt.body, receipt.envelope.x
        with self.database.begin() as work:
            if body.outcome == "accepted":
                jobs.finish(work, lease, x)
            else:
                jobs.put_aside(work, lease, body.reason or "malformed", x)
            sys.audit("celosia.deliver_records.acknowledged")

    def _failed(self, lease: Lease, error: PeerFault | ProtocolError | Stopped) -> bool:
        reason = error.reason if isinstance(error, PeerFault) else error.code
        for_good = isinstance(error, Stopped) or (isinstance(error, PeerRefused) and reason in _FOR_GOOD)
        away = isinstance(error, PeerUnavailable) or reason in _NOTHING_PASSES
        with self.database.begin() as work:
            if for_good:
                jobs.put_aside(work, lease, reason)
            else:
                jobs.put_off(work, lease, reason, away=away)
        return not away
