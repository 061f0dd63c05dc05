"""A federation for tests: three real nodes and the directory, each with its own folder, over real TLS on loopback.

They run in threads of this process; that they also do as separate processes is what the demonstration shows.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.app import Node
from node.directory.server import directory_app, server_config
from node.officers import Role
from protocol.authority import Authority

FAST = """
[beats]
directory = 1
additions = 0.5
removals = 0.5
manifests = 0.3
outbox = 0.3
questions = 0.3
manifest_validity = 60
"""
CO, PE, BR = (state.authority for state in STATES)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RunningNode:
    """A node that serves, and clients for its officers."""

    node: Node
    folder: Path
    url: str
    thread: threading.Thread

    def officer(self, username: str, *roles: Role) -> httpx2.Client:
        """A new account with a token, as a client of the national API."""
        self.node.officers.create(username, f"Officer {username} (invented)", f"STAFF-{username}", roles)
        token = self.node.officers.issue_token(username)
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30)


@dataclass
class Federation:
    """The running federation."""

    folder: Path
    ports: Ports
    nodes: dict[Authority, RunningNode]


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait for something that beats bring about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[Federation]:
    ports = Ports(free_port(), {s.authority: free_port() for s in STATES}, {s.authority: free_port() for s in STATES})
    found_federation(tmp_path, STATES, ports, FAST)
    with ExitStack() as running:
        running.enter_context(serving_directory(tmp_path / "secretariat", ports.directory))
        nodes = {code: running.enter_context(serving(tmp_path / code, ports.national[code])) for code in (CO, PE, BR)}
        for node in nodes.values():
            wait_until(lambda n=node: n.node.federation.has_directory, "the directory")  # type: ignore[misc]
        yield Federation(tmp_path, ports, nodes)


class serving_directory:  # noqa: N801  reads as a sentence where it is used
    """The Secretariat's server, in a thread."""

    def __init__(self, folder: Path, port: int) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
        self._server = uvicorn.Server(server_config(directory_app(folder / "repository"), "127.0.0.1", port, tls))
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> None:
        self._thread.start()
        wait_until(lambda: self._server.started, "the directory server")

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


class serving:  # noqa: N801
    """A node, in a thread."""

    def __init__(self, folder: Path, national_port: int) -> None:
        self._node = Node(folder)
        self._folder, self._url = folder, f"http://127.0.0.1:{national_port}"
        self._thread = threading.Thread(target=self._node.run)

    def __enter__(self) -> RunningNode:
        self._thread.start()
        wait_until(lambda: self._node.serving, "the node's servers")
        return RunningNode(self._node, self._folder, self._url, self._thread)

    def __exit__(self, *_: object) -> None:
        self._node.stop()
        self._thread.join()
