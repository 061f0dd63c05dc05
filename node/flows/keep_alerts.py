"""Looking at alerts, and settling them: each by the role that has to deal with it, which for the others is only a number."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from node.officers import AlertWatcher
from node.safeguards.alerts import SEEN_BY
from node.store.database import Database, Work
from node.store.tables import Alert, Officer
from protocol.authority import Authority
from protocol.journal import Act

SHOWN = 500
"""Alerts of one answer, the open ones first."""


class UnknownAlert(Exception):
    """No alert of this number is open that the officer may settle."""

    code = "unknown_alert"


@dataclass(frozen=True)
class ShownAlert:
    """One alert. Times are POSIX seconds; officers are told by their user names."""

    id: int
    kind: str
    officer: str | None
    peer: Authority | None
    first: int
    last: int
    count: int
    settled: int | None
    settled_by: str | None


@dataclass(frozen=True)
class ShownAlerts:
    """The alerts that this officer deals with, and how many are open of all."""

    alerts: Sequence[ShownAlert]
    open: int


@dataclass(frozen=True, repr=False)
class KeepAlerts:
    """The story's parts."""

    database: Database

    def show(self, officer: AlertWatcher, *, settled: bool = False) -> ShownAlerts:
        """The open alerts of the officer's roles, newest first; with `settled`, the settled ones after them."""
        query = select(Alert).where(col(Alert.kind).in_(_kinds(officer)))
        if not settled:
            query = query.where(col(Alert.settled).is_(None))
        order = (col(Alert.settled).is_not(None), col(Alert.last).desc(), col(Alert.id).desc())
        with self.database.read() as work:
            rows = work.session.exec(query.order_by(*order).limit(SHOWN)).all()
            open_ = work.session.exec(select(func.count()).select_from(Alert).where(col(Alert.settled).is_(None))).one()
            return ShownAlerts(tuple(_shown(work, row) for row in rows), open_)

    def settle(self, officer: AlertWatcher, alert: int) -> ShownAlert:
        """Somebody has looked at it: what happens from now on opens a new one. On record.

        Raises `UnknownAlert` when it is settled already, is another role's, or does not exist: all look the same.
        """
        with self.database.begin() as work:
            row = work.session.get(Alert, alert)
            if row is None or row.settled is not None or row.kind not in _kinds(officer):
                raise UnknownAlert
            row.settled, row.settled_by = work.now(), officer.id
            work.session.add(row)
            work.record(Act.ALERT_SETTLED, officer=officer.id, alert=row.kind, number=row.id, count=row.count)
            return _shown(work, row)


def _kinds(officer: AlertWatcher) -> set[str]:
    return {kind.value for kind, role in SEEN_BY.items() if role in officer.roles}


def _shown(work: Work, row: Alert) -> ShownAlert:
    return ShownAlert(
        id=row.id or 0,
        kind=row.kind,
        officer=_username(work, row.officer_id),
        peer=None if row.peer is None else Authority(row.peer),
        first=row.first,
        last=row.last,
        count=row.count,
        settled=row.settled,
        settled_by=_username(work, row.settled_by),
    )


def _username(work: Work, officer: str | None) -> str | None:
    return None if officer is None else work.session.get_one(Officer, officer).username
