from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from node.tls.certificates import Credential
from node.tls.client import read_limited
from node.tls.connection import client_pin
from node.tls.deadlines import ServerLimits
from node.tls.errors import BadMaterial, NotOurPeer, RefusedByPeer
from node.tls.server import server_context
from node.tls.trust import PeerTrust
from tests.node.tls.leaves import own_leaf

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from tests.node.tls.conftest import Border, Recorder, State

pytestmark = pytest.mark.enable_socket

ASK = b"GET /pregunta HTTP/1.1\r\nHost: localhost\r\n\r\n"


def _answer(connection: ssl.SSLSocket, request: bytes = ASK) -> bytes:
    """Send a request; the first bytes of the answer, or none if the server hung up."""
    try:
        connection.sendall(request)
        return connection.recv(4096)
    except (ConnectionError, ssl.SSLError):
        return b""


def test_a_member_is_served_and_the_app_sees_its_pin(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]))
    with border.client(peru, colombia).stream("POST", f"https://localhost:{port}/pregunta", content=b"x") as response:
        assert read_limited(response, 100) == b"bien"
    assert recorder.seen == [(peru.pin, "/pregunta")]


def test_a_caller_without_a_certificate_is_refused(border: Border, colombia: State, recorder: Recorder) -> None:
    trust = PeerTrust([colombia.identity])
    port = border.serve(recorder, colombia, trust)
    assert _answer(border.raw(None, colombia, port)) == b""
    assert recorder.seen == []

    # Against a weakened copy the same caller reaches the app, which then has no pin to go by.
    weak = server_context(colombia.own, trust)
    weak.verify_mode = ssl.CERT_OPTIONAL
    refusals: list[NotOurPeer] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                client_pin(scope, border.clock())
            except NotOurPeer as error:
                refusals.append(error)

    weak_port = border.serve(app, colombia, trust, context=weak)
    assert _answer(border.raw(None, colombia, weak_port)).startswith(b"HTTP/1.1 500")
    assert len(refusals) == 1


