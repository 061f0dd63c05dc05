"""Jobs: one holder at a time, nothing lost, nothing done twice, whatever workers, crashes and clocks do."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from node.store import jobs
from node.store.database import Database, Work
from node.store.jobs import LEASE_SECONDS, PACES, TRIES, Lane, Lease, LeaseLost
from node.store.tables import Job, PeerContact
from protocol.authority import Authority
from tests.node.conftest import Clock
from tests.protocol.federation import BR, PE

ONE, TWO, THREE = "a1" * 16, "b2" * 16, "c3" * 16
"""Subjects: ids of records or questions, invented."""


def add(database: Database, *subjects: str, lane: Lane = Lane.RECORD, peer: Authority = PE, version: int = 1) -> None:
    with database.begin() as work:
        for subject in subjects:
            jobs.add(work, lane, peer, subject, version)


def take(database: Database, lane: Lane = Lane.RECORD, peer: Authority = PE) -> Lease:
    lease = take_if_due(database, lane, peer)
    assert lease is not None
    return lease


def take_if_due(database: Database, lane: Lane = Lane.RECORD, peer: Authority = PE) -> Lease | None:
    with database.begin() as work:
        return jobs.take(work, lane, peer)


def settle(database: Database, how: Callable[[Work], bool]) -> bool:
    with database.begin() as work:
        return how(work)


def put_off(database: Database, lease: Lease, *, away: bool = False, reason: str = "unforeseen") -> bool:
    return settle(database, lambda work: jobs.put_off(work, lease, reason, away=away))


def finish(database: Database, lease: Lease) -> bool:
    return settle(database, lambda work: jobs.finish(work, lease))


def state(database: Database, subject: str, version: int = 1) -> Job:
    with database.read() as work:
        return jobs.find(work, PE, subject, version)


def heard(database: Database, peer: Authority = PE) -> None:
    """A request to the peer was answered, just now."""
    with database.begin() as work:
        work.session.merge(PeerContact(authority=peer, last_success=work.now()))
        jobs.wake(work, peer)


def test_a_job_is_one_worker_s_until_it_is_settled(database: Database) -> None:
    add(database, ONE)
    lease = take(database)
    assert take_if_due(database) is None
    assert finish(database, lease)
    assert take_if_due(database) is None
    assert (state(database, ONE).state, state(database, ONE).attempts) == ("done", 1)


def test_many_workers_at_once_never_take_one_job_twice(database: Database) -> None:
    add(database, *(os.urandom(16).hex() for _ in range(40)))

    def work_through(_: int) -> list[str]:
        done = []
        while (lease := take_if_due(database)) is not None:
            assert finish(database, lease)
            done.append(lease.subject)
        return done

    with ThreadPoolExecutor(4) as pool:
        done = [subject for each in pool.map(work_through, range(4)) for subject in each]
    assert len(done) == len(set(done)) == 40


def test_a_lease_that_ran_out_is_another_s_and_the_first_worker_changes_nothing_more(database: Database, clock: Clock) -> None:
    add(database, ONE)
    first = take(database)
    clock.now += LEASE_SECONDS - 1
    assert take_if_due(database) is None
    clock.now += 1
    second = take(database)
    assert not finish(database, first)
    assert not put_off(database, first)
    assert not settle(database, lambda work: jobs.put_aside(work, first, "malformed"))
    with pytest.raises(LeaseLost), database.begin() as work:
        jobs.renew(work, first)
    assert state(database, ONE).state == "leased"
    assert finish(database, second)
    assert state(database, ONE).attempts == 2


def test_a_worker_that_renews_keeps_its_job(database: Database, clock: Clock) -> None:
    add(database, ONE)
    lease = take(database)
    for _ in range(3):
        clock.now += LEASE_SECONDS - 1
        with database.begin() as work:
            jobs.renew(work, lease)
        assert take_if_due(database) is None
    assert finish(database, lease)


def test_a_worker_past_its_time_may_finish_while_nobody_else_has_come(database: Database, clock: Clock) -> None:
    add(database, ONE)
    lease = take(database)
    clock.now += 10 * LEASE_SECONDS
    assert finish(database, lease)


def test_lanes_and_peers_do_not_see_each_other(database: Database) -> None:
    add(database, ONE)
    add(database, TWO, lane=Lane.URGENT)
    add(database, THREE, peer=BR)
    assert take(database, Lane.URGENT).subject == TWO
    assert take(database, peer=BR).subject == THREE
    assert take_if_due(database, Lane.QUESTION) is None
    with database.read() as work:
        assert jobs.due(work, Lane.RECORD) == {PE: 1}
        assert jobs.due(work, Lane.URGENT) == {}


def test_a_version_waits_for_the_one_before_it_and_for_nothing_else(database: Database) -> None:
    add(database, ONE, TWO)
    first = take(database)
    assert first.subject == ONE
    with database.begin() as work:
        jobs.supersede(work, ONE, 2)
    add(database, ONE, version=2, lane=Lane.URGENT)
    assert take_if_due(database, Lane.URGENT) is None
    assert take(database).subject == TWO
    finish(database, first)
    assert take(database, Lane.URGENT).version == 2


def test_what_is_superseded_before_it_left_is_not_sent(database: Database) -> None:
    add(database, ONE)
    with database.begin() as work:
        jobs.supersede(work, ONE, 2)
        jobs.add(work, Lane.RECORD, PE, ONE, 2)
    assert take(database).version == 2
    assert take_if_due(database) is None


@pytest.mark.parametrize("ending", ["put_off", "put_aside", "crash", "restart"])
def test_what_is_superseded_on_its_way_is_not_sent_again_however_that_ends(database: Database, clock: Clock, ending: str) -> None:
    add(database, ONE)
    lease = take(database)
    with database.begin() as work:
        jobs.supersede(work, ONE, 2)
        jobs.add(work, Lane.RECORD, PE, ONE, 2)
    if ending == "put_off":
        assert put_off(database, lease, away=True)
    if ending == "put_aside":
        assert settle(database, lambda work: jobs.put_aside(work, lease, "not_newer"))
    if ending == "crash":
        clock.now += LEASE_SECONDS
    if ending == "restart":
        with database.begin() as work:
            jobs.give_back(work)
    assert take(database).version == 2
    with database.read() as work:
        assert [job.version for job in work.session.exec(select(Job)).all()] == [2]


def test_what_was_put_aside_holds_no_later_version_up(database: Database) -> None:
    add(database, ONE)
    settle(database, lambda work: jobs.put_aside(work, take_in(work), "other_kind", "e5" * 16))
    assert (state(database, ONE).state, state(database, ONE).reason) == ("quarantined", "other_kind")
    assert take_if_due(database) is None
    with database.begin() as work:
        jobs.supersede(work, ONE, 2)
        jobs.add(work, Lane.URGENT, PE, ONE, 2)
    assert take(database, Lane.URGENT).version == 2
    with database.read() as work:
        assert len(work.session.exec(select(Job)).all()) == 1


def take_in(work: Work) -> Lease:
    lease = jobs.take(work, Lane.RECORD, PE)
    assert lease is not None
    return lease


def test_a_record_that_fails_again_and_again_is_put_aside_and_told_and_a_question_is_not(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    add(database, ONE)
    add(database, TWO, lane=Lane.QUESTION)
    for _ in range(TRIES + 1):
        for lane in (Lane.RECORD, Lane.QUESTION):
            lease = take_if_due(database, lane)
            if lease is not None:
                put_off(database, lease, reason="internal")
        clock.now += 3600
    assert (state(database, ONE).state, state(database, ONE).attempts) == ("quarantined", TRIES)
    assert (state(database, TWO).state, state(database, TWO).attempts) == ("waiting", TRIES + 1)
    (told,) = caplog.records
    assert (told.msg, told.__dict__["peer"], told.__dict__["reason"]) == ("put aside", "PE", "internal")


def test_a_job_of_which_every_worker_dies_is_put_aside_too(database: Database, clock: Clock) -> None:
    add(database, ONE, TWO)
    for _ in range(TRIES):
        assert take(database).subject == ONE
        clock.now += LEASE_SECONDS
    assert take(database).subject == TWO
    assert (state(database, ONE).state, state(database, ONE).reason) == ("quarantined", "worker_lost")


def test_a_peer_that_is_away_for_ever_is_no_reason_to_put_anything_aside(database: Database, clock: Clock) -> None:
    add(database, ONE)
    for _ in range(5 * TRIES):
        put_off(database, take(database), away=True, reason="unreachable")
        clock.now += 3601
    assert state(database, ONE).state == "waiting"


def test_one_try_tells_for_a_whole_backlog_and_the_next_try_is_another_record_s(database: Database, clock: Clock) -> None:
    add(database, ONE, TWO, THREE)
    put_off(database, take(database), away=True)
    assert take_if_due(database) is None
    clock.now += PACES[Lane.RECORD].first + 1
    assert take(database).subject == TWO


def test_when_the_peer_is_heard_all_that_waits_for_it_is_due_at_once_and_nothing_else(database: Database, clock: Clock) -> None:
    add(database, ONE, TWO)
    add(database, THREE, peer=BR)
    failing = take(database)
    put_off(database, failing, reason="internal")
    put_off(database, take(database), away=True)
    put_off(database, take(database, peer=BR), away=True)
    heard(database)
    assert take(database).subject == TWO
    assert take_if_due(database) is None  # the first failed for another reason
    assert take_if_due(database, peer=BR) is None


def test_a_record_at_which_the_peer_hangs_up_holds_no_other_record_back(database: Database, clock: Clock) -> None:
    """Poison: the peer answers everything else, so it is not away, and what wakes the others does not wake this one."""
    others = [os.urandom(16).hex() for _ in range(20)]
    add(database, ONE, *others)
    delivered: list[str] = []
    tries = 0
    for _ in range(200):
        lease = take_if_due(database)
        if lease is None:
            clock.now += 1
        elif lease.subject == ONE:
            tries += 1
            put_off(database, lease, away=True, reason="bad_response")
        else:
            finish(database, lease)
            delivered.append(lease.subject)
            heard(database)
    assert sorted(delivered) == sorted(others)
    assert tries < 15
    assert state(database, ONE).state == "waiting"


def test_retrying_makes_due_what_waits_or_was_put_aside(database: Database) -> None:
    add(database, ONE, TWO)
    add(database, THREE, peer=BR)
    settle(database, lambda work: jobs.put_aside(work, take_in(work), "malformed"))
    put_off(database, take(database))
    put_off(database, take(database, peer=BR))
    number = state(database, ONE).id
    with database.begin() as work:
        assert jobs.retry(work, job=number) == 1
        assert jobs.retry(work, job=99) == 0
    assert take(database).subject == ONE
    assert take_if_due(database) is None
    with database.begin() as work:
        assert jobs.retry(work, peer=PE) == 1
        assert jobs.retry(work) == 2
    assert [take(database).subject, take(database, peer=BR).subject] == [TWO, THREE]


def test_what_has_been_tried_always_tells_why_it_waits(database: Database, clock: Clock) -> None:
    """Also what another record's try has told for, and what an administrator has made due: until the next try has ended."""
    add(database, ONE, TWO, THREE)

    def told() -> list[tuple[str, int, str | None]]:
        jobs_now = [state(database, subject) for subject in (ONE, TWO, THREE)]
        return [(job.state, job.attempts, job.reason) for job in jobs_now]

    put_off(database, take(database), away=True, reason="unreachable")
    assert told() == [("waiting", 1, "unreachable")] * 3
    for number in range(2):
        with database.begin() as work:
            jobs.retry(work)
        assert {reason for _, _, reason in told()} == {"unreachable"}
        put_off(database, take(database), away=True, reason="unreachable" if number == 0 else "too_slow")
    assert told() == [("waiting", 3, "too_slow")] * 3
    with database.begin() as work:
        jobs.retry(work)
    settle(database, lambda work: jobs.put_aside(work, take_in(work), "malformed"))
    with database.begin() as work:
        jobs.retry(work)
    assert ("waiting", 4, "malformed") in told()


