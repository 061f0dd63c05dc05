"""What a peer's envelopes tell of its machine in passing: its clock, and which directory it has.

For `celosia doctor`, and for `CheckClock`.
"""

from node.outbound.errors import PeerRefused
from node.store.database import Work
from node.store.tables import HeardPeer
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import NotFresh, ProtocolError
from protocol.messages import Body


def hear_peer(work: Work, admitted: Admitted[Body]) -> None:
    """Note what an admitted envelope says. The time that it spent on its way counts as difference: it is seconds at most."""
    envelope = admitted.envelope
    held = _held(work, envelope.sender)
    held.clock_difference, held.directory_version = envelope.iat - work.now(), envelope.directory.version
    work.session.add(held)


def hear_clock(work: Work, peer: Authority, refusal: ProtocolError) -> None:
    """Note the difference for which an envelope of `peer` was refused; nothing if it was refused for another cause.

    Admission looks at the time only behind the signature, so nobody else can make up a difference.
    """
    difference = refusal.facts.get("difference_seconds")
    if isinstance(refusal, NotFresh) and isinstance(difference, int):
        held = _held(work, peer)
        held.clock_difference = difference
        work.session.add(held)


def hear_refusal(work: Work, peer: Authority, refusal: PeerRefused) -> None:
    """Note the difference for which `peer` refused an envelope of ours; nothing if it told none.

    Nobody signed it, but it came over a line to the pinned peer: it counts as that peer's word, no more.
    """
    if refusal.difference is not None:
        held = _held(work, peer)
        held.clock_difference = -refusal.difference
        work.session.add(held)


def _held(work: Work, peer: Authority) -> HeardPeer:
    held = work.session.get(HeardPeer, peer) or HeardPeer(authority=peer, heard=0, clock_difference=0)
    held.heard = work.now()
    return held
