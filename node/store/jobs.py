"""Jobs: leased to one worker at a time, tried again with a growing random wait, and put aside when no wait would help.

    waiting → leased → done            the peer has signed for it, or the question is settled
                     → waiting         not now: the peer is away, or something else went wrong
                     → quarantined     not at all, until an administrator says so

A worker takes a job in one unit of work and settles it in another, which changes nothing unless the lease is still its own. A
lease that ran out is anybody's, so a worker renews it before each step that may take long. Every function is part of the caller's
unit of work; on either database units of work that write come one after the other.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, bindparam, func
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, delete, or_, select, update
from sqlmodel.sql.expression import Select, SelectOfScalar

from node.store.database import Work
from node.store.tables import Job, PeerContact
from protocol.authority import Authority

log = logging.getLogger("celosia.jobs")

LEASE_SECONDS = 200
"""More than two requests to a peer may take (`node/outbound/peers.py`: 90 s each); a worker renews it in between."""
_CLOCKS_APART = 200
"""Seconds by which two that work on one database may disagree: their clocks, or the wait for their turn to write."""
TRIES = 12
"""Failures, other than that the peer is away, after which a record is put aside: by then it was tried for hours."""

WAITING, LEASED, DONE, QUARANTINED = "waiting", "leased", "done", "quarantined"
DELIVERY = {WAITING: "waiting", LEASED: "waiting", DONE: "accepted", QUARANTINED: "quarantined"}
"""A job's state -> the state of a delivery, as officers and collectors are told it."""


class Lane(StrEnum):
    """What never waits for each other. Each lane has workers of its own for each peer."""

    REVOCATION = "revocation"  # of stolen keys
    URGENT = "urgent"  # what takes back: withdrawals
    QUESTION = "question"
    RECORD = "record"


@dataclass(frozen=True)
class Pace:
    """Seconds of the first wait at most, and of the longest."""

    first: int
    longest: int


PACES: Mapping[Lane, Pace] = {
    Lane.REVOCATION: Pace(2, 300),
    Lane.URGENT: Pace(2, 300),
    Lane.QUESTION: Pace(2, 900),
    Lane.RECORD: Pace(5, 3600),
}
_LONGEST = max(pace.longest for pace in PACES.values())
_NOW = bindparam("now", type_=BigInteger)


class LeaseLost(Exception):
    """The lease ran out and the job is another's now. Whoever held it gives up; nothing of its unit of work is kept."""


@dataclass(frozen=True)
class Lease:
    """A job in one worker's hands."""

    job: int
    holder: str
    lane: Lane
    peer: Authority
    subject: str
    version: int


def add(work: Work, lane: Lane, peer: Authority, subject: str, version: int) -> None:
    """A new job, due at once."""
    now = work.now()
    work.session.add(
        Job(lane=lane, peer=peer, subject=subject, version=version, state=WAITING, created=now, next_try=now, away=False)
    )
    work.session.flush()


def find(work: Work, peer: str, subject: str, version: int | None = None) -> Job:
    """The job of a subject for a peer: of a version, or of the last one."""
    of_subject = select(Job).where(Job.peer == peer, Job.subject == subject).order_by(col(Job.version).desc())
    found = work.session.exec(of_subject if version is None else of_subject.where(Job.version == version)).first()
    if found is None:
        raise LookupError("no such job")
    return found


def last_version(work: Work, subject: str) -> int:
    """The last version of a subject that anybody is owed; 0 if there is none."""
    return work.session.exec(select(func.max(Job.version)).where(Job.subject == subject)).one() or 0


def supersede(work: Work, subject: str, version: int) -> None:
    """A later `version` stands for all before it: what waits or was put aside of those is owed to nobody any more.

    One that is on its way now ends by itself, and the later one follows it.
    """
    work.session.exec(
        delete(Job).where(col(Job.subject) == subject, col(Job.version) < version, col(Job.state).in_((WAITING, QUARANTINED)))
    )


def due(work: Work, lane: Lane) -> Mapping[Authority, int]:
    """How many jobs of a lane could be taken now, by peer."""
    found: Counter[Authority] = Counter()
    for query in _due():
        rows = work.session.exec(query, params={"lane": lane, "now": work.now()}).all()
        found.update({Authority(peer): count for peer, count in rows})
    return found


@cache  # every beat of every lane asks: SQLAlchemy takes longer to put these together than a store to answer
def _due() -> tuple[Select[str, int], ...]:
    return tuple(
        select(Job.peer, func.count()).where(Job.lane == bindparam("lane"), ready, _next_of_its_subject()).group_by(Job.peer)
        for ready in (_left_behind(), _ready())
    )


