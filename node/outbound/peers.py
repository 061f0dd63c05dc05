"""Lines to the peers: one pinned client for each, from the directory as adopted. Sends what is `Cleared`; reads with limits."""

import json
import re
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from node.directory.adopted import STORED_BYTES
from node.federation import Federation
from node.outbound.errors import OtherSize, PeerRefused, PeerUnavailable
from node.safeguards.door import Cleared, ClearedCheckpoint, ClearedGathering, ClearedLook, ClearedReading, ClearedSight
from node.tls import errors as tls
from node.tls.certificates import Credential
from node.tls.client import TOTAL_SECONDS, ClientLimits, pieces_limited, pinned_client, read_limited
from node.tls.own import OwnLeaf
from protocol import limits
from protocol.authority import Authority
from protocol.directory import Member
from protocol.errors import Malformed, NotFresh
from protocol.witnessing import read_size

ENVELOPES_PATH = "/v1/envelopes"
INDEX_PATH = "/v1/index/"
ADD_CHECKPOINT_PATH = "/v1/witness/add-checkpoint"
SEEN_PATH = "/v1/witness/{origin}/checkpoint"
LOG_PATH = "/v1/log/"
HALF_PATH = "/v1/log/exchanges/{x}/half"
DIRECTORIES_PATH = "/v1/directories/"
SIZE_MEDIA_TYPE = "text/x.tlog.size"
ENVELOPE_MEDIA_TYPE = "application/jose+json"

_PROBLEM_BYTES = 16 << 10
_LARGEST_DIFFERENCE = 1 << 40
"""Seconds: more than any clock differs by, and less than the store's numbers hold."""
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

_GATHERING_SECONDS = 60
"""An officer waits for it."""
_WITNESS_SECONDS = 20
"""A cosignature is quick, and the next checkpoint comes soon."""
_SLOWEST_LINE = 16 << 10
"""Bytes a second: a thin satellite line. An index file of 100 MB has less than two hours on it."""


@dataclass
class _Line:
    """A client to one peer, for one entry of its and one leaf of ours. `users` count; once `retired`, the last one closes it."""

    made_for: tuple[str, frozenset[str], Credential]
    client: httpx2.Client
    users: int = 0
    retired: bool = False


class PeerLines:
    """Clients to all peers. Safe for threads: a story takes the client of the directory and the leaf that it began with.

    When either changes, the next request gets a new client, and the connections of the one before end with the last request
    that is under way on them.
    """

    def __init__(self, federation: Federation, own: OwnLeaf, clock: Callable[[], int]) -> None:
        self._federation, self._own, self._clock = federation, own, clock
        self._lines: dict[Authority, _Line] = {}
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

    def read_index_file(self, cleared: ClearedReading, size: int) -> Generator[bytes, None, None]:
        """The pieces of a segment or bitmap of `size` bytes, as they come. Raises `PeerFault`.

        A file is given the time that it takes on the slowest line that we wait for.
        """
        seconds = _CLIENT_LIMITS.total_seconds + size / _SLOWEST_LINE
        with _ours(), self._stream(cleared.to, "GET", INDEX_PATH + cleared.digest, seconds=seconds) as response:
            yield from pieces_limited(response, size)

    def offer_checkpoint(self, cleared: ClearedCheckpoint) -> bytes:
        """Offer a checkpoint to a witness; returns what should be its cosignature. Raises `OtherSize`, `PeerFault`."""
        headers = {"Content-Type": "text/plain"}
        with (
            _ours(),
            self._stream(cleared.to, "POST", ADD_CHECKPOINT_PATH, cleared.raw, headers, _WITNESS_SECONDS) as response,
        ):
            return read_limited(response, limits.COSIGNATURES_BYTES)

    def read_seen(self, cleared: ClearedLook) -> bytes:
        """What should be the last checkpoint of a log that a witness has cosigned. Raises `PeerFault`."""
        path = SEEN_PATH.format(origin=cleared.origin)
        with _ours(), self._stream(cleared.to, "GET", path, seconds=_WITNESS_SECONDS) as response:
            return read_limited(response, limits.CHECKPOINT_BYTES)

    def read_log(self, cleared: ClearedSight) -> bytes:
        """What should be a checkpoint of a peer's log, or a path in it. Raises `PeerFault`."""
        with _ours(), self._stream(cleared.to, "GET", LOG_PATH + cleared.name, seconds=_WITNESS_SECONDS) as response:
            return read_limited(response, limits.CHECKPOINT_BYTES)

    def read_half(self, cleared: ClearedGathering) -> bytes:
        """What should be a peer's half of a bundle about an exchange with it. Raises `PeerFault`."""
        with _ours(), self._stream(cleared.to, "GET", HALF_PATH.format(x=cleared.name), seconds=_GATHERING_SECONDS) as response:
            return read_limited(response, limits.EVIDENCE_HALF_BYTES)

    def read_directory(self, cleared: ClearedGathering) -> bytes:
        """What should be a directory that a peer had adopted. Raises `PeerFault`."""
        with _ours(), self._stream(cleared.to, "GET", DIRECTORIES_PATH + cleared.name, seconds=_GATHERING_SECONDS) as response:
            return read_limited(response, STORED_BYTES)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for line in self._lines.values():
                line.client.close()
            self._lines.clear()

    @contextmanager
    def _stream(
        self,
        peer: Authority,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        seconds: float | None = None,
    ) -> Iterator[httpx2.Response]:
        member = self._federation.directory.member(peer)
        url = member.working.peer_url + path
        extensions = None if seconds is None else {TOTAL_SECONDS: seconds}
        with (
            self._client(member) as client,
            client.stream(method, url, content=content, headers=headers, extensions=extensions) as response,
        ):
            if response.status_code != 200:
                raise _refusal(read_limited(response, _PROBLEM_BYTES), response.headers.get("Content-Type"))
            yield response

    @contextmanager
    def _client(self, member: Member) -> Iterator[httpx2.Client]:
        pins = member.tls_pins()
        if not pins:
            raise PeerUnavailable("certificates_revoked")
        with self._lock:
            line = self._line(member.authority, (member.working.tls_authority, pins, self._own.current))
            line.users += 1
        try:
            yield line.client
        finally:
            with self._lock:
                line.users -= 1
                if line.retired and not line.users:
                    line.client.close()

    def _line(self, peer: Authority, wanted: tuple[str, frozenset[str], Credential]) -> _Line:
        known = self._lines.get(peer)
        if known is not None and known.made_for == wanted:
            return known
        authority, pins, own = wanted
        client = pinned_client(authority.encode(), pins, own, self._clock, _CLIENT_LIMITS)
        if known is not None:
            known.retired = True
            if not known.users:
                known.client.close()
        self._lines[peer] = _Line(wanted, client)
        return self._lines[peer]


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


def _refusal(raw: bytes, media_type: str | None = None) -> PeerRefused:
    if media_type == SIZE_MEDIA_TYPE:
        try:
            return OtherSize(read_size(raw))
        except Malformed:
            return PeerRefused("unknown")
    try:
        problem = json.loads(raw)
        code = problem["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return PeerRefused("unknown")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return PeerRefused("unknown")
    facts = problem.get("facts")
    difference = facts.get("difference_seconds") if isinstance(facts, dict) and code == NotFresh.code else None
    # a whole number that fits the store's column, from whoever answers
    return PeerRefused(code, difference if type(difference) is int and abs(difference) <= _LARGEST_DIFFERENCE else None)
