"""The peer client: calls one state, sends nothing before its key is proven, and reads no more than agreed.

All errors that leave a client made here are those of `node.tls.errors`; see `_translated`.
"""

import contextlib
import ssl
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import httpx2

from node.tls.certificates import Credential, in_force, load_authority, load_certificate, spki_pin
from node.tls.contexts import harden
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
from node.tls.trust import check_pins


@dataclass
class _Call:
    """One request under way: when it has to be over, on the monotonic clock, and what ended its socket.

    The socket notes its end here since httpcore2 drops the causes of the errors that it hands on.
    """

    deadline: float
    ended_by: OSError | None = None


TOTAL_SECONDS = "celosia.total_seconds"
"""The request extension that gives one request another deadline than `ClientLimits.total_seconds`, as its size asks for."""

_call: ContextVar[_Call] = ContextVar("call")
"""The request that this thread is making; a socket knows no request."""


@dataclass(frozen=True)
class ClientLimits:
    """What one peer may cost a request. Times are in seconds, sizes in bytes."""

    connect_seconds: float = 5
    """To reach the port, and again for the handshake: one round trip across the Americas is a fifth of a second."""
    silence_seconds: float = 10
    """Between two signs of life of the peer while sending or reading."""
    total_seconds: float = 30
    """From the call to the last byte of the answer, whatever trickles in between."""
    idle_seconds: float = 3
    """How long a connection is kept for the next request. The peer's server ends an idle one after 5 s
    (`ServerLimits.keep_alive_seconds`): a request that is on its way as that happens would be lost and tried again later."""
    answer_bytes: int = 16 * 1024 * 1024
    """The longest answer of any endpoint; each endpoint has its own, lower limit in `read_limited`."""


class _WrongPin(ssl.SSLCertVerificationError):
    """The chain is right and the key is not the pinned one; ssl closes the socket on its own kind of error."""


class _Unanswered(ConnectionResetError):
    """The peer ended a fresh connection before the first byte of an answer."""


class _PinnedContext(ssl.SSLContext):
    """A context whose sockets carry its pins, and the clock (POSIX seconds) that certificates are held against."""

    pins: frozenset[str]
    clock: Callable[[], int]
    closed: bool = False


class _OutOfDate(ssl.SSLCertVerificationError):
    """The certificate was good at the handshake and is out of its period now."""


class _PinnedSocket(ssl.SSLSocket):
    """A TLS socket that checks the pin within the handshake, keeps to the call's deadline, and says why it ended."""

    _answered = False

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, then compare the key: the caller gets no socket to write a request to before that."""
        self._hurry()
        try:
            super().do_handshake(block)
            self._check_pin()
            if cast(_PinnedContext, self.context).closed:  # nobody would close a connection that comes after that
                raise ConnectionAbortedError("the client was closed")
        except OSError as error:
            _call.get().ended_by = error
            raise

    def send(self, data: "bytes | memoryview", flags: int = 0) -> int:  # type: ignore[override]
        """Send, within the deadline and while the peer's certificate is in force: a pooled connection may outlive it."""
        self._hurry()
        self._check_period()
        return super().send(data, flags)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive, within the deadline; tell an end before any answer from one in the middle."""
        self._hurry()
        self._check_period()  # httpcore2 goes on to read when a request could not be written
        try:
            data = super().recv(buflen, flags)
            if not data:
                # Whoever reads here waits for more: `_fault` lets no answer pass whose end is the connection's.
                raise ConnectionResetError("the connection ended early")
        except TimeoutError:
            raise
        except OSError as error:
            _call.get().ended_by = error if self._answered else _Unanswered()
            raise
        self._answered = True
        return data

    def _check_pin(self) -> None:
        leaf = self.getpeercert(binary_form=True)
        try:
            pinned = spki_pin(leaf or b"") in self.context.pins  # type: ignore[attr-defined]
        except BadMaterial as error:
            raise _WrongPin("the key has no pin") from error
        if not pinned:
            raise _WrongPin("the key is not pinned")

    def _check_period(self) -> None:
        context = cast(_PinnedContext, self.context)
        leaf = self.getpeercert(binary_form=True)
        if leaf is not None and not in_force(load_certificate(leaf), datetime.fromtimestamp(context.clock(), UTC)):
            error = _OutOfDate("the certificate is out of its period")
            _call.get().ended_by = error
            raise error

    def _hurry(self) -> None:
        left = _call.get().deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's deadline has passed")
        timeout = self.gettimeout()
        self.settimeout(left if timeout is None else min(timeout, left))


class _BorderBody(httpx2.SyncByteStream):
    """An answer's body that ends: at its end, at the deadline or at the ceiling."""

    def __init__(self, body: httpx2.SyncByteStream, ceiling: int, call: _Call) -> None:
        self._body = body
        self._ceiling = ceiling
        self._call = call

    def __iter__(self) -> Iterator[bytes]:
        taken = 0
        chunks = iter(self._body)
        while True:
            with _translated(self._call):
                chunk = next(chunks, None)
            if chunk is None:
                return
            taken += len(chunk)
            if taken > self._ceiling:
                raise TooLarge(f"answer: more than {self._ceiling} bytes; the rest was not read")
            yield chunk

    def close(self) -> None:
        with _translated(self._call):
            self._body.close()


