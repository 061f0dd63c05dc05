"""Starts commands of `celosia` for the tests of faults, each in a process of its own that can be killed.

Everything is imported once here and each command is a fork: a node is up in a third of a second, and still has its own memory,
files, locks and death. Orders come on standard input, one JSON object a line; each gets one line back.

    {"run": ["serve", …], "log": path, "input": text?, "die": [points], "nth": 1, "record": path?, "clock": path?,
     "obey_modes": true?}                                                      ->  pid
    {"status": pid}                                                            ->  null, or exit code, or minus the signal

What `log_writing` does is run the same way.
"""

import ctypes
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg  # noqa: F401

import node.app  # noqa: F401  both imported before the forks, so that none has to
from node.cli.app import run
from node.flows import prepare_entries, rotate_register
from node.safeguards import reviews
from tests.faults import log_writing

rotate_register.PORTION = 1
prepare_entries.SLICE = 1  # so that an entry of a story passes what a backlog of thousands passes
reviews.draw = lambda *_: None  # a story says what comes of it: none of its lines falls to a random review
reviews.beside = lambda *_: None


def die_at(points: Sequence[str], nth: int) -> None:
    """From now on, this process kills itself at the `nth` time that one of its threads has passed `points` in this order."""
    passed, lock, times = threading.local(), threading.Lock(), 0

    def hook(event: str, _: tuple[object, ...]) -> None:
        nonlocal times
        at = getattr(passed, "at", 0)
        if event != points[at]:
            return
        passed.at = (at + 1) % len(points)
        if passed.at == 0:
            with lock:
                times += 1
                if times == nth:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def record(path: Path) -> None:
    """From now on, every point that this process passes is a line of `path`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hook(event: str, _: tuple[object, ...]) -> None:
        if event.startswith("celosia."):
            os.write(descriptor, event.encode() + b"\n")

    sys.addaudithook(hook)


def turn_clock(path: Path) -> None:
    """From now on, this process's clock is off by the seconds that stand in `path`; none if there is no such file."""
    right = time.time

    def turned() -> float:
        try:
            return right() + float(path.read_text("ascii"))
        except (OSError, ValueError):
            return right()

    time.time = turned


def obey_modes() -> None:
    """From now on the modes of files bind this process, root's too: what passes over them is a capability (capabilities(7))."""
    version_3, this_thread = 0x20080522, 0
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset((ctypes.c_uint32 * 2)(version_3, this_thread), (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def become(order: Mapping[str, Any]) -> int:
    """The child's life: a command of `celosia`, as from a shell."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    typed, keyboard = os.pipe()
    os.write(keyboard, order.get("input", "").encode())
    for held, standard in ((typed, 0), (log, 1), (log, 2)):
        os.dup2(held, standard)
    for held in (typed, keyboard, log):
        os.close(held)
    sys.stdin = os.fdopen(0, "r", encoding="utf-8")
    if order.get("record"):
        record(Path(order["record"]))
    if order.get("die"):
        die_at(order["die"], order.get("nth", 1))
    if order.get("obey_modes"):
        obey_modes()
    if order.get("clock"):
        turn_clock(Path(order["clock"]))
    if order["run"][0] in (log_writing.WRITE, log_writing.KEEP):
        return log_writing.live(order["run"])
    return run(order["run"], {"PATH": os.environ.get("PATH", "")}, sys.stdout, sys.stderr)


def status(pid: int) -> int | None:
    """None while the process lives; then its exit code, or minus the signal that ended it."""
    ended, code = os.waitpid(pid, os.WNOHANG)
    return None if ended == 0 else os.waitstatus_to_exitcode(code)


def main() -> int:
    """Serve orders until standard input ends; then nothing that was started lives on."""
    started: set[int] = set()
    gc.freeze()  # what is imported is not looked through again at the end of every process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        if "status" in order:
            answer = status(order["status"])
            if answer is not None:
                started.discard(order["status"])
        else:
            answer = os.fork()
            if answer == 0:
                return become(order)
            started.add(answer)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in started:
        os.kill(pid, signal.SIGKILL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
