"""What a state's two directory officers do with their node's entry, by the commands that the runbooks name."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from node.app import Node
from node.cli import local
from node.directory.ceremony import load_key
from node.directory.repository import Repository
from protocol.authority import Authority
from tests.federation.running import GOOD_FOR, Federation
from tests.node.cli.program import Program


@contextmanager
def by_the_federations_clock(federation: Federation) -> Iterator[Program]:
    """The program, whose commands on a node's folder see the time that the federation's nodes see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "Node", functools.partial(Node, clock=federation.clock))
        yield Program("http://127.0.0.1:1")


def long_lived(federation: Federation) -> None:
    """The Secretariat signs a date that lies after the story's end, and all nodes have it."""
    online = load_key(federation.folder / "ceremony" / "secretariat" / "online.pem")
    Repository(federation.folder / "secretariat" / "repository", online, GOOD_FOR).resign(datetime.now(UTC))
    adopt(federation)


def adopt(federation: Federation, *but: Authority) -> None:
    """Every node fetches the directory, all `but` those named."""
    for code, node in federation.nodes.items():
        if code not in but:
            node.node.adopt.refresh()


def sign_entry(federation: Federation, celosia: Program, code: Authority, table: Path) -> None:
    """The node's entry, written, drafted, read aloud, signed by both officers, merged and submitted."""
    table.mkdir()
    node = str(federation.folder / code)
    roles = federation.folder / "secretariat" / "repository" / "published" / "metadata"
    newest = max(roles.glob(f"*.{code}.json"), key=lambda path: int(path.name.partition(".")[0]))
    entry, role = str(table / "entry.json"), str(table / "role.json")

    def run(*words: str) -> str:
        result = celosia(*words, "--lang", "en")
        assert result.code == 0, result.text
        return result.out

    run("entry", "--write", entry, "--node", node)
    run("directory", "draft", "state", entry, "--after", str(newest), "--out", role)
    heard = run("directory", "fingerprint", role).strip()
    signatures = []
    for officer in ("officer-1", "officer-2"):
        key = str(federation.folder / "ceremony" / code / f"{officer}.pem")
        signatures.append(str(table / f"{officer}.sig"))
        run("directory", "sign", role, "--key", key, "--fingerprint", heard, "--out", signatures[-1])
    run("directory", "merge", role, *signatures)
    run("directory", "submit", role, entry, "--node", node)
