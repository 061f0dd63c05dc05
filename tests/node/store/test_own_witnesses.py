"""The witnesses of our own log in the store: who waits, who is back, and since when nobody follows."""

import pytest

from node.store import own_witnesses
from node.store.database import Work
from node.store.tables import Log, LogCheckpoint, LogWitness
from protocol.checkpoint import read_checkpoint, witnessed_at
from tests.node.conftest import Clock
from tests.protocol.federation import BR, PE
from tests.protocol.logs import EC, LOG, QUORUM, UY, WITNESSES, signed, witnessed

ORIGIN = "celosia/CO/log/00000000"


@pytest.fixture
def log(work: Work) -> Log:
    held = Log(origin=ORIGIN, opened=work.now())
    work.session.add(held)
    work.session.flush()
    return held


def test_a_witness_that_nobody_asked_has_seen_nothing(work: Work, log: Log) -> None:
    row = own_witnesses.of(work, log.origin, PE)
    assert (row.size, row.cosigned, row.error, row.next_try) == (0, None, None, 0)
    assert own_witnesses.every(work, log.origin) == {}


def test_a_failure_waits_longer_each_time_and_work_ends_it(work: Work, log: Log, clock: Clock) -> None:
    row = own_witnesses.of(work, log.origin, PE)
    for failures in range(1, 40):
        own_witnesses.failed(work, row, "x" * 100)
        assert clock.now < row.next_try <= clock.now + min(1800, 60 * 2 ** (failures - 1))
        assert (row.failures, row.error) == (failures, "x" * 64)
    own_witnesses.worked(work, row, 16, cosigned=clock.now)
    own_witnesses.worked(work, row, 32)
    assert (row.size, row.cosigned, row.error, row.failures, row.next_try) == (32, clock.now, None, 0, 0)
    assert set(own_witnesses.every(work, log.origin)) == {PE}


def test_who_is_heard_of_again_waits_no_longer_and_nobody_else(work: Work, log: Log) -> None:
    for state in (PE, BR):
        own_witnesses.failed(work, own_witnesses.of(work, log.origin, state), "unreachable")
    work.session.flush()
    own_witnesses.wake(work, PE)
    work.session.flush()
    assert own_witnesses.of(work, log.origin, PE).next_try == 0
    assert own_witnesses.of(work, log.origin, BR).next_try > 0


def test_what_is_not_witnessed_is_dated_by_the_first_checkpoint_after_the_last_that_was(work: Work, log: Log) -> None:
    assert own_witnesses.unwitnessed_since(work, log) is None
    for size, at, then in ((16, 100, None), (32, 200, 205), (48, 300, None), (64, 400, None)):
        work.session.add(LogCheckpoint(origin=ORIGIN, size=size, at=at, raw=b"", witnessed=then))
        work.session.flush()
        assert own_witnesses.unwitnessed_since(work, log) == {16: 100, 32: None, 48: 300, 64: 300}[size]


def test_the_last_that_witnesses_saw_is_the_largest_with_every_cosignature_that_is_here(work: Work, log: Log) -> None:
    assert own_witnesses.last_shown(work, log.origin) is None
    work.session.add(LogCheckpoint(origin=ORIGIN, size=16, at=1, raw=signed(16).raw, witnessed=2))
    work.session.flush()
    assert own_witnesses.last_shown(work, log.origin) == signed(16).raw
    for state, shown in ((PE, witnessed(signed(40), (EC, 5))), (BR, witnessed(signed(40), (UY, 6)))):
        work.session.add(LogWitness(origin=ORIGIN, authority=state, against=shown.raw))
    work.session.flush()
    raw = own_witnesses.last_shown(work, log.origin)
    assert raw is not None
    assert witnessed_at(read_checkpoint(raw, LOG, WITNESSES), QUORUM) == 6
