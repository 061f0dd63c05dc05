from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.tls.client import TOTAL_SECONDS, ClientLimits, pinned_client, read_limited
from node.tls.errors import (
    BadMaterial,
    BadResponse,
    NotOurPeer,
    RefusedByPeer,
    TlsError,
    TooLarge,
    TooSlow,
    Unreachable,
)
from node.tls.trust import PeerTrust
from tests.node.tls.conftest import Clock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.node.tls.conftest import Border, Recorder, State

pytestmark = pytest.mark.enable_socket

HEAD = b"HTTP/1.1 200 OK\r\n"


def _wait(connection: socket.socket, seconds: float) -> None:
    """Keep a connection open for so long, or until the other side leaves."""
    if seconds:
        connection.settimeout(seconds)
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass


def _says(*pieces: bytes, then_seconds: float = 0) -> Callable[[ssl.SSLSocket], None]:
    """A server that takes one request, sends the pieces, waits and hangs up."""

    def talk(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)
        _wait(connection, then_seconds)

    return talk


def _for_ever(first: bytes, piece: bytes, pause_seconds: float = 0) -> Callable[[ssl.SSLSocket], None]:
    """A server that takes one request and answers without end."""

    def talk(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        connection.sendall(first)
        end = time.monotonic() + 8
        while time.monotonic() < end:
            connection.sendall(piece)
            time.sleep(pause_seconds)

    return talk


def _ask(client: httpx2.Client, port: int, limit: int = 100_000) -> bytes:
    with client.stream("GET", f"https://localhost:{port}/pregunta") as response:
        return read_limited(response, limit)


# Who answers


def test_a_key_that_is_not_pinned_gets_no_request_byte_though_its_chain_is_right(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]))
    stolen_name = border.state("CO", authority=colombia.authority)
    with pytest.raises(NotOurPeer, match="not the pinned one"):
        _ask(border.client(peru, colombia, pins=stolen_name.identity.pins), port)
    assert recorder.seen == []

    # A client that trusts the same authority and has no pin gives its request away.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=colombia.authority.certificate.decode())
    context.load_cert_chain(peru.certificate, peru.key)
    with httpx2.Client(verify=context, trust_env=False) as weak:
        assert weak.get(f"https://localhost:{port}/pregunta").status_code == 200
    assert recorder.seen == [(peru.pin, "/pregunta")]


def test_the_wrong_key_sees_our_certificate_and_not_one_byte_of_the_request(border: Border, colombia: State, peru: State) -> None:
    received: list[bytes] = []

    def listen(connection: ssl.SSLSocket) -> None:
        received.append(connection.recv(65536))

    port = border.impostor(colombia, listen)
    with pytest.raises(NotOurPeer):
        _ask(border.client(peru, colombia, pins=peru.identity.pins), port)
    border.wait_until(lambda: bool(received))
    assert received == [b""]


