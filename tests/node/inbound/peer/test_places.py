"""Places: one peer's requests under way end at its own number, and its threads are its own."""

import threading

import anyio
import pytest

from node.inbound.peer.places import THREADS_A_PEER, Places
from protocol.errors import TooManyAtOnce
from protocol.limits import REQUESTS_AT_ONCE
from tests.protocol.federation import BR, CO


def test_one_place_too_many_is_refused_and_a_place_given_back_is_free() -> None:
    places = Places()
    taken = [places.take(BR) for _ in range(REQUESTS_AT_ONCE)]
    for place in taken:
        place.__enter__()
    with pytest.raises(TooManyAtOnce) as caught, places.take(BR):
        pass
    assert caught.value.facts["retry_seconds"] == 2
    with places.take(CO):
        pass
    taken[0].__exit__(None, None, None)
    with places.take(BR):
        pass


def test_a_place_is_given_back_when_the_request_fails() -> None:
    places = Places()
    for _ in range(REQUESTS_AT_ONCE + 1):
        with pytest.raises(KeyError), places.take(BR):
            raise KeyError


def test_a_peer_that_keeps_all_its_threads_busy_holds_up_nobody_else() -> None:
    places, busy, go_on = Places(), threading.Semaphore(0), threading.Event()

    def long_work() -> None:
        busy.release()
        assert go_on.wait(20)

    async def flood() -> str:
        async with anyio.create_task_group() as group:
            with places.take(BR) as flooding, places.take(CO) as honest:
                for _ in range(THREADS_A_PEER + 3):
                    group.start_soon(flooding.run, long_work)
                for _ in range(THREADS_A_PEER):
                    await anyio.to_thread.run_sync(busy.acquire)
                answered = await honest.run(lambda: "answered")
                assert not busy.acquire(blocking=False), "one peer has more threads than its share"
                go_on.set()
        return answered

    assert anyio.run(flood) == "answered"
