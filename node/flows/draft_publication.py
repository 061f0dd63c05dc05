"""What a network would send to an audience, worked out the same for a look and for a proposal: nothing is written here.

The bytes of a look are those of a proposal made after it, and those are signed when a second officer approves.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from node.federation import Federation
from node.keys import Keys
from node.safeguards import minimisation
from node.safeguards.generalising import check_terms
from node.safeguards.minimisation import Frame, Listing, Made
from node.safeguards.small_numbers import Minimised
from node.store.database import Work
from node.store.tables import CaseNetwork, HeldRecord, IndexList, Publication, PublicationDraft
from protocol import audience as audiences
from protocol import jws, limits
from protocol.authority import Authority
from protocol.record import RECORD_TYPE, Record
from protocol.wire import canonical

IN_TURN = (
    col(Publication.created),
    col(Publication.state).in_(("published", "proposed")),
    col(Publication.state) == "proposed",
)
"""The order of a network's publications. Of one second: what is over, then what is in force, then what will follow."""


_OF_NONE = {"id": "0" * 32, "version": 1}
"""Of a route that was not proposed."""


class PublishingError(Exception):
    """A publication cannot go on; `code` says why, and nothing has changed."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class RecordOut:
    """One record: the exact bytes that would leave, and those of the version in force that it follows."""

    payload: bytes
    before: bytes | None


@dataclass(frozen=True)
class Content:
    """What a publication sends: the records, those that it takes back, and what of its identifiers is listed.

    `left_out`: of which fields less is said than the case data have.
    """

    network: str
    audience: str
    records: tuple[RecordOut, ...]
    gone: tuple[bytes, ...]
    listed: Mapping[str, int]
    withheld: Mapping[str, int]
    left_out: tuple[Minimised, ...]


@dataclass(frozen=True, repr=False)
class Draft:
    """A network's records for an audience, before anybody has proposed them."""

    network: CaseNetwork
    audience: str
    list_id: str
    before: Publication | None
    made: Made
    listing: Listing


def draft(work: Work, keys: Keys, federation: Federation, reference: str, audience: Sequence[Authority] | None) -> Draft:
    """What `reference` would send to `audience` (None: all members).

    Raises `PublishingError` (unknown_network, no_list_for_audience), `Stopped` when a field may not leave.
    """
    network = work.session.get(CaseNetwork, keys.digest("network", reference.encode()))
    if network is None:
        raise PublishingError("unknown_network")
    name = audiences.name_of(audience)
    listed = work.session.exec(select(IndexList).where(IndexList.audience == name, IndexList.entropy == "identifiers")).first()
    if listed is None:
        raise PublishingError("no_list_for_audience")
    before = latest(work, network.digest, name, "published")
    made = _records(work, keys, federation, network, name, before)
    return Draft(network, name, listed.id, before, made, minimisation.listing(work, keys, network.digest))


def is_as_proposed(work: Work, federation: Federation, publication: Publication) -> bool:
    """Whether the case data yield the very records today that were proposed. Nothing of them depends on the protected register.

    Raises `Stopped` when a field may not leave any more.
    """
    proposed = {each.source: minimisation.check_record(each.payload) for each in drafts_of(work, publication.id)}
    network = work.session.get_one(CaseNetwork, publication.network)
    description: Mapping[str, Any] = json.loads(network.description)
    check_terms(description, to_all=publication.audience == audiences.ALL, today=work.today())
    versions: dict[str, dict[str, Any]] = {source: dict(_OF_NONE) for source in minimisation.routes_of(work, network.digest)}
    versions |= {
        source: record.model_dump(mode="json", include={"id", "version", "supersedes"}, exclude_none=True)
        for source, record in proposed.items()
    }
    made = minimisation.make_records(work, network, description, _frame(federation, publication.audience), versions)
    return {source: canonical(record) for source, record in made.records.items()} == {
        source: canonical(record) for source, record in proposed.items()
    }


