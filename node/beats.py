"""Work that recurs: each beat a thread, each run on its own, no run's failure the end of the beat."""

import errno
import logging
import threading
from collections.abc import Callable
from functools import partial

from node.directory.errors import DirectoryError
from protocol.errors import ProtocolError

log = logging.getLogger("celosia.beats")


class Beat(threading.Thread):
    """Runs `work` at once and then every `seconds`, until stopped. A run that takes longer delays the next, and none overlap.

    After each run `ended` is told None, or what the run failed with: the code of an error of ours, else the error's type.
    """

    def __init__(
        self,
        name: str,
        seconds: float,
        work: Callable[[], object],
        ended: Callable[[str | None], object] = lambda _failure: None,
    ) -> None:
        super().__init__(name=f"beat-{name}", daemon=True)
        self._seconds, self.work, self._ended = seconds, work, ended
        self._stopped, self._wanted = threading.Event(), threading.Event()

    def run(self) -> None:
        """The thread's life."""
        while not self._stopped.is_set():
            failure = self._failure_of(self.work)
            self._failure_of(partial(self._ended, failure))
            self._wanted.wait(self._seconds)
            self._wanted.clear()

    def soon(self) -> None:
        """Run now rather than at the next beat."""
        self._wanted.set()

    def stop(self, timeout: float = 10) -> None:
        """End after the run under way."""
        self._stopped.set()
        self._wanted.set()
        self.join(timeout)

    def _failure_of(self, step: Callable[[], object]) -> str | None:
        try:
            step()
        except Exception as error:  # noqa: BLE001  a beat that dies would leave entries listed that have to leave
            failure = error.code if isinstance(error, DirectoryError | ProtocolError) else _name_of(error)
            log.error("beat failed", extra={"beat": self.name, "error": failure})
            return failure
        return None


def _name_of(error: Exception) -> str:
    """What an administrator can look up: `ENOSPC` says more than `OSError`."""
    number = error.errno if isinstance(error, OSError) else None
    return type(error).__name__ if number is None else errno.errorcode.get(number, type(error).__name__)
