"""What a peer's answer may cost: time, bytes and form. A server that hangs, drips, redirects, unfolds or breaks the rules."""

from __future__ import annotations

import gzip
import ssl
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.tls.client import TOTAL_SECONDS, ClientLimits, read_limited
from node.tls.deadlines import ServerLimits
from node.tls.errors import (
    BadResponse,
    TooLarge,
    TooSlow,
    Unreachable,
)
from node.tls.trust import PeerTrust
from tests.node.tls.talking import HEAD, ask, for_ever, says, wait

if TYPE_CHECKING:
    from tests.node.tls.conftest import Border, Recorder, State

pytestmark = pytest.mark.enable_socket


@pytest.mark.parametrize(
    "talk",
    [
        lambda connection: wait(connection, 4),
        says(HEAD, then_seconds=4),
        says(HEAD + b"Content-Length: 10\r\n\r\n123", then_seconds=4),
        for_ever(HEAD, b"X-Drip: x\r\n", 0.1),
        for_ever(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.1),
        for_ever(HEAD + b"Content-Length: 10000\r\n\r\n", b"x", 0.1),
        for_ever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.1),
    ],
    ids=[
        "no answer",
        "half the headers",
        "half the body",
        "headers in drips",
        "hints for ever",
        "body in drips",
        "chunks in drips",
    ],
)
def test_a_slow_server_has_an_end(border: Border, colombia: State, peru: State, talk: Callable[[ssl.SSLSocket], None]) -> None:
    port = border.impostor(colombia, talk)
    begin = time.monotonic()
    with pytest.raises(TooSlow):
        ask(border.client(peru, colombia), port)
    assert time.monotonic() - begin < 3.5


def test_a_server_that_never_shakes_hands_has_an_end(border: Border, colombia: State, peru: State) -> None:
    port = border.listener(lambda connection: wait(connection, 3))
    with pytest.raises(TooSlow):
        ask(border.client(peru, colombia), port)


def test_the_deadline_counts_our_own_idling_between_two_reads(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, for_ever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + bytes(4096) + b"\r\n"))
    client = border.client(peru, colombia, limits=ClientLimits(total_seconds=0.5))
    with client.stream("GET", f"https://localhost:{port}/") as response:
        time.sleep(0.6)
        with pytest.raises(TooSlow):
            read_limited(response, 1_000_000)


def test_without_the_deadline_a_dripping_server_holds_us(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, for_ever(HEAD, b"X-Drip: x\r\n", 0.1))
    patient = ClientLimits(silence_seconds=1, total_seconds=60)
    begin = time.monotonic()
    with pytest.raises(Unreachable):
        ask(border.client(peru, colombia, limits=patient), port)
    assert time.monotonic() - begin > 6


def test_a_redirect_is_not_followed(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    target = border.serve(recorder, colombia, PeerTrust([peru.identity]))
    answer = b"HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: https://localhost:%d/\r\n\r\n" % target
    with pytest.raises(BadResponse, match="307"):
        border.client(peru, colombia).get(f"https://localhost:{border.impostor(colombia, says(answer))}/", follow_redirects=True)
    assert recorder.seen == []


def test_a_compressed_bomb_is_refused_unread(border: Border, colombia: State, peru: State) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    answer = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    # Any client that decodes takes the ten million bytes for twelve thousand.
    assert len(httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=bomb).content) == 10_000_000
    with pytest.raises(BadResponse, match="Content-Encoding"):
        ask(border.client(peru, colombia), border.impostor(colombia, says(answer)))


def test_we_ask_for_no_compression_and_say_nothing_of_our_versions(border: Border, colombia: State, peru: State) -> None:
    requests: list[bytes] = []

    def listen(connection: ssl.SSLSocket) -> None:
        requests.append(connection.recv(65536))
        connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    ask(border.client(peru, colombia), border.impostor(colombia, listen))
    assert b"accept-encoding: identity\r\n" in requests[0].lower()
    assert b"httpx" not in requests[0].lower()