def test_a_key_that_can_have_no_pin_is_not_our_peers(
    border: Border, colombia: State, peru: State, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(certificate: bytes) -> str:
        raise BadMaterial("OpenSSL reads this certificate and the other library does not")

    port = border.serve(recorder, colombia, PeerTrust([peru.identity]))
    client = border.client(peru, colombia)
    monkeypatch.setattr("node.tls.client.spki_pin", unreadable)
    with pytest.raises(NotOurPeer):
        _ask(client, port)
    assert recorder.seen == []


def test_the_current_leaf_and_the_next_one_are_both_taken(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    following = border.state("CO", authority=colombia.authority)
    pins = frozenset({colombia.pin, following.pin})
    client = border.client(peru, colombia, pins=pins)
    for leaf in (colombia, following):
        assert _ask(client, border.serve(recorder, leaf, PeerTrust([peru.identity]))) == b"bien"


def test_a_leaf_that_another_member_issued_is_refused_even_with_a_pinned_key(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    forged = border.state("CO", authority=mexico.authority)
    port = border.serve(recorder, forged, PeerTrust([peru.identity]))
    with pytest.raises(NotOurPeer, match="does not hold"):
        _ask(border.client(peru, colombia, pins=forged.identity.pins), port)
    assert recorder.seen == []


def test_an_expired_leaf_is_refused(border: Border, peru: State, recorder: Recorder) -> None:
    expired = border.state("CO", age_days=2)
    port = border.serve(recorder, expired, PeerTrust([peru.identity]))
    with pytest.raises(NotOurPeer, match="does not hold"):
        _ask(border.client(peru, expired), port)
    assert recorder.seen == []


def test_a_leaf_for_another_host_is_refused(border: Border, peru: State, recorder: Recorder) -> None:
    elsewhere = border.state("CO", hosts=("nodo.example.org",))
    port = border.serve(recorder, elsewhere, PeerTrust([peru.identity]))
    with pytest.raises(NotOurPeer, match="does not hold"):
        _ask(border.client(peru, elsewhere), port)
    assert recorder.seen == []


def test_a_server_that_speaks_only_tls_1_2_is_refused(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, _says(HEAD), version=ssl.TLSVersion.TLSv1_2)
    with pytest.raises(NotOurPeer, match=r"TLS 1\.3"):
        _ask(border.client(peru, colombia), port)


def test_a_server_that_speaks_no_tls_is_not_our_peer(border: Border, colombia: State, peru: State) -> None:
    port = border.listener(lambda connection: connection.sendall(HEAD + b"\r\n"))
    with pytest.raises(NotOurPeer):
        _ask(border.client(peru, colombia), port)


def test_an_error_of_an_earlier_call_does_not_colour_the_next(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, _says(HEAD))
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    wrong = border.client(peru, colombia, pins=peru.identity.pins)
    try:
        _ask(wrong, port)
    except NotOurPeer:
        with pytest.raises(Unreachable):
            _ask(wrong, closed)


# Who refuses, or is not there


def test_a_refusal_of_our_certificate_is_told_from_a_broken_line(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([mexico.identity]))
    with pytest.raises(RefusedByPeer):
        _ask(border.client(peru, colombia), port)

    answer = HEAD + b"Content-Length: 10\r\n\r\n12345"
    with pytest.raises(Unreachable):
        _ask(border.client(peru, colombia), border.impostor(colombia, _says(answer)))


def test_a_large_request_does_not_hide_the_refusal(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([mexico.identity]))
    for size in (0, 100_000, 4_000_000):
        with pytest.raises(RefusedByPeer):
            border.client(peru, colombia).post(f"https://localhost:{port}/", content=bytes(size))


def test_a_refusal_that_comes_as_an_alert_is_a_refusal(border: Border, colombia: State, peru: State, mexico: State) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(colombia.certificate, colombia.key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=mexico.authority.certificate.decode())

    def refuse(connection: socket.socket) -> None:
        # Python's own blocking sockets send the alert that asyncio leaves unsent.
        secure = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with secure, contextlib.suppress(ssl.SSLError):
            secure.do_handshake()

    with pytest.raises(RefusedByPeer):
        _ask(border.client(peru, colombia), border.listener(refuse))


def test_nobody_there_is_unreachable(border: Border, colombia: State, peru: State) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable):
        _ask(border.client(peru, colombia), port)


def test_a_line_that_breaks_within_the_handshake_is_unreachable(border: Border, colombia: State, peru: State) -> None:
    for talk in (lambda connection: None, lambda connection: connection.recv(65536)):
        with pytest.raises(Unreachable):
            _ask(border.client(peru, colombia), border.listener(talk))


# Who is slow


@pytest.mark.parametrize(
    "talk",
    [
        lambda connection: _wait(connection, 4),
        _says(HEAD, then_seconds=4),
        _says(HEAD + b"Content-Length: 10\r\n\r\n123", then_seconds=4),
        _for_ever(HEAD, b"X-Drip: x\r\n", 0.1),
        _for_ever(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.1),
        _for_ever(HEAD + b"Content-Length: 10000\r\n\r\n", b"x", 0.1),
        _for_ever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.1),
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
        _ask(border.client(peru, colombia), port)
    assert time.monotonic() - begin < 3.5


def test_a_server_that_never_shakes_hands_has_an_end(border: Border, colombia: State, peru: State) -> None:
    port = border.listener(lambda connection: _wait(connection, 3))
    with pytest.raises(TooSlow):
        _ask(border.client(peru, colombia), port)


def test_the_deadline_counts_our_own_idling_between_two_reads(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, _for_ever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + bytes(4096) + b"\r\n"))
    client = border.client(peru, colombia, limits=ClientLimits(total_seconds=0.5))
    with client.stream("GET", f"https://localhost:{port}/") as response:
        time.sleep(0.6)
        with pytest.raises(TooSlow):
            read_limited(response, 1_000_000)


def test_without_the_deadline_a_dripping_server_holds_us(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, _for_ever(HEAD, b"X-Drip: x\r\n", 0.1))
    patient = ClientLimits(silence_seconds=1, total_seconds=60)
    begin = time.monotonic()
    with pytest.raises(Unreachable):
        _ask(border.client(peru, colombia, limits=patient), port)
    assert time.monotonic() - begin > 6


# What is answered


def test_a_redirect_is_not_followed(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    target = border.serve(recorder, colombia, PeerTrust([peru.identity]))
    answer = b"HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: https://localhost:%d/\r\n\r\n" % target
    with pytest.raises(BadResponse, match="307"):
        border.client(peru, colombia).get(f"https://localhost:{border.impostor(colombia, _says(answer))}/", follow_redirects=True)
    assert recorder.seen == []


def test_a_compressed_bomb_is_refused_unread(border: Border, colombia: State, peru: State) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    answer = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    # Any client that decodes takes the ten million bytes for twelve thousand.
    assert len(httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=bomb).content) == 10_000_000
    with pytest.raises(BadResponse, match="Content-Encoding"):
        _ask(border.client(peru, colombia), border.impostor(colombia, _says(answer)))


def test_we_ask_for_no_compression_and_say_nothing_of_our_versions(border: Border, colombia: State, peru: State) -> None:
    requests: list[bytes] = []

    def listen(connection: ssl.SSLSocket) -> None:
        requests.append(connection.recv(65536))
        connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    _ask(border.client(peru, colombia), border.impostor(colombia, listen))
    assert b"accept-encoding: identity\r\n" in requests[0].lower()
    assert b"httpx" not in requests[0].lower()


@pytest.mark.parametrize("careful", [True, False], ids=["with read_limited", "by a careless caller"])
def test_an_endless_body_is_cut_at_the_limit(border: Border, colombia: State, peru: State, careful: bool) -> None:
    port = border.impostor(colombia, _for_ever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + bytes(4096) + b"\r\n"))
    client = border.client(peru, colombia, limits=ClientLimits(answer_bytes=1_000_000))
    with pytest.raises(TooLarge):
        if careful:
            _ask(client, port, limit=50_000)
        else:
            client.get(f"https://localhost:{port}/")


def test_a_declared_length_beyond_the_limit_is_not_even_begun(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, _says(HEAD + b"Content-Length: 5000000000\r\n\r\n", then_seconds=3))
    begin = time.monotonic()
    with pytest.raises(TooLarge, match="5000000000"):
        _ask(border.client(peru, colombia), port)
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
        _ask(border.client(peru, colombia), border.impostor(colombia, _says(answer)))


@pytest.mark.parametrize(
    ("method", "answer"),
    [("HEAD", HEAD + b"\r\n"), ("POST", b"HTTP/1.1 204 No Content\r\n\r\n")],
    ids=["HEAD", "204"],
)
def test_an_answer_without_a_body_needs_no_length(
    border: Border, colombia: State, peru: State, method: str, answer: bytes
) -> None:
    port = border.impostor(colombia, _says(answer))
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


# What we are given


def test_a_url_in_clear_is_refused_before_anything_is_sent(border: Border, colombia: State, peru: State) -> None:
    received: list[bytes] = []
    port = border.listener(lambda connection: received.append(connection.recv(100)))
    with pytest.raises(BadMaterial, match="https"):
        border.client(peru, colombia).get(f"http://localhost:{port}/")
    assert received == []


def test_proxies_and_authorities_of_the_environment_are_not_asked(
    border: Border, colombia: State, peru: State, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[bytes] = []
    proxy = border.listener(lambda connection: asked.append(connection.recv(100)))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("SSL_CERT_FILE", str(peru.certificate))
    assert _ask(border.client(peru, colombia), border.serve(recorder, colombia, PeerTrust([peru.identity]))) == b"bien"
    assert asked == []
    assert not keys.exists()

    with httpx2.Client() as weak, pytest.raises(httpx2.HTTPError):
        weak.get("https://localhost:1/")
    border.wait_until(lambda: bool(asked))


@pytest.mark.parametrize("pins", [frozenset(), frozenset({"00"}), frozenset({"A" * 64})], ids=["none", "short", "capitals"])
def test_pins_of_no_form_are_refused(colombia: State, peru: State, pins: frozenset[str]) -> None:
    with pytest.raises(BadMaterial, match="pins"):
        pinned_client(colombia.authority.certificate, pins, peru.leaf, Clock())


def test_a_leaf_is_no_authority(colombia: State, peru: State) -> None:
    with pytest.raises(BadMaterial, match="authority"):
        pinned_client(colombia.leaf.certificate, colombia.identity.pins, peru.leaf, Clock())


def test_errors_tell_no_url_and_no_key(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, _says(b"no"))
    secret = "57300"  # an invented piece of an invented number
    for pins in (colombia.identity.pins, peru.identity.pins):
        with pytest.raises(TlsError) as caught:
            border.client(peru, colombia, pins=pins).get(f"https://localhost:{port}/{secret}")
        assert secret not in str(caught.value)
        assert colombia.pin not in str(caught.value)


def test_a_request_that_is_long_by_its_size_has_a_deadline_of_its_own(border: Border, colombia: State, peru: State) -> None:
    talk = _says(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n", *[b"x"] * 60, then_seconds=0)
    limits = ClientLimits(connect_seconds=5, silence_seconds=5, total_seconds=0.0001)
    client = border.client(colombia, peru, limits=limits)
    with pytest.raises(TooSlow):
        client.get(f"https://localhost:{border.impostor(peru, talk)}/")
    url = f"https://localhost:{border.impostor(peru, talk)}/"
    with client.stream("GET", url, extensions={TOTAL_SECONDS: 60}) as response:
        assert read_limited(response, 60) == b"x" * 60
