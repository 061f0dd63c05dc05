"""A founded Colombian node for the ways in: real folder, store and apps, the founders' directory adopted, no network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from deploy.demo.ceremony import POLICY, Ports, found_federation
from deploy.demo.states import STATES
from node.app import Node
from node.officers import Role
from protocol.authority import Authority
from protocol.directory import Directory

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


def founders_directory(folder: Path, states: tuple[Authority, ...] = (CO, PE, BR)) -> Directory:
    """The directory that the founders' own entries make."""
    targets = {"policy.json": POLICY.to_bytes()}
    for state in STATES:
        if state.authority in states:
            targets[f"members/{state.authority}.json"] = state.member.to_bytes()
            targets[f"states/{state.authority}.json"] = (folder / state.authority / "directory-entry.json").read_bytes()
    return Directory.assemble(1, "0" * 64, datetime.now(UTC) + timedelta(days=1), targets)


@pytest.fixture(scope="module")
def founded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    ports = dict.fromkeys((CO, PE, BR), 1)
    found_federation(folder, STATES, Ports(directory=1, peer=ports, national=ports), "")
    return folder


@pytest.fixture(scope="module")
def founded(founded_folder: Path) -> Iterator[Founded]:
    """Shared by a module's stories."""
    node = Node(founded_folder / "CO")
    node.federation.adopt(founders_directory(founded_folder))
    made = Founded(founded_folder, node)
    yield made
    made.close()


@pytest.fixture(scope="module")
def officer(founded: Founded) -> Callable[..., TestClient]:
    """A client for a new officer in the roles given."""
    return founded.officer
