"""A founded node that no directory knows yet and that does not run, and the program pointed at its folder."""

import shutil
from pathlib import Path

import pytest

from deploy.demo.states import STATES
from tests.node.cli.program import Program

STATE = STATES[0].authority


@pytest.fixture
def node(founded: Path, tmp_path: Path) -> Path:
    """A copy of it for one story."""
    shutil.copytree(founded / STATE, tmp_path / "node")
    return tmp_path / "node"


@pytest.fixture
def celosia(node: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program; nobody answers at the address of the national API."""
    monkeypatch.setenv("CELOSIA_NODE", str(node))
    return Program("http://127.0.0.1:1")
