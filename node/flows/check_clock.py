"""Whether this machine's clock is right, by what peers say: asked before what a wrong clock would do for good.

A manifest that says it was issued tomorrow is refused until tomorrow, and a seed that is destroyed too early does not come back.
So neither is done after a start, or after the clock has jumped, until a peer was heard; and not while more than half of those
heard since then differ by more than the directory's tolerance. While nobody can be heard, nobody can fetch a manifest either.
"""

import logging
import threading
from collections.abc import Callable

from sqlmodel import col, select

from node.federation import Federation
from node.store.database import Database
from node.store.tables import HeardPeer

log = logging.getLogger("celosia.clock")


class CheckClock:
    """Safe for threads."""

    def __init__(self, database: Database, federation: Federation, steady: Callable[[], float]) -> None:
        """`steady` gives seconds that pass evenly, whatever is done to the clock (`time.monotonic`)."""
        self._database, self._federation, self._steady = database, federation, steady
        self._lock = threading.Lock()
        self._since: int | None = None
        self._apart = 0.0  # clock less `steady`, when last looked at
        self._said: str | None = None

    def is_right(self) -> bool:
        """Whether the clock may be relied on now. Needs an adopted directory. Told in the log when it changes."""
        return self.confirmed() is not None

    def confirmed(self) -> int | None:
        """The time, as read and found right just now; None if it is not. The clock may jump at any moment after that."""
        tolerance = self._federation.directory.policy.clock_tolerance
        with self._lock, self._database.read() as work:
            now = work.now()
            jump = now - self._steady() - self._apart
            self._apart += jump
            if self._since is None or abs(jump) > tolerance:
                if self._since is not None:
                    log.warning("clock jumped", extra={"difference_seconds": round(jump)})
                self._since, self._said = now, None
            if not self._federation.peers():
                return now
            # a time later than now was noted before the clock was set back
            heard = work.session.exec(
                select(HeardPeer.clock_difference).where(HeardPeer.heard >= self._since, col(HeardPeer.heard) <= now)
            ).all()
            wrong = sorted(difference for difference in heard if abs(difference) > tolerance)
            if not heard:
                self._say("clock not confirmed", logging.INFO, None)
            elif len(wrong) * 2 > len(heard):
                self._say("clock wrong", logging.ERROR, -wrong[len(wrong) // 2])
            else:
                self._say("clock confirmed", logging.INFO, None)
                return now
            return None

    def _say(self, event: str, level: int, ahead: int | None) -> None:
        """`ahead`: seconds that our clock is ahead of the others'."""
        if event != self._said:
            self._said = event
            log.log(level, event, extra={} if ahead is None else {"difference_seconds": ahead})
