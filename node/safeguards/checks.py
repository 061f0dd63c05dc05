"""The checks on every message that leaves, in their order. Each looks at the messages that concern it and lets others pass.

1 purpose        a question's purpose is one for matching
2 audience       a record, manifest or index part goes to its audience only, an entry of our log to its other side
3 register       nothing that stands behind a message is anybody's under protection
4 four eyes      a record is, byte for byte, what a second officer approved; a revocation, what a state's officers signed
5 minimisation   a record is what its kind may carry
6 budget         a question fits what the peer's directory entry grants us
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlmodel import select

from node.federation import Federation
from node.keys import Keys
from node.safeguards import budgets, minimisation, protected
from node.safeguards.errors import NotFourEyes, NotInAudience, Stopped
from node.store import counterparts, jobs
from node.store.database import Work
from node.store.tables import HeldAhead, HeldManifest, HeldRecord, IndexList, Job, Publication, PublicationDraft
from protocol import audience, jws, limits
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.messages import Body, Counterparts, KeyRevocation, Manifests, MatchRequest, RecordDelivery, Records
from protocol.names import Person
from protocol.purpose import check_purpose
from protocol.record import RECORD_TYPE, Withdrawal
from protocol.wire import sha256

BodyT_co = TypeVar("BodyT_co", bound=Body, covariant=True)


@dataclass(frozen=True)
class Outgoing(Generic[BodyT_co]):
    """A message about to leave, with the OPRF inputs and the people that stand behind it (never sent, never printed)."""

    to: Authority
    body: BodyT_co
    identifiers: tuple[bytes, ...] = field(default=(), repr=False)
    people: tuple[Person, ...] = field(default=(), repr=False)


Safeguard = Callable[[Work, Outgoing[Body]], None]


def safeguards(federation: Federation, keys: Keys) -> Sequence[Safeguard]:
    """All checks, in order."""
    return (_purpose, _audience(federation), _register(keys), _four_eyes, _minimisation, _budget(federation))


def _purpose(_work: Work, outgoing: Outgoing[Body]) -> None:
    if isinstance(outgoing.body, MatchRequest):
        check_purpose(outgoing.body.purpose)


def _audience(federation: Federation) -> Safeguard:
    def check(work: Work, outgoing: Outgoing[Body]) -> None:
        for raw in _records(work, outgoing):
            if not may_receive(work, raw, outgoing.to):
                raise NotInAudience("record")
        if isinstance(outgoing.body, Manifests):
            for raw in outgoing.body.manifests:
                held = work.session.get(HeldManifest, sha256(raw))
                if held is None or not may_see(work, federation.me, held, outgoing.to):
                    raise NotInAudience("manifest")
        if isinstance(outgoing.body, Counterparts) and not counterparts.are_ours(work, outgoing.to, outgoing.body):
            raise NotInAudience("entry")

    return check


def _register(keys: Keys) -> Safeguard:
    """The last look. Whoever prepared the message has put dummies where somebody protected stood; this is for who forgot to."""

    def check(work: Work, outgoing: Outgoing[Body]) -> None:
        if not isinstance(outgoing.body, MatchRequest):  # nothing else has anybody's identifiers behind it
            return
        people = protected.ProtectedPeople(work, keys)
        lines = [protected.Line(outgoing.identifiers), *(protected.Line(person=person) for person in outgoing.people)]
        if protected.Standing.PROTECTED in protected.standings_of(work, keys, lines, people):
            raise Stopped("not_cleared")

    return check


def _four_eyes(work: Work, outgoing: Outgoing[Body]) -> None:
    if isinstance(outgoing.body, KeyRevocation):
        _check_officers_signed(work, outgoing.body)
    for raw in _records(work, outgoing):
        payload = _payload(raw)
        withdraws = isinstance(minimisation.check_record(payload), Withdrawal)
        if withdraws and _is_orphan(work, raw):  # two officers had approved what it takes back
            continue
        publication = _publication(work, raw)
        if publication.decided_by is None or publication.decided_by == publication.proposed_by:
            raise NotFourEyes("second_officer")
        if publication.state in ("proposed", "refused"):
            raise NotFourEyes("not_approved")
        if withdraws:  # gives back, publishes nothing: one officer is enough, and it must not wait
            continue
        if publication.state != "published":
            raise NotFourEyes("not_in_force")
        approved = work.session.exec(select(PublicationDraft).where(PublicationDraft.publication_id == publication.id)).all()
        if payload not in [draft.payload for draft in approved]:
            raise NotFourEyes("other_bytes_than_approved")


def _check_officers_signed(work: Work, body: KeyRevocation) -> None:
    """The state's officers are the four eyes; what they signed was verified before it was kept."""
    kept = work.session.exec(select(HeldAhead.role).where(HeldAhead.file == body.entry)).all()
    if body.role not in kept:
        raise NotFourEyes("not_kept")


