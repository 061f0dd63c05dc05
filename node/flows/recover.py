"""After a restore: what the node did since its backup, only its peers know. It learns that before it publishes again.

    restored (tables, keys; no seeds) → new epochs, the entry that officers sign → every peer asked for records → finished

Until it is finished the node signs no manifest and no record: a list or a record at a place that peers hold already would be a
second history. What was published after the backup is withdrawn at the end, for nobody here can say any more whose it was.
"""

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import col, delete, select, update

from node.federation import Federation
from node.flows import list_identifiers
from node.flows.call_peer import CallPeer
from node.flows.receive_record import take
from node.flows.turn_epochs import Started, TurnEpochs
from node.keys import Keys
from node.outbound.errors import PeerFault
from node.safeguards.checks import Outgoing
from node.safeguards.errors import Stopped
from node.safeguards.minimisation import Listing
from node.store import jobs, list_epochs, restorations
from node.store.database import Database, Work
from node.store.jobs import Lane
from node.store.tables import HeldManifest, HeldRecord, IndexList, Job, Publication, QuestionToPeer, Restoration
from protocol.authority import Authority
from protocol.errors import ProtocolError, RecordRefused
from protocol.journal import Act
from protocol.messages import Records, RecordsWanted
from protocol.record import SignedRecord, Withdrawal, read_record, sign_record

_PAGES = 4096
"""Of eight records each: what a peer's daily quota gives."""
_MINUTE = 60


class RecoveryRefused(Exception):
    """A restore cannot be finished yet; `code` says why. What was learnt so far is kept.

    `not_restored` · `directory_behind` · `peers_missing`, with the peers that did not answer.
    """

    def __init__(self, code: str, peers: Sequence[Authority] = ()) -> None:
        self.code, self.peers = code, tuple(peers)
        super().__init__(code)


@dataclass(frozen=True)
class Learnt:
    """How many of our own records peers had that we did not, how many of theirs we got, how many of ours were withdrawn."""

    own: int
    received: int
    withdrawn: int


