"""The peer server: uvicorn over mutual TLS, on its own port, for one ASGI app."""

import ssl
import threading

import uvicorn
from starlette.types import ASGIApp

from node.tls.certificates import Credential
from node.tls.connection import PeerProtocol
from node.tls.contexts import harden
from node.tls.deadlines import ServerLimits, TimedConfig, TimedServer
from node.tls.own import OwnLeaf
from node.tls.trust import PeerTrust


def server_context(own: OwnLeaf, trust: PeerTrust) -> ssl.SSLContext:
    """The server's side of TLS: 1.3 only, a client certificate under a member's authority, nothing resumed.

    The context that listens hands each handshake to one made for the leaf and the authorities of that moment. So a new leaf
    and a new directory count from the next connection on, an authority that left is gone, and connections that live go on.

    Args:
        own: this node's leaf; the context follows its changes.
        trust: the members; the context follows their changes.

    Raises:
        BadMaterial: the certificate and key cannot be used.
    """
    listening = _context(own.current, frozenset())
    current = _Current(own, trust)

    def choose(connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = current.context()

    listening.sni_callback = choose
    return listening


class _Current:
    """The context for the leaf and the authorities of now; made anew when one of them has changed."""

    def __init__(self, own: OwnLeaf, trust: PeerTrust) -> None:
        self._own, self._trust, self._lock = own, trust, threading.Lock()
        self._made_for: tuple[Credential, frozenset[bytes]] | None = None
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        wanted = self._own.current, self._trust.authorities
        with self._lock:
            if self._context is None or self._made_for != wanted:
                self._context, self._made_for = _context(*wanted), wanted
            return self._context


def _context(own: Credential, authorities: frozenset[bytes]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    harden(context, own)
    # A resumed session would skip the certificate (RFC 8446, section 2.2): hand out no ticket to resume with.
    context.num_tickets = 0
    for authority in authorities:
        context.load_verify_locations(cadata=authority.decode("ascii"))
    return context


def peer_server(
    app: ASGIApp,
    host: str,
    port: int,
    context: ssl.SSLContext,
    limits: ServerLimits | None = None,
) -> uvicorn.Server:
    """A server, ready to `run`, that shows the app its caller: `node.tls.connection.client_pin` on every scope.

    Args:
        app: the ASGI application.
        host: the address to listen on.
        port: the port to listen on; 0 lets the system choose.
        context: from `server_context`.
        limits: what one caller may cost.
    """
    config = TimedConfig(
        app,
        limits or ServerLimits(),
        host=host,
        port=port,
        http=PeerProtocol,
        ssl_context_factory=lambda _config, _default: context,
    )
    return TimedServer(config)
