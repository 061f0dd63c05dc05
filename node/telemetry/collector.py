"""The line to the national collector: OTLP over HTTP (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP"), protobuf, one attempt.

A collector that is down, slow, hostile or full costs its batch and one line of the log; the node goes on.
"""

import logging
import ssl
import threading
from urllib.parse import urlsplit

import httpx2

_SECONDS = 5.0
"""Between two signs of life. One that drips for ever holds a thread of telemetry's own, and no other."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

log = logging.getLogger("celosia.telemetry")


def endpoint_fault(endpoint: str) -> str | None:
    """What is wrong with a collector's address; None if nothing is. It is https, or plain HTTP on this machine."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "not an http or https URL with a host"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "a user, a query or a fragment has no place in it"
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return "plain http is for this machine only; give https"
    return None


class Collector:
    """A client that sends and does not listen: no redirect, no proxy, no cookie, no answer read beyond its status."""

    def __init__(self, endpoint: str, context: ssl.SSLContext | None) -> None:
        """`endpoint` as `endpoint_fault` accepts it, `context` for https."""
        self._endpoint = endpoint.rstrip("/")
        self._client = httpx2.Client(
            verify=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False, timeout=_SECONDS, follow_redirects=False
        )
        self._closed = threading.Event()
        self._state: str | None = None

    def send(self, path: str, content: bytes) -> bool:
        """Send one batch. Whether it was taken; the log says when that changes."""
        if self._closed.is_set():
            return False
        state = self._post(path, content)
        if state != self._state:
            level = logging.INFO if state == "takes" else logging.WARNING
            log.log(level, "collector", extra={"state": state})
            self._state = state
        return state == "takes"

    def close(self) -> None:
        """From now on nothing is sent; a batch that is under way breaks off."""
        self._closed.set()
        self._client.close()

    def _post(self, path: str, content: bytes) -> str:
        headers = {"Content-Type": "application/x-protobuf", "User-Agent": "celosia"}
        try:
            with self._client.stream("POST", self._endpoint + path, content=content, headers=headers) as response:
                status = response.status_code
        except (httpx2.HTTPError, OSError, RuntimeError):  # RuntimeError: the client was closed while it waited
            return "unreachable"
        return "takes" if status == 200 else "refuses"
