"""The allow-list: what goes to the collector is built anew from words that `words.py` knows; all else is dropped and counted.

A span keeps its name, ids, times and known attributes; a metric its name and the points whose attributes are all known. Events,
links, texts of errors, exemplars, trace state, and what the machine says of itself have no way through.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Histogram,
    HistogramDataPoint,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Metric as SdkMetric
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status, TraceFlags

from node.telemetry.words import METRICS, MetricName, SpanName, Words, attributes_of

Send = Callable[[str, bytes], bool]
"""Sends bytes to a path of the collector; whether they were taken."""

_SCOPE = InstrumentationScope("celosia")
TRACES_PATH, METRICS_PATH = "/v1/traces", "/v1/metrics"


class AllowList:
    """Rebuilds spans and metrics from known words, and counts what it keeps back."""

    def __init__(self, words: Words, state: str, version: str) -> None:
        self.words = words
        self.resource = Resource({"service.name": "celosia", "service.version": version, "celosia.state": state})
        self._dropped: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def dropped(self) -> Mapping[str, int]:
        """How often something of each sort was kept back."""
        with self._lock:
            return dict(self._dropped)

    def span(self, given: ReadableSpan) -> ReadableSpan | None:
        """`given` as it may leave; None if nobody knows its name."""
        if given.name not in set(SpanName) or given.context is None:
            self._drop("span")
            return None
        known = attributes_of(SpanName(given.name))
        attributes = {
            key: value for key, value in (given.attributes or {}).items() if key in known and self.words.allow(key, value)
        }
        self._drop("attribute", len(given.attributes or {}) - len(attributes))
        self._drop("event", len(given.events))
        self._drop("link", len(given.links))
        self._drop("status", int(given.status.description is not None))
        return ReadableSpan(
            name=given.name,
            context=_bare(given.context),
            parent=None if given.parent is None or given.parent.is_remote else _bare(given.parent),
            resource=self.resource,
            attributes=attributes,
            kind=given.kind,
            status=Status(given.status.status_code),
            start_time=given.start_time,
            end_time=given.end_time,
            instrumentation_scope=_SCOPE,
        )

    def metrics(self, given: MetricsData) -> MetricsData:
        """`given` as it may leave."""
        every = [each for whole in given.resource_metrics for scope in whole.scope_metrics for each in scope.metrics]
        kept = [metric for metric in map(self._metric, every) if metric is not None]
        return MetricsData([ResourceMetrics(self.resource, [ScopeMetrics(_SCOPE, kept, "")], "")])

    def _metric(self, given: SdkMetric) -> SdkMetric | None:
        if given.name not in set(MetricName):
            self._drop("metric")
            return None
        known = METRICS[MetricName(given.name)]
        data: Sum | Gauge | Histogram
        if isinstance(given.data, Histogram):
            data = Histogram(self._spread(given.data.data_points, known.attributes), given.data.aggregation_temporality)
        elif isinstance(given.data, Sum):
            points = self._numbers(given.data.data_points, known.attributes)
            data = Sum(points, given.data.aggregation_temporality, given.data.is_monotonic)
        elif isinstance(given.data, Gauge):
            data = Gauge(self._numbers(given.data.data_points, known.attributes))
        else:
            self._drop("metric")
            return None
        return SdkMetric(given.name, known.description, known.unit, data)

    def _numbers(self, points: Sequence[NumberDataPoint], known: frozenset[str]) -> list[NumberDataPoint]:
        return [
            NumberDataPoint(dict(point.attributes or {}), point.start_time_unix_nano, point.time_unix_nano, point.value)
            for point in points
            if self._allows(point.attributes, known)
        ]

    def _spread(self, points: Sequence[HistogramDataPoint], known: frozenset[str]) -> list[HistogramDataPoint]:
        return [
            HistogramDataPoint(
                attributes=dict(point.attributes or {}),
                start_time_unix_nano=point.start_time_unix_nano,
                time_unix_nano=point.time_unix_nano,
                count=point.count,
                sum=point.sum,
                bucket_counts=point.bucket_counts,
                explicit_bounds=point.explicit_bounds,
                min=point.min,
                max=point.max,
            )
            for point in points
            if self._allows(point.attributes, known)
        ]

    def _allows(self, attributes: Mapping[str, Any] | None, known: frozenset[str]) -> bool:
        """A point goes as a whole or not at all: without one of its attributes it would be added to another's."""
        given = attributes or {}
        allowed = given.keys() == known and all(self.words.allow(key, value) for key, value in given.items())
        self._drop("point", int(not allowed))
        return allowed

    def _drop(self, what: str, times: int = 1) -> None:
        if times:
            with self._lock:
                self._dropped[what] += times


def _bare(context: SpanContext) -> SpanContext:
    """The ids alone: no trace state, and whatever else travels with a context."""
    return SpanContext(context.trace_id, context.span_id, is_remote=False, trace_flags=TraceFlags(context.trace_flags))


class LeavingSpans(SpanExporter):
    """Spans to the collector, as the allow-list lets them."""

    def __init__(self, allow: AllowList, send: Send) -> None:
        self._allow, self._send = allow, send

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send what may leave. Never raises: what the collector does not take is gone."""
        kept = [span for span in map(self._allow.span, spans) if span is not None]
        taken = not kept or self._send(TRACES_PATH, encode_spans(kept).SerializeToString())
        return SpanExportResult.SUCCESS if taken else SpanExportResult.FAILURE


class LeavingMetrics(MetricExporter):
    """Metrics to the collector, as the allow-list lets them."""

    def __init__(self, allow: AllowList, send: Send) -> None:
        super().__init__()
        self._allow, self._send = allow, send

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        """Send what may leave. Never raises: the next export says the same and more."""
        taken = self._send(METRICS_PATH, encode_metrics(self._allow.metrics(metrics_data)).SerializeToString())
        return MetricExportResult.SUCCESS if taken else MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Nothing waits here."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Nothing is held here: the collector's line is closed by who opened it."""
