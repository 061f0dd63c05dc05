from __future__ import annotations

import asyncio
import ssl
import time
from typing import TYPE_CHECKING

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from node.tls import server as server_module
from node.tls.deadlines import ServerLimits
from node.tls.trust import PeerTrust
from tests.serving import wait_until

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.node.tls.conftest import Border, Recorder, State

pytestmark = pytest.mark.enable_socket

SHORT = ServerLimits(header_seconds=0.4, body_seconds=0.4, stalled_seconds=0.4, keep_alive_seconds=1)
ASK = b"GET /pregunta HTTP/1.1\r\nHost: localhost\r\n\r\n"
ASK_WITH_BODY = b"POST /pregunta HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"


def _drip(connection: ssl.SSLSocket, piece: bytes, seconds: float) -> float:
    """Send a piece every 50 ms until the server hangs up or `seconds` are over; the time it held, in seconds."""
    begin = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() < begin + seconds:
        try:
            connection.sendall(piece)
            if not connection.recv(4096):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - begin


def test_a_caller_who_drips_its_headers_is_cut(
    border: Border, colombia: State, peru: State, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = PeerTrust([peru.identity])

    def held() -> float:
        connection = border.raw(peru, colombia, border.serve(recorder, colombia, trust, SHORT))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Drip: ")
        return _drip(connection, b"x", 2)

    assert held() < 1.5
    # uvicorn's own protocol lets the same caller stay for as long as it likes.
    monkeypatch.setattr(server_module, "PeerProtocol", H11Protocol)
    assert held() >= 2


def test_a_caller_who_says_nothing_after_the_handshake_is_cut(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), SHORT)
    assert _drip(border.raw(peru, colombia, port), b"", 3) < 1.5


def test_a_caller_who_drips_its_body_is_cut_and_the_app_is_told(border: Border, colombia: State, peru: State) -> None:
    ends: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            while (message := await receive())["type"] == "http.request":
                pass
            ends.append(message["type"])

    connection = border.raw(peru, colombia, border.serve(app, colombia, PeerTrust([peru.identity]), SHORT))
    connection.sendall(ASK_WITH_BODY)
    assert _drip(connection, b"x", 3) < 1.5
    wait_until(lambda: bool(ends), "the end")
    assert ends == ["http.disconnect"]


def test_a_later_request_on_an_open_connection_has_the_same_deadline(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    connection = border.raw(peru, colombia, border.serve(recorder, colombia, PeerTrust([peru.identity]), SHORT))
    connection.sendall(ASK)
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Drip: ")
    assert _drip(connection, b"x", 3) < 1.5
    assert len(recorder.seen) == 1


def test_the_half_of_a_request_that_came_with_the_one_before_has_a_deadline_too(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    connection = border.raw(peru, colombia, border.serve(recorder, colombia, PeerTrust([peru.identity]), SHORT))
    connection.sendall(ASK + b"GET / HTTP/1.1\r\nHost: ")
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert _drip(connection, b"x", 3) < 0.9, "the deadline of an idle connection is longer than this"


def test_an_idle_connection_is_closed(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    connection = border.raw(peru, colombia, border.serve(recorder, colombia, PeerTrust([peru.identity]), SHORT))
    connection.sendall(ASK)
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert 0.5 < _drip(connection, b"", 4) < 3


def test_a_slow_caller_within_the_deadlines_is_served(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), ServerLimits(header_seconds=5, body_seconds=5))
    connection = border.raw(peru, colombia, port)
    for piece in (ASK_WITH_BODY[:20], ASK_WITH_BODY[20:], b"x" * 500, b"x" * 500):
        connection.sendall(piece)
        time.sleep(0.1)
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_the_clock_stops_while_the_app_thinks(border: Border, colombia: State, peru: State) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(1)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})

    connection = border.raw(peru, colombia, border.serve(app, colombia, PeerTrust([peru.identity]), SHORT))
    connection.sendall(ASK)
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("taken", [0, 4096], ids=["reads nothing", "reads in drips"])
@pytest.mark.parametrize("piece", [1 << 16, 1 << 24], ids=["many pieces", "one piece"])
def test_a_caller_who_does_not_take_the_answer_is_cut(
    border: Border, colombia: State, peru: State, taken: int, piece: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for left in reversed(range((1 << 25) // piece)):
                await send({"type": "http.response.body", "body": bytes(piece), "more_body": left > 0})

    port = border.serve(app, colombia, PeerTrust([peru.identity]), SHORT)
    connection = border.raw(peru, colombia, port)
    # The second request would undo uvicorn's deadline for idle connections.
    connection.sendall(ASK + ASK)
    wait_until(lambda: border.open_connections(port) == 1, "the connection")
    begin = time.monotonic()
    while border.open_connections(port) and time.monotonic() < begin + 5:
        time.sleep(0.05)
        connection.recv(taken)
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize(("pieces", "size"), [(128, 1 << 16), (2, 1 << 22)], ids=["many pieces", "two pieces"])
def test_a_caller_who_stalls_and_then_takes_the_whole_answer_may_ask_again(
    border: Border, colombia: State, peru: State, pieces: int, size: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [(b"content-length", str(pieces * size).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for left in reversed(range(pieces)):
                await send({"type": "http.response.body", "body": bytes(size), "more_body": left > 0})

    limits = ServerLimits(stalled_seconds=1, keep_alive_seconds=5)
    connection = border.raw(peru, colombia, border.serve(app, colombia, PeerTrust([peru.identity]), limits))
    for _ in range(2):
        connection.sendall(ASK)
        time.sleep(0.3)
        taken = 0
        while taken < pieces * size:
            piece = connection.recv(1 << 20)
            assert piece, "the server cut an honest caller"
            taken += len(piece)
        # Longer than the clock would have run on.
        time.sleep(1)


def test_a_server_that_stops_lets_an_answer_finish(border: Border, colombia: State, peru: State) -> None:
    begun: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            begun.append(scope["path"])
            await asyncio.sleep(1.5)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})

    port = border.serve(app, colombia, PeerTrust([peru.identity]))
    connection = border.raw(peru, colombia, port)
    connection.sendall(ASK)
    wait_until(lambda: bool(begun), "the request")
    border.stop(port)
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")
