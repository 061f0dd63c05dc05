"""What this node holds of the federation while it runs: the adopted directory, and the border that it makes.

A reader takes one `Directory` and works with it to the end of its story; adoption replaces the whole at once.
"""

import threading
from collections.abc import Callable

from sqlmodel import col, select

from node.store import restorations
from node.store.database import Work
from node.store.tables import DeniedPeer, Equivocation, LogFork
from protocol.admission import Border
from protocol.authority import Authority
from protocol.directory import Directory
from protocol.errors import DirectoryTooOld


class Federation:
    """The adopted directory of one node."""

    def __init__(self, me: Authority, clock: Callable[[], int]) -> None:
        self.me, self._clock = me, clock
        self._directory: Directory | None = None
        self._lock = threading.Lock()

    def adopt(self, directory: Directory) -> None:
        """From now on this is the directory."""
        with self._lock:
            self._directory = directory

    @property
    def directory(self) -> Directory:
        """The adopted directory. Raises `DirectoryTooOld` while none has been adopted."""
        with self._lock:
            if self._directory is None:
                raise DirectoryTooOld("directory", reason="none_adopted")
            return self._directory

    @property
    def has_directory(self) -> bool:
        """Whether a directory has been adopted since this node started."""
        with self._lock:
            return self._directory is not None

    def peers(self) -> list[Authority]:
        """All other members, in order."""
        return sorted(authority for authority in self.directory.members if authority != self.me)

    def border(self, work: Work, connection: Authority) -> Border:
        """What an envelope on a connection of `connection` is checked against, now."""
        directory = self.directory
        since = restorations.taken_since(work, directory.policy.clock_tolerance)
        return Border(self.me, directory, denied_peers(work), connection, self._clock(), since)


def denied_peers(work: Work) -> frozenset[Authority]:
    """Authorities that this node does not exchange with: denied by its administrators, or proven to show two
    histories: of a list, or of its audit log."""
    denied = work.session.exec(select(DeniedPeer.authority)).all()
    forked = work.session.exec(select(Equivocation.authority).where(col(Equivocation.proven))).all()
    split = work.session.exec(select(LogFork.authority).where(col(LogFork.settled).is_(None))).all()
    return frozenset(Authority(code) for code in (*denied, *forked, *split))
