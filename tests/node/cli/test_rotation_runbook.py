"""The runbook of rotations, word by word, on a founded node. States, offices and numbers are invented."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.states import STATES
from node.custody import KeysUnusable, open_vault
from node.keys import Keys
from node.settings import Settings
from tests.node.cli.runbooks import RUNBOOKS, Shell, run, shell_in

RUNBOOK = RUNBOOKS / "rotation.md"


@pytest.fixture
def node(founded: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded / STATES[0].authority, tmp_path / "node")
    return tmp_path / "node"


@pytest.fixture
def shell(tmp_path: Path, node: Path) -> Iterator[Shell]:
    with shell_in(tmp_path, tmp_path, CELOSIA_NODE=str(node)) as opened:
        yield opened


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
