"""Lines to the peers: one pinned client for each, from the directory as adopted. Sends what is `Cleared`; reads with limits."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from node.federation import Federation
from node.outbound.errors import PeerRefused, PeerUnavailable
from node.safeguards.door import Cleared, ClearedReading
from node.tls import errors as tls
from node.tls.client import ClientLimits, pinned_client, read_limited
from protocol import limits
from protocol.authority import Authority
from protocol.directory import WorkingEntry

ENVELOPES_PATH = "/v1/envelopes"
INDEX_PATH = "/v1/index/"
ENVELOPE_MEDIA_TYPE = "application/jose+json"

_PROBLEM_BYTES = 16 << 10
_CODE = re.compile(r"[a-z_]{3,40}")
_REASONS: dict[type[tls.TlsError], str] = {
    tls.BadMaterial: "bad_material",
    tls.NotOurPeer: "not_our_peer",
    tls.RefusedByPeer: "refused_by_peer",
    tls.Unreachable: "unreachable",
    tls.TooSlow: "too_slow",
    tls.TooLarge: "too_large",
    tls.BadResponse: "bad_response",
}
# A batch of 8,192 takes a holder about two seconds on one core; a busy one is given a minute.
_CLIENT_LIMITS = ClientLimits(total_seconds=90, silence_seconds=60, answer_bytes=limits.SEGMENT_FILE_BYTES)


class PeerLines:
    """Clients to all peers. Safe for threads: a story takes the client of the directory that it began with."""

    def __init__(self, federation: Federation, certificate: Path, key: Path) -> None:
        self._federation, self._certificate, self._key = federation, certificate, key
        self._clients: dict[Authority, tuple[tuple[str, tuple[str, ...]], httpx2.Client]] = {}
        self._lock = threading.Lock()

    def send(self, cleared: Cleared) -> Iterator[bytes]:
        """Send a request and yield the envelopes of the reply as they come. Raises `PeerFault`."""
        with (
            _ours(),
            self._stream(
                cleared.to, "POST", ENVELOPES_PATH, content=cleared.raw, headers={"Content-Type": ENVELOPE_MEDIA_TYPE}
            ) as response,
        ):
            yield from _lines(response)

    def read_index_file(self, cleared: ClearedReading, size: int) -> bytes:
        """A segment or bitmap of `size` bytes. Raises `PeerFault`."""
        with _ours(), self._stream(cleared.to, "GET", INDEX_PATH + cleared.digest) as response:
            return read_limited(response, size)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for _, client in self._clients.values():
                client.close()
            self._clients.clear()

    @contextmanager
    def _stream(
        self, peer: Authority, method: str, path: str, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Iterator[httpx2.Response]:
        working = self._federation.directory.member(peer).working
        with self._client(peer, working).stream(method, working.peer_url + path, content=content, headers=headers) as response:
            if response.status_code != 200:
                raise PeerRefused(_problem_code(read_limited(response, _PROBLEM_BYTES)))
            yield response

    def _client(self, peer: Authority, working: WorkingEntry) -> httpx2.Client:
        identity = (working.tls_authority, working.tls_pins)
        with self._lock:
            known = self._clients.get(peer)
            if known is not None and known[0] == identity:
                return known[1]
            client = pinned_client(
                working.tls_authority.encode(), frozenset(working.tls_pins), self._certificate, self._key, _CLIENT_LIMITS
            )
            self._clients[peer] = (identity, client)
            if known is not None:
                known[1].close()
            return client


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except tls.TlsError as error:
        raise PeerUnavailable(_REASONS[type(error)]) from None


def _lines(response: httpx2.Response) -> Iterator[bytes]:
    """Envelopes stand one on a line. A line is given on as soon as it is whole."""
    pending, total = bytearray(), 0
    for chunk in response.iter_raw():
        total += len(chunk)
        if total > limits.REPLY_BYTES:
            raise tls.TooLarge("answer: more than a reply may have")
        *whole, rest = chunk.split(b"\n")
        for end in whole:
            yield bytes(pending + end)
            pending.clear()
        pending += rest
    if pending:
        raise tls.BadResponse("answer: the last envelope does not end")


def _problem_code(raw: bytes) -> str:
    try:
        code = json.loads(raw)["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "unknown"
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "unknown"
