"""The checks on every message that leaves, in their order. Each looks at the messages that concern it and lets others pass.

1 purpose        a question's purpose is one for matching
2 audience       a record, manifest or index part goes to its audience only
3 four eyes      a record is, byte for byte, what a second officer approved
4 minimisation   a record is what its kind may carry
5 budget         a question fits what the peer's directory entry grants us
(the protected register takes its place before 3 and 5: `identifiers` is what it will look at)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlmodel import select

from node.federation import Federation
from node.safeguards import budgets, minimisation
from node.safeguards.errors import NotFourEyes, NotInAudience, Stopped
from node.store.database import Work
from node.store.tables import HeldManifest, HeldRecord, IndexList, Publication, PublicationDraft
from protocol import audience, jws, limits
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.messages import Body, Manifests, MatchRequest, RecordDelivery
from protocol.purpose import check_purpose
from protocol.record import RECORD_TYPE, Withdrawal
from protocol.wire import sha256

BodyT_co = TypeVar("BodyT_co", bound=Body, covariant=True)


@dataclass(frozen=True)
class Outgoing(Generic[BodyT_co]):
    """A message about to leave, with the OPRF inputs that stand behind it (never sent, never printed)."""

    to: Authority
    body: BodyT_co
    identifiers: tuple[bytes, ...] = field(default=(), repr=False)


Safeguard = Callable[[Work, Outgoing[Body]], None]


def safeguards(federation: Federation) -> Sequence[Safeguard]:
    """All checks, in order."""
    return (_purpose, _audience(federation), _four_eyes, _minimisation, _budget(federation))


def _purpose(_work: Work, outgoing: Outgoing[Body]) -> None:
    if isinstance(outgoing.body, MatchRequest):
        check_purpose(outgoing.body.purpose)


def _audience(federation: Federation) -> Safeguard:
    def check(work: Work, outgoing: Outgoing[Body]) -> None:
        body = outgoing.body
        if isinstance(body, RecordDelivery) and not audience.includes(_publication(work, body).audience, outgoing.to):
            raise NotInAudience("record")
        if isinstance(body, Manifests):
            for raw in body.manifests:
                held = work.session.get(HeldManifest, sha256(raw))
                if held is None or not may_see(work, federation.me, held, outgoing.to):
                    raise NotInAudience("manifest")

    return check


def _four_eyes(work: Work, outgoing: Outgoing[Body]) -> None:
    if not isinstance(outgoing.body, RecordDelivery):
        return
    publication = _publication(work, outgoing.body)
    if publication.decided_by is None or publication.decided_by == publication.proposed_by:
        raise NotFourEyes("second_officer")
    if publication.state in ("proposed", "refused"):
        raise NotFourEyes("not_approved")
    payload = _payload(outgoing.body)
    record = minimisation.check_record(payload)
    if isinstance(record, Withdrawal):  # gives back, publishes nothing: one officer is enough, and it must not wait
        return
    if publication.state != "published":
        raise NotFourEyes("not_in_force")
    approved = work.session.exec(select(PublicationDraft).where(PublicationDraft.publication_id == publication.id)).all()
    if payload not in [draft.payload for draft in approved]:
        raise NotFourEyes("other_bytes_than_approved")


def _minimisation(_work: Work, outgoing: Outgoing[Body]) -> None:
    if isinstance(outgoing.body, RecordDelivery):
        minimisation.check_record(_payload(outgoing.body))


def _budget(federation: Federation) -> Safeguard:
    def check(work: Work, outgoing: Outgoing[Body]) -> None:
        if isinstance(outgoing.body, MatchRequest):
            entry = federation.directory.member(outgoing.to).list_entry(outgoing.body.list)
            if entry is None:
                raise Stopped("unknown_list")
            budgets.charge_asked(work, outgoing.to, entry, outgoing.body.epoch, outgoing.body.size)

    return check


def _publication(work: Work, delivery: RecordDelivery) -> Publication:
    held = work.session.get(HeldRecord, sha256(delivery.record))
    publication = work.session.get(Publication, held.publication_id) if held and held.publication_id else None
    if publication is None:
        raise NotFourEyes("not_published")
    return publication


def _payload(delivery: RecordDelivery) -> bytes:
    try:
        return jws.open_form(delivery.record, RECORD_TYPE, limit=limits.RECORD_BYTES, where="record").payload
    except ProtocolError:
        raise NotFourEyes("not_a_record") from None


def may_see(work: Work, me: Authority, manifest: HeldManifest, peer: Authority) -> bool:
    """Whether `peer` may be shown a manifest: ours by its list's audience, another's when it is of a list for all members."""
    if manifest.authority != me:
        return manifest.audience == audience.ALL or manifest.authority == peer
    held = work.session.get(IndexList, manifest.list_id)
    return held is not None and audience.includes(held.audience, peer)
