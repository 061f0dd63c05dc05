"""The directory's runbook, word by word (`runbooks.py`). States, offices and numbers are invented."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.cli.runbooks import REFUSED, RUNBOOKS, Shell, blocks, missing, run, shell_in

RUNBOOK = RUNBOOKS / "directory.md"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with shell_in(tmp_path, tmp_path, DIRECTORY_PORT=str(port)) as opened:
        yield opened


@pytest.mark.timeout(600)
def test_every_block_of_the_runbook_does_what_it_says(shell: Shell) -> None:
    run(RUNBOOK, shell)


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
    assert shell.run("1", "echo one\n", halt=True) == (0, "one\n")
    assert shell.run("2", "false\n", halt=False)[0] == REFUSED
    assert missing("two\none", "one two") == "one"
    assert missing("a  b\nc", "- a\nb c") is None
    assert shell.run("3", "false\necho reached\n", halt=True) == (1, "")