@dataclass(frozen=True, repr=False)
class Recover:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation
    call: CallPeer
    epochs: TurnEpochs

    def begin(self, backup_at: int, *, exchange_keys: bool) -> list[Started]:
        """Mark a node that just came from a backup as restored, and start an epoch of each list. Returns the epochs.

        What waited for a decision or an answer ends: its ground may have changed since. The numbers of epochs go on with the
        minutes since 1970, which no epoch that was started after the backup can have reached. Whether the backup had the keys of
        exchanges is on record: without them, nothing that an act before was about opens any more.
        """
        with self.database.begin() as work:
            now = work.now()
            work.session.add(Restoration(at=now, backup_at=backup_at))
            for publication in work.session.exec(select(Publication).where(Publication.state == "proposed")).all():
                publication.state, publication.decided = "refused", now
                work.session.add(publication)
            open_ = col(QuestionToPeer.state).in_(("waiting", "asked", "received"))
            for question in work.session.exec(select(QuestionToPeer).where(open_)).all():
                question.state, question.reason, question.since = "expired", "no_answer_in_time", now
                work.session.add(question)
            work.session.exec(delete(Job).where(col(Job.lane) == Lane.QUESTION, col(Job.state) != jobs.DONE))
            theirs = update(HeldManifest).where(col(HeldManifest.authority) != self.federation.me)
            work.session.exec(theirs.values(usable=False))  # their segments are in no backup, and are fetched again
            work.record(Act.RESTORED, backup=backup_at, exchange_keys=exchange_keys)
            sys.audit("celosia.recover.marked")
        return self.epochs.start(at_once=True, overlap=False, number=now // _MINUTE)

    def finish(self, without: Collection[Authority] = ()) -> Learnt:
        """Learn from every peer, `without` those that are given up on, and publish again from now on.

        Raises `RecoveryRefused` while the adopted directory lacks our new epochs, or a peer does not answer.
        """
        with self.database.read() as work:
            if not restorations.is_open(work):
                raise RecoveryRefused("not_restored")
            self._check_directory(work)
        own, received, missing = 0, 0, []
        for peer in self.federation.peers():
            try:
                own += self._learn_own(peer)
                received += self._fetch_theirs(peer)
            except (Stopped, PeerFault, ProtocolError):
                missing.append(peer)
        if set(missing) - set(without):
            raise RecoveryRefused("peers_missing", [peer for peer in missing if peer not in without])
        with self.database.begin() as work:
            withdrawn = self._withdraw_orphans(work)
            held = restorations.newest(work)
            if held is not None:
                held.finished = work.now()
                work.session.add(held)
            work.record(Act.RESTORE_FINISHED, own=own, received=received, withdrawn=withdrawn, without=sorted(without))
            sys.audit("celosia.recover.finished")
        return Learnt(own, received, withdrawn)

    def _check_directory(self, work: Work) -> None:
        """Every list's newest epoch is in the directory, under the key that we hold."""
        me = self.federation.me
        for listed in work.session.exec(select(IndexList)).all():
            newest = list_epochs.every(work, listed.id)[-1]
            said = self.federation.directory.member(me).epoch_key(listed.id, newest.epoch, work.now())
            if said is None or not self.keys.has_epoch(listed.id, newest.epoch):
                raise RecoveryRefused("directory_behind")
            if bytes(said) != bytes(self.keys.epoch_key(me, listed.id, newest.epoch).public):
                raise RecoveryRefused("directory_behind")

    def _learn_own(self, peer: Authority) -> int:
        """Our own records as `peer` holds them. Returns how many were new to us."""
        me, fresh = self.federation.me, 0
        keys = self.federation.directory.member(me).record_keys()
        for raw in self._ask(peer, me):
            signed = read_record(raw, me, keys)
            with self.database.begin() as work:
                fresh += self._keep_own(work, peer, signed)
                sys.audit("celosia.recover.own_kept")
        return fresh

    def _fetch_theirs(self, peer: Authority) -> int:
        """What `peer` publishes to us: what came between the backup and its loss, it does not send by itself again."""
        keys, fresh = self.federation.directory.member(peer).record_keys(), 0
        for raw in self._ask(peer, peer):
            signed = read_record(raw, peer, keys)
            with self.database.begin() as work:
                known = work.session.get(HeldRecord, signed.digest) is not None
                try:
                    take(work, signed)
                except RecordRefused:
                    continue  # older than what it has delivered to us meanwhile
                fresh += not known
                sys.audit("celosia.recover.theirs_kept")
        return fresh

    def _ask(self, peer: Authority, authority: Authority) -> list[bytes]:
        found: list[bytes] = []
        after: str | None = None
        for _ in range(_PAGES):
            page = self.call.ask(Outgoing(peer, RecordsWanted(authority=authority, after=after)), Records).body
            found += page.records
            if not page.more or not page.records:
                break
            keys = self.federation.directory.member(authority).record_keys()
            after = read_record(page.records[-1], authority, keys).record.id
        return found

    def _keep_own(self, work: Work, peer: Authority, signed: SignedRecord) -> bool:
        """Take a version of our own record that `peer` has. Returns whether it was new to us."""
        record, before = signed.record, self._current(work, signed.record.id)
        fresh = before is None or before.version < record.version
        if fresh:
            if before is not None:
                before.current = False
                work.session.add(before)
            jobs.supersede(work, record.id, record.version)
            self._add(work, signed, None if before is None else before.publication_id)
        if isinstance(record, Withdrawal):
            self._take_out(work, record.id, before)
        if work.session.get(HeldRecord, signed.digest) is not None:
            self._note_held(work, peer, signed)
        return fresh

    def _current(self, work: Work, record_id: str) -> HeldRecord | None:
        return work.session.exec(
            select(HeldRecord).where(
                HeldRecord.authority == self.federation.me, HeldRecord.record_id == record_id, col(HeldRecord.current)
            )
        ).first()

    def _add(self, work: Work, signed: SignedRecord, publication_id: str | None) -> None:
        record = signed.record
        work.session.add(
            HeldRecord(
                digest=signed.digest,
                authority=record.authority,
                record_id=record.id,
                version=record.version,
                kind=record.kind,
                raw=signed.raw,
                current=True,
                publication_id=publication_id,
                received=work.now(),
            )
        )
        work.session.flush()

    @staticmethod
    def _take_out(work: Work, record_id: str, before: HeldRecord | None) -> None:
        """A record that was withdrawn after the backup has no entries, whoever was behind it, and its publication is over."""
        publication = None if before is None else work.session.get(Publication, before.publication_id)
        if before is not None and before.kind == "network" and publication is not None:
            publication.state = "withdrawn"
            work.session.add(publication)
        for listed in work.session.exec(select(IndexList)).all():
            list_identifiers.bring_to(work, listed.id, record_id, Listing((), {}))

    @staticmethod
    def _note_held(work: Work, peer: Authority, signed: SignedRecord) -> None:
        """What `peer` has need not be sent to it again, and its withdrawal will find the way."""
        record, now = signed.record, work.now()
        mine = (Job.peer == peer, Job.subject == record.id, Job.version == record.version)
        job = work.session.exec(select(Job).where(*mine)).first()
        job = job or Job(
            lane=Lane.RECORD, peer=peer, subject=record.id, version=record.version, created=now, next_try=now, state=jobs.DONE
        )
        job.state, job.ended = jobs.DONE, job.ended or now
        work.session.add(job)
        work.session.flush()

    def _withdraw_orphans(self, work: Work) -> int:
        """Take back what was published after the backup, at each peer that has it."""
        ours = (HeldRecord.authority == self.federation.me, col(HeldRecord.current), HeldRecord.kind != "revocation")
        orphans = work.session.exec(select(HeldRecord).where(*ours, col(HeldRecord.publication_id).is_(None))).all()
        for held in orphans:
            withdrawal = Withdrawal(
                id=held.record_id, version=held.version + 1, authority=self.federation.me, supersedes=held.digest
            )
            signed = sign_record(withdrawal, self.keys.signing)
            held.current = False
            work.session.add(held)
            self._add(work, signed, None)
            told = select(Job.peer).where(Job.subject == held.record_id, Job.version == held.version, Job.state == jobs.DONE)
            for peer in work.session.exec(told).all():
                jobs.add(work, Lane.URGENT, Authority(peer), held.record_id, withdrawal.version)
        work.session.flush()
        return len(orphans)