def test_a_caller_under_a_foreign_authority_is_refused_until_that_state_joins_live(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    trust = PeerTrust([peru.identity])
    port = border.serve(recorder, colombia, trust)
    url = f"https://localhost:{port}/pregunta"
    with pytest.raises(RefusedByPeer):
        border.client(mexico, colombia).get(url)
    assert recorder.seen == []

    trust.add_trust(mexico.identity)
    assert border.client(mexico, colombia).get(url).status_code == 200
    assert trust.state_of(recorder.seen[0][0]) == "MX"


def test_an_expired_leaf_is_refused(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    expired = border.state("PE", age_days=2)
    port = border.serve(recorder, colombia, PeerTrust([expired.identity]))
    with pytest.raises(RefusedByPeer):
        border.client(expired, colombia).get(f"https://localhost:{port}/pregunta")

    # Its pin and authority are in force: a leaf in date under the same authority gets through.
    renewed = border.state("PE", authority=expired.authority)
    assert border.client(renewed, colombia).get(f"https://localhost:{port}/pregunta").status_code == 200


def test_tls_1_2_is_refused(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    trust = PeerTrust([peru.identity])
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.load_verify_locations(cadata=colombia.authority.certificate.decode())
    old.load_cert_chain(peru.certificate, peru.key)

    def version_spoken(port: int) -> str | None:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
            old.wrap_socket(connection, server_hostname="localhost") as secure,
        ):
            return secure.version()

    with pytest.raises((ssl.SSLError, ConnectionError)):
        version_spoken(border.serve(recorder, colombia, trust))

    weak = server_context(colombia.own, trust)
    weak.minimum_version = ssl.TLSVersion.TLSv1_2
    assert version_spoken(border.serve(recorder, colombia, trust, context=weak)) == "TLSv1.2"


def test_a_leaf_that_another_state_issued_in_our_members_name_has_no_pin(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    trust = PeerTrust([peru.identity, mexico.identity])
    port = border.serve(recorder, colombia, trust)
    forged = border.state("PE", authority=mexico.authority)
    # The handshake passes, as Mexico is a member; only the pin tells that this is not Peru.
    assert border.client(forged, colombia).get(f"https://localhost:{port}/pregunta").status_code == 200
    with pytest.raises(NotOurPeer):
        trust.state_of(recorder.seen[0][0])


def test_a_pin_withdrawn_in_the_middle_shuts_out_the_next_request_of_an_open_connection(
    border: Border, colombia: State, peru: State
) -> None:
    trust = PeerTrust([peru.identity])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            trust.state_of(client_pin(scope, border.clock()))
            status = 200
        except NotOurPeer:
            status = 403
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    port = border.serve(app, colombia, trust)
    connection = border.raw(peru, colombia, port)
    assert _answer(connection).startswith(b"HTTP/1.1 200")
    trust.withdraw(peru.pin)
    assert _answer(connection).startswith(b"HTTP/1.1 403")


def test_two_states_side_by_side_take_only_their_own_members(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    of_colombia = border.serve(recorder, colombia, PeerTrust([mexico.identity]))
    of_peru = border.serve(recorder, peru, PeerTrust([mexico.identity, colombia.identity]))
    assert border.client(mexico, colombia).get(f"https://localhost:{of_colombia}/a").status_code == 200
    assert border.client(mexico, peru).get(f"https://localhost:{of_peru}/b").status_code == 200
    assert border.client(colombia, peru).get(f"https://localhost:{of_peru}/c").status_code == 200
    with pytest.raises(NotOurPeer):
        border.client(mexico, peru).get(f"https://localhost:{of_colombia}/d")
    with pytest.raises(RefusedByPeer):
        border.client(peru, colombia).get(f"https://localhost:{of_colombia}/e")
    assert recorder.seen == [(mexico.pin, "/a"), (mexico.pin, "/b"), (colombia.pin, "/c")]


def test_no_session_can_be_resumed_past_the_certificate(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    trust = PeerTrust([peru.identity])

    def has_ticket(port: int) -> bool:
        connection = border.raw(peru, colombia, port)
        assert _answer(connection).startswith(b"HTTP/1.1 200")
        session = connection.session
        return session is not None and session.has_ticket

    assert not has_ticket(border.serve(recorder, colombia, trust))
    weak = server_context(colombia.own, trust)
    weak.num_tickets = 2
    assert has_ticket(border.serve(recorder, colombia, trust, context=weak))


def test_what_a_caller_says_about_itself_in_headers_changes_nothing(border: Border, colombia: State, peru: State) -> None:
    callers: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        callers.append((scope["client"][0], scope["scheme"]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    port = border.serve(app, colombia, PeerTrust([peru.identity]))
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"}
    response = border.client(peru, colombia).get(f"https://localhost:{port}/", headers=headers)
    assert callers == [("127.0.0.1", "https")]
    assert "server" not in response.headers


def test_headers_beyond_the_limit_are_refused(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), ServerLimits(header_bytes=2048))
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 4096 + b"\r\n\r\n"
    assert _answer(border.raw(peru, colombia, port), request).startswith(b"HTTP/1.1 400")
    assert recorder.seen == []


def test_callers_beyond_the_limit_are_told_to_wait(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]), ServerLimits(connections=3))
    held = [border.raw(peru, colombia, port) for _ in range(2)]
    assert _answer(held[0]).startswith(b"HTTP/1.1 200")
    assert _answer(held[1]).startswith(b"HTTP/1.1 200")
    assert _answer(border.raw(peru, colombia, port)).startswith(b"HTTP/1.1 503")


def test_members_join_while_others_call(border: Border, colombia: State, peru: State, recorder: Recorder) -> None:
    trust = PeerTrust([peru.identity])
    port = border.serve(recorder, colombia, trust)
    newcomers = [border.state(code) for code in ("BO", "CL", "EC", "UY", "PY", "BR")]

    def join() -> None:
        for newcomer in newcomers:
            trust.add_trust(newcomer.identity)

    joining = threading.Thread(target=join)
    joining.start()
    for _ in range(20):
        assert border.client(peru, colombia).get(f"https://localhost:{port}/").status_code == 200
    joining.join()
    for newcomer in newcomers:
        assert border.client(newcomer, colombia).get(f"https://localhost:{port}/").status_code == 200


def test_a_key_that_does_not_fit_the_certificate_is_a_clear_error(colombia: State, peru: State, tmp_path: Path) -> None:
    with pytest.raises(BadMaterial, match=r"leaf\.pem: it does not belong to leaf\.key"):
        own_leaf(tmp_path, Credential(colombia.leaf.certificate, peru.leaf.key))
