"""Workers: a slow peer takes its own places and nobody else's."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from node.flows.peer_workers import PeerWorkers
from protocol.authority import Authority

CO, PE = Authority("CO"), Authority("PE")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def test_a_peer_that_hangs_leaves_room_for_the_others(pool: ThreadPoolExecutor) -> None:
    workers, released = PeerWorkers(pool, 2), threading.Event()
    hanging = [workers.start(CO, lambda _: released.wait(10)) for _ in range(3)]
    assert [future is None for future in hanging] == [False, False, True]
    other = workers.start(PE, lambda peer: f"done for {peer}")
    assert other is not None
    assert other.result(5) == "done for PE"
    released.set()


def test_a_place_is_free_again_before_what_comes_next(pool: ThreadPoolExecutor) -> None:
    workers, again = PeerWorkers(pool, 1), threading.Event()

    def next_one() -> None:
        if workers.start(CO, lambda _: None) is not None:
            again.set()

    workers.start(CO, lambda _: None, then=next_one)
    assert again.wait(5)


def test_a_failure_is_told_by_its_kind_and_followed_by_nothing(
    pool: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    workers, followed = PeerWorkers(pool, 1), threading.Event()

    def fail(_: Authority) -> None:
        raise ValueError("+573005550147")

    workers.start(CO, fail, then=followed.set)
    pool.shutdown(wait=True)
    assert not followed.is_set()
    assert workers._busy[CO] == 0
    (record,) = caplog.records
    assert (record.msg, record.__dict__["error"]) == ("worker failed", "ValueError")
    assert "573005550147" not in caplog.text


def test_after_the_end_nothing_is_started() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    assert PeerWorkers(pool, 1).start(CO, lambda _: None) is None
