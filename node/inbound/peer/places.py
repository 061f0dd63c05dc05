"""Places for requests under way: so many for each peer, with threads of its own, so that no peer takes another's.

A place is taken before the first byte of a request's body is read, and given back after the last byte of its answer.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from protocol.authority import Authority
from protocol.errors import TooManyAtOnce
from protocol.limits import REQUESTS_AT_ONCE

THREADS_A_PEER = 2
"""One that evaluates and one for what is quick; more would only wait for the same two cores and the same write lock."""
_RETRY_SECONDS = 2

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Guest:
    """A peer with a request under way, and its share of the threads."""

    authority: Authority
    _threads: CapacityLimiter = field(repr=False)

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Do `work`, which blocks, on a thread of this peer's share."""
        return await run_sync(work, limiter=self._threads)


class Places:
    """The places of one server. Used by its event loop only."""

    def __init__(self) -> None:
        self._taken: Counter[Authority] = Counter()
        self._threads: dict[Authority, CapacityLimiter] = {}

    @contextmanager
    def take(self, peer: Authority) -> Iterator[Guest]:
        """A place for as long as the block runs. Raises `TooManyAtOnce`."""
        if self._taken[peer] >= REQUESTS_AT_ONCE:
            raise TooManyAtOnce("request", limit=REQUESTS_AT_ONCE, retry_seconds=_RETRY_SECONDS)
        self._taken[peer] += 1
        try:
            yield Guest(peer, self._threads.setdefault(peer, CapacityLimiter(THREADS_A_PEER)))
        finally:
            self._taken[peer] -= 1
