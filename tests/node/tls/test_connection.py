from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from uvicorn.server import ServerState

from node.tls.certificates import spki_pin
from node.tls.connection import PeerProtocol, client_pin, subject_of
from node.tls.deadlines import ServerLimits, TimedConfig
from node.tls.errors import NotOurPeer
from node.tls.trust import PeerTrust

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.node.tls.conftest import Border, State

pytestmark = pytest.mark.enable_socket

ASK = b"GET /pregunta HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_connection_without_tls_has_no_tls_extension_and_so_no_pin() -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async def ask() -> None:
        config = TimedConfig(app, ServerLimits())
        config.load()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: PeerProtocol(config, ServerState(), {}), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(ASK)
            assert (await reader.read(4096)).startswith(b"HTTP/1.1 200")
            writer.close()
            await writer.wait_closed()

    asyncio.run(ask())
    assert "tls" not in scopes[0].get("extensions", {})
    with pytest.raises(NotOurPeer):
        client_pin(scopes[0], int(time.time()))


def test_the_scope_has_the_callers_certificate_as_the_tls_extension_wants(border: Border, colombia: State, peru: State) -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scopes.append(scope)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})

    port = border.serve(app, colombia, PeerTrust([peru.identity]))
    border.client(peru, colombia).get(f"https://localhost:{port}/")
    tls = scopes[0]["extensions"]["tls"]
    assert tls["client_cert_chain"] == [peru.leaf.certificate.decode()]
    assert tls["client_cert_name"] == "CN=Celosia node PE,C=PE"
    assert tls["client_cert_error"] is None
    assert tls["server_cert"] is None
    assert tls["tls_version"] == 0x0304
    assert tls["cipher_suite"] in {0x1301, 0x1302, 0x1303}
    assert client_pin(scopes[0], int(time.time())) == peru.pin == spki_pin(peru.leaf.certificate)


@pytest.mark.parametrize("leaf", [b"", b"\x30\x03\x02\x01\x00", b"celosia"])
def test_a_certificate_that_cannot_be_read_has_no_subject(leaf: bytes) -> None:
    assert subject_of(leaf) is None


@pytest.mark.parametrize(
    "scope",
    [{}, {"extensions": {}}, {"extensions": {"tls": {"client_cert_chain": []}}}],
    ids=["no extensions", "no TLS", "no certificate"],
)
def test_a_scope_without_a_certificate_has_no_pin(scope: Scope) -> None:
    with pytest.raises(NotOurPeer, match="no certificate"):
        client_pin(scope, int(time.time()))
