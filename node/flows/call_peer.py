"""One request to one peer and its reply: cleared, sent, admitted, archived. Every story that calls a peer goes through here."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from node.federation import Federation, denied_peers
from node.flows.hear_heads import hear
from node.flows.hear_peer import hear_clock, hear_peer, hear_refusal
from node.outbound.errors import PeerFault, PeerRefused, PeerUnavailable
from node.outbound.peers import PeerLines
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.store import jobs
from node.store.archive import archive_reply
from node.store.database import Database, ExchangeRef, Work
from node.store.tables import PeerContact
from node.telemetry.words import SpanName
from protocol.admission import Admitted, admit_reply
from protocol.authority import Authority
from protocol.envelope import SignedEnvelope
from protocol.errors import DeniedSender, ProtocolError
from protocol.journal import Act
from protocol.messages import Body

log = logging.getLogger("celosia.peers")

BodyT = TypeVar("BodyT", bound=Body)

_ACT_OF_REPLY = {
    "record_receipt": Act.RECORD_ACKNOWLEDGED,
    "match_answer": Act.ANSWER_RECEIVED,
    "match_refusal": Act.REFUSAL_RECEIVED,
    "revocation_receipt": Act.REVOCATION_ACKNOWLEDGED,
    "erasure_confirmation": Act.ERASURE_CONFIRMATION_RECEIVED,
}


@dataclass(frozen=True, repr=False)
class CallPeer:
    """The parts of a call."""

    database: Database
    federation: Federation
    door: Door
    lines: PeerLines

    def ask(self, outgoing: Outgoing[Body], expected: type[BodyT]) -> Admitted[BodyT]:
        """Clear and send a request that has one reply. Raises `Stopped`, `PeerFault`, `ProtocolError` for a bad reply.

        `DeniedSender` is raised for a peer that this node exchanges nothing with; then nothing was sent.
        """
        with self.database.begin() as work:
            refuse_denied(work, outgoing.to)
            cleared, request = self.door.request(work, outgoing)
        sys.audit("celosia.call_peer.cleared")
        for admitted in self.replies(cleared, request):
            if isinstance(admitted.body, expected):
                return admitted  # type: ignore[return-value]  # the body was just seen to be of the expected type
        raise PeerUnavailable("no_reply")

    def replies(self, cleared: Cleared, request: SignedEnvelope[Body]) -> Iterator[Admitted[Body]]:
        """Send what is cleared and give on each reply once it is admitted and archived. Raises as `ask`."""
        with self.database.telemetry.span(SpanName.CALL, leads=False, peer=cleared.to, message=request.envelope.type):
            yield from self._admitted(cleared, request)

    def _admitted(self, cleared: Cleared, request: SignedEnvelope[Body]) -> Iterator[Admitted[Body]]:
        peer = cleared.to
        try:
            for raw in self.lines.send(cleared):
                sys.audit("celosia.call_peer.replied")
                with self.database.read() as work:
                    border = self.federation.border(work, peer)
                admitted = admit_reply(raw, border, request)
                with self.database.begin() as work:
                    self._keep(work, admitted)
                    hear(work, admitted)
                    hear_peer(work, admitted)
                    self._contact(work, peer, None)
                    jobs.wake(work, peer)
                sys.audit("celosia.call_peer.archived")
                yield admitted
        except (PeerFault, ProtocolError) as fault:
            with self.database.begin() as work:
                self._contact(work, peer, fault.reason if isinstance(fault, PeerFault) else fault.code)
                if isinstance(fault, ProtocolError):
                    hear_clock(work, peer, fault)
                elif isinstance(fault, PeerRefused):
                    hear_refusal(work, peer, fault)
            raise

    @staticmethod
    def _keep(work: Work, reply: Admitted[Body]) -> None:
        """Archive a reply and put it on record, once: a request that is sent again gets the same replies."""
        envelope = reply.envelope
        if archive_reply(work, envelope.x, envelope.sender, "out", envelope.type, reply.raw, reply.digest):
            act = _ACT_OF_REPLY.get(envelope.type)
            if act is not None:
                exchange = ExchangeRef(envelope.x, envelope.sender, "out")
                work.record_envelope(act, exchange, digest=reply.digest, salt=envelope.salt)

    @staticmethod
    def _contact(work: Work, peer: Authority, error: str | None) -> None:
        contact = work.session.get(PeerContact, peer) or PeerContact(authority=peer)
        if contact.last_error != error:  # told when it changes, not at every beat
            log.log(logging.INFO if error is None else logging.WARNING, "peer", extra={"peer": peer, "state": error or "answers"})
        if error is None:
            contact.last_success, contact.last_error = work.now(), None
        else:
            contact.last_failure, contact.last_error = work.now(), error[:64]
        work.session.add(contact)


def refuse_denied(work: Work, peer: Authority) -> None:
    """Raise `DeniedSender` for a peer that is denied here, or proven to show two histories: it is told nothing more."""
    if peer in denied_peers(work):
        raise DeniedSender("peer", authority=peer)
