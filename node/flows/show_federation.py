"""What officers see of the federation: peers' records, peers' health in meaning, and the switch that denies one."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from node.federation import Federation
from node.flows.show_question import contact_of, content
from node.officers import Administrator, CaseReader, SignedIn
from node.store import jobs, manifests
from node.store.database import Database
from node.store.jobs import Lane
from node.store.tables import DeniedPeer, Equivocation, HeldRecord, Job, LogFork, PeerContact
from protocol.authority import Authority
from protocol.directory import Contact, DirectoryRef
from protocol.journal import Act
from protocol.members import Names
from protocol.record import Record


class UnknownRecord(Exception):
    """No such record here."""

    code = "unknown_record"


class UnknownPeer(Exception):
    """No member of the adopted directory."""

    code = "unknown_peer"


class OwnAuthority(Exception):
    """A node exchanges with the other authorities: there is nothing to deny or allow for its own."""

    code = "own_authority"


@dataclass(frozen=True)
class ShownRecord:
    """A record in force, its publisher's contact, and how far it has come if it is ours."""

    digest: str
    authority: Authority
    record: Record
    received: int
    contact: Contact | None
    deliveries: Mapping[str, str]


@dataclass(frozen=True)
class ShownPeer:
    """A member as this node knows it."""

    authority: Authority
    names: Names
    denied: bool
    forked: bool
    last_success: int | None
    last_failure: int | None
    last_error: str | None
    records: int
    lists: int
    list_size: int
    issued: int | None
    valid_until: int | None
    waiting: int


@dataclass(frozen=True)
class ShownFederation:
    """The adopted directory, its members, and the states whose entry cannot be used, with the code of the reason."""

    me: Authority
    directory: DirectoryRef
    expires: int
    peers: tuple[ShownPeer, ...]
    left_out: Mapping[str, str]


@dataclass(frozen=True, repr=False)
class ShowFederation:
    """The story's parts."""

    database: Database
    federation: Federation

    def records(self, _officer: CaseReader, authority: Authority | None = None, kind: str | None = None) -> list[ShownRecord]:
        """Records in force, own and received, newest first; of one authority or kind if named."""
        query = select(HeldRecord).where(col(HeldRecord.current), HeldRecord.kind != "revocation")
        if authority is not None:
            query = query.where(HeldRecord.authority == authority)
        if kind is not None:
            query = query.where(HeldRecord.kind == kind)
        with self.database.read() as work:
            rows = work.session.exec(query.order_by(col(HeldRecord.received).desc(), col(HeldRecord.digest))).all()
            deliveries: dict[tuple[str, int], dict[str, str]] = {}
            for job in work.session.exec(select(Job).where(Job.lane != Lane.QUESTION)).all():
                deliveries.setdefault((job.subject, job.version), {})[job.peer] = jobs.DELIVERY[job.state]
            return [self._shown(row, deliveries.get((row.record_id, row.version), {})) for row in rows]

    def record(self, _officer: CaseReader, record_id: str) -> ShownRecord:
        """One record in force, or the withdrawal that took it back, by its id. Raises `UnknownRecord`."""
        with self.database.read() as work:
            held = work.session.exec(
                select(HeldRecord)
                .where(col(HeldRecord.current), HeldRecord.record_id == record_id)
                .order_by(col(HeldRecord.received))
            ).first()
            if held is None:
                raise UnknownRecord
            deliveries = work.session.exec(select(Job).where(Job.subject == held.record_id, Job.version == held.version)).all()
            return self._shown(held, {job.peer: jobs.DELIVERY[job.state] for job in deliveries})

    def peers(self, _officer: SignedIn) -> ShownFederation:
        """All other members: heard of when, refused why, how many records and entries are held of them."""
        directory = self.federation.directory
        with self.database.read() as work:
            denied = set(work.session.exec(select(DeniedPeer.authority)).all())
            forked = set(work.session.exec(select(Equivocation.authority).where(col(Equivocation.proven))).all())
            forked |= set(work.session.exec(select(LogFork.authority).where(col(LogFork.settled).is_(None))).all())
            current = work.session.exec(
                select(HeldRecord.authority).where(col(HeldRecord.current), HeldRecord.kind != "revocation")
            ).all()
            undelivered = select(Job.peer).where(Job.lane != Lane.QUESTION, col(Job.state).in_((jobs.WAITING, jobs.LEASED)))
            waiting = Counter(work.session.exec(undelivered).all())
            records = Counter(current)
            shown = []
            for authority in self.federation.peers():
                newest = [manifests.newest(work, *chain, usable_only=True) for chain in manifests.chains(work, authority)]
                held = [manifests.content(manifest) for manifest in newest if manifest is not None]
                contact = work.session.get(PeerContact, authority)
                shown.append(
                    ShownPeer(
                        authority=authority,
                        names=directory.members[authority].names,
                        denied=authority in denied,
                        forked=authority in forked,
                        last_success=contact.last_success if contact else None,
                        last_failure=contact.last_failure if contact else None,
                        last_error=contact.last_error if contact else None,
                        records=records[authority],
                        lists=len(held),
                        list_size=sum(manifest.size for manifest in held),
                        issued=min((manifest.issued for manifest in held), default=None),
                        valid_until=min((manifest.valid_until for manifest in held), default=None),
                        waiting=waiting[authority],
                    )
                )
        expires = int(directory.expires.timestamp())
        return ShownFederation(self.federation.me, directory.ref, expires, tuple(shown), directory.left_out)

    def deny(self, officer: Administrator, authority: Authority) -> bool:
        """Exchange nothing more with a peer, from its next request on. Returns whether that is new.

        Raises `OwnAuthority`, `UnknownPeer`.
        """
        self._need_another(authority)
        if authority not in self.federation.directory.members:
            raise UnknownPeer
        with self.database.begin() as work:
            if work.session.get(DeniedPeer, authority) is not None:
                return False
            work.session.add(DeniedPeer(authority=authority, officer_id=officer.id, since=work.now()))
            work.record(Act.PEER_DENIED, officer=officer.id, authority=authority)
            sys.audit("celosia.show_federation.denied")
        return True

    def allow(self, officer: Administrator, authority: Authority) -> bool:
        """Take a denial back, also of a state that has left. Returns whether there was one. Raises `OwnAuthority`."""
        self._need_another(authority)
        with self.database.begin() as work:
            held = work.session.get(DeniedPeer, authority)
            if held is None:
                return False
            work.session.delete(held)
            jobs.wake(work, authority)
            work.record(Act.PEER_ALLOWED, officer=officer.id, authority=authority)
            sys.audit("celosia.show_federation.allowed")
        return True

    def _need_another(self, authority: Authority) -> None:
        if authority == self.federation.me:
            raise OwnAuthority

    def _shown(self, held: HeldRecord, deliveries: Mapping[str, str]) -> ShownRecord:
        record, authority = content(held), Authority(held.authority)
        contact = contact_of(self.federation, authority, record)
        return ShownRecord(held.digest, authority, record, held.received, contact, deliveries)
