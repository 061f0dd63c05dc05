"""The officers' server over real sockets: a caller who does not keep time is cut, and officers are served meanwhile."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from node.inbound.national.server import LIMITS, national_server
from node.tls.deadlines import ServerLimits
from node.tls.doorstep import DoorstepLimits
from tests.serving import in_a_thread, wait_until

pytestmark = pytest.mark.enable_socket

ASK = b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n"
UPLOAD = b"POST /v1/imports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
SHORT = replace(
    LIMITS,
    header_seconds=1,
    body_seconds=1,
    stalled_seconds=1,
    keep_alive_seconds=1,
    doorstep=DoorstepLimits(stranger_seconds=1, strangers=8, strangers_an_address=4, connections_a_key=3),
)
FOREVER = 30.0
"""Seconds that a test waits before it says that a caller is held for ever."""


class Door:
    """The real server around an app that reads what it is sent, and callers of it."""

    def __init__(self, closing: ExitStack) -> None:
        self._closing = closing
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked.append(scope["path"])
            message = await receive()
            while message["type"] == "http.request" and message["more_body"]:
                message = await receive()
            if message["type"] != "http.disconnect":
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
                await send({"type": "http.response.body", "body": b"si"})

    def open(self, limits: ServerLimits, host: str = "127.0.0.1") -> int:
        return self.run(national_server(self, host, 0, limits))

    def run(self, server: uvicorn.Server) -> int:
        return self._closing.enter_context(in_a_thread(server))

    def call(self, port: int, said: bytes = b"", address: str = "127.0.0.1") -> socket.socket:
        made = socket.create_connection(("127.0.0.1", port), timeout=FOREVER, source_address=(address, 0))
        made.sendall(said)
        return self._closing.enter_context(made)


@pytest.fixture
def door() -> Iterator[Door]:
    with ExitStack() as closing:
        yield Door(closing)


def answer(connection: socket.socket) -> bytes:
    """The first bytes of an answer; none when the server has hung up."""
    try:
        return connection.recv(4096)
    except ConnectionError:
        return b""


def cut_while_dripping(connection: socket.socket, piece: bytes, seconds: float = FOREVER) -> bool:
    """Send a piece every 50 ms; whether the server hung up before `seconds` were over."""
    end = time.monotonic() + seconds
    connection.settimeout(0.05)
    while time.monotonic() < end:
        try:
            connection.sendall(piece)
            if not connection.recv(4096):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.mark.parametrize(
    ("said", "piece"),
    [(b"", b""), (b"GET /v1/me HTTP/1.1\r\nX-Drip: ", b"x"), (UPLOAD, b"x"), (UPLOAD, b""), (ASK, b"")],
    ids=["says nothing", "drips its headers", "drips its body", "sends no body", "stays after its answer"],
)
def test_a_caller_who_does_not_keep_time_is_cut_and_officers_are_served_meanwhile(door: Door, said: bytes, piece: bytes) -> None:
    port = door.open(SHORT)
    slow = door.call(port, said)
    if said == ASK:
        assert answer(slow).startswith(b"HTTP/1.1 200")
    assert answer(door.call(port, ASK)).startswith(b"HTTP/1.1 200")
    assert cut_while_dripping(slow, piece)
    assert answer(door.call(port, ASK)).startswith(b"HTTP/1.1 200")


def test_a_server_without_these_limits_holds_the_same_callers(door: Door) -> None:
    port = door.run(uvicorn.Server(uvicorn.Config(door, port=0, log_config=None, ws="none")))
    for said, piece in ((b"GET /v1/me HTTP/1.1\r\nX-Drip: ", b"x"), (UPLOAD, b"x"), (b"", b"")):
        assert not cut_while_dripping(door.call(port, said), piece, 3)


def test_an_upload_that_goes_on_has_more_time_than_one_that_drips(door: Door) -> None:
    port = door.open(replace(SHORT, body_seconds=2, body_bytes_a_second=1000))
    upload = door.call(port, UPLOAD)
    for _ in range(10):  # longer than the deadline of a body that does not come
        upload.sendall(b"x" * 10_000)
        threading.Event().wait(0.3)
    assert answer(upload).startswith(b"HTTP/1.1 200")


def test_who_waits_with_its_headers_makes_room_for_who_comes_later(door: Door) -> None:
    patient = replace(SHORT, header_seconds=FOREVER, doorstep=replace(SHORT.doorstep, stranger_seconds=FOREVER))
    port = door.open(patient)
    waiting = [door.call(port, b"GET / HTTP/1.1\r\n") for _ in range(20)]
    assert answer(door.call(port, ASK)).startswith(b"HTTP/1.1 200")
    assert answer(waiting[0]) == b""
    waiting[-1].sendall(b"Host: localhost\r\n\r\n")
    assert answer(waiting[-1]).startswith(b"HTTP/1.1 200")


def test_one_address_has_so_many_connections_and_another_is_served(door: Door) -> None:
    port = door.open(replace(SHORT, keep_alive_seconds=int(FOREVER)))
    held = [door.call(port, ASK) for _ in range(3)]
    assert all(answer(connection).startswith(b"HTTP/1.1 200") for connection in held)
    asked = len(door.asked)
    assert answer(door.call(port, ASK)) == b""
    assert len(door.asked) == asked, "what is turned away does nothing"
    assert answer(door.call(port, ASK, "127.0.0.2")).startswith(b"HTTP/1.1 200")
    held[0].close()
    wait_until(lambda: answer(door.call(port, ASK)).startswith(b"HTTP/1.1 200"), "the place of who has left")


def test_what_is_no_request_is_answered_and_let_go(door: Door) -> None:
    port = door.open(SHORT)
    for garbage in (b"\x16\x03\x01\x00\x00\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000):
        assert answer(door.call(port, garbage))[:12] in (b"HTTP/1.1 400", b"")
    assert answer(door.call(port, ASK)).startswith(b"HTTP/1.1 200")
    assert door.asked == ["/v1/me"]
