"""The outbox: every record to every peer of its audience, until that peer has signed for it.

Order is kept within one record only: a version waits for its predecessor, and for nothing else.
"""

import sys
from concurrent.futures import Future
from dataclasses import dataclass

from sqlmodel import col, select

from node.federation import Federation, denied_peers
from node.flows.call_peer import CallPeer
from node.flows.peer_workers import PeerWorkers
from node.outbound.errors import PeerFault
from node.safeguards.checks import Outgoing
from node.safeguards.errors import Stopped
from node.store.acts import Act
from node.store.database import Database
from node.store.tables import Delivery, HeldRecord
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from protocol.authority import Authority
from protocol.errors import NotTheReply, ProtocolError
from protocol.messages import RecordDelivery, RecordReceipt

_FIRST_WAIT = 5
_LONGEST_WAIT = 3600


@dataclass(frozen=True, repr=False)
class DeliverRecords:
    """The story's parts. Peers are served side by side, each by one worker."""

    database: Database
    federation: Federation
    call: CallPeer
    peer_workers: PeerWorkers

    def deliver_all(self) -> list[Future[object]]:
        """Try everything that is due, to all peers side by side, without waiting: a slow peer delays nobody else's withdrawal."""
        started = [self.peer_workers.start(peer, self.deliver_to) for peer in self.federation.peers()]
        return [future for future in started if future is not None]

    def deliver_to(self, peer: Authority) -> None:
        """Try everything that is due for one peer. Stops at the first sign that the peer is not there; a denied one waits."""
        with self.database.read() as work:
            if peer in denied_peers(work):
                return
        while (delivery := self._next(peer)) is not None:
            try:
                self._deliver(peer, delivery)
            except PeerFault as fault:
                self._put_off(delivery, fault.reason)
                return
            except (Stopped, ProtocolError) as error:
                self._put_off(delivery, error.code)

    def _next(self, peer: Authority) -> Delivery | None:
        with self.database.read() as work:
            waiting = work.session.exec(
                select(Delivery)
                .where(Delivery.peer == peer, Delivery.state == "waiting")
                .order_by(col(Delivery.version), col(Delivery.id))
            ).all()
            first_of_subject: dict[str, Delivery] = {}
            for delivery in waiting:
                first_of_subject.setdefault(delivery.subject, delivery)
            due = [delivery for delivery in first_of_subject.values() if delivery.next_try <= work.now()]
            return min(due, key=lambda delivery: delivery.id or 0, default=None)

    @story(SpanName.DELIVER)
    def _deliver(self, peer: Authority, delivery: Delivery) -> None:
        with self.database.read() as work:
            raw = work.session.get_one(HeldRecord, delivery.digest).raw
        receipt = self.call.ask(Outgoing(peer, RecordDelivery(record=raw)), RecordReceipt)
        if receipt.body.digest != delivery.digest:
            raise NotTheReply("body.digest")
        with self.database.begin() as work:
            held = work.session.get(Delivery, delivery.id)
            if held is None:  # replaced or taken back while it was on its way; the later version follows
                return
            held.x, held.attempts, held.last_error = receipt.envelope.x, held.attempts + 1, receipt.body.reason
            held.state = receipt.body.outcome
            held.acknowledged = work.now()
            work.session.add(held)
            work.record(
                Act.RECORD_ACKNOWLEDGED,
                x=receipt.envelope.x,
                peer=peer,
                direction="out",
                digest=delivery.digest,
                outcome=receipt.body.outcome,
            )
            sys.audit("celosia.deliver_records.acknowledged")

    def _put_off(self, delivery: Delivery, reason: str) -> None:
        with self.database.begin() as work:
            held = work.session.get(Delivery, delivery.id)
            if held is None:
                return
            held.attempts += 1
            held.last_error = reason[:64]
            held.next_try = work.now() + min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(held.attempts - 1, 10))
            work.session.add(held)
