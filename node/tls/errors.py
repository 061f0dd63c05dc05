"""What can go wrong at the peer border.

::

    TlsError
    ├── BadMaterial     a certificate, key, host name, pin or URL handed to us cannot be used
    ├── NotOurPeer      who answered (or called) is not the state we pinned: chain, host name, pin or TLS version
    ├── RefusedByPeer   the peer ended the connection after our certificate and before any answer
    ├── Unreachable     no connection, or it broke while an answer was under way
    ├── TooSlow         a deadline passed
    ├── TooLarge        the answer is longer than we agreed to read
    └── BadResponse     the answer breaks HTTP, or the rules of this border

Flows see these only: errors of ssl, httpx2 and the operating system are translated in `node.tls.client`.
No message carries a URL, a header, a certificate or a key.
"""


class TlsError(Exception):
    """Anything that went wrong at the peer border."""


class BadMaterial(TlsError):
    """A certificate, key, host name, pin or URL handed to us cannot be used; nothing was sent."""


class NotOurPeer(TlsError):
    """The other side did not prove to be the pinned state; no request left, or none is to be answered."""


class RefusedByPeer(TlsError):
    """The peer ended a fresh connection without an answer, which is how TLS 1.3 refuses a certificate.

    In TLS 1.3 the client has finished before the server judges its certificate (RFC 8446, section 4.4.2.4 and
    appendix E.1.2), so a refusal arrives in place of the answer. A peer that stops at that moment looks the same.
    """


class Unreachable(TlsError):
    """The peer could not be reached, or the connection broke while its answer was under way."""


class TooSlow(TlsError):
    """The peer did not connect, take the request or answer within its deadline."""


class TooLarge(TlsError):
    """The answer is longer than the limit; the rest of it was not read."""


class BadResponse(TlsError):
    """The answer breaks HTTP/1.1 or a rule of this border (no redirect, no encoding, a length that can be checked)."""
