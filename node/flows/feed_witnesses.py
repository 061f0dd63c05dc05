"""Having our own log witnessed: the newest checkpoint goes to every peer, each at its own pace, and cosignatures come back.

    what did you see last? → (nothing that our log does not lead to) → checkpoint and proof from there → cosignature, kept

Each witness is asked first what it saw, once in a life of this process and of its store: a node that came back from a backup, or
a database that fell back, would sign a second history otherwise. Only a checkpoint under our own key halts the log. What a peer
merely says halts nothing: it would be a switch in the hands of each of them.
"""

import logging
import sys
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from crypto.note import MOST_SIGNATURES, NoteKey
from crypto.subtrees import stored_consistency_path, stored_root
from node.federation import Federation
from node.flows.call_peer import refuse_denied
from node.flows.peer_workers import PeerWorkers
from node.keys import Keys
from node.outbound.errors import OtherSize, PeerFault, PeerRefused
from node.outbound.peers import PeerLines
from node.safeguards.alerts import AlertKind, raise_alert, was_raised
from node.safeguards.door import Door
from node.store import audit_log, own_witnesses
from node.store.database import Database, Work
from node.store.tables import Log, LogCheckpoint
from protocol.authority import Authority
from protocol.checkpoint import (
    SignedCheckpoint,
    log_key,
    origin_of,
    parse_checkpoint,
    read_checkpoint,
    witnessed_at,
)
from protocol.errors import CheckpointRefused, LogForked, NotFresh, ProtocolError, WrongQuestion
from protocol.witnessing import AddCheckpoint, read_cosignatures

log = logging.getLogger("celosia.witness")

_DAY = 86400
_STEPS = 4
"""Requests to one witness at a time: a look, a size that was another, the checkpoint, and one that came meanwhile."""
_PATIENCE = 15
"""Seconds for which the first checkpoint of a process waits for what witnesses saw. Who is silent for longer is asked later."""


@dataclass(frozen=True)
class _Offer:
    """A checkpoint of ours, and from where on a witness is shown it."""

    asked: AddCheckpoint
    signed: SignedCheckpoint


