"""A runbook, word by word: its blocks run in one shell, in order, and say what it says that they say.

A `sh` block has to succeed and a `sh refused` block to be refused; the lines of a `text` block have to stand in what was printed
since the `text` block before, in that order.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.federation.running import PE, Federation
from tests.node.cli.standing_by import CALL

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbook"
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

    def run(self, name: str, words: str, *, halt: bool) -> tuple[int, str]:
        """Sources `words`. Returns exit code and output; with `halt` the first command that fails ends the shell: its code."""
        assert self._process.stdin is not None and self._process.stdout is not None
        script, output = self._folder / f"{name}.sh", self._folder / f"{name}.out"
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


@contextmanager
def program_in(place: Path) -> Iterator[Path]:
    """A folder with `celosia` in it, for the path."""
    address = str(place / "standing-by")
    standing_by = subprocess.Popen(
        [sys.executable, "-m", "tests.node.cli.standing_by", address], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    )
    assert standing_by.stdout is not None and standing_by.stdout.readline() == b"ready\n"
    folder = place / "bin"
    folder.mkdir()
    (folder / "celosia").write_text(CALL.format(python=sys.executable, path=address))
    (folder / "celosia").chmod(0o755)
    try:
        yield folder
    finally:
        os.killpg(standing_by.pid, signal.SIGKILL)
        standing_by.communicate()


@contextmanager
def shell_in(folder: Path, place: Path, **variables: str) -> Iterator[Shell]:
    """A shell in `folder`, with `celosia` (kept in `place`) on its path, and these variables besides those that any shell has."""
    with program_in(place) as program:
        path = f"{program}{os.pathsep}{os.environ['PATH']}"
        shell = Shell(folder, {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8", **variables})
        try:
            yield shell
        finally:
            shell.end()


def of_peru(federation: Federation, folder: Path) -> dict[str, str]:
    """The variables that runbooks of a node name, for Peru's: its folder, its officers' keys, and the role file as it comes."""
    return {
        "NODE": str(federation.folder / PE),
        "OFFICERS": str(federation.folder / "ceremony" / PE),
        "ROLE": str(folder / "role.json"),
    }


def run(page: Path, shell: Shell) -> None:
    """Every block of a page, in one shell."""
    since = ""
    for block in blocks(page.read_text("utf-8")):
        place = f"{page.name}, line {block.line}"
        if block.kind == "text":
            assert missing(block.words, since) is None, f"{place}: not seen: {missing(block.words, since)}\n{since}"
            since = ""
            continue
        code, printed = shell.run(f"{page.stem}-{block.line}", block.words, halt=block.kind == "sh")
        assert code == (0 if block.kind == "sh" else REFUSED), f"{place}: ended with {code}\n{printed}"
        since += printed
