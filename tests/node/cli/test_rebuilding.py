"""`celosia audit rebuild`: a node whose store came back from a backup, and the tree that was exported before."""

import shutil
from pathlib import Path

import pytest

from deploy.demo.states import STATES
from node.app import Node
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli.program import Program
from tests.node.trees import export_tree


@pytest.fixture
def folder(founded: Path, tmp_path: Path) -> Path:
    """A founded node whose log has grown since the backup that its store is."""
    made = tmp_path / "node"
    shutil.copytree(founded / STATES[0].authority, made)
    _grow(made)
    shutil.copy(made / "database.sqlite", tmp_path / "backup.sqlite")
    _grow(made, tmp_path / "tree")
    for each in made.glob("database.sqlite*"):
        each.unlink()
    shutil.copy(tmp_path / "backup.sqlite", made / "database.sqlite")
    return made


def _grow(folder: Path, tree: Path | None = None) -> None:
    node = Node(folder)
    node.log.beat()
    if tree is not None:
        export_tree(node.database, tree)
    node.close()


def test_the_log_is_whole_again_once(folder: Path, tmp_path: Path) -> None:
    celosia, tree = Program("http://127.0.0.1:1"), tmp_path / "tree"
    words = ("audit", "rebuild", str(tree), "--node", str(folder), "--lang", "en")
    done = celosia(*words)
    assert done.code == 0, done.err
    assert done.text.startswith("The log has 32 entries again, 16 of them from")
    again = celosia(*words)
    assert (again.code, say(Language.EN, "cli.audit.rebuild.not_longer") in again.text) == (1, True)
    _grow(folder)


@pytest.mark.parametrize("language", Language)
def test_what_is_not_a_tree_is_named(folder: Path, tmp_path: Path, language: Language) -> None:
    celosia = Program("http://127.0.0.1:1")
    result = celosia("audit", "rebuild", str(tmp_path), "--node", str(folder), "--lang", language.value, COLUMNS="400")
    assert result.code == 1
    assert say(language, "cli.audit.rebuild.no_file", file=str(tmp_path / "checkpoint")) in result.text
