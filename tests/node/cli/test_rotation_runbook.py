"""The runbook of rotations, word by word, on a founded node. States, offices and numbers are invented."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.custody import KeysUnusable, open_vault
from node.keys import Keys
from node.settings import Settings
from tests.node.cli.test_directory_runbook import REFUSED, ROOT, Shell, blocks, missing, program

__all__ = ["program"]

RUNBOOK = ROOT / "docs" / "runbook" / "rotation.md"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    ports = {state.authority: 8470 + number for number, state in enumerate(STATES)}
    found_federation(tmp_path / "federation", STATES, Ports(directory=1, peer=ports, national=ports), "")
    return tmp_path / "federation" / STATES[0].authority


@pytest.fixture
def shell(tmp_path: Path, program: Path, node: Path) -> Iterator[Shell]:
    path = f"{program}{os.pathsep}{os.environ['PATH']}"
    opened = Shell(tmp_path, {"PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "CELOSIA_NODE": str(node)})
    yield opened
    opened.end()


@pytest.mark.timeout(600)
def test_every_block_of_the_runbook_does_what_it_says(shell: Shell, node: Path) -> None:
    old = open_vault(node, Settings.read(node).keys)
    signing = Keys.read(old).signing.public
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
    new = open_vault(node, Settings.read(node).keys)
    assert Keys.read(new).signing.public == signing
    for path in new.sealed_files():
        with pytest.raises(KeysUnusable):
            old.read(path)
