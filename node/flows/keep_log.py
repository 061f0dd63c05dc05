"""Keeping the audit log: what was put on record becomes entries, tiles and a signed checkpoint, on a fixed beat.

    an act's own unit of work → intake → (here, one unit of work) entries, tiles, checkpoint → witnesses

The log is appended to by whoever holds its head; every act is taken once, in whatever order units of work ended: an act is done
when it has a position, never because its number is below another's. A checkpoint is kept before it goes anywhere. How much
happened cannot be told from how a log grows: it grows by a power of two at each checkpoint, filled up with pads.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlmodel import col, select

from crypto.signing import Signer
from node.keys import Keys
from node.store import audit_log, own_witnesses
from node.store.database import Database, Work
from node.store.tables import Intake, Log, LogCheckpoint, LogCount
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, origin_of, parse_checkpoint, sign_checkpoint
from protocol.journal import PAIRED, SALT_BYTES, Act, IntervalPayload, SuccessionPayload, commitment, local_entry, paired_entry

LEAST_GROWTH = 16
"""Entries that a checkpoint adds at least: of ordinary hours nothing can be told at all. A year of them is a gigabyte."""
MOST_GROWTH = 4096
"""Entries in one unit of work at most: everybody else who writes waits for its end."""

_MOST_ACTS = MOST_GROWTH - 2
"""Besides what opens a log, and what begins the next interval."""


class LogHalted(Exception):
    """The log signs nothing until an administrator has decided how it goes on; `reason` is a code of docs/errors.md."""

    code = "log_halted"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, repr=False)
class KeepLog:
    """The story's parts."""

    database: Database
    keys: Keys
    me: Authority

    def beat(self) -> None:
        """Take all that waits, in as many checkpoints as it needs. Raises `LogHalted`, `LogBroken`."""
        while self._take_some():
            pass

    def _take_some(self) -> bool:
        """One checkpoint. Returns whether more may be waiting."""
        with self.database.begin() as work:
            held, key = audit_log.current(work, to_append=True), self.keys.log
            acts = _waiting(work)
            if held is None or held.origin != origin_of(self.me, key.public):
                held, opening = self._open(work, held, key)
                acts = [opening, *acts]
            elif held.halted is not None:
                raise LogHalted(held.halted)
            _append(work, held, [*acts, _next_interval(work, held)])
            self._sign(work, held, key)
            sys.audit("celosia.keep_log.signed")
        sys.audit("celosia.keep_log.kept")
        return len(acts) >= _MOST_ACTS

    def _open(self, work: Work, before: Log | None, key: Signer) -> tuple[Log, Intake]:
        """The log of a key, and what it begins with. One of another key, which the member states have closed, ends as it is.

        Raises `LogHalted` for a key whose log was closed: an older one was put back, and its log is frozen.
        """
        if work.session.get(Log, origin_of(self.me, key.public)) is not None:
            raise LogHalted("former_key")
        opened = Log(origin=origin_of(self.me, key.public), opened=work.now())
        if before is not None:
            before.closed = work.now()
            work.session.add(before)
            work.session.flush()
        work.session.add(opened)
        cited = None if before is None else own_witnesses.last_shown(work, before.origin)
        if before is None or cited is None:
            return opened, work.record(Act.LOG_OPENED, origin=opened.origin)
        told = SuccessionPayload(
            cause=_cause(before.halted),
            checkpoint=cited,
            held=min(before.size, parse_checkpoint(cited).checkpoint.size),
        )
        return opened, work.record(Act.LOG_SUCCEEDS, **told.model_dump(mode="json"))

    @staticmethod
    def _sign(work: Work, held: Log, key: Signer) -> None:
        checkpoint = Checkpoint(held.origin, held.size, audit_log.root(work, held))
        signed = sign_checkpoint(checkpoint, key)
        work.session.add(LogCheckpoint(origin=held.origin, size=held.size, at=work.now(), raw=signed.raw))


def _cause(halted: str | None) -> Literal["restored", "key_stolen", "closed"]:
    """What a successor says of a log that was halted for this reason. Why the states close one that goes on, no node knows."""
    if halted is None:
        return "closed"
    return "key_stolen" if halted == "fork_claimed" else "restored"


def _waiting(work: Work) -> Sequence[Intake]:
    """Acts that have no position yet, in the order in which they were put on record, as many as one checkpoint takes."""
    waiting = select(Intake).where(col(Intake.position).is_(None), col(Intake.commitment).is_not(None))
    return work.session.exec(waiting.order_by(col(Intake.id)).limit(_MOST_ACTS)).all()


def _next_interval(work: Work, held: Log) -> Intake:
    """What the next interval begins with: the newest checkpoint that was witnessed. Nothing that follows can be older than it."""
    witnessed = audit_log.newest_checkpoint(work, held.origin, witnessed=True)
    begun = IntervalPayload(checkpoints=() if witnessed is None else (witnessed.raw,))
    return work.record(Act.INTERVAL_STARTED, **begun.model_dump(mode="json"))


def _append(work: Work, held: Log, acts: Sequence[Intake]) -> None:
    """Acts become entries; pads stand before the last, which begins the next interval."""
    *happened, last = acts
    growth = max(LEAST_GROWTH, 1 << (len(acts) - 1).bit_length())
    pads = [_pad(work) for _ in range(growth - len(acts))]
    counts: dict[str, LogCount] = {}
    entries = [_entry(work, held, act, counts) for act in happened]
    position = audit_log.append(work, held, [*entries, *pads, _entry(work, held, last, counts)])
    for place, act in enumerate(happened, position):
        act.log, act.position = held.origin, place
        work.session.add(act)
    last.log, last.position = held.origin, held.size - 1
    work.session.add(last)
    work.session.flush()


def _entry(work: Work, held: Log, act: Intake, counts: dict[str, LogCount]) -> bytes:
    kind, c = Act(act.kind), act.commitment or ""
    if kind not in PAIRED:
        return local_entry(kind, x=act.x, t=act.at, c=c).to_bytes()
    peer = Authority(act.peer or "")
    if peer not in counts:
        counts[peer] = work.session.get(LogCount, (held.origin, peer)) or LogCount(origin=held.origin, peer=peer)
    counts[peer].count += 1
    act.seq = counts[peer].count
    work.session.add(counts[peer])
    return paired_entry(kind, x=act.x, seq=act.seq, peer=peer, t=act.at, c=c).to_bytes()


def _pad(work: Work) -> bytes:
    """Its salt is thrown away: that it says nothing is all that can ever be known of it."""
    return local_entry(Act.PAD, x=work.new_id(), t=work.now(), c=commitment(work.random(SALT_BYTES), b"{}")).to_bytes()
