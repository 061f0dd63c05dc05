"""What an administrator sees of the work between this node and its peers, and the command to try again.

Ids, kinds of work and reasons only: no content of a record, and of a question no more than its id.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func
from sqlmodel import col, select

from node.officers import Administrator
from node.store import jobs
from node.store.database import Database
from node.store.tables import Job, Quarantined
from protocol.authority import Authority
from protocol.journal import Act

SHOWN = 500
"""Rows of one answer. A backlog of ten thousand is told by its number."""


class UnknownJob(Exception):
    """No such job waits or was put aside."""

    code = "unknown_job"


@dataclass(frozen=True)
class ShownJob:
    """One job that is not done. Times are POSIX seconds."""

    id: int
    lane: str
    peer: Authority
    subject: str
    version: int
    state: str
    created: int
    attempts: int
    next_try: int
    reason: str | None


@dataclass(frozen=True)
class ShownRefusal:
    """A peer's record that this node put aside, and the reason that its publisher was told."""

    peer: Authority
    digest: str
    reason: str
    received: int


@dataclass(frozen=True)
class ShownOutbox:
    """The jobs that are not done, what was put aside first, then by id; `total` counts also those that are not shown."""

    jobs: Sequence[ShownJob]
    total: int
    refused: Sequence[ShownRefusal]


@dataclass(frozen=True, repr=False)
class KeepOutbox:
    """The story's parts. `go_on` starts what is due, without waiting."""

    database: Database
    go_on: Callable[[], object]

    def show(self, _officer: Administrator, peer: Authority | None = None) -> ShownOutbox:
        """What waits, is on its way or was put aside, for all peers or one; and which records of theirs were refused here."""
        open_jobs, refused = select(Job).where(Job.state != jobs.DONE), select(Quarantined)
        if peer is not None:
            open_jobs, refused = open_jobs.where(Job.peer == peer), refused.where(Quarantined.peer == peer)
        first = case({jobs.QUARANTINED: 0}, value=col(Job.state), else_=1)
        newest = (col(Quarantined.received).desc(), col(Quarantined.peer), col(Quarantined.digest))
        with self.database.read() as work:
            rows = work.session.exec(open_jobs.order_by(first, col(Job.id)).limit(SHOWN)).all()
            total = work.session.exec(select(func.count()).select_from(open_jobs.subquery())).one()
            put_aside = work.session.exec(refused.order_by(*newest).limit(SHOWN)).all()
            return ShownOutbox(
                tuple(_shown(row) for row in rows),
                total,
                tuple(ShownRefusal(Authority(row.peer), row.digest, row.reason, row.received) for row in put_aside),
            )

    def retry(self, officer: Administrator, *, job: int | None = None, peer: Authority | None = None) -> int:
        """Make due now what waits or was put aside: one job, one peer's, or everything. Returns how many. On record.

        Raises `UnknownJob` when the job named is none of these.
        """
        with self.database.begin() as work:
            count = jobs.retry(work, job=job, peer=peer)
            if job is not None and not count:
                raise UnknownJob
            work.record(Act.OUTBOX_RETRIED, officer=officer.id, job=job, authority=peer, count=count)
        self.go_on()
        return count


def _shown(row: Job) -> ShownJob:
    return ShownJob(
        id=row.id or 0,
        lane=row.lane,
        peer=Authority(row.peer),
        subject=row.subject,
        version=row.version,
        state=row.state,
        created=row.created,
        attempts=row.attempts,
        next_try=row.next_try,
        reason=row.reason,
    )
