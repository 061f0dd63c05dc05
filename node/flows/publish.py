"""A network's records, from case data to the outbox: proposed by one officer, approved by another, withdrawn by either.

import → propose (minimised, previewed byte for byte) → approve (second person) → signed → outbox and index → peers
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlmodel import col, select

from node.federation import Federation
from node.flows import list_identifiers
from node.flows.draft_publication import (
    IN_TURN,
    Content,
    Draft,
    PublishingError,
    content_of,
    draft,
    drafts_of,
    find_current,
    gone,
    is_as_proposed,
    latest,
    records_out,
    reference_of,
)
from node.keys import Keys
from node.officers import Analyst
from node.safeguards import minimisation, readings
from node.safeguards.errors import NotFourEyes
from node.safeguards.holds import Holding
from node.safeguards.minimisation import Listing
from node.safeguards.small_numbers import Minimised
from node.settings import REVIEW_FLOOR
from node.store import jobs, restorations
from node.store.database import Database, Work
from node.store.jobs import Lane
from node.store.tables import (
    CaseNetwork,
    HeldRecord,
    Job,
    Officer,
    Publication,
    PublicationDraft,
)
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from protocol import audience as audiences
from protocol.authority import Authority
from protocol.journal import Act
from protocol.record import Record, Withdrawal, past_review, sign_record
from protocol.wire import canonical

_WITHDRAWAL = "revocation"


@dataclass(frozen=True)
class Preview(Content):
    """A publication that was proposed: what it sends, and who has decided.

    `waiting` counts entries that the next beat of the index brings to the peers or takes back, as they were proposed: until that
    beat it stays, whatever becomes of them.
    """

    publication: str
    state: str
    proposed_by: str
    decided_by: str | None
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

    def networks(self, officer: Analyst) -> list[NetworkState]:
        """All networks that could be published, by their national reference. On record, once an hour for as many."""
        with self.database.read() as work:
            states: dict[str, dict[str, str]] = {}
            for publication in work.session.exec(select(Publication).order_by(*IN_TURN)).all():
                states.setdefault(publication.network, {})[publication.audience] = publication.state
            rows = work.session.exec(select(CaseNetwork)).all()
            found = [NetworkState(reference_of(work, row), states.get(row.digest, {})) for row in rows]
        readings.note(self.database, officer, networks=len(found))
        return sorted(found, key=lambda state: state.reference)

    def look(self, officer: Analyst, reference: str, audience: Sequence[Authority] | None) -> Content:
        """What a network would send to `audience` (None: all members), byte for byte. Nothing is proposed.

        What is withheld for review goes before the protection liaison, as with a proposal: a look tells as much. Every look is on
        record.

        Raises `PublishingError` (unknown_network, no_list_for_audience), `Stopped` when a field may not leave.
        """
        with self.database.begin() as work:
            drafted = draft(work, self.keys, self.federation, reference, audience)
            self._put_before_liaison(work, officer, drafted)
            work.record(Act.PERSONAL_DATA_READ, officer=officer.id, network=drafted.network.digest, audience=drafted.audience)
            return content_of(work, drafted)

    @story(SpanName.PROPOSE)
    def propose(self, officer: Analyst, reference: str, audience: Sequence[Authority] | None) -> Preview:
        """Draft what a network would send to `audience` (None: all members), for a second officer to decide.

        Raises `PublishingError` (unknown_network, no_list_for_audience, decision_pending), `Stopped` when a field may not leave.
        """
        with self.database.begin() as work:
            _need_no_restore(work)
            drafted = draft(work, self.keys, self.federation, reference, audience)
            if latest(work, drafted.network.digest, drafted.audience, "proposed") is not None:
                raise PublishingError("decision_pending")
            self._put_before_liaison(work, officer, drafted)
            publication = Publication(
                id=work.new_id(),
                network=drafted.network.digest,
                audience=drafted.audience,
                list_id=drafted.list_id,
                state="proposed",
                proposed_by=officer.id,
                listed=_proposed(drafted.listing),
                told=json.dumps({"listed": drafted.listing.kinds, "withheld": drafted.listing.withheld}),
                left_out=json.dumps([asdict(each) for each in drafted.made.left_out]),
                created=work.now(),
            )
            work.session.add(publication)
            work.session.flush()
            for position, (source, record) in enumerate(drafted.made.records.items()):
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
            work.record(Act.PUBLICATION_PROPOSED, officer=officer.id, publication=publication.id, audience=publication.audience)
            sys.audit("celosia.publish.proposed")
            return self._preview(work, publication)

    def previews(self, officer: Analyst, state: str | None = None) -> list[Preview]:
        """All publications, newest first; with `state`, those in it. On record, once an hour for the same ones."""
        with self.database.read() as work:
            query = select(Publication).order_by(col(Publication.created).desc(), col(Publication.id))
            rows = work.session.exec(query if state is None else query.where(Publication.state == state)).all()
            found = [self._preview(work, row) for row in rows]
        readings.note(self.database, officer, **readings.listed("publications", [each.publication for each in found]))
        return found

    def preview(self, officer: Analyst, publication_id: str) -> Preview:
        """One publication. On record, once an hour. Raises `PublishingError` (unknown_publication)."""
        with self.database.read() as work:
            found = self._preview(work, _publication(work, publication_id))
        readings.note(self.database, officer, publication=found.publication)
        return found

    @story(SpanName.APPROVE)
    def approve(self, officer: Analyst, publication_id: str) -> Preview:
        """Sign and send what was proposed. Raises `NotFourEyes` for the proposer, `PublishingError` when it was decided.

        What the case data yield today must be what was proposed: a count may have fallen below its band since, and the second
        officer answers for what is so now. Raises `PublishingError` (case_changed) where it is not, `Stopped` as a proposal does.
        """
        with self.database.begin() as work:
            waiting = _publication(work, publication_id)
            changed = waiting.state == "proposed" and not is_as_proposed(work, self.federation, waiting)
            publication, replaced = self._decide(work, officer, publication_id, "published")
            if changed:
                raise PublishingError("case_changed")
            drafts = drafts_of(work, publication.id)
            for draft in drafts:
                self._release(work, publication, minimisation.check_record(draft.payload))
            staying = {draft.record_id for draft in drafts}
            for gone in (draft for each in replaced for draft in drafts_of(work, each.id) if draft.record_id not in staying):
                self._release(work, publication, self._withdrawal(work, gone.record_id))
            self._settle_waiting(work, publication, replaced)
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
            self._take_back(work, publication, "withdrawn", officer.id)
            work.record(Act.WITHDRAWN, officer=officer.id, publication=publication.id)
            sys.audit("celosia.publish.withdrawn")
            return self._preview(work, publication)

    def expire(self) -> None:
        """Take back what is past its review date: nobody has looked at it in time. Peers see a withdrawal like any other."""
        with self.database.begin() as work:
            if restorations.is_open(work):
                return
            for publication in work.session.exec(select(Publication).where(Publication.state == "published")).all():
                records = [minimisation.check_record(each.payload) for each in drafts_of(work, publication.id)]
                if any(past_review(each, work.today()) for each in records):
                    self._take_back(work, publication, "expired", None)
                    work.record(Act.EXPIRED, publication=publication.id)

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

    def _take_back(self, work: Work, publication: Publication, state: str, officer: str | None) -> None:
        publication.state = state
        publication.waiting = list_identifiers.count_moving(work, publication.audience, json.loads(publication.listed))
        work.session.add(publication)
        pending = latest(work, publication.network, publication.audience, "proposed")
        if pending is not None:  # it was to follow what is taken back here
            pending.state, pending.decided_by, pending.decided = "refused", officer, work.now()
            work.session.add(pending)
            work.record(Act.PUBLICATION_REFUSED, officer=officer, publication=pending.id)
        drafts = drafts_of(work, publication.id)
        for each in drafts:
            self._release(work, publication, self._withdrawal(work, each.record_id))
        list_identifiers.list_for(work, publication.audience, _network_id(drafts), Listing((), {}))

    @staticmethod
    def _settle_waiting(work: Work, publication: Publication, replaced: Sequence[Publication]) -> None:
        """How much the next beat brings, by what was proposed now and before, and still waits: never by what is there."""
        fresh, waiting = set(json.loads(publication.listed)), 0
        for each in replaced:
            before = set(json.loads(each.listed))
            waiting += min(each.waiting, len(fresh & before))
            fresh -= before
            each.waiting = 0
        publication.waiting = waiting + list_identifiers.count_moving(work, publication.audience, fresh)

    def _withdrawal(self, work: Work, record_id: str) -> Withdrawal:
        held = find_current(work, self.federation.me, record_id)
        if held is None:
            raise PublishingError("not_published")
        return Withdrawal(id=record_id, version=held.version + 1, authority=self.federation.me, supersedes=held.digest)

    def _decide(self, work: Work, officer: Analyst, publication_id: str, state: str) -> tuple[Publication, list[Publication]]:
        """The publication as decided, and the earlier one that it replaces."""
        publication = _publication(work, publication_id)
        if publication.state != "proposed":
            raise PublishingError("already_decided")
        if publication.proposed_by == officer.id:
            raise NotFourEyes("second_officer")
        replaced: list[Publication] = []
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
                replaced.append(earlier)
        publication.state, publication.decided_by, publication.decided = state, officer.id, work.now()
        work.session.add(publication)
        work.session.flush()
        return publication, replaced

    def _release(self, work: Work, publication: Publication, record: Record) -> None:
        signed = sign_record(record, self.keys.signing)
        before = find_current(work, self.federation.me, record.id)
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

    def _put_before_liaison(self, work: Work, officer: Analyst, drafted: Draft) -> None:
        holding = Holding(self.keys, REVIEW_FLOOR)
        holding.refuse_locked(work, officer.id)
        holding.hold_listed(work, officer.id, drafted.network.digest, drafted.listing.looked_at)

    def _preview(self, work: Work, publication: Publication) -> Preview:
        network = work.session.get_one(CaseNetwork, publication.network)
        drafts = drafts_of(work, publication.id)
        # as proposed: what is taken back since leaves for causes that nobody but the protection liaison may tell apart
        told = json.loads(publication.told)
        proposed = publication.state == "proposed"
        before = latest(work, publication.network, publication.audience, "published") if proposed else None
        return Preview(
            network=reference_of(work, network),
            audience=publication.audience,
            records=records_out(work, [minimisation.check_record(each.payload) for each in drafts]),
            gone=() if before is None else gone(drafts_of(work, before.id), [each.record_id for each in drafts]),
            listed=told["listed"],
            withheld=told["withheld"],
            left_out=tuple(Minimised(**each) for each in json.loads(publication.left_out)),
            publication=publication.id,
            state=publication.state,
            proposed_by=work.session.get_one(Officer, publication.proposed_by).username,
            decided_by=None if publication.decided_by is None else work.session.get_one(Officer, publication.decided_by).username,
            waiting=publication.waiting,
        )


def _need_no_restore(work: Work) -> None:
    """A restored node may not know the newest version of its own records: another one under that number would be a lie."""
    if restorations.is_open(work):
        raise PublishingError("restore_unfinished")


def _proposed(listing: Listing) -> str:
    return json.dumps(sorted(entry.proposed_as for entry in listing.entries))


def _publication(work: Work, publication_id: str) -> Publication:
    publication = work.session.get(Publication, publication_id)
    if publication is None:
        raise PublishingError("unknown_publication")
    return publication


def _network_id(drafts: Sequence[PublicationDraft]) -> str:
    return next(draft.record_id for draft in drafts if draft.source == "network")