@dataclass(frozen=True, repr=False)
class FeedWitnesses:
    """The story's parts. `life`: tells one life of the store from another."""

    database: Database
    federation: Federation
    keys: Keys
    door: Door
    lines: PeerLines
    peer_workers: PeerWorkers
    life: Callable[[], str] = lambda: ""
    _looked: dict[Authority, str] = field(default_factory=dict, init=False)
    _tried: dict[Authority, str] = field(default_factory=dict, init=False)

    def look_at_all(self, patience: float = _PATIENCE) -> bool:
        """Ask whom nobody asked yet in this life what it saw last, and wait for it. Returns whether anybody has answered.

        Who does not answer in time is asked before it is offered anything. What a witness shows may halt the log.
        """
        life = self.life()
        new = [peer for peer in self._witnesses() if self._tried.get(peer) != life]
        started = [self.peer_workers.start(peer, self._look_quietly) for peer in new]
        wait([each for each in started if each is not None], timeout=patience)
        return any(self._looked.get(peer) == life for peer in self._witnesses())

    def feed_all(self) -> list[Future[object]]:
        """Offer the newest checkpoint to every witness that has not cosigned it, side by side, without waiting.

        Liaison officers are told of a log that no quorum has cosigned for a day: in a dispute about it, peers' logs count.
        """
        with self.database.read() as work:
            held, now = audit_log.current(work), work.now()
            if held is None or held.halted is not None:
                return []
            known = own_witnesses.every(work, held.origin)
            silent = self._silent_since(work, held)
        if silent is not None:
            with self.database.begin() as work:
                if not was_raised(work, AlertKind.LOG_UNWITNESSED, silent):
                    raise_alert(work, AlertKind.LOG_UNWITNESSED)
        due = [peer for peer in self._witnesses() if peer not in known or known[peer].next_try <= now]
        started = [self.peer_workers.start(peer, self._feed_quietly) for peer in due]
        return [each for each in started if each is not None]

    def feed(self, peer: Authority) -> None:
        """Bring one witness up to the newest checkpoint. Raises `PeerFault`, `ProtocolError`."""
        for _ in range(_STEPS):
            if self._looked.get(peer) != self.life():
                self.look(peer)
            with self.database.read() as work:
                refuse_denied(work, peer)
                offer = self._next_offer(work, peer)
            if offer is None:
                return
            try:
                answer = self.lines.offer_checkpoint(self.door.offer(offer.asked, peer))
            except OtherSize as other:
                self._other_size(peer, offer, other.size)
                continue
            except PeerRefused as refusal:
                if refusal.reason == LogForked.code:
                    self.look(peer)  # its proof, if it has one, halts the log
                raise
            self._keep(peer, offer, answer)

    def look(self, peer: Authority) -> None:
        """Ask a witness for the last checkpoint of our log that it has cosigned. Halts the log where ours does not lead to it.

        Raises `PeerFault`, `ProtocolError` for an answer that is none.
        """
        life, origin = self.life(), self._origin()
        with self.database.read() as work:
            refuse_denied(work, peer)
        seen: SignedCheckpoint | None = None
        try:
            raw = self.lines.read_seen(self.door.look(origin, peer))
        except PeerRefused as refusal:
            if refusal.reason != WrongQuestion.code:  # that it has seen nothing is an answer
                raise
        else:
            seen = read_checkpoint(raw, self._log_key(), (self.federation.directory.member(peer).witness,))
        with self.database.begin() as work:
            row = own_witnesses.of(work, origin, peer)
            size = 0 if seen is None else seen.checkpoint.size
            # read now: what another process has signed and shown to this witness meanwhile was kept before it was shown
            held = work.session.get(Log, origin)
            fault = None if seen is None else _fault(work, held, seen)
            if seen is not None and fault is not None:
                row.against = seen.raw
                work.session.add(row)
                self._halt(work, held, peer, fault)
            elif row.size > size or row.error is not None:
                own_witnesses.worked(work, row, size)
            else:
                row.size = size
                work.session.add(row)
            sys.audit("celosia.feed_witnesses.looked")
        self._looked[peer] = life

    def _next_offer(self, work: Work, peer: Authority) -> _Offer | None:
        """The newest checkpoint, and the path to it from what the witness saw; None if it has cosigned it, or nothing is due."""
        held = audit_log.current(work)
        if held is None or held.halted is not None or held.origin != self._origin():
            return None
        newest = audit_log.newest_checkpoint(work, held.origin)
        row = own_witnesses.of(work, held.origin, peer)
        if newest is None:
            return None
        signed, witness = self._signed(newest), self.federation.directory.member(peer).witness
        if any(each.key == witness for each in signed.cosignatures) or len(signed.cosignatures) >= MOST_SIGNATURES - 1:
            return None
        stored = audit_log.subtrees(work, held.origin, newest.size)
        path = stored_consistency_path(row.size, newest.size, stored) if row.size else []
        return _Offer(AddCheckpoint(row.size, tuple(path), parse_checkpoint(newest.raw)), signed)

    def _other_size(self, peer: Authority, offer: _Offer, size: int) -> None:
        """A witness stands elsewhere. Raises `CheckpointRefused` where it contradicts itself or claims what it cannot show."""
        with self.database.begin() as work:
            held = audit_log.current(work)
            if held is not None and size <= held.size and size != offer.asked.old:
                row = own_witnesses.of(work, offer.signed.checkpoint.origin, peer)
                row.size = size
                work.session.add(row)
                return
        self.look(peer)  # more than we signed, or that it stands where we asked from: it has to show a checkpoint under our key
        raise CheckpointRefused("add_checkpoint.old", reason="number")

    def _keep(self, peer: Authority, offer: _Offer, answer: bytes) -> None:
        """Keep a cosignature that holds, and that the quorum is reached. Raises `ProtocolError` for one that does not."""
        directory = self.federation.directory
        witness = directory.member(peer).witness
        quorum = directory.quorum_of(self.federation.me)
        with self.database.begin() as work:
            kept = work.session.get(LogCheckpoint, (offer.signed.checkpoint.origin, offer.signed.checkpoint.size))
            if kept is None:
                return
            merged = read_cosignatures(answer, self._signed(kept), witness)
            (time,) = (each.time for each in merged.cosignatures if each.key == witness)
            tolerance = directory.policy.clock_tolerance
            if time is None or not kept.at - tolerance <= time <= work.now() + tolerance:
                raise NotFresh("cosignature", difference_seconds=(time or 0) - work.now())
            kept.raw = merged.raw
            if quorum is not None and kept.witnessed is None:
                with suppress(CheckpointRefused):  # too few so far
                    kept.witnessed = witnessed_at(merged, quorum)
            work.session.add(kept)
            own_witnesses.worked(work, own_witnesses.of(work, kept.origin, peer), kept.size, cosigned=time)
            sys.audit("celosia.feed_witnesses.cosigned")

    def _silent_since(self, work: Work, held: Log) -> int | None:
        """Since when the log is not witnessed, where that is longer than a day and nobody was told."""
        since = own_witnesses.unwitnessed_since(work, held)
        if since is None or work.now() - since <= _DAY or was_raised(work, AlertKind.LOG_UNWITNESSED, since):
            return None
        return since if self.federation.has_directory and self.federation.directory.quorum_of(self.federation.me) else None

    def _halt(self, work: Work, held: Log | None, peer: Authority, reason: str) -> None:
        """From now on nothing is signed. A store that has lost the log as a whole gets its row back, to say so."""
        stopped = held or Log(origin=self._origin(), opened=work.now())
        if stopped.halted is None and stopped.closed is None:
            stopped.halted = reason
            work.session.add(stopped)
            raise_alert(work, AlertKind.LOG_HALTED, peer=peer)
            log.error("audit log halted", extra={"reason": reason, "peer": peer})

    def _witnesses(self) -> list[Authority]:
        return self.federation.peers() if self.federation.has_directory else []

    def _origin(self) -> str:
        return origin_of(self.federation.me, self.keys.log.public)

    def _log_key(self) -> NoteKey:
        return log_key(self._origin(), self.keys.log.public)

    def _signed(self, kept: LogCheckpoint) -> SignedCheckpoint:
        quorum = self.federation.directory.quorum_of(self.federation.me)
        return read_checkpoint(kept.raw, self._log_key(), () if quorum is None else quorum.witnesses)

    def _look_quietly(self, peer: Authority) -> None:
        self._tried[peer] = self.life()
        self._quietly(peer, partial(self.look, peer))

    def _feed_quietly(self, peer: Authority) -> None:
        self._quietly(peer, partial(self.feed, peer))

    def _quietly(self, peer: Authority, step: Callable[[], None]) -> None:
        """Whatever goes wrong with one witness, the others are fed."""
        try:
            step()
        except (PeerFault, ProtocolError) as fault:
            reason = fault.reason if isinstance(fault, PeerFault) else fault.code
            with self.database.begin() as work:
                row = own_witnesses.of(work, self._origin(), peer)
                if row.error != reason:  # told when it changes, not at every try
                    log.warning("witness", extra={"peer": peer, "state": reason})
                own_witnesses.failed(work, row, reason)


def _fault(work: Work, held: Log | None, seen: SignedCheckpoint) -> str | None:
    """Why our log does not lead to a checkpoint that we signed; None if it does."""
    there = seen.checkpoint
    if held is None or there.size > held.size:
        return "behind_witnesses"
    if stored_root(there.size, audit_log.subtrees(work, held.origin, there.size)) != there.root:
        return "fork_claimed"
    return None
