"""How the node tells what it does: spans and measurements, under names that `words.py` knows, through providers of its own.

No provider is set for the process, nothing is read from or written to a request's trace headers, and no error's text is taken in.
Where telemetry is off, the same calls do nothing.
"""

import functools
import math
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from opentelemetry.context import Context, attach, detach
from opentelemetry.metrics import CallbackOptions, MeterProvider, NoOpMeterProvider, Observation
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter
from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NoOpTracerProvider, Span, TracerProvider, set_span_in_context

from node.telemetry.collector import Collector
from node.telemetry.leaving import AllowList, LeavingMetrics, LeavingSpans
from node.telemetry.words import DONE, METRICS, UNFORESEEN, MetricName, SpanName, Value, Words

_QUEUE = 2048
"""Spans that wait for the collector; while it is away, the oldest are dropped."""
_BATCH = 512
_CLOSING_SECONDS = 5.0

P = ParamSpec("P")
T = TypeVar("T")


def outcome_of(error: BaseException) -> str:
    """The code of an error of ours; the allow-list drops one that no class of ours has."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else UNFORESEEN


class Telemetry:
    """What stories, stores and ways in tell through."""

    def __init__(self, spans: TracerProvider, metrics: MeterProvider, close: Callable[[], None] | None = None) -> None:
        """`close` gives back what the providers hold."""
        self._tracer = spans.get_tracer("celosia")
        meter = metrics.get_meter("celosia")
        self._counters = {
            name: meter.create_counter(name, metric.unit) for name, metric in METRICS.items() if metric.form == "counter"
        }
        self._gauges = {name: meter.create_gauge(name, metric.unit) for name, metric in METRICS.items() if metric.form == "gauge"}
        self._histograms = {
            name: meter.create_histogram(name, metric.unit) for name, metric in METRICS.items() if metric.form == "histogram"
        }
        self._close = close

    @contextmanager
    def span(self, name: SpanName, *, leads: bool = True, **attributes: Value) -> Iterator[Span]:
        """Time what happens within. An error gives its code as the outcome, and goes on.

        With `leads`, spans begun within belong to this one. A generator must not lead: it may go on in another thread's context.
        """
        span = self._tracer.start_span(name.value, attributes=attributes)
        token = attach(set_span_in_context(span, Context())) if leads else None
        try:
            yield span
            span.set_attribute("outcome", DONE)
        except GeneratorExit:  # who read on has all it wanted
            span.set_attribute("outcome", DONE)
            raise
        except Exception as error:
            span.set_attribute("outcome", outcome_of(error))
            raise
        finally:
            if token is not None:
                detach(token)
            span.end()

    def count(self, name: MetricName, amount: int = 1, **attributes: Value) -> None:
        """Add to a counter."""
        self._counters[name].add(amount, attributes)

    def level(self, name: MetricName, value: float, **attributes: Value) -> None:
        """Set a gauge."""
        self._gauges[name].set(value, attributes)

    def spread(self, name: MetricName, value: float, **attributes: Value) -> None:
        """Add to a histogram."""
        self._histograms[name].record(value, attributes)

    def timed(self, beat: str, work: Callable[[], T]) -> Callable[[], T]:
        """A beat's work that tells how long each of its runs took, and how it ended."""

        def run() -> T:
            began, outcome = time.monotonic(), UNFORESEEN
            try:
                done = work()
                outcome = DONE
                return done
            except Exception as error:
                outcome = outcome_of(error)
                raise
            finally:
                self.spread(MetricName.BEAT_DURATION, time.monotonic() - began, beat=beat, outcome=outcome)

        return run

    def close(self) -> None:
        """Send what waits, and end: after five seconds without it."""
        if self._close is not None:
            closing = threading.Thread(target=self._close, name="telemetry-closing", daemon=True)
            closing.start()
            closing.join(_CLOSING_SECONDS)


OFF = Telemetry(NoOpTracerProvider(), NoOpMeterProvider())
"""Tells nobody."""


def telling(
    words: Words, *, state: str, version: str, endpoint: str, interval: float, context: ssl.SSLContext | None
) -> Telemetry:
    """Telemetry that goes to the collector at `endpoint`, through the allow-list of `words`.

    Args:
        words: the closed sets; routes may be added to it later.
        state: the authority's code, told with everything.
        version: of this program.
        endpoint: the collector's base URL.
        interval: seconds between two exports of the metrics.
        context: whom to trust, for https.
    """
    allow, collector = AllowList(words, state, version), Collector(endpoint, context)
    return assemble(allow, collector.send, interval, collector.close)


def assemble(allow: AllowList, send: Callable[[str, bytes], bool], interval: float, close: Callable[[], None]) -> Telemetry:
    """Telemetry over providers of its own, whatever the environment says to OpenTelemetry's own exporters and samplers."""
    reader = PeriodicExportingMetricReader(LeavingMetrics(allow, send), interval * 1000, math.inf)
    metrics = SdkMeterProvider([reader], allow.resource, AlwaysOffExemplarFilter(), shutdown_on_exit=False)

    def dropped(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(times, {"what": what}) for what, times in allow.dropped.items()]

    metrics.get_meter("celosia").create_observable_counter(MetricName.DROPPED, [dropped], METRICS[MetricName.DROPPED].unit)
    spans = SdkTracerProvider(ALWAYS_ON, allow.resource, shutdown_on_exit=False, meter_provider=NoOpMeterProvider())
    processor = BatchSpanProcessor(
        LeavingSpans(allow, send),
        max_queue_size=_QUEUE,
        schedule_delay_millis=min(interval, 5) * 1000,
        max_export_batch_size=_BATCH,
        export_timeout_millis=_CLOSING_SECONDS * 1000,
        meter_provider=NoOpMeterProvider(),
    )
    spans.add_span_processor(processor)

    def end() -> None:
        spans.shutdown()
        metrics.shutdown(_CLOSING_SECONDS * 1000)
        close()

    return Telemetry(spans, metrics, end)


class _Store(Protocol):
    @property
    def telemetry(self) -> Telemetry: ...


class _Story(Protocol):
    @property
    def database(self) -> _Store: ...


StoryT = TypeVar("StoryT", bound=_Story)


def story(name: SpanName) -> Callable[[Callable[Concatenate[StoryT, P], T]], Callable[Concatenate[StoryT, P], T]]:
    """Marks a story's method: each run is a span, told through the story's store. Not for generators."""

    def mark(run: Callable[Concatenate[StoryT, P], T]) -> Callable[Concatenate[StoryT, P], T]:
        @functools.wraps(run)
        def told(self: StoryT, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with self.database.telemetry.span(name):
                return run(self, *args, **kwargs)

        return told

    return mark
