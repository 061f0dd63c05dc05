"""The demonstration's processes: started apart, watched, ended together."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2

from node.tls.contexts import trusting


class ProcessFailed(Exception):
    """A process did not come up or ended by itself; `log` is where it says why."""

    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log
        super().__init__(name)


class Process:
    """One process of the demonstration, its output in a log file of its own."""

    def __init__(
        self, name: str, arguments: Sequence[str], log: Path, health: str, tls_authority: Path | None = None, language: str = "es"
    ) -> None:
        self.name, self.log, self._arguments = name, log, tuple(arguments)
        self._health, self._tls_authority = health, tls_authority
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "node", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "CELOSIA_LANG": language},
                start_new_session=True,  # Ctrl-C reaches the demonstration only, which ends its processes in order
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    @property
    def command(self) -> str:
        """How to start it by hand, after the word `celosia`; paths as seen from here."""
        return shlex.join(os.path.relpath(word) if Path(word).is_absolute() else word for word in self._arguments)

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._popen.poll() is not None

    def check(self) -> None:
        """Raise `ProcessFailed` if the process has ended."""
        if self.ended:
            raise ProcessFailed(self.name, self.log)

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Return once it answers. Raises `ProcessFailed` if it ends or stays silent."""
        verify = True if self._tls_authority is None else trusting(self._tls_authority)
        deadline = time.monotonic() + seconds
        with httpx2.Client(verify=verify, trust_env=False, timeout=2) as client:
            while time.monotonic() < deadline:
                self.check()
                try:
                    if client.get(self._health).status_code == 200:
                        return
                except httpx2.HTTPError:
                    time.sleep(0.1)
        raise ProcessFailed(self.name, self.log)

    def end(self, seconds: float = 15) -> None:
        """Ask it to end, and insist if it does not."""
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def write_json(path: Path, document: object) -> None:
    """A file with tokens in it: for its owner only, from its first byte."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")
