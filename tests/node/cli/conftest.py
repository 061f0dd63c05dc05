"""A node on loopback, and the program pointed at it."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from node.inbound.national.app import national_app
from tests.node.cli.program import Node, Program, router


@pytest.fixture
def node() -> Iterator[Node]:
    """A node on loopback."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    served = Node(f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(national_app([router(served)], lambda _: None), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield served
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def celosia(node: Node) -> Program:
    """The program, pointed at the node."""
    return Program(node.url)


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
