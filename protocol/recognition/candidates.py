"""What recognition says of a text: candidates with reasons, values with their place, lines that are all accounted for."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from protocol.identifiers import Doubt, Identifier, Kind, Reason
from protocol.names import NAME_KIND, Person, PersonReason


class Clue(StrEnum):
    """Why a candidate is proposed; the order of the members is the strength, strongest first."""

    ZONE = "zone"
    """A machine-readable zone holds it, beside the document's number: its holder, or the holder's identity number."""
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
    ORDER = "order"
    """Surnames, a comma, given names and a date stand in this order, as in lists of people."""
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


class PersonDoubt(StrEnum):
    """What an officer should look at before a person is asked about; who has no doubt and lacks nothing is certain."""

    GUESSED_PARTS = "guessed_parts"
    """One text holds given names and surnames, and where they part was guessed."""
    ONE_NAME_ONLY = "one_name_only"
    """There are given names and no surname, or surnames and no given name."""
    NAME_CUT = "name_cut"
    """The name fills its field of the zone and may go on, or other signs follow it in its cell."""
    NOT_SAID_TO_BE_BIRTH = "not_said_to_be_birth"
    """Nothing says that the date is that of a birth."""
    NO_BIRTH_DATE = "no_birth_date"
    """There is none, and the name can be asked about without: two surnames are a lead, and no more."""
    IMPOSSIBLE_DAY = "impossible_day"
    """The calendar does not have that day: it was taken for unknown."""
    BIRTH_CHECK_DIGIT_FAILED = "birth_check_digit_failed"
    """A check digit of the zone speaks against the birth date."""
    ASSUMED_CENTURY = "assumed_century"
    """Without a year of expiry, a year of birth in two digits can be of this century or the last."""


@dataclass(frozen=True, slots=True)
class PersonCandidate:
    """A person whom a text may name. Beside `Candidate`, since people have keys of their own (`protocol/names`).

    `clues`: strongest first, never empty. `headings`: what stands over the columns that it was read from, as in the file; only
    words that this package knows. `needs`: why it cannot be asked about as it stands.
    """

    confidence: Confidence
    clues: tuple[Clue, ...]
    person: Person = field(repr=False)
    doubts: frozenset[PersonDoubt] = frozenset()
    needs: PersonReason | None = None
    headings: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The vocabulary's code."""
        return NAME_KIND

    @property
    def canonical(self) -> str | None:
        """Given names, surnames and birth date as `Person.written` has them, None while something is missing."""
        return None if self.needs else self.person.written()


class ProtectedAs(StrEnum):
    """What a text calls those to whom a value belongs. Nothing of theirs is asked: their place is the protected register."""

    VICTIM = "victim"
    """Somebody harmed, such as "agraviada", "ofendido", "vítima", "survivor"."""
    WITNESS = "witness"
    """Somebody who testifies or reports, such as "testigo", "denunciante", "complainant", "témoin"."""
    MINOR = "minor"
    """A child, such as "menor de edad", "adolescente", "mineure"."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, in characters of the line as it was given: from `start`, counted from 0, up to and without `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a line and what it may be, best first: identifiers or people, never both.

    `further`: where the rest of a person stands, such as the birth date, in the order of the text. `protected_as`: the text calls
    whoever this is a victim, witness or child, so that none of the candidates may be proposed for a question.
    """

    span: Span
    candidates: tuple[Candidate | PersonCandidate, ...]
    further: tuple[Span, ...] = ()
    protected_as: ProtectedAs | None = None

    @property
    def settled(self) -> bool:
        """Whether it can be one thing only, and nothing forbids to ask about it."""
        return self.candidates[0].confidence is Confidence.CERTAIN and self.protected_as is None

    def kept_from_asking(self, called: ProtectedAs) -> "Found":
        """The same with the mark: whoever takes what is certain does not take this."""
        likely = tuple(
            replace(each, confidence=Confidence.LIKELY) if each.confidence is Confidence.CERTAIN else each
            for each in self.candidates
        )
        return replace(self, candidates=likely, protected_as=called)


class State(StrEnum):
    """What became of a line. Every line has one."""

    RECOGNISED = "recognised"
    """It holds values, and each of them is certain."""
    TO_CONFIRM = "to_confirm"
    """It holds values, and at least one is for an officer to confirm."""
    PROTECTED = "protected"
    """It holds values, and the text calls whoever at least one is of a victim, witness or child: not to be asked."""
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

    @classmethod
    def of(cls, found: tuple[Found, ...], left: tuple[Span, ...] = ()) -> "ReadLine":
        """With the state that follows from what was found in a line that holds text."""
        if not found:
            return cls(State.NOT_RECOGNISED, (), left)
        if any(each.protected_as for each in found):
            return cls(State.PROTECTED, found, left)
        return cls(State.RECOGNISED if all(each.settled for each in found) else State.TO_CONFIRM, found, left)
