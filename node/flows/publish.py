"""A network's records, from case data to the outbox: proposed by one officer, approved by another, withdrawn by either.

import → propose (minimised, previewed byte for byte) → approve (second person) → signed → outbox and index → peers
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from node.federation import Federation
from node.flows import list_identifiers
from node.keys import Keys
from node.officers import Analyst
from node.safeguards import minimisation
from node.safeguards.errors import NotFourEyes
from node.safeguards.minimisation import Frame, Listing
from node.store import jobs, restorations
from node.store.acts import Act
from node.store.database import Database, Work
from node.store.jobs import Lane
from node.store.tables import (
    CaseNetwork,
    HeldRecord,
    IndexList,
    Job,
    Officer,
    Publication,
    PublicationDraft,
)
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from protocol import audience as audiences
from protocol.authority import Authority
from protocol.record import Record, Withdrawal, sign_record
from protocol.wire import canonical

_IN_TURN = (
    col(Publication.created),
    col(Publication.state).in_(("published", "proposed")),
    col(Publication.state) == "proposed",
)
"""The order of a network's publications. Of one second: what is over, then what is in force, then what will follow."""
_WITHDRAWAL = "revocation"


class PublishingError(Exception):
    """A publication cannot go on; `code` says why, and nothing has changed."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Preview:
    """What a publication would send: the exact bytes of each record, and what of its identifiers is listed.

    `waiting` counts entries that the next beat of the index will bring to the peers or take back.
    """

    publication: str
    network: str
    audience: str
    state: str
    proposed_by: str
    decided_by: str | None
    records: tuple[bytes, ...]
    record_ids: tuple[str, ...]
    listed: Mapping[str, int]
    withheld: Mapping[str, int]
    waiting: int


@dataclass(frozen=True)
class NetworkState:
    """A network of the national case data, and the state of its publications by audience."""

    reference: str
    publications: Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Publish:
    """The story's parts: where it is kept, whose keys sign, who the peers are."""

    database: Database
    keys: Keys
    federation: Federation

    def networks(self, _officer: Analyst) -> list[NetworkState]:
        """All networks that could be published, by their national reference."""
        with self.database.read() as work:
            states: dict[str, dict[str, str]] = {}
            for publication in work.session.exec(select(Publication).order_by(*_IN_TURN)).all():
                states.setdefault(publication.network, {})[publication.audience] = publication.state
            rows = work.session.exec(select(CaseNetwork)).all()
            return sorted(
                (NetworkState(_reference(work, row), states.get(row.digest, {})) for row in rows),
                key=lambda state: state.reference,
            )

    @story(SpanName.PROPOSE)
    def propose(self, officer: Analyst, reference: str, audience: Sequence[Authority] | None) -> Preview:
        """Draft what a network would send to `audience` (None: all members), for a second officer to decide.

        Raises `PublishingError` (unknown_network, no_list_for_audience, decision_pending), `Stopped` when a field may not leave.
        """
        with self.database.begin() as work:
            _need_no_restore(work)
            network = work.session.get(CaseNetwork, self.keys.digest("network", reference.encode()))
            if network is None:
                raise PublishingError("unknown_network")
            name = audiences.name_of(audience)
            listed = work.session.exec(
                select(IndexList).where(IndexList.audience == name, IndexList.entropy == "identifiers")
            ).first()
            if listed is None:
                raise PublishingError("no_list_for_audience")
            before = self._latest(work, network.digest, name)
            if before is not None and before.state == "proposed":
                raise PublishingError("decision_pending")
            publication = Publication(
                id=work.new_id(),
                network=network.digest,
                audience=name,
                list_id=listed.id,
                state="proposed",
                proposed_by=officer.id,
                listed=_digests(minimisation.listing(work, self.keys, network.digest)),
                created=work.now(),
            )
            work.session.add(publication)
            work.session.flush()
            for position, (source, record) in enumerate(self._draft(work, network, publication, before).items()):
                work.session.add(
                    PublicationDraft(
                        publication_id=publication.id,
                        position=position,
                        source=source,
                        record_id=record.id,
                        payload=canonical(record),
                    )
                )
            work.session.flush()
            work.record(Act.PUBLICATION_PROPOSED, officer=officer.id, publication=publication.id, audience=name)
            sys.audit("celosia.publish.proposed")
            return self._preview(work, publication)

    def previews(self, _officer: Analyst, state: str | None = None) -> list[Preview]:
        """All publications, newest first; with `state`, those in it."""
        with self.database.read() as work:
            query = select(Publication).order_by(col(Publication.created).desc(), col(Publication.id))
            rows = work.session.exec(query if state is None else query.where(Publication.state == state)).all()
            return [self._preview(work, row) for row in rows]

    def preview(self, _officer: Analyst, publication_id: str) -> Preview:
        """One publication. Raises `PublishingError` (unknown_publication)."""
        with self.database.read() as work:
            return self._preview(work, _publication(work, publication_id))

    @story(SpanName.APPROVE)
    def approve(self, officer: Analyst, publication_id: str) -> Preview:
        """Sign and send what was proposed. Raises `NotFourEyes` for the proposer, `PublishingError` when it was decided."""
        with self.database.begin() as work:
            publication, replaced = self._decide(work, officer, publication_id, "published")
            drafts = _drafts(work, publication.id)
            for draft in drafts:
                self._release(work, publication, minimisation.check_record(draft.payload))
            staying = {draft.record_id for draft in drafts}
            for gone in (draft for draft in replaced if draft.record_id not in staying):
                self._release(work, publication, self._withdrawal(work, gone.record_id))
            # what became listable since the proposal was seen by one officer only; what is not listable any more does not go out
            listing = minimisation.listing(work, self.keys, publication.network).only(json.loads(publication.listed))
            list_identifiers.list_for(work, publication.audience, _network_id(drafts), listing)
            work.record(Act.PUBLISHED, officer=officer.id, publication=publication.id)
            sys.audit("celosia.publish.approved")
            return self._preview(work, publication)

    @story(SpanName.REFUSE)
    def refuse(self, officer: Analyst, publication_id: str) -> Preview:
        """Do not publish. The draft stays on record. Raises as `approve`."""
        with self.database.begin() as work:
            publication, _ = self._decide(work, officer, publication_id, "refused")
            work.record(Act.PUBLICATION_REFUSED, officer=officer.id, publication=publication.id)
            sys.audit("celosia.publish.refused")
            return self._preview(work, publication)

    @story(SpanName.WITHDRAW)
    def withdraw(self, officer: Analyst, publication_id: str) -> Preview:
        """Take everything of a publication back: records at once, index entries with the next beat. No cause is told."""
        with self.database.begin() as work:
            _need_no_restore(work)
            publication = _publication(work, publication_id)
            if publication.state != "published":
                raise PublishingError("not_published")
            publication.state = "withdrawn"
            work.session.add(publication)
            pending = self._latest(work, publication.network, publication.audience)
            if pending is not None and pending.state == "proposed":  # it was to follow what is taken back here
                pending.state, pending.decided_by, pending.decided = "refused", officer.id, work.now()
                work.session.add(pending)
                work.record(Act.PUBLICATION_REFUSED, officer=officer.id, publication=pending.id)
            drafts = _drafts(work, publication.id)
            for draft in drafts:
                self._release(work, publication, self._withdrawal(work, draft.record_id))
            list_identifiers.list_for(work, publication.audience, _network_id(drafts), Listing((), {}))
            work.record(Act.WITHDRAWN, officer=officer.id, publication=publication.id)
            sys.audit("celosia.publish.withdrawn")
            return self._preview(work, publication)

    def enqueue_for_newcomers(self) -> None:
        """Members who were not there at publication get what their audience holds, into the outbox as all others."""
        with self.database.begin() as work:
            rows = work.session.exec(
                select(HeldRecord, Publication)
                .join(Publication, col(HeldRecord.publication_id) == col(Publication.id))
                .where(col(HeldRecord.current), HeldRecord.authority == self.federation.me)
            ).all()
            for held, publication in rows:
                self._enqueue(work, publication, held)
            sys.audit("celosia.publish.enqueued")

    def _draft(self, work: Work, network: CaseNetwork, publication: Publication, before: Publication | None) -> dict[str, Record]:
        description: Mapping[str, Any] = json.loads(network.description)
        sources = ["network", "modus_operandi", *minimisation.routes_of(work, network.digest)]
        known = {} if before is None else {draft.source: draft.record_id for draft in _drafts(work, before.id)}
        versions: dict[str, dict[str, Any]] = {}
        for source in sources:
            held = _find_current(work, self.federation.me, known[source]) if source in known else None
            versions[source] = (
                {"id": work.new_id(), "version": 1}
                if held is None
                else {"id": held.record_id, "version": held.version + 1, "supersedes": held.digest}
            )
        frame = Frame(
            authority=self.federation.me,
            contact=self.federation.directory.member(self.federation.me).working.contacts[0].id,
            handling=() if publication.audience == audiences.ALL else ("H2",),
        )
        return minimisation.make_records(work, network, description, frame, versions)

    def _latest(self, work: Work, network: str, audience: str) -> Publication | None:
        """The publication that a new one would follow. A refused or withdrawn one is followed by nothing."""
        return work.session.exec(
            select(Publication)
            .where(
                Publication.network == network,
                Publication.audience == audience,
                col(Publication.state).in_(("proposed", "published")),
            )
            .order_by(*(each.desc() for each in _IN_TURN))
        ).first()

    def _withdrawal(self, work: Work, record_id: str) -> Withdrawal:
        held = _find_current(work, self.federation.me, record_id)
        if held is None:
            raise PublishingError("not_published")
        return Withdrawal(id=record_id, version=held.version + 1, authority=self.federation.me, supersedes=held.digest)

    def _decide(
        self, work: Work, officer: Analyst, publication_id: str, state: str
    ) -> tuple[Publication, list[PublicationDraft]]:
        """The publication as decided, and the drafts of the earlier one that it replaces."""
        publication = _publication(work, publication_id)
        if publication.state != "proposed":
            raise PublishingError("already_decided")
        if publication.proposed_by == officer.id:
            raise NotFourEyes("second_officer")
        replaced: list[PublicationDraft] = []
        for earlier in work.session.exec(
            select(Publication).where(
                Publication.network == publication.network,
                Publication.audience == publication.audience,
                Publication.state == "published",
            )
        ).all():
            if state == "published":
                earlier.state = "replaced"
                work.session.add(earlier)
                replaced += _drafts(work, earlier.id)
        publication.state, publication.decided_by, publication.decided = state, officer.id, work.now()
        work.session.add(publication)
        work.session.flush()
        return publication, replaced

    def _release(self, work: Work, publication: Publication, record: Record) -> None:
        signed = sign_record(record, self.keys.signing)
        before = _find_current(work, self.federation.me, record.id)
        if before is not None:
            before.current = False
            work.session.add(before)
            jobs.supersede(work, record.id, record.version)  # who has not got what came before, does not get it any more
        held = HeldRecord(
            digest=signed.digest,
            authority=self.federation.me,
            record_id=record.id,
            version=record.version,
            kind=record.kind,
            raw=signed.raw,
            current=True,
            publication_id=publication.id,
            received=work.now(),
        )
        work.session.add(held)
        work.session.flush()
        self._enqueue(work, publication, held)

    def _enqueue(self, work: Work, publication: Publication, held: HeldRecord) -> None:
        owed = work.session.exec(select(Job.peer).where(Job.subject == held.record_id, Job.version == held.version)).all()
        lane = Lane.URGENT if held.kind == _WITHDRAWAL else Lane.RECORD
        for peer in self.federation.peers():
            if peer not in owed and audiences.includes(publication.audience, peer):
                jobs.add(work, lane, peer, held.record_id, held.version)

    def _preview(self, work: Work, publication: Publication) -> Preview:
        network = work.session.get_one(CaseNetwork, publication.network)
        drafts = _drafts(work, publication.id)
        listing = minimisation.listing(work, self.keys, publication.network).only(json.loads(publication.listed))
        return Preview(
            publication=publication.id,
            network=_reference(work, network),
            audience=publication.audience,
            state=publication.state,
            proposed_by=work.session.get_one(Officer, publication.proposed_by).username,
            decided_by=None if publication.decided_by is None else work.session.get_one(Officer, publication.decided_by).username,
            records=tuple(draft.payload for draft in drafts),
            record_ids=tuple(draft.record_id for draft in drafts),
            listed=listing.kinds,
            withheld=listing.withheld,
            waiting=0 if publication.state == "proposed" else list_identifiers.count_waiting(work, _network_id(drafts)),
        )