def _minimisation(work: Work, outgoing: Outgoing[Body]) -> None:
    for raw in _records(work, outgoing):
        minimisation.check_record(_payload(raw))


def _records(work: Work, outgoing: Outgoing[Body]) -> list[bytes]:
    """The records in a message, but for the addressee's own, which it gets back as it signed them."""
    if isinstance(outgoing.body, RecordDelivery):
        return [outgoing.body.record]
    if not isinstance(outgoing.body, Records):
        return []
    held = [(raw, work.session.get(HeldRecord, sha256(raw))) for raw in outgoing.body.records]
    return [raw for raw, row in held if row is None or row.authority != outgoing.to]


def _budget(federation: Federation) -> Safeguard:
    def check(work: Work, outgoing: Outgoing[Body]) -> None:
        if isinstance(outgoing.body, MatchRequest):
            entry = federation.directory.member(outgoing.to).list_entry(outgoing.body.list)
            if entry is None:
                raise Stopped("unknown_list")
            budgets.charge_asked(work, outgoing.to, outgoing.body.officer, entry, outgoing.body.epoch, outgoing.body.size)

    return check


def may_receive(work: Work, raw: bytes, peer: Authority) -> bool:
    """Whether a record of ours may go to `peer`: by its publication's audience. Raises `NotFourEyes` for one that has none.

    The withdrawal of a record whose publication was lost goes to whom the record went.
    """
    if _is_orphan(work, raw):
        subject = work.session.get_one(HeldRecord, sha256(raw)).record_id
        went = select(Job.id).where(Job.subject == subject, Job.peer == peer, Job.state == jobs.DONE)
        return work.session.exec(went).first() is not None
    return audience.includes(_publication(work, raw).audience, peer)


def _is_orphan(work: Work, raw: bytes) -> bool:
    """Whether a record is of no publication here, though it went out from here: after the backup that this node came from."""
    held = work.session.get(HeldRecord, sha256(raw))
    if held is None or held.publication_id is not None:
        return False
    return work.session.exec(select(Job.id).where(Job.subject == held.record_id)).first() is not None


def _publication(work: Work, raw: bytes) -> Publication:
    held = work.session.get(HeldRecord, sha256(raw))
    publication = work.session.get(Publication, held.publication_id) if held and held.publication_id else None
    if publication is None:
        raise NotFourEyes("not_published")
    return publication


def _payload(raw: bytes) -> bytes:
    try:
        return jws.open_form(raw, RECORD_TYPE, limit=limits.RECORD_BYTES, where="record").payload
    except ProtocolError:
        raise NotFourEyes("not_a_record") from None


def may_see(work: Work, me: Authority, manifest: HeldManifest, peer: Authority) -> bool:
    """Whether `peer` may be shown a manifest: ours by its list's audience, another's when it is of a list for all members."""
    if manifest.authority != me:
        return manifest.audience == audience.ALL or manifest.authority == peer
    held = work.session.get(IndexList, manifest.list_id)
    return held is not None and audience.includes(held.audience, peer)
