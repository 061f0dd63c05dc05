"""The directory's runbook, word by word: its blocks run in one shell, in order, and say what it says that they say.

A `sh` block has to succeed and a `sh refused` block to be refused; the lines of a `text` block have to stand in what was printed
since the `text` block before, in that order. States, offices and numbers are invented.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.node.cli.standing_by import CALL

ROOT = Path(__file__).parents[3]
RUNBOOK = ROOT / "docs" / "runbook" / "directory.md"
FENCE = re.compile(r"^```(sh refused|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REFUSED = 1


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, what kind it is, what stands in it."""

    line: int
    kind: str
    words: str


def blocks(text: str) -> list[Block]:
    return [Block(text.count("\n", 0, found.start()) + 2, found[1], found[2]) for found in FENCE.finditer(text)]


def missing(expected: str, printed: str) -> str | None:
    """The first line of `expected` that does not stand in `printed` after the ones before it. Line breaks do not count."""
    rest = " ".join(printed.split())
    for line in expected.splitlines():
        _, found, rest = rest.partition(" ".join(line.split()))
        if not found:
            return line
    return None


class Shell:
    """One bash, fed block by block, in a group of processes of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=environment,
            text=True,
            start_new_session=True,
        )

    def run(self, number: int, words: str, *, halt: bool) -> tuple[int, str]:
        """Sources `words`. Returns exit code and output; with `halt` the first command that fails ends the shell: its code."""
        assert self._process.stdin is not None and self._process.stdout is not None
        script, output = self._folder / f"{number}.sh", self._folder / f"{number}.out"
        script.write_text(words, "utf-8")
        self._process.stdin.write(f"set {'-' if halt else '+'}eu; . {script} > {output} 2>&1; echo $?\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        return int(answer or self._process.wait()), output.read_text("utf-8")

    def end(self) -> None:
        """Ends the shell and whatever it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Path]:
    """A folder with `celosia` in it, for the path."""
    address = str(tmp_path / "standing-by")
    standing_by = subprocess.Popen(
        [sys.executable, "-m", "tests.node.cli.standing_by", address], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    )
    assert standing_by.stdout is not None and standing_by.stdout.readline() == b"ready\n"
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "celosia").write_text(CALL.format(python=sys.executable, path=address))
    (folder / "celosia").chmod(0o755)
    yield folder
    os.killpg(standing_by.pid, signal.SIGKILL)
    standing_by.communicate()


@pytest.fixture
def shell(tmp_path: Path, program: Path) -> Iterator[Shell]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    path = f"{program}{os.pathsep}{os.environ['PATH']}"
    opened = Shell(tmp_path, {"PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "DIRECTORY_PORT": str(port)})
    yield opened
    opened.end()


@pytest.mark.timeout(600)
def test_every_block_of_the_runbook_does_what_it_says(shell: Shell) -> None:
    since = ""
    for block in blocks(RUNBOOK.read_text("utf-8")):
        place = f"{RUNBOOK.name}, line {block.line}"
        if block.kind == "text":
            assert missing(block.words, since) is None, f"{place}: not seen: {missing(block.words, since)}\n{since}"
            since = ""
            continue
        code, printed = shell.run(block.line, block.words, halt=block.kind == "sh")
        assert code == (0 if block.kind == "sh" else REFUSED), f"{place}: ended with {code}\n{printed}"
        since += printed


def test_the_runbook_tells_the_whole_story() -> None:
    text = RUNBOOK.read_text("utf-8")
    chapters = re.findall(r"^## \d\. (.*)$", text, re.MULTILINE)
    assert chapters == [
        "Prepare",
        "Three states found the federation",
        "A fourth state joins",
        "A state renews its keys",
        "A state is expelled",
        "The root changes",
    ]
    assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(blocks(text))  # no block stands apart from the test


def test_a_block_that_fails_or_says_something_else_would_be_noticed(shell: Shell) -> None:
    assert shell.run(1, "echo one\n", halt=True) == (0, "one\n")
    assert shell.run(2, "false\n", halt=False)[0] == REFUSED
    assert missing("two\none", "one two") == "one"
    assert missing("a  b\nc", "- a\nb c") is None
    assert shell.run(3, "false\necho reached\n", halt=True) == (1, "")