def test_alone_on_the_database_a_node_takes_up_at_once_what_its_last_life_had_leased(database: Database) -> None:
    add(database, ONE)
    add(database, TWO, lane=Lane.QUESTION)
    lost = take(database)
    take(database, Lane.QUESTION)
    with database.begin() as work:
        jobs.give_back(work)
    assert take(database).subject == ONE
    assert take(database, Lane.QUESTION).subject == TWO
    assert not finish(database, lost)


def test_a_worker_that_looked_at_the_clock_before_it_waited_for_its_turn_takes_nobody_s_job(
    database: Database, clock: Clock
) -> None:
    add(database, ONE)
    clock.now += 20
    lease = take(database)
    clock.now -= 20  # as the next one to write still sees it
    assert take_if_due(database) is None
    assert finish(database, lease)


@pytest.mark.parametrize("back", [LEASE_SECONDS, 86_400])
def test_a_clock_that_was_ahead_and_is_set_right_leaves_nothing_stuck(database: Database, clock: Clock, back: int) -> None:
    add(database, ONE, TWO)
    clock.now += back
    take(database)
    put_off(database, take(database))
    clock.now -= back
    clock.now += 3600
    assert {take(database).subject, take(database).subject} == {ONE, TWO}


@given(st.integers(1, 40), st.sampled_from(Lane), st.binary(min_size=8, max_size=8))
def test_a_wait_is_any_time_up_to_a_bound_that_doubles(attempts: int, lane: Lane, random: bytes) -> None:
    class Drawn:
        @staticmethod
        def now() -> int:
            return 1000

        @staticmethod
        def random(_: int) -> bytes:
            return random

    job, pace = (
        Job(lane=lane, peer=PE, subject=ONE, version=1, state="waiting", created=0, next_try=0, attempts=attempts),
        PACES[lane],
    )
    drawn: Any = Drawn()
    jobs._wait(drawn, job, lane)
    assert 1 <= job.next_try - 1000 <= min(pace.longest, pace.first * 2 ** (attempts - 1))
