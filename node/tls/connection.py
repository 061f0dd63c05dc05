"""One peer connection: who calls, by the ASGI TLS extension, and how long it may take.

uvicorn's h11 protocol knows one deadline, for idle keep-alive connections, and drops it at the first byte. A caller
that sends one byte a second, or reads none, would hold its connection for ever; here every phase has an end.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import h11
import uvicorn
from cryptography import x509
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from node.tls.certificates import in_force, load_certificate, spki_pin
from node.tls.doorstep import Doorstep, DoorstepLimits
from node.tls.errors import NotOurPeer

# IANA "TLS Cipher Suites"; RFC 8446, appendix B.4 has all that TLS 1.3 defines.
_CIPHER_SUITES = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "TLS_AES_128_CCM_SHA256": 0x1304,
    "TLS_AES_128_CCM_8_SHA256": 0x1305,
}
_PIECE = 4096
_GOODBYE_SECONDS = 1
_TLS_VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


@dataclass(frozen=True)
class ServerLimits:
    """What one caller may cost the peer server. Times are in seconds, sizes in bytes."""

    header_bytes: int = 16 * 1024
    """Request line and headers together, to within 4096: ours have a dozen short ones; this leaves room for tracing."""
    header_seconds: float = 10
    """From the end of the handshake, or from the first byte of a later request, to the last header."""
    body_seconds: float = 30
    """From the last header to the end of the body, the app's own reading included."""
    stalled_seconds: float = 30
    """From the moment the caller stops taking an answer to the end of that answer."""
    keep_alive_seconds: int = 5
    """Idle between two requests: long enough for the next question of a list, short enough to free the slot."""
    connections: int = 256
    """Beyond this many at once, callers get 503: some for every member state, within one process's files."""
    backlog: int = 128
    """Connections that the kernel keeps waiting."""
    doorstep: DoorstepLimits = field(default_factory=DoorstepLimits)
    """Who may wait to shake hands, and how many connections one key may have."""


class PeerConfig(uvicorn.Config):
    """uvicorn's configuration with the limits that uvicorn has no names for."""

    def __init__(self, app: ASGIApp, peer_limits: ServerLimits, **settings: Any) -> None:
        super().__init__(app, **settings)
        self.peer_limits = peer_limits
        self.doorstep = Doorstep(peer_limits.doorstep)


class _Clock:
    """A timer that runs once; starting it while it runs changes nothing."""

    def __init__(self, loop: asyncio.AbstractEventLoop, overdue: Callable[[], None]) -> None:
        self._loop = loop
        self._overdue = overdue
        self._timer: asyncio.TimerHandle | None = None

    def start(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._overdue)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class PeerProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 connection, with the caller's certificate in the scope and a deadline on every phase."""

    def __init__(
        self,
        config: PeerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits, self._doorstep = config.peer_limits, config.doorstep
        self._phase: str | None = None
        self._reading = _Clock(self.loop, self._overdue)
        self._stalled = _Clock(self.loop, self._overdue)
        self._leaving = _Clock(self.loop, self._overdue)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note who calls, and start the first request's clock."""
        super().connection_made(transport)
        ssl_object = transport.get_extra_info("ssl_object")
        if ssl_object is not None:
            extension = _tls_extension(ssl_object)
            self.app = _with_tls(self.app, extension)
            if not self._doorstep.admit(transport.get_extra_info("peername"), "".join(extension["client_cert_chain"])):
                transport.abort()
                return
        self._enter("headers")

    def data_received(self, data: bytes) -> None:
        """Take bytes; the first ones of a later request start its clock."""
        if self.conn.their_state is h11.IDLE:
            self._enter("headers")
        # h11 weighs headers only while they are incomplete: in one piece they could be as long as one read of the loop.
        for start in range(0, len(data), _PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + _PIECE])

    def handle_events(self) -> None:
        """Act on what arrived, then set the clock of the phase that the request is in now."""
        super().handle_events()
        their_state = self.conn.their_state
        if their_state is h11.SEND_BODY:
            self._enter("body")
        elif their_state is not h11.IDLE:
            self._enter(None)
        elif self.conn.trailing_data[0]:
            self._enter("headers")

    def on_response_complete(self) -> None:
        """End the answer's clock, if the caller has taken the answer and not only the app has given it."""
        if not self.flow.write_paused:
            self._stalled.stop()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The caller does not take what we send: start the clock, once for the whole answer."""
        super().pause_writing()
        self._stalled.start(self._limits.stalled_seconds)

    def resume_writing(self) -> None:
        """The caller takes again: the clock goes on, unless that was the end of the answer."""
        super().resume_writing()
        if self.conn.our_state is not h11.SEND_BODY:
            self._stalled.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """End all clocks."""
        self._enter(None)
        self._stalled.stop()
        self._leaving.stop()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, whether the caller says goodbye or not."""
        super().timeout_keep_alive_handler()
        self._leave()

    def shutdown(self) -> None:
        """The server stops: close, if no request is under way, whether the caller says goodbye or not."""
        super().shutdown()
        self._leave()

    def _enter(self, phase: str | None) -> None:
        if phase == self._phase:
            return
        self._phase = phase
        self._reading.stop()
        if phase is not None:
            limits = self._limits
            seconds = limits.header_seconds if phase == "headers" else limits.body_seconds
            self._reading.start(seconds)

    def _leave(self) -> None:
        # asyncio waits 30 seconds for the other side's goodbye, and an idle one may never look.
        if self.transport.is_closing() and not self.flow.write_paused:
            self._leaving.start(_GOODBYE_SECONDS)

    def _overdue(self) -> None:
        # Abort, not close: a polite close waits for the very caller who does not keep time.
        self.transport.abort()


def client_pin(scope: Scope, now: int) -> str:
    """The pin of the key that this connection's caller proved to hold, 64 lower-case hex digits.

    Ask on every request, and `PeerTrust.state_of` for its state: OpenSSL looks at the period in the handshake only, and a
    connection may outlive it.

    Args:
        scope: an ASGI HTTP scope.
        now: POSIX seconds.

    Raises:
        NotOurPeer: the connection has no client certificate, or one that is out of its period.
    """
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    if not chain:
        raise NotOurPeer("the caller showed no certificate; peers are served over mutual TLS only")
    certificate = chain[0].encode("ascii")
    if not in_force(load_certificate(certificate), datetime.fromtimestamp(now, UTC)):
        raise NotOurPeer("the caller's certificate is out of its period; its state has to renew it")
    return spki_pin(certificate)


def _with_tls(app: ASGIApp, tls: dict[str, Any]) -> ASGIApp:
    async def with_tls(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), "tls": tls}
        await app(scope, receive, send)

    return with_tls


def _tls_extension(ssl_object: ssl.SSLObject) -> dict[str, Any]:
    """The `tls` extension of the ASGI TLS specification 0.2.

    `server_cert` is None and the chain ends with the leaf: Python 3.11's ssl hands out no more.
    """
    leaf = ssl_object.getpeercert(binary_form=True)
    cipher = ssl_object.cipher()
    return {
        "server_cert": None,
        "client_cert_chain": [] if leaf is None else [ssl.DER_cert_to_PEM_cert(leaf)],
        "client_cert_name": None if leaf is None else x509.load_der_x509_certificate(leaf).subject.rfc4514_string(),
        "client_cert_error": None,
        "tls_version": _TLS_VERSIONS.get(ssl_object.version() or ""),
        "cipher_suite": None if cipher is None else _CIPHER_SUITES.get(cipher[0]),
    }
