"""Invented states CO, PE and MX with their own authorities, real servers and hostile ones, all on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from node.durable import write_whole
from node.tls.certificates import Credential, create_authority, issue_leaf, spki_pin
from node.tls.client import ClientLimits, pinned_client
from node.tls.connection import client_pin
from node.tls.deadlines import ServerLimits
from node.tls.own import OwnLeaf
from node.tls.server import peer_server, server_context
from node.tls.trust import PeerIdentity, PeerTrust
from tests.node.tls.leaves import own_leaf
from tests.serving import in_a_thread

if TYPE_CHECKING:
    import httpx2
    import uvicorn
    from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS = ("localhost", "127.0.0.1")
QUICK = ClientLimits(connect_seconds=1, silence_seconds=1, total_seconds=2)


@dataclass(frozen=True)
class State:
    """One invented state: its authority, and a leaf with its files."""

    code: str
    authority: Credential
    leaf: Credential
    certificate: Path
    key: Path
    own: OwnLeaf

    @property
    def pin(self) -> str:
        return spki_pin(self.leaf.certificate)

    @property
    def identity(self) -> PeerIdentity:
        return PeerIdentity(self.code, self.authority.certificate, frozenset({self.pin}))


class Clock:
    """This machine's clock, and what a test has let pass."""

    def __init__(self) -> None:
        self.passed = timedelta()

    def __call__(self) -> int:
        return int((datetime.now(UTC) + self.passed).timestamp())


@dataclass
class Recorder:
    """A small ASGI app that notes who asked for what and echoes the body's length."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    answer: bytes = b"bien"
    clock: Clock = field(default_factory=Clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more = message["more_body"]
        self.seen.append((client_pin(scope, self.clock()), scope["path"]))
        headers = [(b"content-length", str(len(self.answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.answer})


class Border:
    """Makes states, servers and clients, and closes all of them."""

    def __init__(self, folder: Path, closing: contextlib.ExitStack) -> None:
        self._folder = folder
        self._closing = closing
        self.clock = Clock()
        self._leaves = 0
        self._servers: dict[int, uvicorn.Server] = {}
        self._loops: dict[int, asyncio.AbstractEventLoop] = {}

    def state(
        self, code: str, *, authority: Credential | None = None, age_days: int = 0, hosts: tuple[str, ...] = HOSTS
    ) -> State:
        """A state with a fresh authority (or the given one) and a leaf of one day, issued `age_days` ago."""
        issued = datetime.now(UTC) - timedelta(days=age_days)
        authority = authority or create_authority(f"Autoridad inventada {code}", issued, 90)
        leaf = issue_leaf(authority, hosts, code, issued, 1)
        self._leaves += 1
        certificate = self._folder / f"{code}-{self._leaves}.crt"
        key = self._folder / f"{code}-{self._leaves}.key"
        certificate.write_bytes(leaf.certificate)
        write_whole(key, leaf.key)
        return State(code, authority, leaf, certificate, key, own_leaf(self._folder / f"{code}-{self._leaves}", leaf))

    def serve(
        self,
        app: ASGIApp,
        state: State,
        trust: PeerTrust,
        limits: ServerLimits | None = None,
        context: ssl.SSLContext | None = None,
    ) -> int:
        """Run the real peer server in a thread; the port it listens on."""
        context = context or server_context(state.own, trust)
        server = peer_server(app, "127.0.0.1", 0, context, limits)
        port = self._closing.enter_context(in_a_thread(server))
        self._servers[port], self._loops[port] = server, server.servers[0].get_loop()
        return port

    def stop(self, port: int) -> None:
        """Tell the server on this port to stop, and do not wait for it."""
        self._servers[port].should_exit = True

    def is_running(self, port: int) -> bool:
        """Whether the server on this port has not ended."""
        return self._loops[port].is_running()

    def open_connections(self, port: int) -> int:
        """How many callers the server on this port holds."""
        return len(self._servers[port].server_state.connections)

    def impostor(self, state: State, talk: Callable[[ssl.SSLSocket], None], version: ssl.TLSVersion | None = None) -> int:
        """Run a server that shakes hands as `state` and then does what `talk` says; the port it listens on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(state.certificate, state.key)
        if version is not None:
            context.maximum_version = version

        def shake_hands(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as secure:
                talk(secure)

        return self.listener(shake_hands)

    def listener(self, talk: Callable[[socket.socket], None]) -> int:
        """Run a bare TCP server that does what `talk` says on every connection; the port it listens on."""
        listening = socket.create_server(("127.0.0.1", 0))
        listening.settimeout(0.05)
        stopping = threading.Event()

        def accept() -> None:
            while not stopping.is_set():
                with contextlib.suppress(OSError), listening.accept()[0] as connection:
                    connection.settimeout(10)
                    talk(connection)

        thread = threading.Thread(target=accept)
        thread.start()

        def stop() -> None:
            stopping.set()
            thread.join(20)
            listening.close()

        self._closing.callback(stop)
        port: int = listening.getsockname()[1]
        return port

    def client(
        self, caller: State, callee: State, pins: frozenset[str] | None = None, limits: ClientLimits = QUICK
    ) -> httpx2.Client:
        """The real client of `caller` for `callee`."""
        return self._closing.enter_context(
            pinned_client(callee.authority.certificate, pins or callee.identity.pins, caller.leaf, self.clock, limits)
        )

    def raw(self, caller: State | None, callee: State, port: int) -> ssl.SSLSocket:
        """A bare TLS connection of `caller` to the server of `callee`, to misbehave on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=callee.authority.certificate.decode())
        if caller is not None:
            context.load_cert_chain(caller.certificate, caller.key)
        connection = self._closing.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        return self._closing.enter_context(context.wrap_socket(connection, server_hostname="localhost"))


@pytest.fixture
def border(tmp_path: Path) -> Iterator[Border]:
    with contextlib.ExitStack() as closing:
        yield Border(tmp_path, closing)


@pytest.fixture
def colombia(border: Border) -> State:
    return border.state("CO")


@pytest.fixture
def peru(border: Border) -> State:
    return border.state("PE")


@pytest.fixture
def mexico(border: Border) -> State:
    return border.state("MX")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()