def content_of(work: Work, drafted: Draft) -> Content:
    """A draft as officers read it."""
    before = [] if drafted.before is None else drafts_of(work, drafted.before.id)
    return Content(
        network=reference_of(work, drafted.network),
        audience=drafted.audience,
        records=records_out(work, list(drafted.made.records.values())),
        gone=gone(before, [record.id for record in drafted.made.records.values()]),
        listed=drafted.listing.kinds,
        withheld=drafted.listing.withheld,
        left_out=drafted.made.left_out,
    )


def records_out(work: Work, records: Sequence[Record]) -> tuple[RecordOut, ...]:
    """Each record with what it takes the place of."""
    return tuple(RecordOut(canonical(record), _payload(work, record.supersedes)) for record in records)


def gone(before: Sequence[PublicationDraft], staying: Sequence[str]) -> tuple[bytes, ...]:
    """Those records of the publication before that a new one takes back."""
    return tuple(each.payload for each in before if each.record_id not in staying)


def latest(work: Work, network: str, audience: str, *states: str) -> Publication | None:
    """The last publication of a network to an audience in one of these states."""
    return work.session.exec(
        select(Publication)
        .where(
            Publication.network == network,
            Publication.audience == audience,
            col(Publication.state).in_(states),
        )
        .order_by(*(each.desc() for each in IN_TURN))
    ).first()


def drafts_of(work: Work, publication_id: str) -> list[PublicationDraft]:
    """The records of a publication as they were proposed, in order."""
    of_it = select(PublicationDraft).where(PublicationDraft.publication_id == publication_id)
    return list(work.session.exec(of_it.order_by(col(PublicationDraft.position))).all())


def find_current(work: Work, authority: str, record_id: str) -> HeldRecord | None:
    """The version of a record that is in force."""
    return work.session.exec(
        select(HeldRecord).where(HeldRecord.authority == authority, HeldRecord.record_id == record_id, col(HeldRecord.current))
    ).first()


def reference_of(work: Work, network: CaseNetwork) -> str:
    """The national reference."""
    return work.open_at_rest(network.reference_sealed, "case_networks").decode()


def _records(
    work: Work, keys: Keys, federation: Federation, network: CaseNetwork, audience: str, before: Publication | None
) -> Made:
    description: Mapping[str, Any] = json.loads(network.description)
    check_terms(description, to_all=audience == audiences.ALL, today=work.today())
    known = {} if before is None else {each.source: each.record_id for each in drafts_of(work, before.id)}
    versions: dict[str, dict[str, Any]] = {}
    for source in ("network", "modus_operandi", *minimisation.routes_of(work, network.digest)):
        held = find_current(work, federation.me, known[source]) if source in known else None
        versions[source] = (
            {"id": _new_id(work, keys, network.digest, audience, source), "version": 1}
            if held is None
            else {"id": held.record_id, "version": held.version + 1, "supersedes": held.digest}
        )
    return minimisation.make_records(work, network, description, _frame(federation, audience), versions)


def _frame(federation: Federation, audience: str) -> Frame:
    return Frame(
        authority=federation.me,
        contact=federation.directory.member(federation.me).working.contacts[0].id,
        handling=() if audience == audiences.ALL else ("H2",),
    )


def _new_id(work: Work, keys: Keys, network: str, audience: str, source: str) -> str:
    """A record's id: random to whoever lacks the key, and the same at a look and at the proposal that follows it.

    Ids that were used are passed over: a record that was taken back does not come back under its number.
    """
    number = 0
    while True:
        made = keys.digest("record", f"{network}/{audience}/{source}/{number}".encode())[:32]
        drafted = select(PublicationDraft.id).where(PublicationDraft.record_id == made).limit(1)
        held = select(HeldRecord.digest).where(HeldRecord.record_id == made).limit(1)
        if work.session.exec(drafted).first() is None and work.session.exec(held).first() is None:
            return made
        number += 1


def _payload(work: Work, digest: str | None) -> bytes | None:
    held = None if digest is None else work.session.get(HeldRecord, digest)
    return None if held is None else jws.open_form(held.raw, RECORD_TYPE, limit=limits.RECORD_BYTES, where="record").payload
