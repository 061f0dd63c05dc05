"""Alerts: what a safeguard noticed and somebody has to look at. Raised within the unit of work that noticed it.

One alert is open of a kind and a subject; what happens again is counted in it. No kind says that somebody is protected: whatever
has to do with people under protection is also raised by other causes.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sqlmodel import col, select

from node.officers import Role
from node.store.database import Work
from node.store.tables import Alert
from protocol.authority import Authority
from protocol.journal import Act


class AlertKind(StrEnum):
    """What was noticed."""

    SWEEP_BY_OFFICER = "sweep_by_officer"
    SWEEP_BY_PEER = "sweep_by_peer"
    BUDGET_SPENT_BY_PEER = "budget_spent_by_peer"
    LIST_EXHAUSTED = "list_exhausted"
    FORBIDDEN_PURPOSE = "forbidden_purpose"
    OFFICER_LOCKED = "officer_locked"
    REMOVAL_OVERDUE = "removal_overdue"
    FILE_UNFINISHED = "file_unfinished"
    LOG_FORKED = "log_forked"
    LOG_HALTED = "log_halted"
    LOGS_DIFFER = "logs_differ"
    ERASURE_OVERDUE = "erasure_overdue"
    QUESTION_OPENED = "question_opened"
    LOG_UNWITNESSED = "log_unwitnessed"
    PEER_LOG_UNWITNESSED = "peer_log_unwitnessed"


SEEN_BY: Mapping[AlertKind, Role] = MappingProxyType(
    {
        AlertKind.SWEEP_BY_OFFICER: Role.LIAISON,
        AlertKind.SWEEP_BY_PEER: Role.LIAISON,
        AlertKind.BUDGET_SPENT_BY_PEER: Role.LIAISON,
        AlertKind.LIST_EXHAUSTED: Role.LIAISON,
        AlertKind.FORBIDDEN_PURPOSE: Role.LIAISON,
        AlertKind.OFFICER_LOCKED: Role.PROTECTION,
        AlertKind.REMOVAL_OVERDUE: Role.PROTECTION,
        AlertKind.FILE_UNFINISHED: Role.PROTECTION,
        AlertKind.LOG_FORKED: Role.LIAISON,
        AlertKind.LOG_HALTED: Role.LIAISON,
        AlertKind.LOGS_DIFFER: Role.LIAISON,
        AlertKind.ERASURE_OVERDUE: Role.LIAISON,
        AlertKind.QUESTION_OPENED: Role.LIAISON,
        AlertKind.LOG_UNWITNESSED: Role.LIAISON,
        AlertKind.PEER_LOG_UNWITNESSED: Role.LIAISON,
    }
)
"""Who looks at it and settles it. Everybody else learns at most that there are some."""


def raise_alert(work: Work, kind: AlertKind, *, officer: str | None = None, peer: Authority | None = None) -> None:
    """Open an alert about an officer (by id) or a peer, or count one more in the one that is open.

    Opening is on record, and told to the machine's log without its kind: administrators learn only that there is one.
    """
    held = work.session.exec(
        select(Alert).where(
            Alert.kind == kind.value,
            col(Alert.officer_id).is_not_distinct_from(officer),
            col(Alert.peer).is_not_distinct_from(peer),
            col(Alert.settled).is_(None),
        )
    ).first()
    if held is None:
        held = Alert(kind=kind.value, officer_id=officer, peer=peer, first=work.now(), last=work.now())
        work.record(Act.ALERT_RAISED, alert=kind.value, about_officer=officer, about_peer=peer)
    else:
        held.last, held.count = work.now(), held.count + 1
    work.session.add(held)
    work.session.flush()


def was_raised(work: Work, kind: AlertKind, since: int) -> bool:
    """Whether an alert of this kind was raised at `since` (POSIX seconds) or later, settled or not."""
    raised = select(Alert.id).where(Alert.kind == kind.value, col(Alert.last) >= since)
    return work.session.exec(raised.limit(1)).first() is not None
