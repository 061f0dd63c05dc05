"""The same bytes in every process, locale and order of hashing, and without a network. Each run is a fresh interpreter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NORMALISE_ALL = """
import hashlib, socket, sys

def refused(*arguments, **options):
    raise OSError("a socket was opened")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refused
sys.addaudithook(lambda event, arguments: refused() if event in ("socket.connect", "socket.getaddrinfo") else None)

from protocol.identifiers import normalise
from protocol.recognition import weigh
from tests.protocol.identifiers.vectors import FILE, raw_of, rows_of

digest = hashlib.sha256()
for row in rows_of(FILE):
    for identifier in normalise(raw_of(row)):
        digest.update(identifier.oprf_input() + " ".join(sorted(identifier.doubts)).encode() + bytes(1))
    weigh(row["value"], row.get("country"))
print(digest.hexdigest())
"""


def fresh(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`code` in an interpreter of its own, from an empty environment."""
    return subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_process_locale_and_hash_seed_gives_the_same_bytes_without_a_network() -> None:
    runs = [
        fresh(NORMALISE_ALL, PYTHONHASHSEED="0", LC_ALL="C"),
        # Turkish has a dotless i: upper and lower case must not follow the locale.
        fresh(NORMALISE_ALL, PYTHONHASHSEED="1", LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8", LANGUAGE="tr"),
        fresh(NORMALISE_ALL, PYTHONHASHSEED="4294967295", LC_ALL="C.UTF-8", TZ="Pacific/Kiritimati"),
    ]
    assert [run.stderr for run in runs] == [""] * 3
    (digest,) = {run.stdout for run in runs}
    assert len(digest.strip()) == 64


@pytest.mark.parametrize("attempt", ["socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo('ejemplo.example', 80)"])
def test_the_guard_against_the_network_does_refuse(attempt: str) -> None:
    guard = NORMALISE_ALL.partition("from protocol")[0]
    assert "a socket was opened" in fresh(f"{guard}\n{attempt}").stderr
