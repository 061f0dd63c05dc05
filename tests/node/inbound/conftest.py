"""A founded Colombian node for the ways in: real folder, store and apps, the founders' directory adopted, no network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.app import Node
from node.directory.repository import STAGED, FolderFetcher
from node.directory.walk import walk
from node.officers import Role
from protocol.wire import canonical

CO, PE, BR = (state.authority for state in STATES)


@dataclass
class Founded:
    """The node, and clients for invented officers of it."""

    folder: Path
    node: Node
    _made: list[TestClient] = field(default_factory=list)

    def officer(self, *roles: Role) -> TestClient:
        """A new account's client of the national API."""
        number = f"{len(self._made)}-{self.folder.name}"
        self.node.officers.create(f"officer-{number}", f"Officer {number} (invented)", f"STAFF-{number}", roles)
        return self.client(self.node.officers.issue_token(f"officer-{number}"))

    def client(self, token: str | None = None) -> TestClient:
        """A client with a token, or with none."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        made = TestClient(self.node.national_app, headers=headers, raise_server_exceptions=False)
        self._made.append(made)
        return made

    def close(self) -> None:
        """Give everything back."""
        for made in self._made:
            made.close()
        self.node.close()


def hand_over_directory(folder: Path, node: Path) -> None:
    """What a node would have after its first refresh: the Secretariat's directory, walked through and kept."""
    fetcher = FolderFetcher(folder / "secretariat" / "repository" / "published")
    stored = walk(node / "directory" / "seen", STAGED, fetcher, (node / "root.json").read_bytes())
    (node / "directory" / "adopted.json").write_bytes(canonical(stored))


@pytest.fixture(scope="module")
def founded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    ports = dict.fromkeys((CO, PE, BR), 1)
    found_federation(folder, STATES, Ports(directory=1, peer=ports, national=ports), "")
    return folder


@pytest.fixture(scope="module")
def founded(founded_folder: Path) -> Iterator[Founded]:
    """Shared by a module's stories."""
    hand_over_directory(founded_folder, founded_folder / "CO")
    node = Node(founded_folder / "CO")
    assert node.adopt.load()
    made = Founded(founded_folder, node)
    yield made
    made.close()


@pytest.fixture(scope="module")
def officer(founded: Founded) -> Callable[..., TestClient]:
    """A client for a new officer in the roles given."""
    return founded.officer
