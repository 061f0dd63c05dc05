"""An export of a long log, as an auditor makes one: neither the node that serves it nor the program has it all in memory.

Both are processes of their own, so that what frameworks and drivers keep counts, too.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from node.app import Node
from node.officers import Role
from node.settings import Settings
from node.store.database import ExchangeRef
from protocol.authority import Authority
from protocol.journal import Act
from tests.node.flows.test_read_log import grow
from tests.node.inbound.conftest import hand_over_directory
from tests.serving import wait_until

SHORT, LONG = 10_000, 200_000
"""Entries. One in ten is an act, and half of the acts belong to an exchange."""
MEGABYTES = 32
"""What the long one may need beyond the short one. All of its rows at once take 180."""
_PEAK = "VmHWM:"
_PROGRAM = f"""
from node.__main__ import main
try:
    main()
finally:
    print(next(line for line in open("/proc/self/status") if line.startswith("{_PEAK}")))
"""


def kilobytes(status: str) -> int:
    """The most memory that a process had, from what the system says of it (proc(5))."""
    return int(next(line for line in status.splitlines() if line.startswith(_PEAK)).split()[1])


@dataclass(frozen=True)
class Filled:
    """A node's folder with a log of so many entries, and an auditor's token."""

    folder: Path
    token: str


def filled(founded: Path, folder: Path, entries: int) -> Filled:
    shutil.copytree(founded / "CO", folder)
    hand_over_directory(founded, folder)
    node, peer = Node(folder), Authority("PE")
    assert node.adopt.load()
    node.officers.create("auditor-of-lengths", "An auditor (invented)", "STAFF-LENGTHS", [Role.AUDITOR])

    def act(number: int) -> None:
        with node.database.begin() as work:
            for each in range(number, number + 50):
                x = f"{each:032x}"
                work.record(Act.IMPORTED, officer=None, rows=each)
                work.record(Act.OUTCOME, about=ExchangeRef(x, peer, "out"), hits=[])

    for round_ in range(entries // 2000):
        for part in range(2):
            act(round_ * 100 + part * 50)
        node.log.beat()
        grow(node.database, 1800)
    token = node.officers.issue_token("auditor-of-lengths")
    node.close()
    return Filled(folder, token)


@contextmanager
def served(node: Filled) -> Iterator["subprocess.Popen[bytes]"]:
    """`celosia serve`, as a process."""
    with (node.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "node", "serve", "--node", str(node.folder)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def exported(node: Filled, form: str) -> tuple[int, int, int]:
    """Rows that came, and the kilobytes of the server and of the program that it took."""
    url = f"http://127.0.0.1:{Settings.read(node.folder).national.port}"

    def answers() -> bool:
        try:
            return httpx2.get(f"{url}/healthz", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    with served(node) as server:
        wait_until(answers, "the node", 120)
        environment = {"PATH": os.defpath, "CELOSIA_URL": url, "CELOSIA_TOKEN": node.token}
        file = node.folder / f"log.{form}"
        program = [sys.executable, "-c", _PROGRAM, "audit", "export", str(file), "--format", form]
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        taken = kilobytes(Path(f"/proc/{server.pid}/status").read_text())
    with file.open() as lines:
        return sum(1 for _ in lines), taken, kilobytes(done.stdout)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_neither_the_node_nor_the_program_grows_with_the_length_of_the_log(founded: Path, tmp_path: Path) -> None:
    short, long = (filled(founded, tmp_path / str(entries), entries) for entries in (SHORT, LONG))
    for form in ("jsonl", "csv"):
        (few, *before), (many, *after) = exported(short, form), exported(long, form)
        assert few > SHORT
        assert many > LONG
        for which, one, other in zip(("server", "program"), before, after, strict=True):
            assert other - one < MEGABYTES << 10, (form, which, one, other)
    rows = [json.loads(line) for line in (long.folder / "log.jsonl").read_text().splitlines()]
    assert sum(row["exchange"] is not None for row in rows) >= LONG // 20
