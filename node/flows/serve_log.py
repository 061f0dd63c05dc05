"""Serving the audit log to a peer: checkpoints and paths, the entries of its own exchanges, one by one proved or all told.

Of one of them, also this side's half of a bundle of evidence, and the directories that it names.

An exchange of somebody else, an act of this node alone and an exchange that never was look alike.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import col, select

from crypto.subtrees import stored_consistency_path
from node.federation import Federation
from node.flows.call_peer import refuse_denied
from node.flows.prove_entry import NotWitnessedToday, NotWitnessedYet, PastLogsEnd, counted, log_keys_of, proven
from node.safeguards import quotas
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.store import audit_log, counterparts, kept_directories
from node.store.database import Work
from node.store.log_evidence import NoEvidence, log_evidence
from node.store.tables import Intake, LogCheckpoint
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import WrongQuestion
from protocol.evidence_half import half_of
from protocol.journal import PAIRED
from protocol.limits import ENTRIES_AN_EXCHANGE, LOG_READING
from protocol.log_proofs import ExchangeProofs, ProvenEntry
from protocol.messages import CounterpartsWanted
from protocol.wire import sha256


class LogSizes(NamedTuple):
    """Two sizes of the log whose origin has this SHA-256: a path in another log would not hold, and look like a fork."""

    origin: str
    old: int
    new: int


def give_checkpoint(work: Work, door: Door, asker: Authority) -> Cleared:
    """The newest checkpoint of the log that is written now, charged to the asker's day.

    Raises `WrongQuestion` before the first one, `QuotaSpent`, `DeniedSender` for an asker that this node exchanges nothing with.
    """
    refuse_denied(work, asker)
    newest = _newest(work)
    quotas.charge(work, asker, LOG_READING, len(newest.raw))
    return door.checkpoint(newest.raw, asker)


def give_witnessed(work: Work, door: Door, asker: Authority) -> Cleared:
    """The newest checkpoint of that log that a quorum has cosigned: which tree that is, every member may see. Raises alike."""
    refuse_denied(work, asker)
    newest = _newest(work, witnessed=True)
    quotas.charge(work, asker, LOG_READING, len(newest.raw))
    return door.checkpoint(newest.raw, asker)


def give_consistency(work: Work, door: Door, sizes: LogSizes, asker: Authority) -> Cleared:
    """The path from one size of that log to another. Raises alike, and for another log, and for more than it has signed."""
    refuse_denied(work, asker)
    newest, (digest, old, new) = _newest(work), sizes
    if sha256(newest.origin.encode()) != digest or not old < new <= newest.size:
        raise WrongQuestion("log")
    path = stored_consistency_path(old, new, audit_log.subtrees(work, newest.origin, newest.size))
    cleared = door.path(path, asker)
    quotas.charge(work, asker, LOG_READING, len(cleared.raw))
    return cleared


def give_proofs(work: Work, federation: Federation, door: Door, x: str, asker: Authority) -> Cleared:
    """The entries that have their other side at `asker`, of the exchange of this id with it. It is charged, and raises, alike.

    Each is proved under the checkpoint that counts today; where none does, under the first one over it.
    """
    refuse_denied(work, asker)
    found: list[ProvenEntry] = []
    for act in _entered(work, x, asker):
        position = act.position or 0
        over = audit_log.checkpoint_over(work, act.log or "", position)
        if over is not None:
            found.append(proven(work, _counted(work, federation, over, position), position))
    if not found:
        raise WrongQuestion("log")
    quotas.charge(work, asker, LOG_READING, sum(len(each.entry) + len(each.proof) for each in found))
    return door.log_entries(ExchangeProofs(entries=tuple(found)), asker)


def give_counterparts(work: Work, door: Door, admitted: Admitted[CounterpartsWanted]) -> Cleared:
    """A page of the entries that have their other side at the asker, after those that it has read."""
    asker, wanted = admitted.envelope.sender, admitted.body
    return door.reply(work, admitted, Outgoing(asker, counterparts.page(work, asker, wanted.log, wanted.after)))


def give_half(work: Work, federation: Federation, door: Door, x: str, asker: Authority) -> Cleared:
    """This side's half of a bundle about an exchange with `asker`: its entries, and what stands around them, opened.

    Raises alike, and `WrongQuestion` too for what too few witnesses have seen yet.
    """
    refuse_denied(work, asker)
    try:
        half = half_of(log_evidence(work, _entered(work, x, asker), federation.directory.frozen_logs(federation.me)))
    except NoEvidence:
        raise WrongQuestion("log") from None
    cleared = door.half(half, asker)
    quotas.charge(work, asker, LOG_READING, len(cleared.raw))
    return cleared


def give_directory(work: Work, door: Door, snapshot: str, asker: Authority) -> Cleared:
    """A directory that this node had adopted, by the digest of its snapshot: it may be older than any that `asker` has.

    Raises alike.
    """
    refuse_denied(work, asker)
    stored = kept_directories.kept(work, snapshot)
    if stored is None:
        raise WrongQuestion("directory")
    cleared = door.directory(stored, asker)
    quotas.charge(work, asker, LOG_READING, len(cleared.raw))
    return cleared


def _newest(work: Work, *, witnessed: bool = False) -> LogCheckpoint:
    held = audit_log.current(work)
    newest = None if held is None else audit_log.newest_checkpoint(work, held.origin, witnessed=witnessed)
    if newest is None:
        raise WrongQuestion("log")
    return newest


def _counted(work: Work, federation: Federation, first: LogCheckpoint, position: int) -> LogCheckpoint:
    key = log_keys_of(federation, federation.me).get(first.origin)
    if key is None:
        return first
    try:
        return counted(work, federation, key, first, position)[0]
    except (NotWitnessedYet, NotWitnessedToday, PastLogsEnd):
        return first


def _entered(work: Work, x: str, asker: Authority) -> Sequence[Intake]:
    """The acts of two sides that the log has of the exchange of this id with `asker`, in their order."""
    entered = select(Intake).where(
        Intake.x == x,
        Intake.peer == asker,
        col(Intake.kind).in_([kind.value for kind in PAIRED]),
        col(Intake.position).is_not(None),
    )
    return work.session.exec(entered.order_by(col(Intake.id)).limit(ENTRIES_AN_EXCHANGE)).all()
