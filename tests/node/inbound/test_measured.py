"""A request is told by its route's template and its status; what was asked, by whom and with which trace is not."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from node.inbound.measured import Measured, template_of, templates_of
from node.telemetry.quiet import QUIET
from node.telemetry.telling import telling
from node.telemetry.words import Words
from tests.node.telemetry.collecting import Received, collecting

PHONE = "3005550147"


def app() -> FastAPI:
    router = APIRouter(prefix="/v1")

    @router.get("/items/{item}")
    def get_item(item: str) -> str:
        return item

    @router.get("/broken/{item}")
    def get_broken(item: str) -> str:
        raise ValueError(item)

    made = FastAPI(docs_url=None, redoc_url=None, telemetry=QUIET)
    made.include_router(router)
    return made


@pytest.fixture
def received() -> Iterator[Received]:
    with collecting() as collector:
        served, words = app(), Words()
        words.add("route", templates_of(served))
        telemetry = telling(words, state="CO", version="0", endpoint=collector.url, interval=3600, context=None)
        served.add_middleware(Measured, telemetry=telemetry, api="national")
        with TestClient(served, raise_server_exceptions=False) as client:
            headers = {"traceparent": f"00-{'a1' * 16}-{'b2' * 8}-01", "baggage": f"phone={PHONE}", "tracestate": f"x={PHONE}"}
            client.get(f"/v1/items/{PHONE}?q={PHONE}", headers=headers)
            client.get(f"/v1/broken/{PHONE}")
            client.get(f"/{PHONE}")
            client.request("FULANA", f"/v1/items/{PHONE}")
        telemetry.close()
        yield collector


def test_requests_are_told_by_template_method_and_status(received: Received) -> None:
    told = [(span["route"], span["method"], span["status"], span.get("outcome")) for span in received.named("request")]
    assert told == [
        ("/v1/items/{item}", "GET", 200, "done"),
        ("/v1/broken/{item}", "GET", 500, "unforeseen"),
        ("none", "GET", 404, "done"),
        ("/v1/items/{item}", "other", 405, "done"),
    ]
    assert {point["route"] for point in received.metrics["celosia.request.duration"]} == {span[0] for span in told}


def test_what_was_asked_and_the_caller_s_trace_are_nowhere(received: Received) -> None:
    assert PHONE.encode() not in received.everything
    traces = {span.trace_id for span in received.spans}
    assert bytes.fromhex("a1" * 16) not in traces
    assert all(span.parent_span_id == b"" and span.trace_state == "" for span in received.spans)
    assert len(traces) == 4


def test_a_request_that_no_route_took_has_none() -> None:
    assert template_of({}) == "none"


def test_the_templates_are_those_of_the_document() -> None:
    assert set(templates_of(app())) == {"/v1/items/{item}", "/v1/broken/{item}", "/openapi.json"}
