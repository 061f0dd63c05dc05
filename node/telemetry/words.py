"""Every word that telemetry may say: names of spans and metrics, their attributes, and for each attribute a closed set of values.

Nothing here is a pattern. A pattern lets through whatever happens to look right, and a surname in lower case looks like a code.
Numbers are bounded far below the length of a telephone number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from protocol.authority import MEMBER_STATES
from protocol.messages import REPLIES, REQUESTS

Value = str | int | bool


class SpanName(StrEnum):
    """What is timed as a span."""

    REQUEST = "request"
    CALL = "call"
    UNIT_OF_WORK = "unit_of_work"
    ASK = "story.ask"
    ASK_PEER = "story.ask_peer"
    ANSWER = "story.answer"
    DELIVER = "story.deliver"
    IMPORT = "story.import"
    PROPOSE = "story.propose"
    APPROVE = "story.approve"
    REFUSE = "story.refuse"
    WITHDRAW = "story.withdraw"
    INDEX_BEAT = "story.index_beat"
    FOLLOW = "story.follow"
    ADOPT = "story.adopt"


class MetricName(StrEnum):
    """What is measured."""

    QUESTIONS = "celosia.questions"
    ELEMENTS = "celosia.elements"
    BUDGET_LEFT = "celosia.budget.left"
    OUTBOX = "celosia.outbox"
    QUEUE_AGE = "celosia.queue.age"
    BEAT_DURATION = "celosia.beat.duration"
    DIRECTORY_AGE = "celosia.directory.age"
    DIRECTORY_LEFT = "celosia.directory.left"
    CERTIFICATE_LEFT = "celosia.certificate.left"
    REQUEST_DURATION = "celosia.request.duration"
    DATABASE_WAIT = "celosia.database.wait"
    DROPPED = "celosia.telemetry.dropped"
    """Counted by the allow-list itself, which tells it at each export."""


Form = Literal["counter", "gauge", "histogram", "counted"]


@dataclass(frozen=True)
class Metric:
    """How a metric is told: its form, its unit (UCUM), what it says, and the attributes that each of its points has."""

    form: Form
    unit: str
    description: str
    attributes: frozenset[str] = frozenset()


METRICS: Mapping[MetricName, Metric] = {
    MetricName.QUESTIONS: Metric("counter", "1", "Questions to one peer that were settled", frozenset({"outcome"})),
    MetricName.ELEMENTS: Metric("counter", "1", "Padded elements, dummies included", frozenset({"side"})),
    MetricName.BUDGET_LEFT: Metric("gauge", "1", "Share of the tightest budget that is left, 0 to 1", frozenset({"side"})),
    MetricName.OUTBOX: Metric("gauge", "1", "Records to peers", frozenset({"state"})),
    MetricName.QUEUE_AGE: Metric("gauge", "s", "Age of the oldest that waits", frozenset({"queue"})),
    MetricName.BEAT_DURATION: Metric("histogram", "s", "One run of a beat", frozenset({"beat", "outcome"})),
    MetricName.DIRECTORY_AGE: Metric("gauge", "s", "Since the directory in force was adopted"),
    MetricName.DIRECTORY_LEFT: Metric("gauge", "s", "Until the directory in force expires; negative after that"),
    MetricName.CERTIFICATE_LEFT: Metric("gauge", "d", "Until this node's TLS leaf ends; negative after that"),
    MetricName.REQUEST_DURATION: Metric(
        "histogram", "s", "Requests that came in", frozenset({"api", "route", "method", "status"})
    ),
    MetricName.DATABASE_WAIT: Metric("histogram", "s", "What a unit of work waited for the database", frozenset({"writes"})),
    MetricName.DROPPED: Metric("counted", "1", "What the allow-list kept back", frozenset({"what"})),
}

DONE, UNFORESEEN = "done", "unforeseen"
_OUTCOMES = frozenset({DONE, UNFORESEEN, "answered", "refused", "failed", "expired"})
_WORDS: Mapping[str, frozenset[str]] = {
    "api": frozenset({"national", "peer"}),
    "method": frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}),
    "peer": MEMBER_STATES,
    "message": frozenset({*REQUESTS, *REPLIES, "index_file"}),
    "side": frozenset({"asked", "answered"}),
    "state": frozenset({"waiting", "accepted", "quarantined"}),
    "queue": frozenset({"outbox", "questions"}),
    "statements": frozenset({"0", "1-15", "16-255", "256+"}),
    "what": frozenset({"span", "attribute", "event", "link", "status", "metric", "point"}),
}
_NUMBERS: Mapping[str, range] = {"status": range(100, 600)}
_TRUTHS = frozenset({"writes"})

SPAN_ATTRIBUTES: Mapping[SpanName, frozenset[str]] = {
    SpanName.REQUEST: frozenset({"api", "route", "method", "status", "outcome"}),
    SpanName.CALL: frozenset({"peer", "message", "outcome"}),
    SpanName.UNIT_OF_WORK: frozenset({"writes", "statements", "outcome"}),
}
_STORY_ATTRIBUTES = frozenset({"outcome"})


def attributes_of(span: SpanName) -> frozenset[str]:
    """The attributes that a span of that name may have."""
    return SPAN_ATTRIBUTES.get(span, _STORY_ATTRIBUTES)


def band(statements: int) -> str:
    """How many statements, roughly: their exact number would tell how many entries left an index with a beat."""
    if statements == 0:
        return "0"
    return "1-15" if statements < 16 else "16-255" if statements < 256 else "256+"


@dataclass
class Words:
    """The closed sets that grow out of the code itself: codes of errors, templates of routes, names of beats."""

    codes: frozenset[str] = frozenset()
    _grown: dict[str, frozenset[str]] = field(default_factory=lambda: {"route": frozenset({"none"})})

    def add(self, key: str, words: Iterable[str]) -> None:
        """Words of attribute `key`, such as the routes' templates, for the wiring to tell once it has made what they name."""
        self._grown[key] = self._grown.get(key, frozenset()) | frozenset(words)

    def allow(self, key: str, value: object) -> bool:
        """Whether `value` is one of those that attribute `key` may have. A key that nobody knows has none."""
        if key in _TRUTHS:
            return isinstance(value, bool)
        if key in _NUMBERS:
            return isinstance(value, int) and not isinstance(value, bool) and value in _NUMBERS[key]
        if not isinstance(value, str):
            return False
        if key == "outcome":
            return value in _OUTCOMES or value in self.codes
        return value in _WORDS.get(key, frozenset()) or value in self._grown.get(key, frozenset())


def codes_of_errors() -> frozenset[str]:
    """The `code` of every loaded class of error of ours: words that stand in the code, whatever an error's message says."""
    found: set[str] = set()
    waiting: list[type[BaseException]] = [Exception]
    while waiting:
        for error in waiting.pop().__subclasses__():
            waiting.append(error)
            code = vars(error).get("code")
            if error.__module__.partition(".")[0] in ("crypto", "protocol", "node") and isinstance(code, str):
                found.add(code)
    return frozenset(found)
