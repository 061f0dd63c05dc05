"""Commands of `celosia` as processes that tests start, kill and look after."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.serving import wait_until

PATIENCE = 240
"""Seconds after which a test gives up on a condition. No test is about how soon it comes: a loaded machine may take its time."""


class Started:
    """One process."""

    def __init__(self, launcher: "Launcher", pid: int, log: Path) -> None:
        self._launcher, self.pid, self.log = launcher, pid, log
        self._status: int | None = None

    @property
    def status(self) -> int | None:
        """None while it lives; then its exit code, or minus the signal that ended it."""
        if self._status is None:
            self._status = self._launcher.tell({"status": self.pid})
        return self._status

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its end."""
        wait_until(lambda: self.status is not None, f"the end of a process; its log: {self.said()[-2000:]}", seconds)
        assert self.status is not None
        return self.status

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def said(self) -> str:
        """What it wrote to standard output and standard error."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


class Launcher:
    """The process that forks the others; `close` ends whatever is left of them."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.launcher"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lock = threading.Lock()

    def tell(self, order: dict[str, Any]) -> Any:
        """One order and its answer."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        with self._lock:
            self._popen.stdin.write(json.dumps(order) + "\n")
            self._popen.stdin.flush()
            return json.loads(self._popen.stdout.readline())

    def run(self, *arguments: str | Path, log: Path, die: Sequence[str] = (), nth: int = 1, **order: Any) -> Started:
        """Start `celosia` with `arguments`; it dies at the `nth` time that a thread has passed the points of `die`."""
        pid = self.tell({"run": [str(word) for word in arguments], "log": str(log), "die": list(die), "nth": nth, **order})
        return Started(self, pid, log)

    def close(self) -> None:
        """End what is left."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._popen.stdin.close()
        self._popen.stdout.close()
        self._popen.wait(30)
