"""Witnessing the peers' logs (C2SP tlog-witness): a checkpoint is cosigned if it goes on from what was cosigned before.

    checkpoint and proof → decided by what is kept → the new size and root are kept → the cosignature leaves

Nobody is answered before what the answer rests on is committed. A log whose own key signed two histories is found out here: both
notes are kept, officers are told, and this node exchanges nothing more with its state until the directory names another log.
"""

import logging
import sys
from dataclasses import dataclass

from sqlmodel import col, select

from node.federation import Federation
from node.flows.call_peer import refuse_denied
from node.safeguards import quotas
from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.door import Cleared, Door
from node.store import own_witnesses
from node.store.database import Database, Work
from node.store.tables import LogFork, WitnessedLog
from protocol.authority import Authority
from protocol.errors import LogForked, Malformed, ProtocolError, SignatureRefused, WrongQuestion
from protocol.journal import Act
from protocol.limits import ADD_CHECKPOINT, SEEN_CHECKPOINT
from protocol.wire import sha256
from protocol.witnessing import FATAL, NOTHING_SEEN, Accepted, AddCheckpoint, Refusal, Refused, Seen, decide

log = logging.getLogger("celosia.witness")


@dataclass(frozen=True)
class WitnessAnswer:
    """What goes back to a log: our cosignature, or the size that we cosigned last where the log took us to be elsewhere."""

    cleared: Cleared
    is_cosignature: bool


@dataclass(frozen=True, repr=False)
class CosignLogs:
    """The story's parts."""

    database: Database
    federation: Federation
    door: Door

    def cosign(self, raw: bytes, connection: Authority) -> WitnessAnswer:
        """Answer what the log of `connection` asks. Raises `ProtocolError`; of a fork, what was found is kept all the same.

        `WrongQuestion` for another log than the one that the directory has of that state, `SignatureRefused`, `Malformed`,
        `LogForked`, and `DeniedSender`, `QuotaSpent`.
        """
        with self.database.begin() as work:
            refuse_denied(work, connection)
            quotas.charge(work, connection, ADD_CHECKPOINT, len(raw))
        asked = AddCheckpoint.from_bytes(raw)
        member = self.federation.directory.member(connection)
        with self.database.begin() as work:
            held = work.session.get(WitnessedLog, asked.checkpoint.checkpoint.origin)
            decided = decide(asked, member.log, NOTHING_SEEN if held is None else Seen(held.size, held.root))
            if isinstance(decided, Accepted):
                return WitnessAnswer(self._keep(work, decided, held, connection), is_cosignature=True)
            if decided.why is Refusal.OTHER_SIZE:
                return WitnessAnswer(self.door.size_seen(decided.size, connection), is_cosignature=False)
            if decided.why in FATAL and held is not None:
                keep_fork(work, held, decided.why, asked.checkpoint.note.to_bytes())
        raise _refusal(decided)

    def seen(self, digest: str, connection: Authority) -> Cleared:
        """The last checkpoint that was cosigned of the log whose origin has this SHA-256, for whichever member asks.

        Others than its own state compare it with what they were shown. Raises `WrongQuestion` where nothing was cosigned,
        `DeniedSender`, `QuotaSpent`.
        """
        with self.database.begin() as work:
            refuse_denied(work, connection)
            for origin in work.session.exec(select(WitnessedLog.origin)).all():
                if sha256(origin.encode()) == digest:
                    cleared = self.door.seen(work.session.get_one(WitnessedLog, origin), connection)
                    quotas.charge(work, connection, SEEN_CHECKPOINT, len(cleared.raw))
                    return cleared
            quotas.charge(work, connection, SEEN_CHECKPOINT, 0)
        raise WrongQuestion("checkpoint")

    def _keep(self, work: Work, decided: Accepted, held: WitnessedLog | None, connection: Authority) -> Cleared:
        cleared, cosigned = self.door.cosignature(work, decided.checkpoint, connection)
        seen, origin = decided.seen, cosigned.checkpoint.origin
        if held is None:
            held = WitnessedLog(origin=origin, authority=connection, size=0, root=b"", raw=b"", at=0)
        held.size, held.root, held.raw, held.at = seen.size, seen.root, cosigned.raw, work.now()
        work.session.add(held)
        own_witnesses.wake(work, connection)
        sys.audit("celosia.cosign_logs.cosigned")
        return cleared


def keep_fork(work: Work, held: WitnessedLog, why: Refusal, second: bytes) -> None:
    """Keep what this node had cosigned and the note that contradicts it, once: who goes on asking adds nothing."""
    known = select(LogFork).where(LogFork.origin == held.origin, col(LogFork.settled).is_(None))
    if work.session.exec(known).first() is not None:
        return
    work.session.add(
        LogFork(
            origin=held.origin,
            authority=held.authority,
            cause=why.value,
            first=held.raw,
            second=second,
            noticed=work.now(),
        )
    )
    work.record(
        Act.FORK_NOTICED,
        authority=held.authority,
        origin=held.origin,
        cause=why.value,
        size=held.size,
        first=sha256(held.raw),
        second=sha256(second),
    )
    raise_alert(work, AlertKind.LOG_FORKED, peer=Authority(held.authority))
    log.error("log forked", extra={"peer": held.authority, "cause": why.value})


def settle_forks(work: Work, origins: dict[Authority, str]) -> None:
    """End what a fork stopped, of every state whose log is another now by the directory. The evidence stays.

    `origins`: authority -> the origin of its log.
    """
    for fork in work.session.exec(select(LogFork).where(col(LogFork.settled).is_(None))).all():
        if origins.get(Authority(fork.authority), fork.origin) != fork.origin:
            fork.settled = work.now()
            work.session.add(fork)


def _refusal(decided: Refused) -> ProtocolError:
    if decided.why is Refusal.UNKNOWN_LOG:
        return WrongQuestion("checkpoint.origin", reason="other_log")
    if decided.why is Refusal.NOT_SIGNED:
        return SignatureRefused("checkpoint", reason="does_not_hold")
    if decided.why is Refusal.OLD_IS_LARGER:
        return Malformed("add_checkpoint.old", reason="order")
    return LogForked("checkpoint", reason="fork" if decided.why is Refusal.OTHER_ROOT else "path")
