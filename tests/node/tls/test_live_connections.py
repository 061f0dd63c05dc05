"""Connections that live while certificates end and directories change: what was proven at the handshake is asked again.

The leaves here are good for a day. A test lets two days pass on the clock that our checks go by; OpenSSL saw them in force.
"""

from __future__ import annotations

import dataclasses
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from node.tls import client as client_module
from node.tls import connection as connection_module
from node.tls.certificates import issue_leaf, spki_pin
from node.tls.client import read_limited
from node.tls.connection import client_pin
from node.tls.errors import NotOurPeer, RefusedByPeer
from node.tls.own import NEXT, OwnLeaf, write_credential
from node.tls.trust import PeerIdentity, PeerTrust
from tests.node.tls.conftest import HOSTS, Recorder
from tests.node.tls.leaves import vault_with
from tests.serving import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tests.node.tls.conftest import Border, State

pytestmark = pytest.mark.enable_socket

ASK = b"GET /pregunta HTTP/1.1\r\nHost: localhost\r\n\r\n"
TWO_DAYS = timedelta(days=2)


def guarded(trust: PeerTrust, border: Border) -> ASGIApp:
    """The question that the peer API asks on every request (`node/inbound/peer/app.py`)."""

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

    return app


def status(connection: ssl.SSLSocket) -> int:
    connection.sendall(ASK)
    return int(connection.recv(4096).split()[1])


def test_a_caller_whose_certificate_ends_while_its_connection_lives_is_refused(
    border: Border, colombia: State, peru: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = PeerTrust([peru.identity])
    connection = border.raw(peru, colombia, border.serve(guarded(trust, border), colombia, trust))
    assert status(connection) == 200
    border.clock.passed = TWO_DAYS
    assert status(connection) == 403
    # A weakened copy that asks only at the handshake, as OpenSSL does, goes on answering.
    monkeypatch.setattr(connection_module, "in_force", lambda *_: True)
    assert status(connection) == 200


def test_a_caller_that_leaves_the_directory_while_its_connection_lives_is_refused(
    border: Border, colombia: State, peru: State, mexico: State
) -> None:
    trust = PeerTrust([peru.identity, mexico.identity])
    connection = border.raw(peru, colombia, border.serve(guarded(trust, border), colombia, trust))
    assert status(connection) == 200
    trust.replace([mexico.identity])
    assert status(connection) == 403
    trust.replace([peru.identity, mexico.identity])
    assert status(connection) == 200


def test_an_authority_that_left_the_directory_gets_no_new_handshake(
    border: Border, colombia: State, peru: State, mexico: State, recorder: Recorder
) -> None:
    """OpenSSL cannot take it out of a live context: one that only ever added would shake hands with Peru for ever."""
    trust = PeerTrust([peru.identity, mexico.identity])
    url = f"https://localhost:{border.serve(recorder, colombia, trust)}/"
    assert border.client(peru, colombia).get(url).status_code == 200
    trust.replace([mexico.identity])
    with pytest.raises(RefusedByPeer):
        border.client(peru, colombia).get(url)
    assert border.client(mexico, colombia).get(url).status_code == 200


def ask(client: httpx2.Client, port: int) -> bytes:
    with client.stream("GET", f"https://localhost:{port}/") as response:
        return read_limited(response, 100)


def test_a_pooled_connection_to_a_peer_whose_certificate_ended_is_not_used_again(
    border: Border, colombia: State, peru: State, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = border.serve(recorder, colombia, PeerTrust([peru.identity]))
    client = border.client(peru, colombia)
    assert ask(client, port) == b"bien"
    border.clock.passed = TWO_DAYS
    with pytest.raises(NotOurPeer, match="out of its period"):
        ask(client, port)
    assert len(recorder.seen) == 1
    wait_until(lambda: border.open_connections(port) == 0, "the end of the connection")
    # A weakened copy that looks at the handshake only uses the connection again.
    border.clock.passed = timedelta()
    assert ask(client, port) == b"bien"
    border.clock.passed = TWO_DAYS
    monkeypatch.setattr(client_module, "in_force", lambda *_: True)
    assert ask(client, port) == b"bien"


def test_a_new_leaf_is_served_from_the_next_connection_on_and_the_living_one_goes_on(
    border: Border, colombia: State, peru: State, tmp_path: Path
) -> None:
    vault = vault_with(tmp_path / "turning", colombia.leaf)
    own = OwnLeaf(vault)
    port = border.serve(Recorder(answer=b""), dataclasses.replace(colombia, own=own), PeerTrust([peru.identity]))
    living = border.raw(peru, colombia, port)
    assert status(living) == 200
    now = datetime.now(UTC)
    for _ in range(2):  # one renewal after the other, and nobody restarts anything
        following = issue_leaf(colombia.authority, HOSTS, "CO", now, 1)
        pin = spki_pin(following.certificate)
        write_credential(vault, NEXT, following)
        assert own.turn([pin], now) == pin
        client = border.client(peru, colombia, pins=frozenset({pin}))
        assert ask(client, port) == b""
    assert status(living) == 200
    with pytest.raises(NotOurPeer):
        ask(border.client(peru, colombia, pins=frozenset({colombia.pin})), port)


def test_a_peer_identity_without_the_old_pin_shuts_the_old_leaf_out(border: Border, colombia: State, peru: State) -> None:
    trust = PeerTrust([peru.identity])
    port = border.serve(guarded(trust, border), colombia, trust)
    following = border.state("PE", authority=peru.authority)
    connection = border.raw(peru, colombia, port)
    assert status(connection) == 200
    trust.replace([PeerIdentity("PE", peru.authority.certificate, frozenset({peru.pin, following.pin}))])
    assert status(connection) == 200
    trust.replace([following.identity])
    assert status(connection) == 403
    assert status(border.raw(following, colombia, port)) == 200
