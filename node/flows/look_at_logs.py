"""Looking at a peer's log as a third party: whether it shows this node the log that it shows its other witnesses.

    the newest checkpoint that a quorum cosigned → a path between it and what we cosigned → (no quorum, or an old one) →
    what has every other member cosigned of it? → a path between that and what we cosigned

Two quorums share an honest witness, so a log that shows different trees has a fresh quorum for one of them at most. Who is shown
another one finds out here: by a path that does not lead there, which is kept as a fork, or by a quorum that is never shown.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from node.federation import Federation
from node.flows.call_peer import refuse_denied
from node.flows.cosign_logs import keep_fork
from node.outbound.errors import PeerFault
from node.outbound.peers import PeerLines
from node.safeguards.door import Door
from node.store.database import Database
from node.store.tables import WitnessedLog
from protocol.authority import Authority
from protocol.checkpoint import SignedCheckpoint, read_checkpoint, vouched_until
from protocol.errors import ProtocolError
from protocol.witnessing import Seen, contradiction, read_path

FRESH = 3600
"""Seconds: a log is cosigned every minute. Where its quorum is older than this, its other witnesses are asked."""
_PATIENCE = 60
"""Seconds after which nobody further is asked: an officer may be waiting."""


@dataclass(frozen=True, repr=False)
class LookAtLogs:
    """The story's parts. `monotonic`: seconds of a clock that nobody sets."""

    database: Database
    federation: Federation
    door: Door
    lines: PeerLines
    monotonic: Callable[[], float] = time.monotonic

    def look(self, peer: Authority) -> int | None:
        """Until when a quorum vouches for the log that `peer` shows us, POSIX seconds; None if it shows none that leads to ours.

        A fork that comes out is kept, and officers are told. Raises `DeniedSender` for a peer that nothing is exchanged with.
        """
        origin = self.federation.directory.member(peer).log.name
        with self.database.read() as work:
            refuse_denied(work, peer)
            now, held = work.now(), work.session.get(WitnessedLog, origin)
        until = self._vouched(peer, held)
        if held is not None and (until is None or until + FRESH < now):
            self._compare_notes(peer, held, now)
        return None if until is None else min(until, now)

    def _vouched(self, peer: Authority, held: WitnessedLog | None) -> int | None:
        """By what the peer says of its own log: an answer that is none, or does not hold, is no quorum."""
        directory = self.federation.directory
        quorum = directory.quorum_of(peer)
        if quorum is None:
            return None
        try:
            raw = self.lines.read_log(self.door.sight(peer))
            signed = read_checkpoint(raw, directory.member(peer).log, quorum.witnesses)
            until = vouched_until(signed, quorum)
        except (PeerFault, ProtocolError):
            return None
        return until if held is None or self._goes_together(peer, held, signed) else None

    def _compare_notes(self, peer: Authority, held: WitnessedLog, now: int) -> None:
        """Ask the other members what they have cosigned of that log, until one has what does not go together with ours.

        Each look begins with another of them: who is silent keeps nobody else from being asked.
        """
        log, ends = self.federation.directory.member(peer).log, self.monotonic() + _PATIENCE
        others = [other for other in self.federation.peers() if other != peer]
        first = now % max(len(others), 1)
        for other in (*others[first:], *others[:first]):
            if self.monotonic() > ends:
                return
            try:
                with self.database.read() as work:
                    refuse_denied(work, peer)  # one fork is enough
                    refuse_denied(work, other)
                theirs = read_checkpoint(self.lines.read_seen(self.door.notes_of(peer, other)), log)
            except (PeerFault, ProtocolError):
                continue
            self._goes_together(peer, held, theirs)

    def _goes_together(self, peer: Authority, held: WitnessedLog, signed: SignedCheckpoint) -> bool:
        """Whether the peer shows that what we cosigned and what it signed are of one history. A contradiction is kept.

        That it shows nothing proves nothing: a log whose line broke does the same.
        """
        ours, theirs = Seen(held.size, held.root), Seen(signed.checkpoint.size, signed.checkpoint.root)
        old, new = sorted((ours.size, theirs.size))
        try:
            path = read_path(self.lines.read_log(self.door.sight_between(old, new, peer))) if 0 < old < new else ()
        except (PeerFault, ProtocolError):
            return False
        why = contradiction(ours, theirs, path)
        if why is not None:
            with self.database.begin() as work:
                keep_fork(work, held, why, signed.raw)
        return why is None
