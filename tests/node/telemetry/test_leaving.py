"""The allow-list: a span or a metric that carries something else goes without it, and that is counted."""

from collections.abc import Mapping, Sequence

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult, MetricsData
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import AttributeValue

from node.telemetry.leaving import AllowList, LeavingMetrics, LeavingSpans
from node.telemetry.words import Words

NAME = "fulana_inventada"
PHONE = "+573005550147"


def context(*, is_remote: bool = False) -> SpanContext:
    return SpanContext(7 << 64, 9, is_remote, TraceFlags(TraceFlags.SAMPLED), TraceState([("vendor", NAME)]))


def full_span(name: str = "request", parent: SpanContext | None = None) -> ReadableSpan:
    """A span with something planted in every place that it has."""
    planted: Mapping[str, AttributeValue] = {
        "url.full": f"/v1/x?q={PHONE}",
        "route": f"/v1/x/{PHONE}",
        "status": 200,
        "db.statement": NAME,
    }
    return ReadableSpan(
        name,
        context(),
        parent,
        Resource({"host.name": NAME, "process.command_args": PHONE}),
        planted,
        [Event("exception", {"exception.message": NAME, "exception.stacktrace": PHONE})],
        [Link(context(), {"note": NAME})],
        status=Status(StatusCode.ERROR, f"{NAME} was not found"),
        start_time=1,
        end_time=2,
    )


@pytest.fixture
def allow() -> AllowList:
    return AllowList(Words(), "CO", "0")


class Sent:
    """Takes batches, or does not."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes, self.batches = takes, list[tuple[str, bytes]]()

    def __call__(self, path: str, content: bytes) -> bool:
        self.batches.append((path, content))
        return self.takes


def bytes_of(spans: Sequence[ReadableSpan], allow: AllowList) -> bytes:
    sent = Sent()
    LeavingSpans(allow, sent).export(spans)
    return b"".join(content for _, content in sent.batches)


def test_a_span_keeps_ids_times_and_known_words_and_loses_the_rest(allow: AllowList) -> None:
    left = allow.span(full_span(parent=context()))
    assert left is not None and left.context is not None and left.parent is not None
    assert (left.name, dict(left.attributes or {}), left.start_time, left.end_time) == ("request", {"status": 200}, 1, 2)
    assert (left.context.trace_id, left.context.span_id, left.parent.span_id) == (7 << 64, 9, 9)
    assert (left.events, left.links, left.status.description, left.context.trace_state) == ((), (), None, TraceState())
    assert dict(left.resource.attributes) == {"service.name": "celosia", "service.version": "0", "celosia.state": "CO"}
    assert allow.dropped == {"attribute": 3, "event": 1, "link": 1, "status": 1}


def test_of_what_was_planted_nothing_is_in_the_bytes(allow: AllowList) -> None:
    raw = bytes_of([full_span()], allow)
    assert NAME.encode() not in raw and PHONE[1:].encode() not in raw
    assert len(ExportTraceServiceRequest.FromString(raw).resource_spans) == 1


def test_without_the_allow_list_it_would_be(allow: AllowList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AllowList, "span", lambda _self, given: given)
    raw = bytes_of([full_span()], allow)
    assert NAME.encode() in raw and PHONE[1:].encode() in raw


def test_a_span_of_another_name_is_dropped_whole(allow: AllowList) -> None:
    sent = Sent()
    assert LeavingSpans(allow, sent).export([full_span(f"GET /v1/x/{PHONE}")]) is SpanExportResult.SUCCESS
    assert sent.batches == []
    assert allow.dropped == {"span": 1}


def test_a_parent_from_beyond_the_border_is_not_told(allow: AllowList) -> None:
    left = allow.span(full_span(parent=context(is_remote=True)))
    assert left is not None and left.parent is None


def measured(*views: View) -> MetricsData:
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader], Resource({"host.name": NAME}), views=views, shutdown_on_exit=False).get_meter(NAME)
    for name in ("celosia.questions", f"asked.{NAME}"):
        counter = meter.create_counter(name, description=PHONE)
        counter.add(1, {"outcome": "answered"})
        counter.add(1, {"outcome": NAME})
        counter.add(1, {"outcome": "answered", "officer": NAME})
    meter.create_histogram("celosia.database.wait").record(1, {"writes": True})
    meter.create_gauge("celosia.directory.age").set(7)
    meter.create_gauge("celosia.outbox").set(7, {"state": PHONE})
    data = reader.get_metrics_data()
    assert data is not None
    return data


def test_a_metric_keeps_the_points_whose_words_are_all_known(allow: AllowList) -> None:
    left = allow.metrics(measured())
    assert NAME not in left.to_json() and PHONE[1:] not in left.to_json()
    points = {
        metric.name: [dict(point.attributes or {}) for point in metric.data.data_points]
        for metric in left.resource_metrics[0].scope_metrics[0].metrics
    }
    assert points == {
        "celosia.questions": [{"outcome": "answered"}],
        "celosia.database.wait": [{"writes": True}],
        "celosia.directory.age": [{}],
        "celosia.outbox": [],
    }
    assert allow.dropped == {"metric": 1, "point": 3}


def test_a_form_that_nobody_chose_is_dropped(allow: AllowList) -> None:
    view = View(instrument_name="celosia.database.wait", aggregation=ExponentialBucketHistogramAggregation())
    names = [metric.name for metric in allow.metrics(measured(view)).resource_metrics[0].scope_metrics[0].metrics]
    assert "celosia.database.wait" not in names
    assert allow.dropped["metric"] == 2


def test_what_the_collector_does_not_take_is_a_failure_and_no_error(allow: AllowList) -> None:
    assert LeavingSpans(allow, Sent(takes=False)).export([full_span()]) is SpanExportResult.FAILURE
    metrics = LeavingMetrics(allow, Sent(takes=False))
    assert metrics.export(measured()) is MetricExportResult.FAILURE
    assert metrics.force_flush()
    metrics.shutdown()
    taking = LeavingMetrics(allow, Sent())
    assert taking.export(measured()) is MetricExportResult.SUCCESS
