"""The process that keeps the register's key, as a process of its own: what it answers, and how much of it in a day."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.oprf import element_of
from node.flows.rotate_register import RotateRegister
from node.keys import Keys
from node.marking import ProcessKey, RegisterFault, RegisterUnusable
from node.marking.process import MARKS_A_DAY, DayLimit
from node.safeguards import protected
from node.store.database import Database
from tests.node.cli.program import Program
from tests.node.conftest import phone
from tests.serving import wait_until

SOME = [element_of(bytes([number])) for number in range(5)]
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "keys-of-the-register").mkdir(mode=0o700)
    return tmp_path / "keys-of-the-register"


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def start(folder: Path, at: Path) -> Iterator[Start]:
    """Starts `celosia protected serve`, as its user would: with a new key where there is none, unless options say otherwise."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(*options: str, new: bool | None = None) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "node", "protected", "serve", "--keys", str(folder), "--socket", str(at), *options]
        if new or (new is None and not (folder / "keys" / "protected.key").exists()):
            command.append("--new")
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        running.append(process)
        wait_until(lambda: process.poll() is not None or answers(at), "the socket", 60)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


def answers(at: Path) -> bool:
    """Whether somebody is at the socket: a process that was killed leaves its file behind."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(at)) == 0


def fault(ask: Callable[[], object]) -> RegisterFault:
    with pytest.raises(RegisterUnusable) as caught:
        ask()
    return caught.value.fault


def said(at: Path, raw: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(at))
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        return line.makefile("rb").read()


def test_it_marks_turns_and_goes_on_with_its_key_after_a_restart(start: Start, at: Path, folder: Path) -> None:
    process = start()
    assert stat.S_IMODE(at.stat().st_mode) == 0o660
    key = ProcessKey(at)
    marks = key.mark(SOME)
    assert (key.mark(SOME[:1]), len(set(marks) | set(SOME))) == (marks[:1], 10)
    key.begin_turn()
    assert key.is_turning
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert fault(lambda: key.mark(SOME)) is RegisterFault.SILENT
    start()
    turned = key.turn(marks)
    key.end_turn()
    assert key.mark(SOME) == turned
    assert [path.name for path in (folder / "keys").glob("protected*")] == ["protected.key"]


def test_a_day_has_so_many_marks_and_a_restart_gives_none_back(start: Start, at: Path, folder: Path) -> None:
    process, key = start("--marks-a-day", "7"), ProcessKey(at)
    key.mark(SOME)
    assert fault(lambda: key.mark(SOME)) is RegisterFault.SPENT
    assert len(key.mark(SOME[:2])) == 2
    process.kill()
    process.wait()
    start("--marks-a-day", "7")
    assert fault(lambda: key.mark(SOME[:1])) is RegisterFault.SPENT
    assert json.loads((folder / "marks-today.json").read_bytes())["marks"] == 7
    key.begin_turn()
    assert len(key.turn(SOME)) == 5  # no mark of anything


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"GET / HTTP/1.1\r\n\r\n", b"CPK1", b"CPK1\x01", b"CPK1\x01\x00\x01", b"CPK1\x09\x00\x00", b"CPK2\x01\x00\x00"),
        *(b"CPK1\x01\xff\xff" + bytes(64), b"CPK1\x01\x00\x01" + b"\xff" * 32, b"CPK1\x01\x00\x01" + bytes(32)),
    ],
)
def test_what_is_no_request_is_refused_and_the_next_one_served(start: Start, at: Path, raw: bytes) -> None:
    start()
    assert said(at, raw) == b"\x02\x00\x00"
    assert len(ProcessKey(at).mark(SOME)) == 5


def test_nobody_is_answered_but_the_user_that_it_was_started_for(start: Start, at: Path) -> None:
    start("--user", str(os.geteuid() + 1))
    assert fault(lambda: ProcessKey(at).mark(SOME)) is RegisterFault.SILENT


def test_a_user_that_the_machine_does_not_have_is_told(folder: Path, at: Path) -> None:
    told = Program("http://127.0.0.1:1")(
        "protected", "serve", "--keys", str(folder), "--socket", str(at), "--new", "--user", "nobody-of-that-name"
    )
    assert told.code == 2
    assert "nobody-of-that-name" in told.text
    assert not at.exists()


def test_two_never_keep_one_key(start: Start, at: Path) -> None:
    first = start()
    second = start()
    assert (second.wait(60), first.poll()) == (1, None)
    assert len(ProcessKey(at).mark(SOME)) == 5


def test_a_key_is_made_when_that_is_asked_for_and_at_no_restart(start: Start, at: Path, folder: Path) -> None:
    """A folder whose disk is not mounted is empty: a fresh key would let everybody out."""
    assert start(new=False).wait(60) == 1
    assert not (folder / "keys").exists()
    process = start(new=True)
    marks = ProcessKey(at).mark(SOME)
    process.kill()
    process.wait()
    assert start(new=True).wait(60) == 1  # nobody leaves the option in the command that a machine starts with
    start(new=False)
    assert ProcessKey(at).mark(SOME) == marks


def test_a_process_that_comes_back_with_another_key_is_noticed_by_the_next_look_up(
    start: Start, at: Path, folder: Path, database: Database, keys: Keys
) -> None:
    process, elsewhere, value = start(), replace(keys, register=ProcessKey(at)), phone().oprf_input()
    with database.begin() as work:
        protected.protect(work, elsewhere, protected.guarded(elsewhere, [value], reference="R-INVENTED"))
    process.kill()
    process.wait()
    shutil.rmtree(folder / "keys")
    start(new=True)
    with database.begin() as work:
        assert fault(lambda: protected.is_protected(work, elsewhere, value)) is RegisterFault.ANOTHER_KEY
        more = protected.guarded(elsewhere, [value], reference="R-INVENTED-2")
        assert fault(lambda: protected.protect(work, elsewhere, more)) is RegisterFault.ANOTHER_KEY


# The limit by itself


def test_the_limit_is_a_days_and_a_clock_that_goes_back_gives_nothing(tmp_path: Path) -> None:
    now = [20 * 86400]
    limit = DayLimit(tmp_path / "today", 10, lambda: now[0])
    assert [limit.take(6), limit.take(6), limit.take(4), limit.take(1)] == [True, False, True, False]
    now[0] += 86400
    assert limit.take(10)
    now[0] -= 86400
    assert not limit.take(1)


def test_a_sweep_of_a_hundred_million_numbers_takes_more_than_a_year() -> None:
    assert 100_000_000 / MARKS_A_DAY >= 365


def test_the_folder_says_nothing_but_counts(start: Start, at: Path, folder: Path) -> None:
    start()
    ProcessKey(at).mark(SOME)
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not [each for each in SOME if bytes(each) in held or bytes(each).hex().encode() in held]


def test_a_register_lives_and_turns_behind_the_socket_and_without_it_nothing_is_looked_up(
    start: Start, at: Path, database: Database, keys: Keys
) -> None:
    process = start()
    elsewhere = replace(keys, register=ProcessKey(at))
    value = phone().oprf_input()
    with database.begin() as work:
        protected.protect(work, elsewhere, protected.guarded(elsewhere, [value], reference="R-INVENTED"))
        assert protected.is_protected(work, elsewhere, value)
        # the node's own folder has another key, or none
        assert fault(lambda: protected.is_protected(work, keys, value)) is RegisterFault.ANOTHER_KEY
    RotateRegister(database, elsewhere).rotate(lambda *_: None)
    with database.read() as work:
        protected.need_usable(work, elsewhere)
        assert protected.is_protected(work, elsewhere, value)
    process.kill()
    process.wait()
    with database.read() as work:
        assert fault(lambda: protected.is_protected(work, elsewhere, value)) is RegisterFault.SILENT
        assert fault(lambda: protected.need_usable(work, elsewhere)) is RegisterFault.SILENT
