"""Telling a peer that a question to it was opened, where the officers who opened it decided so; and hearing it from a peer.

    opened, and what it showed on record → told once an hour until the peer has signed for it → kept, and an alert, at the peer

What was asked is not in it: the peer learns which of the questions it has on record was opened, and whether it was as committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlmodel import col, select

from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.opening_terms import HeardOpening
from node.outbound.errors import PeerFault
from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.safeguards.errors import Stopped
from node.store.database import Database, ExchangeRef, Work
from node.store.tables import Exchange, PeerOpening, QuestionOpening
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.journal import Act
from protocol.messages import MatchRequest, OpeningReceipt, OpeningTold

SHOWN = 500
"""Tellings of one answer, the newest first."""
_HOUR = 3600
_BREACH: Final = "breach"


@dataclass(frozen=True, repr=False)
class TellOpenings:
    """The story's parts."""

    database: Database
    federation: Federation
    door: Door
    call: CallPeer

    def tell_peers(self) -> None:
        """Tell each peer of what is due. One that is away is left alone for an hour."""
        away: set[str] = set()
        for opening_id, peer in self._due():
            if peer not in away and not self._tell(opening_id, peer):
                away.add(peer)

    def receive(self, work: Work, admitted: Admitted[OpeningTold]) -> Cleared:
        """What a peer tells of a question that it asked us: kept, and a matter for our liaison officers. Answered either way."""
        envelope, body = admitted.envelope, admitted.body
        telling = ExchangeRef(envelope.x, envelope.sender, "in")
        work.record_envelope(Act.OPENING_HEARD, telling, digest=admitted.digest, salt=envelope.salt)
        known = _is_known(work, envelope.sender, body)
        if known and _keep(work, envelope.sender, body):
            raise_alert(work, AlertKind.QUESTION_OPENED, peer=envelope.sender)
        receipt = OpeningReceipt(request=body.request, outcome="noted" if known else "unknown")
        return self.door.reply(work, admitted, Outgoing(envelope.sender, receipt))

    def _due(self) -> list[tuple[str, Authority]]:
        with self.database.read() as work:
            due = select(QuestionOpening).where(col(QuestionOpening.next_telling) <= work.now())
            rows = work.session.exec(due.order_by(col(QuestionOpening.next_telling), col(QuestionOpening.id))).all()
            return [(row.id, Authority(row.peer)) for row in rows if row.peer in self.federation.directory.members]

    def _tell(self, opening_id: str, peer: Authority) -> bool:
        """Tell of one opening. Returns whether the peer answered."""
        with self.database.read() as work:
            row = work.session.get_one(QuestionOpening, opening_id)
            digest = work.session.get_one(Exchange, (row.x, row.peer, "out")).digest
            found: Literal["as_committed", "breach"] = _BREACH if row.breaches else "as_committed"
            told = OpeningTold(exchange=row.x, request=digest, opened=row.confirmed or 0, found=found)
        try:
            said: OpeningReceipt | None = self.call.ask(Outgoing(peer, told), OpeningReceipt).body
        except (PeerFault, ProtocolError, Stopped):
            said = None
        with self.database.begin() as work:
            row = work.session.get_one(QuestionOpening, opening_id)
            row.next_telling = work.now() + _HOUR
            if said is not None and said.request == digest:
                row.next_telling, row.peer_said, row.peer_said_at = None, said.outcome, work.now()
            work.session.add(row)
        return said is not None


def heard_openings(work: Work) -> Sequence[HeardOpening]:
    """What peers told of questions that they had asked us, the newest first."""
    newest = select(PeerOpening).order_by(col(PeerOpening.heard).desc(), col(PeerOpening.x)).limit(SHOWN)
    return [HeardOpening(row.x, row.peer, row.opened, row.found, row.heard) for row in work.session.exec(newest).all()]


def _keep(work: Work, sender: Authority, body: OpeningTold) -> bool:
    """One telling of each question: the first, and in its place the first of a breach. Returns whether it is this one.

    A question that is opened again may turn out otherwise; what is kept here never gets better by what its asker says.
    """
    held = work.session.get(PeerOpening, (body.exchange, sender))
    if held is not None and held.found in (body.found, _BREACH):
        return False
    work.session.merge(PeerOpening(x=body.exchange, peer=sender, opened=body.opened, found=body.found, heard=work.now()))
    return True


def _is_known(work: Work, sender: Authority, body: OpeningTold) -> bool:
    held = work.session.get(Exchange, (body.exchange, sender, "in"))
    return held is not None and held.type == MatchRequest.type and held.digest == body.request
