"""Time stamps: what an authority answers is a stamp over what was asked for, or a fault. Real ones: `tests/outside/`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from rfc3161_client import PKIStatus

from node.outbound import time_stamps
from node.outbound.time_stamps import TimeStampUnusable, ask_stamp, token_in
from protocol.limits import TIME_STAMP_BYTES
from protocol.wire import sha256

CONTENT = b"an invented checkpoint\n"
GRANTED = (Path(__file__).parents[2] / "fuzz" / "corpora" / "time_stamp" / "granted").read_bytes()
"""What an authority of openssl's answered once, which gives no time stamps any more."""
ADDRESS = "http://stamps.example/tsa"


def test_the_token_is_the_one_over_what_was_asked_for() -> None:
    token = token_in(GRANTED, CONTENT)
    assert bytes.fromhex(sha256(CONTENT)) in token
    assert token in GRANTED
    with pytest.raises(TimeStampUnusable, match="other_imprint"):
        token_in(GRANTED, CONTENT + b"\n")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(b"", "malformed"), (GRANTED[:-1], "malformed"), (bytes.fromhex("30053003020102"), "refused"), (b"<html>", "malformed")],
)
def test_what_is_no_stamp_is_told(answer: bytes, reason: str) -> None:
    with pytest.raises(TimeStampUnusable, match=reason):
        token_in(answer, CONTENT)


def test_a_stamp_whose_token_is_over_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_stamps, "decode_timestamp_response", lambda _: _Told())
    with pytest.raises(TimeStampUnusable, match="other_imprint"):
        token_in(GRANTED, CONTENT)


class _Told:
    """An answer that says one thing outside and has another inside."""

    status = PKIStatus.GRANTED

    class tst_info:  # noqa: N801  as the library calls it
        class message_imprint:  # noqa: N801
            message = bytes.fromhex(sha256(CONTENT))

    @staticmethod
    def time_stamp_token() -> bytes:
        return b"another token"


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, response: httpx2.Response | Exception) -> Iterator[list[httpx2.Request]]:
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        request.read()
        asked.append(request)
        if isinstance(response, Exception):
            raise response
        return response

    made = httpx2.Client
    monkeypatch.setattr(httpx2, "Client", lambda **kept: made(transport=httpx2.MockTransport(handle), **kept))
    yield asked


def test_only_a_digest_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, httpx2.Response(200, content=iter([GRANTED]))) as asked:
        assert ask_stamp(ADDRESS, CONTENT) == token_in(GRANTED, CONTENT)
    (request,) = asked
    assert request.headers["Content-Type"] == "application/timestamp-query"
    assert bytes.fromhex(sha256(CONTENT)) in request.content
    assert CONTENT.strip() not in request.content


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx2.Response(503), "refused"),
        (httpx2.Response(200, content=iter([bytes(TIME_STAMP_BYTES), bytes(1)])), "too_large"),
        (httpx2.ConnectError("no"), "unreachable"),
        (httpx2.ReadTimeout("no"), "unreachable"),
    ],
)
def test_an_authority_that_gives_none_is_told(
    monkeypatch: pytest.MonkeyPatch, response: httpx2.Response | Exception, reason: str
) -> None:
    with answering(monkeypatch, response), pytest.raises(TimeStampUnusable, match=reason):
        ask_stamp(ADDRESS, CONTENT)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "no address", "http://["])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(TimeStampUnusable, match="unreachable"):
        ask_stamp(address, CONTENT)