def _need_no_restore(work: Work) -> None:
    """A restored node may not know the newest version of its own records: another one under that number would be a lie."""
    if restorations.is_open(work):
        raise PublishingError("restore_unfinished")


def _digests(listing: Listing) -> str:
    return json.dumps(sorted({entry.digest for entry in listing.entries}))


def _reference(work: Work, network: CaseNetwork) -> str:
    return work.open_at_rest(network.reference_sealed, "case_networks").decode()


def _publication(work: Work, publication_id: str) -> Publication:
    publication = work.session.get(Publication, publication_id)
    if publication is None:
        raise PublishingError("unknown_publication")
    return publication


def _drafts(work: Work, publication_id: str) -> list[PublicationDraft]:
    return list(
        work.session.exec(
            select(PublicationDraft)
            .where(PublicationDraft.publication_id == publication_id)
            .order_by(col(PublicationDraft.position))
        ).all()
    )


def _network_id(drafts: Sequence[PublicationDraft]) -> str:
    return next(draft.record_id for draft in drafts if draft.source == "network")


def _find_current(work: Work, authority: str, record_id: str) -> HeldRecord | None:
    return work.session.exec(
        select(HeldRecord).where(HeldRecord.authority == authority, HeldRecord.record_id == record_id, col(HeldRecord.current))
    ).first()