class _BorderTransport(httpx2.BaseTransport):
    """httpx2's transport within the border's rules: only https, no redirect, no encoding, a checked length."""

    def __init__(self, context: _PinnedContext, limits: ClientLimits) -> None:
        self._context = context
        pool = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=limits.idle_seconds)
        self._inner = httpx2.HTTPTransport(verify=context, trust_env=False, limits=pool)
        self._limits = limits

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and return the answer with its body still to be read."""
        if request.url.scheme != "https":
            raise BadMaterial("peer URL: it does not begin with https; correct it in the directory")
        seconds = request.extensions.get(TOTAL_SECONDS, self._limits.total_seconds)
        call = _Call(deadline=time.monotonic() + seconds)
        with _translated(call):
            response = self._inner.handle_request(request)
        fault = _fault(request, response)
        # httpx2's own synchronous transport gives synchronous bodies; its type does not say so.
        stream = cast(httpx2.SyncByteStream, response.stream)
        body = _BorderBody(stream, self._limits.answer_bytes, call)
        if fault is not None:
            body.close()
            raise BadResponse(fault)
        return httpx2.Response(response.status_code, headers=response.headers, stream=body, extensions=response.extensions)

    def close(self) -> None:
        """Close all connections, and let none be made any more by a request that is under way."""
        self._context.closed = True
        self._inner.close()


def pinned_client(
    authority: bytes,
    pins: frozenset[str],
    own: Credential,
    clock: Callable[[], int],
    limits: ClientLimits | None = None,
) -> httpx2.Client:
    """A client for one state: TLS 1.3, its authority alone, its host name, and its pinned key before any request byte.

    This node's certificate goes out within the handshake, encrypted to the key that is then compared. Use the client
    as a context manager, with `client.stream` and `read_limited`. A change of the state's pins, or of `own`, wants a new
    client. A connection is not used any more once the peer's certificate is out of its period.

    Args:
        authority: the certificate (PEM) of the called state's authority.
        pins: one or two pins of its leaves.
        own: this node's leaf and its private key.
        clock: POSIX seconds, now.
        limits: what the peer may cost.

    Raises:
        BadMaterial: an argument cannot be used. Calls raise the other kinds of `TlsError`.
    """
    limits = limits or ClientLimits()
    load_authority(authority)
    check_pins(pins)
    context = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.pins = pins
    context.sslsocket_class = _PinnedSocket
    context.hostname_checks_common_name = False
    context.clock = clock
    harden(context, own)
    context.load_verify_locations(cadata=authority.decode("ascii"))
    return httpx2.Client(
        transport=_BorderTransport(context, limits),
        headers={"Accept-Encoding": "identity", "User-Agent": "celosia"},
        timeout=httpx2.Timeout(limits.silence_seconds, connect=limits.connect_seconds),
        follow_redirects=False,
        trust_env=False,
    )


def read_limited(response: httpx2.Response, limit: int) -> bytes:
    """The body of a streamed response, if it is at most `limit` bytes.

    Raises:
        TooLarge: it is longer; what the peer declares counts before the first byte is read.
        TlsError: the other kinds, if it breaks off or takes too long.
    """
    return b"".join(pieces_limited(response, limit))


def pieces_limited(response: httpx2.Response, limit: int) -> Iterator[bytes]:
    """As `read_limited`, piece by piece as they come."""
    declared = response.headers.get("Content-Length", "0")
    if int(declared) > limit:
        raise TooLarge(f"answer: {declared} bytes declared, {limit} allowed; nothing was read")
    taken = 0
    for chunk in response.iter_raw():
        taken += len(chunk)
        if taken > limit:
            raise TooLarge(f"answer: more than {limit} bytes; the rest was not read")
        yield chunk


def _fault(request: httpx2.Request, response: httpx2.Response) -> str | None:
    if 300 <= response.status_code < 400:
        return f"answer: status {response.status_code}; a peer does not redirect, its directory entry says where it is"
    if "Content-Encoding" in response.headers:
        return "answer: it has a Content-Encoding; peers send what they mean, uncompressed"
    has_body = request.method != "HEAD" and response.status_code != 204
    if has_body and not {"content-length", "transfer-encoding"} & response.headers.keys():
        # A body that ends with the connection cannot be told from one that was cut (RFC 9112, section 8).
        return "answer: neither Content-Length nor chunks; its end could not be told from a cut"
    return None


@contextlib.contextmanager
def _translated(call: _Call) -> Iterator[None]:
    """Let nothing but our own errors out, and tell the sockets of this thread which call they serve."""
    token = _call.set(call)
    try:
        yield
    except (httpx2.HTTPError, OSError) as error:
        raise _own_error(error, call.ended_by) from error
    finally:
        _call.reset(token)


def _own_error(error: Exception, ended_by: OSError | None) -> TlsError:
    if isinstance(ended_by, _WrongPin):
        return NotOurPeer("peer: its key is not the pinned one; nothing was sent. Ask its officers before going on")
    if isinstance(ended_by, _OutOfDate):
        return NotOurPeer("peer: its certificate is out of its period; the connection was closed. It has to renew it")
    if isinstance(ended_by, ssl.SSLCertVerificationError):
        return NotOurPeer("peer: its certificate does not hold under its state's authority; nothing was sent")
    if isinstance(ended_by, _Unanswered):
        return RefusedByPeer(
            "peer: it ended the connection before an answer, as TLS 1.3 refuses a certificate; "
            "see that ours is valid and in the directory that the peer has"
        )
    if isinstance(error, httpx2.TimeoutException):
        return TooSlow("peer: it did not answer in time; try later")
    # An end of file is an SSLError as well, but only says that the line broke.
    if (
        isinstance(error, httpx2.ConnectError)
        and isinstance(ended_by, ssl.SSLError)
        and not isinstance(ended_by, ssl.SSLEOFError)
    ):
        return NotOurPeer("peer: no TLS 1.3 handshake was possible with what answers there; nothing was sent")
    if isinstance(error, httpx2.ProtocolError):
        return BadResponse("answer: it is not HTTP/1.1 in one piece; the peer's officers have to look")
    return Unreachable("peer: no connection, or it broke; try later")
