"""What recognition says of a text: candidates with reasons, values with their place, lines that are all accounted for."""

from dataclasses import dataclass, field
from enum import StrEnum

from protocol.identifiers import Doubt, Identifier, Kind, Reason


class Clue(StrEnum):
    """Why a candidate is proposed; the order of the members is the strength, strongest first."""

    SYNTAX = "syntax"
    """Signs that only this kind bears: an @, a scheme, a profile's host, a + before a number, a machine-readable zone."""
    WORD = "word"
    """A word right before the value, or in brackets right after it, names the kind."""
    HEADER = "header"
    """The heading of the column names the kind."""
    COLUMN = "column"
    """The other values of the column are of this kind."""
    FORM = "form"
    """Dots and dashes stand where one state's documents have them."""
    CHECK_DIGIT = "check_digit"
    """The published check digit or checksum fits."""
    ASSIGNED = "assigned"
    """The value lies in a range that the numbering authority has given out."""
    HINT = "hint"
    """A word that names the kind, or often goes with it, stands earlier in the text."""
    SHAPE = "shape"
    """Length and characters fit, which other kinds may share."""
    CHECK_DIGIT_FAILED = "check_digit_failed"
    """The shape fits but the check digit does not: shown, since the slip may be in the paper."""


STRENGTH = {clue: place for place, clue in enumerate(Clue)}
"""0 is the strongest."""


class Confidence(StrEnum):
    """How far a candidate can be relied on; docs/spec/recognition.md has the rule and how often it was right."""

    CERTAIN = "certain"
    """It can be nothing else: taken without asking."""
    LIKELY = "likely"
    """More speaks for it than its form; an officer confirms it."""
    POSSIBLE = "possible"
    """Its form fits, or its check digit is wrong; an officer decides."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One kind that a text may be.

    `identifiers`: main form first, then alternative keys; empty where `needs` names what the officer must add first (a country, a
    platform, a bank …). `clues`: strongest first, never empty. `country` is the state under whose rule it was read.
    """

    kind: Kind
    confidence: Confidence
    clues: tuple[Clue, ...]
    identifiers: tuple[Identifier, ...] = field(repr=False)
    country: str | None = None
    needs: Reason | None = None

    @property
    def canonical(self) -> str | None:
        """The main form, None while something is missing."""
        return self.identifiers[0].canonical if self.identifiers else None

    @property
    def doubts(self) -> frozenset[Doubt]:
        """What an officer should know about the main form."""
        return self.identifiers[0].doubts if self.identifiers else frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, in characters of the line as it was given: from `start`, counted from 0, up to and without `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a line and what it may be, best first."""

    span: Span
    candidates: tuple[Candidate, ...]

    @property
    def settled(self) -> bool:
        """Whether it can be one thing only."""
        return self.candidates[0].confidence is Confidence.CERTAIN


class State(StrEnum):
    """What became of a line. Every line has one."""

    RECOGNISED = "recognised"
    """It holds values, and each of them is certain."""
    TO_CONFIRM = "to_confirm"
    """It holds values, and at least one is for an officer to confirm."""
    NOT_RECOGNISED = "not_recognised"
    """It holds text, and nothing in it looks like an identifier."""
    HEADER = "header"
    """It names the columns of the lines that follow."""
    PART_OF_ZONE = "part_of_zone"
    """It belongs to a machine-readable zone whose value stands with the zone's last line."""
    EMPTY = "empty"
    """It holds no visible character."""
    TOO_LONG = "too_long"
    """It is longer than a line may be and was not read."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line and all that was found in it, in the order of the text; what is outside of the values is plain text.

    `left` are pieces with digits that are neither a value nor a date, time or amount: nothing fitted them.
    """

    state: State
    found: tuple[Found, ...] = ()
    left: tuple[Span, ...] = ()
