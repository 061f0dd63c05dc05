"""A lane's workers: each takes the next job that is due for its peer and does it, until none is due or the peer is not there."""

import logging
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from node.flows.peer_workers import PeerWorkers
from node.store import jobs
from node.store.database import Database
from node.store.jobs import Lane, Lease, LeaseLost
from protocol.authority import Authority

log = logging.getLogger("celosia.jobs")


@dataclass(frozen=True, repr=False)
class JobLane:
    """One lane, with places of its own for each peer: nothing that waits in another lane, or for another peer, takes them."""

    database: Database
    lane: Lane
    workers: PeerWorkers

    def start(self, do: Callable[[Lease], bool]) -> list[Future[object]]:
        """Serve every peer that something is due for, side by side, without waiting. Returns what was started.

        `do` does one job and settles it; it returns whether the peer is there for the next one. A worker that ends looks again
        whether something has become due meanwhile.
        """
        with self.database.read() as work:
            due = jobs.due(work, self.lane)
        serve, again = partial(self._serve, do), partial(self.start, do)
        started = [
            self.workers.start(peer, serve, then=again)
            for peer, count in due.items()
            for _ in range(min(count, self.workers.at_once))
        ]
        return [future for future in started if future is not None]

    def _serve(self, do: Callable[[Lease], bool], peer: Authority) -> None:
        there = True
        while there and (lease := self._take(peer)) is not None:
            try:
                there = do(lease)
            except LeaseLost:
                log.warning("lease lost", extra={"job": lease.job, "lane": self.lane.value, "peer": peer})

    def _take(self, peer: Authority) -> Lease | None:
        with self.database.begin() as work:
            lease = jobs.take(work, self.lane, peer)
        if lease is not None:
            sys.audit("celosia.job_lane.taken")
        return lease
