"""What this node refused: put on record where it happens, and counted for who oversees it.

Mission rule 5: forbidden purposes are refused and counted, at the asker's own node and again at the node that is asked. All other
refusals of questions are counted with them, so that a purpose that was only tried under another name does not hide.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import col, select

from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.errors import Stopped
from node.store.database import Work
from node.store.openings import opening_of
from node.store.tables import Intake
from protocol.authority import Authority
from protocol.errors import PurposeRefused
from protocol.journal import Act
from protocol.vocabulary import RequestPurpose

ERASED = "erased"
"""The cause of a refusal whose exchange was erased: that there was one is all that is known."""


@dataclass(frozen=True, order=True)
class Refusals:
    """How many of one kind in one month (`2026-11`, UTC): of a peer's messages (`in`), or of our own officers' (`out`).

    `purpose` is the vocabulary's code where a question was refused. `cause` is a code of docs/errors.md.
    """

    month: str
    direction: str
    peer: Authority | None
    purpose: str | None
    cause: str
    count: int


def note_own(work: Work, officer_id: str, purpose: RequestPurpose, refusal: PurposeRefused | Stopped) -> None:
    """An officer of ours was refused a question, before anything was blinded. Alerts where a liaison officer has to look."""
    reason = refusal.reason if isinstance(refusal, Stopped) else None
    work.record(Act.POLICY_REFUSAL, officer=officer_id, cause=refusal.code, reason=reason, purpose=purpose)
    if isinstance(refusal, PurposeRefused):
        raise_alert(work, AlertKind.FORBIDDEN_PURPOSE, officer=officer_id)
    elif reason in ("looks_like_sweep", "looks_like_enumeration"):
        raise_alert(work, AlertKind.SWEEP_BY_OFFICER, officer=officer_id)


def note_forbidden(work: Work, peer: Authority, purpose: RequestPurpose) -> None:
    """A peer asked for a forbidden purpose past its refusals of the day: no signed refusal, and still counted, with its alert.

    Under no exchange: of the question nothing is kept that could be told from one that comes again.
    """
    work.record(Act.POLICY_REFUSAL, peer=peer, cause=PurposeRefused.code, purpose=purpose)
    raise_alert(work, AlertKind.FORBIDDEN_PURPOSE, peer=peer)


def count(work: Work, since: int) -> list[Refusals]:
    """All refusals since a time (POSIX seconds), the latest month first and in it the most frequent."""
    rows = select(Intake).where(Intake.kind == Act.POLICY_REFUSAL.value, col(Intake.at) >= since)
    counted = Counter(_told(work, row) for row in work.session.exec(rows).all())
    found = [Refusals(*told, count) for told, count in counted.items()]
    return sorted(found, key=lambda each: (each.month, each.count, each.cause, str(each.peer), str(each.purpose)), reverse=True)


def _told(work: Work, row: Intake) -> tuple[str, str, Authority | None, str | None, str]:
    opening = opening_of(work, row)
    payload = {} if opening is None else json.loads(opening.payload)
    peer = None if row.peer is None else Authority(row.peer)
    month = f"{datetime.fromtimestamp(row.at, UTC):%Y-%m}"
    return month, "out" if peer is None else "in", peer, payload.get("purpose"), payload.get("cause", ERASED)
