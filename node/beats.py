"""Work that recurs: each beat a thread, each run on its own, no run's failure the end of the beat."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger("celosia.beats")


class Beat(threading.Thread):
    """Runs `work` at once and then every `seconds`, until stopped. A run that takes longer delays the next, and none overlap."""

    def __init__(self, name: str, seconds: float, work: Callable[[], object]) -> None:
        super().__init__(name=f"beat-{name}", daemon=True)
        self._seconds, self.work = seconds, work
        self._stopped, self._wanted = threading.Event(), threading.Event()

    def run(self) -> None:
        """The thread's life."""
        while not self._stopped.is_set():
            try:
                self.work()
            except Exception as error:  # noqa: BLE001  a beat that dies would leave entries listed that have to leave
                log.error("beat failed", extra={"beat": self.name, "error": type(error).__name__})
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
