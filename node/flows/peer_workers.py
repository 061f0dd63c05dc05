"""Workers that no peer can use up: so many at once for each, and a peer that is being served is not served twice."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial

from protocol.authority import Authority

log = logging.getLogger("celosia.workers")


@dataclass(frozen=True, repr=False)
class PeerWorkers:
    """A pool with `at_once` places for each peer. What finds its peer's places taken is left for later."""

    executor: Executor
    at_once: int
    _busy: Counter[Authority] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(
        self, peer: Authority, work: Callable[[Authority], object], then: Callable[[], object] | None = None
    ) -> Future[object] | None:
        """Do `work` for `peer` on a worker, and `then` once its place is free again. None if no place is free, or at the end.

        Work that failed is followed by nothing: what cannot even be put off, with the store away, would be taken up again at once
        and for ever. The next beat takes it up.
        """
        with self._lock:
            if self._busy[peer] >= self.at_once:
                return None
            self._busy[peer] += 1
        try:
            future: Future[object] = self.executor.submit(work, peer)
        except RuntimeError:  # the pool was shut down
            return None
        future.add_done_callback(partial(self._ended, peer, then))
        return future

    def _ended(self, peer: Authority, then: Callable[[], object] | None, done: Future[object]) -> None:
        with self._lock:
            self._busy[peer] -= 1
        error = None if done.cancelled() else done.exception()
        if error is not None:
            log.error("worker failed", extra={"peer": peer, "error": type(error).__name__})
        elif then is not None and not done.cancelled():
            then()