def take(work: Work, lane: Lane, peer: Authority) -> Lease | None:
    """Lease the first job of a lane that is due for `peer`; None when there is none.

    A job whose lease ran out counts a failure: whoever had it may have died of it.
    """
    now = work.now()
    while (job := _first(work, lane, peer)) is not None:
        if job.state == LEASED and _fail(job, now, "worker_lost"):
            continue
        job.state, job.lease_holder, job.lease_until = LEASED, work.new_id(), now + LEASE_SECONDS
        work.session.add(job)
        # an earlier version that was on its way when its worker was lost is not sent again: this one stands for it
        work.session.exec(
            delete(Job).where(
                col(Job.peer) == peer,
                col(Job.subject) == job.subject,
                col(Job.version) < job.version,
                col(Job.state) == LEASED,
            )
        )
        work.session.flush()
        return Lease(job.id or 0, job.lease_holder, lane, peer, job.subject, job.version)
    return None


def renew(work: Work, lease: Lease) -> None:
    """Begin the lease's time anew. Raises `LeaseLost` when the job is another's now."""
    job = _held(work, lease)
    if job is None:
        raise LeaseLost
    job.lease_until = work.now() + LEASE_SECONDS
    work.session.add(job)


def finish(work: Work, lease: Lease, x: str | None = None) -> bool:
    """The job is done. False when the lease is lost: then nothing has changed, and its holder says how it ends."""
    job = _held(work, lease)
    if job is None:
        return False
    job.attempts += 1
    _release(job, DONE, None)
    job.x, job.ended = x, work.now()
    work.session.add(job)
    return True


def put_off(work: Work, lease: Lease, reason: str, *, away: bool) -> bool:
    """Not now: another try after a random wait that grows. `away`: the peer could not be reached. Returns as `finish`.

    When the peer is away, the other records of its lane wait as long: one try tells for all. If it answered others since this job
    failed last, it is away for this one only, and nothing waits for that. What failed for other reasons `TRIES` times is put
    aside; a version that was superseded meanwhile is dropped.
    """
    job, now = _held(work, lease), work.now()
    if job is None:
        return False
    if _superseded(work, job):
        work.session.delete(job)
        return True
    if not away:
        if not _fail(job, now, reason):
            _wait(work, job, lease.lane)
    else:
        for_all = not _answered_since(work, job)
        job.attempts += 1
        _release(job, WAITING, reason)
        _wait(work, job, lease.lane)
        job.away = for_all
        if for_all and lease.lane is not Lane.QUESTION:  # each question of an officer has its own tries
            _hold_back(work, job, now)
    job.tried = now
    work.session.add(job)
    return True


def put_aside(work: Work, lease: Lease, reason: str, x: str | None = None) -> bool:
    """Not at all, until an administrator says so; told in the log. Returns as `finish`."""
    job = _held(work, lease)
    if job is None:
        return False
    if _superseded(work, job):
        work.session.delete(job)
        return True
    job.attempts += 1
    _put_aside(job, work.now(), reason)
    job.x = x
    work.session.add(job)
    return True


def wake(work: Work, peer: Authority) -> None:
    """The peer was heard: what waits because it was away is due now. Each lane's places keep it from being flooded."""
    work.session.exec(
        update(Job)
        .where(col(Job.peer) == peer, col(Job.state) == WAITING, col(Job.next_try) > work.now(), col(Job.away))
        .values(next_try=work.now(), away=False)
    )


def retry(work: Work, *, job: int | None = None, peer: Authority | None = None) -> int:
    """What waits or was put aside is due now, its failures forgotten: one job, one peer's, or all. Returns how many.

    Why the last try failed is told until the next one has ended.
    """
    chosen: list[ColumnElement[bool]] = [col(Job.state).in_((WAITING, QUARANTINED))]
    if job is not None:
        chosen.append(col(Job.id) == job)
    if peer is not None:
        chosen.append(col(Job.peer) == peer)
    numbers = work.session.exec(select(Job.id).where(*chosen)).all()
    values = {"state": WAITING, "next_try": work.now(), "failures": 0, "away": False, "x": None, "ended": None}
    work.session.exec(update(Job).where(*chosen).values(**values))
    return len(numbers)


def give_back(work: Work) -> None:
    """All leases end. Only for a process that knows that no other one works on this database: they are of its earlier lives."""
    for job in work.session.exec(select(Job).where(Job.state == LEASED)).all():
        if _superseded(work, job):
            work.session.delete(job)
            continue
        _fail(job, work.now(), "worker_lost")
        work.session.add(job)


