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
from tests.node.cli.runbooks import RUNBOOKS, Shell, program_in, run

RUNBOOK = RUNBOOKS / "rotation.md"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    ports = {state.authority: 8470 + number for number, state in enumerate(STATES)}
    found_federation(tmp_path / "federation", STATES, Ports(directory=1, peer=ports, national=ports), "")
    return tmp_path / "federation" / STATES[0].authority


@pytest.fixture
def shell(tmp_path: Path, node: Path) -> Iterator[Shell]:
    with program_in(tmp_path) as program:
        path = f"{program}{os.pathsep}{os.environ['PATH']}"
        opened = Shell(tmp_path, {"PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "CELOSIA_NODE": str(node)})
        try:
            yield opened
        finally:
            opened.end()


@pytest.mark.timeout(600)
def test_every_block_of_the_runbook_does_what_it_says(shell: Shell, node: Path) -> None:
    old = open_vault(node, Settings.read(node).keys)
    signing = Keys.read(old).signing.public
    run(RUNBOOK, shell)
    new = open_vault(node, Settings.read(node).keys)
    assert Keys.read(new).signing.public == signing
    for path in new.sealed_files():
        with pytest.raises(KeysUnusable):
            old.read(path)
