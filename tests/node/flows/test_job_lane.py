"""Lanes: a backlog, a peer that hangs or a job that fails takes its own lane's place at its own peer, and nobody else's."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlmodel import select

from node.flows.job_lane import JobLane
from node.flows.peer_workers import PeerWorkers
from node.store import jobs
from node.store.database import Database
from node.store.jobs import LEASE_SECONDS, Lane, Lease
from node.store.tables import Job
from protocol.authority import Authority
from tests.node.conftest import Clock
from tests.protocol.federation import BR, PE
from tests.serving import wait_until

BACKLOG = 10_000


@pytest.fixture
def lane_of(database: Database) -> Iterator[Callable[[Lane], JobLane]]:
    """Lanes with one place a peer, each with a pool of its own, as a node has them."""
    pools: list[ThreadPoolExecutor] = []

    def make(lane: Lane) -> JobLane:
        pools.append(ThreadPoolExecutor(8))
        return JobLane(database, lane, PeerWorkers(pools[-1], 1))

    yield make
    for pool in pools:
        pool.shutdown(wait=True)


def owe(database: Database, lane: Lane, *subjects: str, peer: Authority = PE) -> None:
    with database.begin() as work:
        for subject in subjects:
            jobs.add(work, lane, peer, subject, 1)


def left(database: Database) -> int:
    with database.read() as work:
        return len(work.session.exec(select(Job.id).where(Job.state != "done")).all())


def ids(count: int) -> list[str]:
    return [os.urandom(16).hex() for _ in range(count)]


def test_everything_due_is_done_once_for_each_peer_in_the_order_of_its_coming(
    database: Database, lane_of: Callable[[Lane], JobLane]
) -> None:
    lane, first, second = lane_of(Lane.RECORD), ids(5), ids(5)
    owe(database, Lane.RECORD, *first)
    owe(database, Lane.RECORD, *second, peer=BR)
    done: dict[Authority, list[str]] = {PE: [], BR: []}

    def do(lease: Lease) -> bool:
        done[lease.peer].append(lease.subject)
        with database.begin() as work:
            return jobs.finish(work, lease)

    wait(lane.start(do))
    assert done == {PE: first, BR: second}
    assert lane.start(do) == []


def test_a_backlog_of_ten_thousand_records_and_a_peer_that_hangs_delay_no_withdrawal_and_no_question(
    database: Database, lane_of: Callable[[Lane], JobLane]
) -> None:
    with database.begin() as work:
        rows = [
            {"lane": "record", "peer": PE, "subject": subject, "version": 1, "state": "waiting", "created": 0, "next_try": 0}
            for subject in ids(BACKLOG)
        ]
        work.session.execute(Job.__table__.insert(), [{**row, "attempts": 0, "failures": 0, "away": False} for row in rows])  # type: ignore[attr-defined]
    records, urgent, questions = lane_of(Lane.RECORD), lane_of(Lane.URGENT), lane_of(Lane.QUESTION)
    hanging, released, done = threading.Event(), threading.Event(), []

    def hang(_: Lease) -> bool:
        hanging.set()
        released.wait(60)
        return False

    def do(lease: Lease) -> bool:
        done.append((lease.lane, lease.peer))
        with database.begin() as work:
            return jobs.finish(work, lease) and not released.is_set()  # else the backlog is worked through at the end

    stuck = records.start(hang)
    assert hanging.wait(20)
    owe(database, Lane.URGENT, *ids(1))
    owe(database, Lane.QUESTION, *ids(1))
    owe(database, Lane.RECORD, *ids(1), peer=BR)
    try:
        for lane in (urgent, questions, records):
            wait(lane.start(do), 20)
        assert sorted(done) == [(Lane.QUESTION, PE), (Lane.RECORD, BR), (Lane.URGENT, PE)]
        assert left(database) == BACKLOG
    finally:
        released.set()
        wait(stuck, 20)


def test_a_job_that_comes_while_the_last_one_is_done_is_not_left_for_the_beat(
    database: Database, lane_of: Callable[[Lane], JobLane]
) -> None:
    lane, (first, second) = lane_of(Lane.RECORD), ids(2)
    owe(database, Lane.RECORD, first)

    def do(lease: Lease) -> bool:
        if lease.subject == first:
            owe(database, Lane.RECORD, second)
        with database.begin() as work:
            jobs.finish(work, lease)
        return False  # as if the peer were gone: the worker ends, and looks again once its place is free

    lane.start(do)
    wait_until(lambda: left(database) == 0, "both jobs")


def test_a_worker_whose_lease_was_lost_gives_up_and_takes_the_next_job(
    database: Database, clock: Clock, lane_of: Callable[[Lane], JobLane], caplog: pytest.LogCaptureFixture
) -> None:
    lane, (first, second) = lane_of(Lane.RECORD), ids(2)
    owe(database, Lane.RECORD, first, second)
    elsewhere: list[Lease] = []

    def do(lease: Lease) -> bool:
        if lease.subject == first and not elsewhere:
            clock.now += LEASE_SECONDS
            with database.begin() as work:
                taken = jobs.take(work, Lane.RECORD, PE)
            assert taken is not None
            assert taken.subject == first
            elsewhere.append(taken)
            with database.begin() as work:
                jobs.renew(work, lease)
            pytest.fail("the lease was another's")
        with database.begin() as work:
            return jobs.finish(work, lease)

    wait(lane.start(do))
    assert [record.msg for record in caplog.records] == ["lease lost"]
    assert left(database) == 1
    with database.begin() as work:
        assert jobs.finish(work, elsewhere[0])


def test_work_that_fails_unforeseen_ends_its_worker_and_stays_leased_until_its_time_is_over(
    database: Database, clock: Clock, lane_of: Callable[[Lane], JobLane]
) -> None:
    lane = lane_of(Lane.RECORD)
    owe(database, Lane.RECORD, *ids(1))

    def fail(_: Lease) -> bool:
        raise ValueError

    def do(lease: Lease) -> bool:
        with database.begin() as work:
            return jobs.finish(work, lease)

    wait(lane.start(fail))
    assert lane.start(do) == []
    clock.now += LEASE_SECONDS
    wait(lane.start(do))
    assert left(database) == 0