@pytest.mark.parametrize("careful", [True, False], ids=["with read_limited", "by a careless caller"])
def test_an_endless_body_is_cut_at_the_limit(border: Border, colombia: State, peru: State, careful: bool) -> None:
    port = border.impostor(colombia, for_ever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + bytes(4096) + b"\r\n"))
    client = border.client(peru, colombia, limits=ClientLimits(answer_bytes=1_000_000))
    with pytest.raises(TooLarge):
        if careful:
            ask(client, port, limit=50_000)
        else:
            client.get(f"https://localhost:{port}/")


def test_a_declared_length_beyond_the_limit_is_not_even_begun(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, says(HEAD + b"Content-Length: 5000000000\r\n\r\n", then_seconds=3))
    begin = time.monotonic()
    with pytest.raises(TooLarge, match="5000000000"):
        ask(border.client(peru, colombia), port)
    assert time.monotonic() - begin < 0.9


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HEAD + b"\r\nbien", "could not be told from a cut"),
        (b"HTTP/1.0 200 OK\r\n\r\nbien", "could not be told from a cut"),
        (b"220 mail.example.org\r\n\r\n", "not HTTP"),
        (HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbien", "not HTTP"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nbien", "not HTTP"),
        (HEAD + b"X-Long: " + b"x" * 200_000, "not HTTP"),
    ],
    ids=["ends with the connection", "HTTP/1.0", "another protocol", "two lengths", "a bad chunk", "endless header"],
)
def test_an_answer_that_breaks_the_rules_is_refused(
    border: Border, colombia: State, peru: State, answer: bytes, why: str
) -> None:
    with pytest.raises(BadResponse, match=why):
        ask(border.client(peru, colombia), border.impostor(colombia, says(answer)))


@pytest.mark.parametrize(
    ("method", "answer"),
    [("HEAD", HEAD + b"\r\n"), ("POST", b"HTTP/1.1 204 No Content\r\n\r\n")],
    ids=["HEAD", "204"],
)
def test_an_answer_without_a_body_needs_no_length(
    border: Border, colombia: State, peru: State, method: str, answer: bytes
) -> None:
    port = border.impostor(colombia, says(answer))
    assert border.client(peru, colombia).request(method, f"https://localhost:{port}/").content == b""


class _Pieces(httpx2.SyncByteStream):
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


@given(pieces=st.lists(st.binary(max_size=50), max_size=10), limit=st.integers(0, 300), declares=st.booleans())
def test_read_limited_gives_the_whole_body_or_none(pieces: list[bytes], limit: int, declares: bool) -> None:
    body = b"".join(pieces)
    headers = {"Content-Length": str(len(body))} if declares else {}
    response = httpx2.Response(200, headers=headers, stream=_Pieces(pieces))
    if len(body) <= limit:
        assert read_limited(response, limit) == body
    else:
        with pytest.raises(TooLarge):
            read_limited(response, limit)


def test_a_request_that_is_long_by_its_size_has_a_deadline_of_its_own(border: Border, colombia: State, peru: State) -> None:
    talk = says(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n", *[b"x"] * 60, then_seconds=0)
    limits = ClientLimits(connect_seconds=5, silence_seconds=5, total_seconds=0.0001)
    client = border.client(colombia, peru, limits=limits)
    with pytest.raises(TooSlow):
        client.get(f"https://localhost:{border.impostor(peru, talk)}/")
    url = f"https://localhost:{border.impostor(peru, talk)}/"
    with client.stream("GET", url, extensions={TOTAL_SECONDS: 60}) as response:
        assert read_limited(response, 60) == b"x" * 60


def one_answer_a_connection(connection: ssl.SSLSocket) -> None:
    """A server whose patience with an idle connection ends just as the next request comes."""
    if connection.recv(65536):
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\nsi")
        connection.recv(65536)


def test_a_connection_that_was_idle_for_long_is_not_used_again(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, one_answer_a_connection)
    lasting, short = (border.client(peru, colombia, limits=ClientLimits(idle_seconds=seconds)) for seconds in (60, 0.2))
    assert ask(lasting, port) == b"si"
    time.sleep(0.3)
    with pytest.raises(Unreachable):  # the request was on its way as the server hung up
        ask(lasting, port)
    for _ in range(2):
        assert ask(short, port) == b"si"
        time.sleep(0.3)


def test_a_client_lets_go_of_an_idle_connection_well_before_the_server_ends_it() -> None:
    assert ClientLimits().idle_seconds <= ServerLimits().keep_alive_seconds - 2
