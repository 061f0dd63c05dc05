"""Workers, crashes and clocks in any order: one holder at a time, nothing lost, nothing done twice."""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from sqlmodel import select

from crypto.sealing import StorageKey
from node.store import jobs
from node.store.database import Database
from node.store.jobs import LEASE_SECONDS, Lane, Lease, LeaseLost
from node.store.tables import Job, PeerContact
from tests.node.conftest import Clock
from tests.node.store.test_jobs import ONE, THREE, TWO
from tests.protocol.federation import PE


@cache
def empty_schema() -> bytes:
    """A migrated database without a row."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "database.sqlite"
        made = Database(f"sqlite:///{path}", StorageKey.generate(os.urandom), os.urandom, Clock())
        made.migrate()
        made.close()
        return path.read_bytes()


class Workers(RuleBasedStateMachine):
    """Workers take, renew, settle, fail, die; clocks step; versions follow each other. What the model knows of each lease must be

    what the table lets it do: never two holders, nothing lost, nothing done twice.
    """

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = Clock()
        path = Path(self.folder.name) / "database.sqlite"
        path.write_bytes(empty_schema())
        self.database = Database(f"sqlite:///{path}", StorageKey.generate(os.urandom), os.urandom, self.clock)
        self.versions: dict[str, int] = {}
        self.holders: dict[int, str] = {}  # who took each job last, by the model
        self.done: list[tuple[str, int]] = []
        self.owed: set[str] = set()

    @initialize()
    def begin(self) -> None:
        self.publish(ONE)

    @rule(subject=st.sampled_from([ONE, TWO, THREE]))
    def publish(self, subject: str) -> None:
        self.versions[subject] = self.versions.get(subject, 0) + 1
        with self.database.begin() as work:
            jobs.supersede(work, subject, self.versions[subject])
            jobs.add(work, Lane.RECORD, PE, subject, self.versions[subject])
        self.owed.add(subject)

    @rule(target=leases)
    def take(self) -> Any:
        with self.database.begin() as work:
            before = {job.id: job for job in work.session.exec(select(Job)).all()}
            held = {number: (job.lease_holder, job.lease_until) for number, job in before.items() if job.state == "leased"}
            due = jobs.due(work, Lane.RECORD)
            lease = jobs.take(work, Lane.RECORD, PE)
        if lease is None:
            return multiple()
        assert due[PE] >= 1
        if lease.job in held:  # taken from somebody: only when its time was over, or was set by a clock that was ahead
            until = held[lease.job][1] or 0
            assert until <= self.clock.now or until > self.clock.now + 2 * LEASE_SECONDS
        self.holders[lease.job] = lease.holder
        return lease

    @rule(lease=leases)
    def renew(self, lease: Lease) -> None:
        mine = self._is_held(lease)
        try:
            with self.database.begin() as work:
                jobs.renew(work, lease)
        except LeaseLost:
            assert not mine
        else:
            assert mine

    @rule(lease=consumes(leases))
    def finish(self, lease: Lease) -> None:
        mine = self._is_held(lease)
        with self.database.begin() as work:
            assert jobs.finish(work, lease) == mine
        if mine:
            self.done.append((lease.subject, lease.version))
            if lease.version == self.versions[lease.subject]:
                self.owed.discard(lease.subject)

    @rule(lease=consumes(leases), away=st.booleans())
    def put_off(self, lease: Lease, away: bool) -> None:
        mine = self._is_held(lease)
        with self.database.begin() as work:
            assert jobs.put_off(work, lease, "unforeseen", away=away) == mine

    @rule(lease=consumes(leases))
    def put_aside(self, lease: Lease) -> None:
        mine = self._is_held(lease)
        with self.database.begin() as work:
            assert jobs.put_aside(work, lease, "malformed") == mine

    @rule(lease=consumes(leases))
    def die(self, lease: Lease) -> None:
        """The worker is gone; nobody else will use its lease."""

    @rule()
    def be_heard(self) -> None:
        with self.database.begin() as work:
            work.session.merge(PeerContact(authority=PE, last_success=work.now()))
            jobs.wake(work, PE)

    @rule()
    def retry_all(self) -> None:
        with self.database.begin() as work:
            jobs.retry(work)

    @rule()
    def restart(self) -> None:
        with self.database.begin() as work:
            jobs.give_back(work)

    @rule(seconds=st.sampled_from([1, 30, LEASE_SECONDS, 3600, 86_400, -1, -LEASE_SECONDS, -86_400]))
    def step(self, seconds: int) -> None:
        self.clock.now += seconds

    def _is_held(self, lease: Lease) -> bool:
        """By the table: the job is leased, and under this very name."""
        with self.database.read() as work:
            job = work.session.get(Job, lease.job)
            return job is not None and job.state == "leased" and job.lease_holder == lease.holder

    @invariant()
    def every_lease_is_the_last_that_was_given(self) -> None:
        with self.database.read() as work:
            for job in work.session.exec(select(Job).where(Job.state == "leased")).all():
                assert self.holders[job.id or 0] == job.lease_holder

    @invariant()
    def no_subject_is_on_its_way_twice(self) -> None:
        with self.database.read() as work:
            leased = work.session.exec(select(Job.subject).where(Job.state == "leased")).all()
        assert len(leased) == len(set(leased))

    @invariant()
    def nothing_is_done_twice_and_no_version_after_a_later_one(self) -> None:
        for subject in self.versions:
            order = [version for each, version in self.done if each == subject]
            assert order == sorted(set(order))

    @invariant()
    def what_is_owed_is_there(self) -> None:
        with self.database.read() as work:
            for subject in self.owed:
                assert jobs.find(work, PE, subject, self.versions[subject]).state != "done"

    def teardown(self) -> None:
        """In the end everything gets through: the clock goes on, all failures are forgiven, workers do their work."""
        self.clock.now += 2 * 86_400
        with self.database.begin() as work:
            jobs.give_back(work)
            jobs.retry(work)
        while True:
            with self.database.begin() as work:
                lease = jobs.take(work, Lane.RECORD, PE)
                if lease is None:
                    break
                assert jobs.finish(work, lease)
                self.owed.discard(lease.subject)
        assert self.owed == set()
        with self.database.read() as work:
            assert set(work.session.exec(select(Job.state)).all()) == {"done"}
        self.database.close()
        self.folder.cleanup()


TestWorkers = Workers.TestCase
_PROFILE = settings.get_profile(settings.get_current_profile_name())
TestWorkers.settings = settings(_PROFILE, max_examples=_PROFILE.max_examples // 3, stateful_step_count=40)
