"""One peer connection: who calls, by the ASGI TLS extension."""

import asyncio
import ssl
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from starlette.types import ASGIApp, Receive, Scope, Send

from node.tls.certificates import in_force, load_certificate, spki_pin
from node.tls.deadlines import TimedProtocol
from node.tls.errors import NotOurPeer

# IANA "TLS Cipher Suites"; RFC 8446, appendix B.4 has all that TLS 1.3 defines.
_CIPHER_SUITES = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "TLS_AES_128_CCM_SHA256": 0x1304,
    "TLS_AES_128_CCM_8_SHA256": 0x1305,
}
_TLS_VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class PeerProtocol(TimedProtocol):
    """A connection of a peer: with its certificate in the scope, and counted by the key that it proved to hold."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note who calls, and start the first request's clock."""
        super().connection_made(transport)
        ssl_object = transport.get_extra_info("ssl_object")
        if ssl_object is not None:
            extension = _tls_extension(ssl_object)
            self.app = _with_tls(self.app, extension)
            if not self.doorstep.admit(transport.get_extra_info("peername"), "".join(extension["client_cert_chain"])):
                self.cut()


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
        "client_cert_name": None if leaf is None else subject_of(leaf),
        "client_cert_error": None,
        "tls_version": _TLS_VERSIONS.get(ssl_object.version() or ""),
        "cipher_suite": None if cipher is None else _CIPHER_SUITES.get(cipher[0]),
    }


def subject_of(leaf: bytes) -> str | None:
    """The subject of a certificate in DER as RFC 4514 writes it; None for one that OpenSSL took and that cannot be read."""
    try:
        return x509.load_der_x509_certificate(leaf).subject.rfc4514_string()
    except (ValueError, x509.InvalidVersion):  # the latter is no ValueError
        return None
