"""The witnesses of this node's own log: up to where each has seen it, and what is to be done about it next."""

from collections.abc import Mapping

from sqlmodel import col, select

from crypto.note import MOST_SIGNATURES
from node.store import audit_log
from node.store.database import Work
from node.store.tables import Log, LogCheckpoint, LogWitness
from protocol.authority import Authority
from protocol.checkpoint import parse_checkpoint

_FIRST_WAIT, _LONGEST_WAIT = 60, 1800
"""Seconds after a failure: a checkpoint comes every minute, and a witness that is back should have it within half an hour."""


def of(work: Work, origin: str, witness: Authority) -> LogWitness:
    """What is known of a witness of a log; a new row if nothing is."""
    return work.session.get(LogWitness, (origin, witness)) or LogWitness(origin=origin, authority=witness)


def every(work: Work, origin: str) -> Mapping[Authority, LogWitness]:
    """What is known of all witnesses of a log."""
    rows = work.session.exec(select(LogWitness).where(LogWitness.origin == origin).order_by(col(LogWitness.authority))).all()
    return {Authority(row.authority): row for row in rows}


def failed(work: Work, row: LogWitness, error: str) -> None:
    """It did not cosign, and why. The next try is at any time up to a bound that doubles: no two nodes keep step."""
    row.error, row.failures = error[:64], row.failures + 1
    bound = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(row.failures - 1, 20))
    row.next_try = work.now() + 1 + int.from_bytes(work.random(8)) % bound
    work.session.add(row)


def worked(work: Work, row: LogWitness, size: int, *, cosigned: int | None = None) -> None:
    """It has seen the log up to `size`; `cosigned`: and put its name to that, at that time."""
    row.size, row.error, row.failures, row.next_try = size, None, 0, 0
    row.cosigned = row.cosigned if cosigned is None else cosigned
    work.session.add(row)


def wake(work: Work, witness: Authority) -> None:
    """A witness that we hear of is there again: what waited for it goes on with the next beat."""
    waiting = select(LogWitness).where(LogWitness.authority == witness, LogWitness.next_try > work.now())
    for row in work.session.exec(waiting).all():
        row.next_try = 0
        work.session.add(row)


def unwitnessed_since(work: Work, log: Log) -> int | None:
    """Since when no quorum has cosigned what the log signed, POSIX seconds; None if all that it signed was."""
    newest = audit_log.newest_checkpoint(work, log.origin)
    if newest is None or newest.witnessed is not None:
        return None
    witnessed = audit_log.newest_checkpoint(work, log.origin, witnessed=True)
    first = select(LogCheckpoint.at).where(LogCheckpoint.origin == log.origin).order_by(col(LogCheckpoint.size))
    if witnessed is not None:
        first = first.where(LogCheckpoint.size > witnessed.size)
    return work.session.exec(first.limit(1)).first()


def last_shown(work: Work, origin: str) -> bytes | None:
    """The largest checkpoint of a log of ours that witnesses hold, as far as is known here, with all cosignatures that are here.

    None if no quorum has cosigned it, and no witness has shown more than is here.
    """
    ours = audit_log.newest_checkpoint(work, origin, witnessed=True)
    held = [row.against for row in every(work, origin).values() if row.against is not None]
    notes = [parse_checkpoint(raw) for raw in (*held, *(() if ours is None else (ours.raw,)))]
    if not notes:
        return None
    largest = max(notes, key=lambda each: each.checkpoint.size)
    merged = largest.note
    for each in notes:
        for line in each.note.signatures if each.checkpoint == largest.checkpoint else ():
            if len(merged.signatures) < MOST_SIGNATURES:
                merged = merged.signed_by(line)
    return merged.to_bytes()
