"""A collector that is down, slow, hostile or full costs its batch: no error comes out, nothing is followed, nothing is read."""

import logging
import time
from http.server import BaseHTTPRequestHandler

import pytest

from node.telemetry import collector as module
from node.telemetry.collector import Collector, endpoint_fault
from tests.federation.running import free_port
from tests.node.telemetry.collecting import accept, collecting


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:4318", "http://localhost:4318/", "https://collector.example.org", "http://[::1]:1/otlp"]
)
def test_an_address_may_be_https_or_this_machine(endpoint: str) -> None:
    assert endpoint_fault(endpoint) is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://collector.example.org",
        "ftp://127.0.0.1",
        "127.0.0.1:4318",
        "",
        "http://",
        "https://user:secret@collector.example.org",
        "https://collector.example.org?key=1",
        "https://collector.example.org#here",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://[::1",
    ],
)
def test_any_other_address_is_refused_without_repeating_it(endpoint: str) -> None:
    fault = endpoint_fault(endpoint)
    assert fault is not None
    assert "secret" not in fault and "example" not in fault


def test_a_batch_is_sent_with_nothing_but_what_it_needs() -> None:
    with collecting() as received:
        line = Collector(received.url + "/", None)
        assert line.send("/v1/traces", b"batch")
        line.close()
    assert received.raw == [("/v1/traces", b"batch")]
    assert {name.lower() for name in received.headers[0]} <= {
        "host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length",
    }  # fmt: skip


def redirect_elsewhere(request: BaseHTTPRequestHandler) -> None:
    request.send_response(307)
    request.send_header("Location", f"http://{request.headers['Host']}/stolen")
    request.send_header("Content-Length", "0")
    request.end_headers()


def too_busy(request: BaseHTTPRequestHandler) -> None:
    request.send_response(429)
    request.send_header("Content-Length", "0")
    request.end_headers()


def talk_without_end(request: BaseHTTPRequestHandler) -> None:
    request.send_response(500)
    request.send_header("Content-Length", str(1 << 40))
    request.end_headers()
    request.wfile.write(b"x" * 1000)


def garbage(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\x00\xff not HTTP\r\n\r\n")
    request.close_connection = True


@pytest.mark.parametrize("answer", [redirect_elsewhere, too_busy, talk_without_end, garbage])
def test_a_collector_that_misbehaves_costs_its_batch(answer: object, caplog: pytest.LogCaptureFixture) -> None:
    with collecting(answer) as received:  # type: ignore[arg-type]  # one of those above
        line = Collector(received.url, None)
        with caplog.at_level(logging.INFO):
            assert not line.send("/v1/traces", b"one")
            assert not line.send("/v1/traces", b"two")
        line.close()
    assert "/stolen" not in [path for path, _ in received.raw]
    told = [record for record in caplog.records if record.name == "celosia.telemetry"]
    assert len(told) == 1, "told when it changes, not at every batch"
    assert told[0].exc_info is None


def test_a_collector_that_is_not_there_or_silent_costs_its_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.2)
    absent = Collector(f"http://127.0.0.1:{free_port()}", None)
    assert not absent.send("/v1/traces", b"batch")
    absent.close()
    with collecting(lambda _request: time.sleep(1)) as received:
        silent = Collector(received.url, None)
        assert not silent.send("/v1/traces", b"batch")
        silent.close()


def test_a_closed_line_sends_nothing() -> None:
    with collecting() as received:
        line = Collector(received.url, None)
        line.close()
        assert not line.send("/v1/traces", b"batch")
    assert received.raw == []


def test_a_collector_that_comes_back_is_told_again_and_the_log_says_both(caplog: pytest.LogCaptureFixture) -> None:
    with collecting() as received, caplog.at_level(logging.INFO, "celosia.telemetry"):
        line = Collector(received.url, None)
        for answer in (accept, too_busy, too_busy, accept):
            received.answer = answer
            assert line.send("/v1/traces", b"batch") == (answer is accept)
        line.close()
    assert [getattr(record, "state", "") for record in caplog.records] == ["takes", "refuses", "takes"]