def _first(work: Work, lane: Lane, peer: Authority) -> Job | None:
    for query in _firsts():
        job = work.session.exec(query, params={"lane": lane, "peer": peer, "now": work.now()}).first()
        if job is not None:
            return job
    return None


@cache  # as `_due`
def _firsts() -> tuple[SelectOfScalar[Job], ...]:
    return tuple(
        select(Job)
        .where(Job.lane == bindparam("lane"), Job.peer == bindparam("peer"), ready, _next_of_its_subject())
        .order_by(col(Job.next_try), col(Job.id))
        .limit(1)
        for ready in (_left_behind(), _ready())
    )


def _ready() -> ColumnElement[bool]:
    # a time further off than any wait was set by a clock that was wrong
    at = col(Job.next_try)
    return and_(col(Job.state) == WAITING, or_(at <= _NOW, at > _NOW + _LONGEST + _CLOCKS_APART))


def _left_behind(job: type[Job] = Job) -> ColumnElement[bool]:
    until = col(job.lease_until)
    return and_(col(job.state) == LEASED, or_(until <= _NOW, until > _NOW + LEASE_SECONDS + _CLOCKS_APART))


def _next_of_its_subject() -> ColumnElement[bool]:
    """No later version stands for it, and no earlier one is on its way."""
    other = aliased(Job)
    same = (col(other.peer) == col(Job.peer), col(other.subject) == col(Job.subject))
    later = select(other.id).where(*same, col(other.version) > col(Job.version)).exists()
    on_its_way = and_(col(other.state) == LEASED, ~_left_behind(other))
    earlier = select(other.id).where(*same, col(other.version) < col(Job.version), on_its_way).exists()
    return and_(~later, ~earlier)


def _held(work: Work, lease: Lease) -> Job | None:
    """The job, if the lease is still its own: also past its time, as long as nobody else has taken it."""
    job = work.session.get(Job, lease.job)
    return job if job is not None and job.state == LEASED and job.lease_holder == lease.holder else None


def _superseded(work: Work, job: Job) -> bool:
    later = select(Job.id).where(Job.peer == job.peer, Job.subject == job.subject, Job.version > job.version)
    return work.session.exec(later).first() is not None


def _answered_since(work: Work, job: Job) -> bool:
    contact = work.session.get(PeerContact, job.peer)
    heard = None if contact is None else contact.last_success
    return job.tried is not None and heard is not None and heard >= job.tried


def _hold_back(work: Work, tried: Job, now: int) -> None:
    """What else would be tried before `tried` is tried again: all at the same time, and `tried` after them.

    So the next try is another record's: one that cannot be sent, for whatever reason, is not the one by which all are judged.
    """
    same = (col(Job.lane) == tried.lane, col(Job.peer) == tried.peer, col(Job.state) == WAITING, col(Job.id) != tried.id)
    waits = update(Job).where(*same, or_(col(Job.next_try) <= now, col(Job.away)))
    tried_too = {"next_try": tried.next_try, "away": True, "attempts": col(Job.attempts) + 1, "reason": tried.reason}
    work.session.exec(waits.values(**tried_too))
    tried.next_try += 1


def _fail(job: Job, now: int, reason: str) -> bool:
    """Count a failure; whether it was one too many. A question is never put aside: it expires."""
    job.attempts, job.failures = job.attempts + 1, job.failures + 1
    if job.failures >= TRIES and job.lane != Lane.QUESTION:
        _put_aside(job, now, reason)
        return True
    _release(job, WAITING, reason)
    job.next_try = now
    return False


def _put_aside(job: Job, now: int, reason: str) -> None:
    _release(job, QUARANTINED, reason)
    job.ended = now
    log.warning("put aside", extra={"job": job.id, "lane": job.lane, "peer": job.peer, "reason": job.reason})


def _release(job: Job, state: str, reason: str | None) -> None:
    job.state, job.reason = state, None if reason is None else reason[:64]
    job.lease_holder, job.lease_until, job.away = None, None, False


def _wait(work: Work, job: Job, lane: Lane) -> None:
    """Full jitter: any time up to a bound that doubles, so that no two jobs and no two nodes keep step."""
    pace = PACES[lane]
    bound = min(pace.longest, pace.first * 2 ** min(job.attempts - 1, 20))
    job.next_try = work.now() + 1 + int.from_bytes(work.random(8)) % bound
