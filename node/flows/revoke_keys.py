"""Revoking keys: a state's later entry, signed by its own officers, goes from peer to peer ahead of the directory.

    handed in by an administrator, or received from a member → verified under the directory adopted here → kept → in force at once
    → told to every other member, who does the same

What the entry leaves out counts no more from the next check on; what it adds waits for the Secretariat. So a Secretariat that is
slow, away or unwilling keeps no stolen key alive, and no state lets anybody in on its own word (trust-and-audit.md, delegations).
"""

import logging
import sys
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import func
from sqlmodel import col, select

from node.directory.ahead import EntryAhead, digest_of, read_ahead
from node.directory.errors import DirectoryError, TooManyAhead
from node.federation import Federation
from node.flows.adopt_directory import AdoptDirectory
from node.flows.call_peer import CallPeer
from node.flows.job_lane import JobLane
from node.officers import Administrator
from node.outbound.errors import PeerFault
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.safeguards.errors import Stopped
from node.store import jobs
from node.store.database import Database, ExchangeRef, Work
from node.store.jobs import Lane, Lease
from node.store.tables import HeldAhead, Job
from protocol import limits
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import NotTheReply, ProtocolError
from protocol.journal import Act
from protocol.messages import KeyRevocation, RevocationReceipt

log = logging.getLogger("celosia.directory")

_SUBJECT = 32
"""Hex digits of the digest that name a revocation among the jobs."""


class RevocationRefused(Exception):
    """What an administrator handed in is no revocation. `reason`: the code of a `DirectoryError`."""

    code = "revocation_refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class HandedIn:
    """What became of an administrator's revocation. Not `taken`: it was held already, or the directory is as new."""

    authority: Authority
    version: int
    taken: bool


@dataclass(frozen=True, repr=False)
class RevokeKeys:
    """The story's parts."""

    database: Database
    federation: Federation
    door: Door
    adopt: AdoptDirectory
    call: CallPeer
    lane: JobLane

    def hand_in(self, officer: Administrator, role: bytes, file: bytes) -> HandedIn:
        """Take an entry from an administrator: this state's, or that of another which cannot reach its peers any more.

        Raises `RevocationRefused`.
        """
        with self.database.begin() as work:
            try:
                ahead = read_ahead(role, file, self.adopt.adopted, _utc(work))
                taken = self._is_news(work, ahead)
            except DirectoryError as error:
                raise RevocationRefused(error.code) from None
            if taken:
                self._keep(work, ahead, officer=officer.id)
        if taken:
            self.go_on()
        return HandedIn(ahead.authority, ahead.version, taken)

    def receive(self, work: Work, admitted: Admitted[KeyRevocation]) -> Cleared:
        """Take an entry from a member, whoever's it is, and sign for it. Once this is committed, `go_on` is due."""
        sender, body = admitted.envelope.sender, admitted.body
        exchange = ExchangeRef(admitted.envelope.x, sender, "in")
        work.record_envelope(Act.REVOCATION_RECEIVED, exchange, digest=admitted.digest, salt=admitted.envelope.salt)
        outcome: Literal["taken", "known", "refused"] = "known"
        try:
            ahead = read_ahead(body.role, body.entry, self.adopt.adopted, _utc(work))
            if self._is_news(work, ahead):
                self._keep(work, ahead, sender=sender)
                outcome = "taken"
        except DirectoryError as refusal:
            outcome = "refused"
            work.record(Act.POLICY_REFUSAL, about=exchange, cause=refusal.code)
        return self.door.reply(
            work, admitted, Outgoing(sender, RevocationReceipt(digest=digest_of(body.role, body.entry), outcome=outcome))
        )

    def go_on(self) -> None:
        """Count by what is kept, and tell the others."""
        self.adopt.put_in_force()
        self.tell_all()

    def tell_all(self) -> list[Future[object]]:
        """Tell every member that has not signed for it yet, side by side, without waiting. For the beat, too: members join."""
        with self.database.read() as work:
            held = work.session.exec(select(HeldAhead.digest)).all()
        for digest in held:
            with self.database.begin() as work:
                self._owe(work, digest)
        return self.lane.start(self._tell)

    def _owe(self, work: Work, digest: str) -> None:
        told = set(work.session.exec(select(Job.peer).where(Job.subject == digest[:_SUBJECT])).all())
        for peer in self.federation.peers():
            if peer not in told:
                jobs.add(work, Lane.REVOCATION, peer, digest[:_SUBJECT], 1)

    def _tell(self, lease: Lease) -> bool:
        """Tell one member. Returns whether it is there for the next one."""
        with self.database.read() as work:
            held = work.session.exec(select(HeldAhead).where(col(HeldAhead.digest).startswith(lease.subject))).first()
        try:
            if held is None:  # the directory has caught up, and tells it better
                return self._told(lease)
            receipt = self.call.ask(Outgoing(lease.peer, KeyRevocation(role=held.role, entry=held.file)), RevocationReceipt)
            if receipt.body.digest != held.digest:
                raise NotTheReply("body.digest")
        except (PeerFault, ProtocolError, Stopped) as error:
            # also when the peer takes nothing under our own key any more: it has heard then, or the next directory will say
            with self.database.begin() as work:
                jobs.put_off(work, lease, error.reason if isinstance(error, PeerFault) else error.code, away=True)
            return False
        if receipt.body.outcome != "refused":
            return self._told(lease, receipt)
        with self.database.begin() as work:
            jobs.put_off(work, lease, "revocation_refused", away=False)  # its directory may be older than ours
        return True

    def _told(self, lease: Lease, receipt: Admitted[RevocationReceipt] | None = None) -> bool:
        with self.database.begin() as work:
            jobs.finish(work, lease, None if receipt is None else receipt.envelope.x)
            sys.audit("celosia.revoke_keys.told")
        return True

    def _is_news(self, work: Work, ahead: EntryAhead) -> bool:
        """Whether it changes anything here. Raises `TooManyAhead`."""
        if ahead.version <= self.adopt.adopted.versions.get(ahead.authority, 0):
            return False
        if work.session.get(HeldAhead, ahead.digest) is not None:
            return False
        held = select(func.count()).select_from(HeldAhead).where(HeldAhead.authority == ahead.authority)
        if work.session.exec(held).one() >= limits.ENTRIES_AHEAD_A_STATE:
            raise TooManyAhead(f"role {ahead.authority}", f"{limits.ENTRIES_AHEAD_A_STATE} entries are ahead already")
        return True

    def _keep(self, work: Work, ahead: EntryAhead, *, sender: Authority | None = None, officer: str | None = None) -> None:
        work.session.add(
            HeldAhead(
                digest=ahead.digest,
                authority=ahead.authority,
                version=ahead.version,
                role=ahead.role,
                file=ahead.file,
                received=work.now(),
            )
        )
        work.record(
            Act.KEYS_REVOKED,
            officer=officer,
            heard_from=sender,
            authority=ahead.authority,
            version=ahead.version,
            digest=ahead.digest,
        )
        work.session.flush()
        self._owe(work, ahead.digest)
        sys.audit("celosia.revoke_keys.kept")
        log.warning("keys revoked ahead of the directory", extra={"state": ahead.authority, "version": ahead.version})


def _utc(work: Work) -> datetime:
    return datetime.fromtimestamp(work.now(), UTC)
