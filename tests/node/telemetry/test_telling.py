"""What is told arrives at the collector; the process around it stays as it was; and nothing of it can stop the node."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from opentelemetry import metrics, propagate, trace

from node.store.errors import StoreUnavailable
from node.telemetry import telling as module
from node.telemetry.leaving import AllowList
from node.telemetry.telling import OFF, Telemetry, assemble, outcome_of, story, telling
from node.telemetry.words import MetricName, SpanName, Words, codes_of_errors
from tests.node.telemetry.collecting import Received, collecting

CASE = "RADICADO-INVENTADO-1234"


@contextmanager
def told_to(received: Received) -> Iterator[Telemetry]:
    words = Words(codes_of_errors())
    words.add("beat", ["index", "outbox"])
    made = telling(words, state="CO", version="0", endpoint=received.url, interval=3600, context=None)
    yield made
    made.close()


@dataclass(frozen=True)
class Store:
    telemetry: Telemetry


@dataclass(frozen=True)
class Invented:
    """A story that may fail."""

    database: Store

    @story(SpanName.ADOPT)
    def run(self, fault: Exception | None = None) -> str:
        """What the story is."""
        if fault is not None:
            raise fault
        return "well"


def test_a_story_is_a_span_and_what_happens_within_belongs_to_it() -> None:
    with collecting() as received:
        with told_to(received) as telemetry, telemetry.span(SpanName.REQUEST, api="peer"):
            assert Invented(Store(telemetry)).run() == "well"
        spans = {span.name: span for span in received.spans}
        assert spans["story.adopt"].parent_span_id == spans["request"].span_id
        assert received.named("story.adopt") == [{"outcome": "done"}]
        assert received.named("request") == [{"api": "peer", "outcome": "done"}]


def test_a_marked_story_keeps_its_name_and_its_words() -> None:
    assert (Invented.run.__name__, Invented.run.__doc__) == ("run", "What the story is.")


@pytest.mark.parametrize(
    ("fault", "outcome"), [(StoreUnavailable("OperationalError"), "store_unavailable"), (ValueError(CASE), "unforeseen")]
)
def test_a_story_that_fails_tells_a_code_and_fails(fault: Exception, outcome: str) -> None:
    with collecting() as received:
        with told_to(received) as telemetry, pytest.raises(type(fault)):
            Invented(Store(telemetry)).run(fault)
        assert received.named("story.adopt") == [{"outcome": outcome}]
        assert CASE.encode() not in received.everything


def test_a_code_that_no_class_has_does_not_leave() -> None:
    class Careless(Exception):
        def __init__(self, code: str) -> None:
            self.code = code

    assert outcome_of(Careless("fulana_inventada")) == "fulana_inventada"
    with collecting() as received:
        with told_to(received) as telemetry, pytest.raises(Careless):
            Invented(Store(telemetry)).run(Careless("fulana_inventada"))
        assert received.named("story.adopt") == [{}]
        assert received.metrics["celosia.telemetry.dropped"] == [{"what": "attribute"}]


def test_a_generator_that_is_left_early_was_done_and_leads_nothing() -> None:
    def replies(telemetry: Telemetry) -> Iterator[int]:
        with telemetry.span(SpanName.CALL, leads=False, peer="PE", message="match_request"):
            yield 1
            yield 2

    with collecting() as received:
        with told_to(received) as telemetry:
            for _ in replies(telemetry):
                Invented(Store(telemetry)).run()
                break
        assert received.named("call") == [{"peer": "PE", "message": "match_request", "outcome": "done"}]
        assert [span.parent_span_id for span in received.spans] == [b"", b""]


def test_measurements_arrive_with_what_the_allow_list_kept_back() -> None:
    def fails() -> None:
        raise StoreUnavailable("OperationalError")

    with collecting() as received:
        with told_to(received) as telemetry:
            telemetry.count(MetricName.QUESTIONS, outcome="answered")
            telemetry.count(MetricName.QUESTIONS, outcome=CASE)
            telemetry.level(MetricName.QUEUE_AGE, 7, queue="outbox")
            assert telemetry.timed("index", lambda: 3)() == 3
            with pytest.raises(StoreUnavailable):
                telemetry.timed("outbox", fails)()
        told = received.metrics
    assert told["celosia.questions"] == [{"outcome": "answered"}]
    assert told["celosia.queue.age"] == [{"queue": "outbox"}]
    assert {"beat": "index", "outcome": "done"} in told["celosia.beat.duration"]
    assert {"beat": "outbox", "outcome": "store_unavailable"} in told["celosia.beat.duration"]


def test_the_process_has_no_provider_before_and_none_after() -> None:
    before = trace.get_tracer_provider(), metrics.get_meter_provider()
    with collecting() as received, told_to(received) as telemetry, telemetry.span(SpanName.ASK):
        assert (trace.get_tracer_provider(), metrics.get_meter_provider()) == before
    assert type(before[0]).__name__ == "ProxyTracerProvider"


def test_a_span_that_leads_is_nobody_s_to_pass_on_when_it_is_over() -> None:
    carrier: dict[str, str] = {}
    with collecting() as received, told_to(received) as telemetry:
        with telemetry.span(SpanName.ASK):
            pass
        propagate.inject(carrier)
    assert carrier == {}


def test_what_the_environment_says_to_open_telemetry_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", f"case={CASE}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"case={CASE}")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with collecting() as received:
        with told_to(received) as telemetry, telemetry.span(SpanName.ASK):
            pass
        assert received.named("story.ask") == [{"outcome": "done"}]
        assert CASE.encode() not in received.everything


def test_the_queue_is_bounded_and_the_node_does_not_wait(caplog: pytest.LogCaptureFixture) -> None:
    held = threading.Event()

    def stuck(_path: str, _content: bytes) -> bool:
        return held.wait(60)

    telemetry = assemble(AllowList(Words(), "CO", "0"), stuck, 3600, held.set)
    began = time.monotonic()
    for _ in range(3 * module._QUEUE):
        with telemetry.span(SpanName.ASK):
            pass
    told = time.monotonic() - began
    held.set()
    telemetry.close()
    assert told < 30, "nobody waited the minute that the collector takes"
    assert all(record.exc_info is None for record in caplog.records)


def test_the_end_waits_for_no_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CLOSING_SECONDS", 0.2)
    held = threading.Event()
    telemetry = assemble(AllowList(Words(), "CO", "0"), lambda _path, _content: held.wait(60), 3600, held.set)
    with telemetry.span(SpanName.ASK):
        pass
    began = time.monotonic()
    telemetry.close()
    assert time.monotonic() - began < 30
    held.set()


def test_telemetry_that_is_off_does_the_same_and_tells_nobody() -> None:
    assert Invented(Store(OFF)).run() == "well"
    OFF.count(MetricName.QUESTIONS, outcome="answered")
    OFF.close()
