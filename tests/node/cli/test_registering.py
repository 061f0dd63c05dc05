"""The register's key in a process of its own, from the command line: taken from the node, and missed where it does not answer."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.demo.states import STATES
from node.app import Node
from node.safeguards import protected
from tests.node.cli.program import Program
from tests.node.marking.test_process import answers
from tests.serving import wait_until


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    """A founded node whose settings name the socket of a process that keeps the key."""
    shutil.copytree(founded / STATES[0].authority, tmp_path / "node")
    settings = tmp_path / "node" / "node.toml"
    settings.write_text(f'register_socket = "{tmp_path / "s"}"\n{settings.read_text("utf-8")}', "utf-8")
    (tmp_path / "register").mkdir(mode=0o700)
    return tmp_path / "node"


def test_the_node_gives_its_key_away_and_neither_starts_nor_is_well_without_the_process(folder: Path, tmp_path: Path) -> None:
    celosia, at = Program("http://127.0.0.1:1"), tmp_path / "s"
    command = [sys.executable, "-m", "node", "protected", "serve", "--keys", str(tmp_path / "register"), "--socket", str(at)]
    process = subprocess.Popen([*command, "--take-from", str(folder)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.poll() is not None or answers(at), "the socket", 60)
        assert not (folder / "keys" / "protected.key").exists()
        node = Node(folder)
        with node.database.read() as work:
            protected.need_usable(work, node.keys)
        node.close()
        assert celosia("protected", "rotate", "--node", str(folder), "--lang", "en").code == 0
        told = celosia("doctor", "--node", str(folder), "--json", "--lang", "en").out
        assert not [code for code in ("register_silent", "key_missing") if code in told]
    finally:
        process.kill()
        process.wait()
    assert "register_silent" in celosia("doctor", "--node", str(folder), "--json", "--lang", "en").out
    refused = celosia("serve", "--node", str(folder), "--lang", "en")
    assert (refused.code, "register_unusable" in refused.text, "celosia protected serve" in refused.text) == (1, True, True)
