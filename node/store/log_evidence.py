"""What this node's log has of one exchange, with its proofs: one side of an evidence bundle.

A node gathers it for a bundle of its own, and for a peer that makes one about an exchange with it. What is opened here says which
directory was adopted and what an interval began with: nothing that is secret.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from crypto.subtrees import stored_inclusion_path
from node.store import audit_log
from node.store.database import Work
from node.store.openings import opening_of
from node.store.tables import AdoptedDirectory, Intake, LogCheckpoint
from protocol import limits
from protocol.checkpoint import parse_checkpoint
from protocol.evidence import LogEvidence, Opening, ProvenEntry
from protocol.journal import SALT_BYTES, Act, commitment
from protocol.tlog_proof import LogProof


class NoEvidence(Exception):
    """The log cannot prove it, or not yet. `reason`: `nothing`, `not_in_log`, `not_witnessed`, `no_adoption` or `erased`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def log_evidence(work: Work, messages: Sequence[Intake], frozen: Mapping[str, int]) -> LogEvidence:
    """Of acts with two sides, in the order of the exchange's envelopes: their entries, and the adoptions around them.

    `frozen`: the logs that this node has closed, by origin, and how many of their entries count (`Directory.frozen_logs`).
    Raises `NoEvidence`: where there are none, one has no place in the log or is in no checkpoint that a quorum cosigned, no
    directory was adopted before, or what an adoption committed to is gone.
    """
    if not messages:
        raise NoEvidence("nothing")
    places = [each.id or 0 for each in messages]
    adopted = _adopted(work, min(places), max(places), frozen)
    begun = _last(work, Act.INTERVAL_STARTED, min(places))
    return LogEvidence(
        messages=tuple(proven_entry(work, each, frozen) for each in messages),
        adopted=tuple(proven_entry(work, each, frozen, opened=True) for each in adopted),
        interval=None if begun is None else _interval(work, begun, frozen),
    )


def _interval(work: Work, begun: Intake, frozen: Mapping[str, int]) -> ProvenEntry | None:
    """The beginning of the interval; a node that was restored has lost what it opens with, and a bundle then says less."""
    try:
        return proven_entry(work, begun, frozen, opened=True)
    except NoEvidence:
        return None


def proven_entry(work: Work, act: Intake, frozen: Mapping[str, int], *, opened: bool = False) -> ProvenEntry:
    """One act's entry, under the newest checkpoint that a quorum cosigned and the first of those over it. Raises `NoEvidence`.

    Of a log that is in `frozen`, under the checkpoint at which it was.
    """
    if act.log is None or act.position is None:
        raise NoEvidence("not_in_log")
    newest = _newest(work, act.log, frozen)
    first = audit_log.checkpoint_over(work, act.log, act.position)
    if newest is None or newest.size <= act.position or first is None or first.witnessed is None:
        raise NoEvidence("not_witnessed")
    opening = _opening(work, act) if opened else None
    if opened and opening is None:
        raise NoEvidence("erased")
    return ProvenEntry(
        entry=audit_log.entry_at(work, act.log, act.position, newest.size),
        proof=_proof(work, act.position, newest),
        early=_proof(work, act.position, first),
        opening=opening,
    )


def _opening(work: Work, act: Intake) -> Opening | None:
    """What an act commits to; of an adoption also where the act's own key is gone, as after a backup was restored."""
    sealed = opening_of(work, act)
    if sealed is not None:
        return Opening(sealed.salt, sealed.payload)
    kept = work.session.exec(select(AdoptedDirectory.opening).where(AdoptedDirectory.act == act.x)).first()
    if kept is None or commitment(kept[:SALT_BYTES], kept[SALT_BYTES:]) != act.commitment:
        return None
    return Opening(kept[:SALT_BYTES], kept[SALT_BYTES:])


def _newest(work: Work, origin: str, frozen: Mapping[str, int]) -> LogCheckpoint | None:
    if origin in frozen:
        return work.session.get(LogCheckpoint, (origin, frozen[origin]))
    return audit_log.newest_checkpoint(work, origin, witnessed=True)


def _proof(work: Work, position: int, checkpoint: LogCheckpoint) -> bytes:
    held = audit_log.subtrees(work, checkpoint.origin, checkpoint.size)
    path = stored_inclusion_path(position, checkpoint.size, held)
    return LogProof(position, tuple(path), parse_checkpoint(checkpoint.raw)).to_bytes()


def _adopted(work: Work, first: int, last: int, frozen: Mapping[str, int]) -> list[Intake]:
    """The directory that was in force, those that followed while the exchange lasted, and the one after it.

    Acts stand in the log in the order of their numbers here. What has no place yet is left out, and so is what is not witnessed.
    """
    before = _last(work, Act.DIRECTORY_ADOPTED, first)
    if before is None:
        raise NoEvidence("no_adoption")
    later = _in_log(Act.DIRECTORY_ADOPTED).where(col(Intake.id) > first).order_by(col(Intake.id))
    found = [before]
    for each in work.session.exec(later.limit(limits.EVIDENCE_ADOPTED - 1)):
        newest = _newest(work, each.log or "", frozen)
        if newest is None or newest.size <= (each.position or 0):
            break
        found.append(each)
        if (each.id or 0) > last:
            break
    return found


def _last(work: Work, act: Act, before: int) -> Intake | None:
    return work.session.exec(_in_log(act).where(col(Intake.id) < before).order_by(col(Intake.id).desc()).limit(1)).first()


def _in_log(act: Act) -> SelectOfScalar[Intake]:
    return select(Intake).where(Intake.kind == act.value, col(Intake.position).is_not(None))
