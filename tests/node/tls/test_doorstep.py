"""Connections that do not shake hands: few of them, for a short time, and never in a member's way."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from node.tls.deadlines import ServerLimits
from node.tls.doorstep import Address, Doorstep, DoorstepLimits
from node.tls.server import peer_server, server_context
from node.tls.trust import PeerTrust
from tests.serving import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send

    from tests.node.tls.conftest import Border, Recorder, State

pytestmark = pytest.mark.enable_socket

NARROW = DoorstepLimits(stranger_seconds=30, strangers=12, strangers_an_address=4)
WIDE = DoorstepLimits(stranger_seconds=30, strangers=1000, strangers_an_address=1000)
HELLO = b"\x16\x03\x01"
"""The first bytes of a TLS record, whose rest never comes."""


class Crowd:
    """Connections that begin a handshake and never end it, from any address of the loopback."""

    def __init__(self, closing: ExitStack) -> None:
        self._closing = closing
        self.sockets: list[socket.socket] = []

    def come(self, port: int, count: int, address: str = "127.0.0.1") -> None:
        for _ in range(count):
            made = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))
            made.sendall(HELLO)
            made.setblocking(False)
            self.sockets.append(self._closing.enter_context(made))

    def held(self) -> Sequence[socket.socket]:
        """Those that the server has not hung up on."""
        return [each for each in self.sockets if self._is_held(each)]

    @staticmethod
    def _is_held(each: socket.socket) -> bool:
        try:
            return each.recv(64) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with ExitStack() as closing:
        yield Crowd(closing)


def served(border: Border, member: State, holder: State, port: int) -> bool:
    return border.client(member, holder).get(f"https://localhost:{port}/").status_code == 200


def test_of_one_address_only_so_many_may_wait_and_a_member_of_the_same_address_gets_through(
    border: Border, colombia: State, peru: State, recorder: Recorder, crowd: Crowd
) -> None:
    trust = PeerTrust([peru.identity])
    port = border.serve(recorder, colombia, trust, ServerLimits(doorstep=NARROW))
    crowd.come(port, 40)
    assert served(border, peru, colombia, port)
    wait_until(lambda: len(crowd.held()) <= NARROW.strangers_an_address, "those who must leave")
    crowd.come(port, 40)
    assert served(border, peru, colombia, port)


def test_without_the_limit_the_same_crowd_stays(
    border: Border, colombia: State, peru: State, recorder: Recorder, crowd: Crowd
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), ServerLimits(doorstep=WIDE))
    crowd.come(port, 40)
    assert served(border, peru, colombia, port)  # whoever was accepted after the crowd: so the crowd was accepted, too
    assert len(crowd.held()) == 40


def test_of_many_addresses_the_oldest_leaves_and_a_member_gets_through(
    border: Border, colombia: State, peru: State, recorder: Recorder, crowd: Crowd
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), ServerLimits(doorstep=NARROW))
    for number in range(2, 22):
        crowd.come(port, 2, f"127.0.0.{number}")
    assert served(border, peru, colombia, port)
    wait_until(lambda: len(crowd.held()) <= NARROW.strangers, "those who must leave")
    assert crowd.sockets[0] not in crowd.held()
    assert crowd.sockets[-1] in crowd.held()


def test_who_does_not_shake_hands_in_time_is_cut(
    border: Border, colombia: State, peru: State, recorder: Recorder, crowd: Crowd
) -> None:
    short = DoorstepLimits(stranger_seconds=0.3)
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), ServerLimits(doorstep=short))
    crowd.come(port, 3)
    wait_until(lambda: not crowd.held(), "all to be cut")
    assert served(border, peru, colombia, port)


def test_who_has_shaken_hands_in_time_is_not_cut_by_that_clock(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    short = DoorstepLimits(stranger_seconds=0.3)
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), ServerLimits(doorstep=short))
    connection, past = border.raw(peru, colombia, port), threading.Event()
    past.wait(1)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_one_key_has_so_many_connections_and_another_member_still_comes_in(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    trust = PeerTrust([peru.identity, mexico.identity])
    port = border.serve(recorder, colombia, trust, ServerLimits(doorstep=DoorstepLimits(connections_a_key=3)))

    def ask(connection: ssl.SSLSocket) -> bytes:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return connection.recv(4096)
        except OSError:
            return b""

    held = [border.raw(peru, colombia, port) for _ in range(3)]
    assert all(ask(connection).startswith(b"HTTP/1.1 200") for connection in held)
    assert ask(border.raw(peru, colombia, port)) == b""
    assert served(border, mexico, colombia, port)
    held[0].close()
    wait_until(lambda: ask(border.raw(peru, colombia, port)).startswith(b"HTTP/1.1 200"), "the peer's place")


def test_an_address_that_is_taken_is_said_and_ends_the_server(
    colombia: State, peru: State, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    trust = PeerTrust([peru.identity])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = peer_server(recorder, "127.0.0.1", port, server_context(colombia.own, trust))
        with pytest.raises(SystemExit):
            server.run()
    assert [record.msg for record in caplog.records if record.name == "celosia.server"] == ["cannot listen"]


def test_a_server_that_ends_has_closed_every_connection_it_took(
    border: Border, colombia: State, peru: State, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[socket.socket] = []
    arrive = Doorstep.arrive

    def noted(doorstep: Doorstep, accepted: socket.socket, address: Address) -> socket.socket:
        taken.append(arrive(doorstep, accepted, address))
        return taken[-1]

    monkeypatch.setattr(Doorstep, "arrive", noted)
    asked = threading.Event()

    async def never_answers(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.set()
            await asyncio.sleep(60)

    port = border.serve(never_answers, colombia, PeerTrust([peru.identity]))
    crowd.come(port, 3)
    _idle, waiting = (border.raw(peru, colombia, port) for _ in range(2))
    waiting.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert asked.wait(10)
    wait_until(lambda: len(taken) == 5, "all callers")
    border.stop(port)
    wait_until(lambda: not border.is_running(port), "the server's end")
    assert [each for each in taken if each.fileno() != -1] == []
