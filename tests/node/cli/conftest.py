"""A node on loopback, and the program pointed at it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.inbound.national.app import national_app
from tests.federation.running import free_port
from tests.node.cli.program import Node, Program, router
from tests.serving import in_a_thread


@pytest.fixture
def node() -> Iterator[Node]:
    """A node on loopback."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    served = Node(f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(national_app([router(served)], lambda _: None), log_config=None))
    with listening, in_a_thread(server, [listening]):
        yield served


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a founded federation. No node of it runs, and tests change copies of it only."""
    folder = tmp_path_factory.mktemp("founded")
    ports = Ports(free_port(), {s.authority: free_port() for s in STATES}, {s.authority: free_port() for s in STATES})
    found_federation(folder, STATES, ports, "")
    return folder


@pytest.fixture
def celosia(node: Node) -> Program:
    """The program, pointed at the node."""
    return Program(node.url)


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
