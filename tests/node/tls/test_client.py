from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import httpx2
import pytest

from node.tls.client import pinned_client
from node.tls.errors import (
    BadMaterial,
    NotOurPeer,
    RefusedByPeer,
    TlsError,
    Unreachable,
)
from node.tls.trust import PeerTrust
from tests.node.tls.conftest import Clock
from tests.node.tls.talking import HEAD, ask, says
from tests.serving import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.node.tls.conftest import Border, Recorder, State

pytestmark = pytest.mark.enable_socket


# Who answers


def test_a_key_that_is_not_pinned_gets_no_request_byte_though_its_chain_is_right(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]))
    stolen_name = border.state("CO", authority=colombia.authority)
    with pytest.raises(NotOurPeer, match="not the pinned one"):
        ask(border.client(peru, colombia, pins=stolen_name.identity.pins), port)
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
        ask(border.client(peru, colombia, pins=peru.identity.pins), port)
    wait_until(lambda: bool(received), "the request")
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
        ask(client, port)
    assert recorder.seen == []


def test_the_current_leaf_and_the_next_one_are_both_taken(
    border: Border, colombia: State, peru: State, recorder: Recorder
) -> None:
    following = border.state("CO", authority=colombia.authority)
    pins = frozenset({colombia.pin, following.pin})
    client = border.client(peru, colombia, pins=pins)
    for leaf in (colombia, following):
        assert ask(client, border.serve(recorder, leaf, PeerTrust([peru.identity]))) == b"bien"


def test_a_leaf_that_another_member_issued_is_refused_even_with_a_pinned_key(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    forged = border.state("CO", authority=mexico.authority)
    port = border.serve(recorder, forged, PeerTrust([peru.identity]))
    with pytest.raises(NotOurPeer, match="does not hold"):
        ask(border.client(peru, colombia, pins=forged.identity.pins), port)
    assert recorder.seen == []


def test_an_expired_leaf_is_refused(border: Border, peru: State, recorder: Recorder) -> None:
    expired = border.state("CO", age_days=2)
    port = border.serve(recorder, expired, PeerTrust([peru.identity]))
    with pytest.raises(NotOurPeer, match="does not hold"):
        ask(border.client(peru, expired), port)
    assert recorder.seen == []


def test_a_leaf_for_another_host_is_refused(border: Border, peru: State, recorder: Recorder) -> None:
    elsewhere = border.state("CO", hosts=("nodo.example.org",))
    port = border.serve(recorder, elsewhere, PeerTrust([peru.identity]))
    with pytest.raises(NotOurPeer, match="does not hold"):
        ask(border.client(peru, elsewhere), port)
    assert recorder.seen == []


def test_a_server_that_speaks_only_tls_1_2_is_refused(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, says(HEAD), version=ssl.TLSVersion.TLSv1_2)
    with pytest.raises(NotOurPeer, match=r"TLS 1\.3"):
        ask(border.client(peru, colombia), port)


def test_a_server_that_speaks_no_tls_is_not_our_peer(border: Border, colombia: State, peru: State) -> None:
    port = border.listener(lambda connection: connection.sendall(HEAD + b"\r\n"))
    with pytest.raises(NotOurPeer):
        ask(border.client(peru, colombia), port)


def test_an_error_of_an_earlier_call_does_not_colour_the_next(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, says(HEAD))
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    wrong = border.client(peru, colombia, pins=peru.identity.pins)
    try:
        ask(wrong, port)
    except NotOurPeer:
        with pytest.raises(Unreachable):
            ask(wrong, closed)


# Who refuses, or is not there


def test_a_refusal_of_our_certificate_is_told_from_a_broken_line(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([mexico.identity]))
    with pytest.raises(RefusedByPeer):
        ask(border.client(peru, colombia), port)

    answer = HEAD + b"Content-Length: 10\r\n\r\n12345"
    with pytest.raises(Unreachable):
        ask(border.client(peru, colombia), border.impostor(colombia, says(answer)))


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
        ask(border.client(peru, colombia), border.listener(refuse))


def test_nobody_there_is_unreachable(border: Border, colombia: State, peru: State) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable):
        ask(border.client(peru, colombia), port)


def test_a_line_that_breaks_within_the_handshake_is_unreachable(border: Border, colombia: State, peru: State) -> None:
    for talk in (lambda connection: None, lambda connection: connection.recv(65536)):
        with pytest.raises(Unreachable):
            ask(border.client(peru, colombia), border.listener(talk))


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
    assert ask(border.client(peru, colombia), border.serve(recorder, colombia, PeerTrust([peru.identity]))) == b"bien"
    assert asked == []
    assert not keys.exists()

    with httpx2.Client() as weak, pytest.raises(httpx2.HTTPError):
        weak.get("https://localhost:1/")
    wait_until(lambda: bool(asked), "the request")


@pytest.mark.parametrize("pins", [frozenset(), frozenset({"00"}), frozenset({"A" * 64})], ids=["none", "short", "capitals"])
def test_pins_of_no_form_are_refused(colombia: State, peru: State, pins: frozenset[str]) -> None:
    with pytest.raises(BadMaterial, match="pins"):
        pinned_client(colombia.authority.certificate, pins, peru.leaf, Clock())


def test_a_leaf_is_no_authority(colombia: State, peru: State) -> None:
    with pytest.raises(BadMaterial, match="authority"):
        pinned_client(colombia.leaf.certificate, colombia.identity.pins, peru.leaf, Clock())


def test_errors_tell_no_url_and_no_key(border: Border, colombia: State, peru: State) -> None:
    port = border.impostor(colombia, says(b"no"))
    secret = "57300"  # an invented piece of an invented number
    for pins in (colombia.identity.pins, peru.identity.pins):
        with pytest.raises(TlsError) as caught:
            border.client(peru, colombia, pins=pins).get(f"https://localhost:{port}/{secret}")
        assert secret not in str(caught.value)
        assert colombia.pin not in str(caught.value)


def test_a_client_that_is_closed_while_a_connection_is_being_made_leaves_none_behind(
    border: Border, colombia: State, peru: State
) -> None:
    """A node that is told to end closes its lines, whatever call is under way on them."""
    begun, closed, ended = threading.Event(), threading.Event(), threading.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(colombia.certificate, colombia.key)

    def slow_to_shake_hands(connection: socket.socket) -> None:
        begun.set()
        closed.wait(5)
        with context.wrap_socket(connection, server_side=True) as secure:
            if secure.recv(65536) == b"":
                ended.set()

    def call() -> None:
        with pytest.raises(Unreachable):
            ask(client, port)

    client, asking = border.client(peru, colombia), threading.Thread(target=call)
    port = border.listener(slow_to_shake_hands)
    asking.start()
    assert begun.wait(5)
    client.close()
    closed.set()
    assert ended.wait(5)
    asking.join()
