"""A past question, opened: what stood at each position, held against the request that was sent.

    {"openings":{…},"request":<the envelope>,"v":1}                      the whole question
    {"positions":[{…},…],"request":<the envelope>,"v":1}                 some positions of it, and nothing about the others

Who reads it needs nothing else but the digest of the request, as the logs of both sides have it: `docs/spec/matching.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from crypto.derivation import parted
from crypto.errors import BadInput, BadScalar
from crypto.oprf import BlindingFactor, blind
from protocol import jws, limits
from protocol.envelope import ENVELOPE_TYPE, Envelope
from protocol.matching import Opened, OpeningRefused, Openings, check_opening, dummy_input
from protocol.messages import MatchRequest
from protocol.wire import Octets, WireModel, parse, sha256

_INPUT_PARTS = 3


class Standing(StrEnum):
    """What an opened position is. All but the first two are breaches."""

    IDENTIFIER = "identifier"
    DUMMY = "dummy"
    OTHER_ELEMENT = "other_element"
    """The element that was sent is not this value under this factor: something else was asked than was committed to."""
    NO_INPUT = "no_input"
    """It was sent as committed, and is neither an identifier nor the dummy of its position."""


@dataclass(frozen=True)
class Position:
    """One position, opened. `kind`, `version` and `canonical` are an identifier's, as `docs/spec/identifiers.md` has them."""

    position: int
    standing: Standing
    kind: str = ""
    version: str = ""
    canonical: str = ""

    def __repr__(self) -> str:
        return f"Position({self.position}, {self.standing})"

    __str__ = __repr__


@dataclass(frozen=True, repr=False)
class Checked:
    """The request that was opened, the digest that both logs know it by, and what stood at each position that is told."""

    envelope: Envelope[MatchRequest]
    digest: str
    positions: tuple[Position, ...]

    @property
    def breaches(self) -> tuple[Position, ...]:
        """The positions that are neither an identifier nor a dummy."""
        return tuple(each for each in self.positions if each.standing not in (Standing.IDENTIFIER, Standing.DUMMY))


class OpenedQuestion(WireModel):
    """A question with what opens all of it, or what opens some positions. It has identifiers of a case: no message carries it."""

    v: Literal[1] = 1
    request: Annotated[Octets, Field(max_length=limits.ENVELOPE_BYTES)]
    openings: Openings | None = None
    positions: Annotated[tuple[Opened, ...], Field(min_length=1, max_length=limits.BATCH_LARGEST)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "OpenedQuestion":
        if (self.openings is None) == (self.positions is None):
            raise PydanticCustomError("whole_or_part", "a question is opened as a whole or in part")
        return self

    def __repr__(self) -> str:
        return f"OpenedQuestion({'in part' if self.openings is None else 'whole'})"

    __str__ = __repr__

    def part(self, positions: Iterable[int]) -> "OpenedQuestion":
        """These positions alone, and nothing about the others. `ValueError` for a question that is not opened as a whole."""
        if self.openings is None:
            raise ValueError("only a whole question can be parted")
        return OpenedQuestion(request=self.request, positions=tuple(self.openings.open(each) for each in positions))


def read_opened(raw: bytes) -> OpenedQuestion:
    """A file. Raises `TooLarge`, `Malformed`."""
    return parse(OpenedQuestion, raw, limit=limits.OPENED_QUESTION_BYTES, where="opened")


def read_question(raw: bytes) -> Envelope[MatchRequest]:
    """The question in the bytes of its envelope; who signed it is not looked at. Raises `TooLarge`, `Malformed`."""
    unverified = jws.open_form(raw, ENVELOPE_TYPE, limit=limits.ENVELOPE_BYTES, where="request")
    return parse(Envelope[MatchRequest], unverified.payload, limit=limits.ENVELOPE_BYTES, where="request")


def check_opened(opened: OpenedQuestion) -> Checked:
    """What a file proves of the request in it. The caller compares the digest with a log's.

    Raises `Malformed` for what is no question, and `OpeningRefused`, which is a breach, where the commitment that was signed is
    not over these openings.
    """
    # 1 the request is a question
    envelope = read_question(opened.request)
    question = envelope.body
    # 2 the openings are those that it commits to, 3 and what was sent
    if opened.openings is not None:
        positions = check_openings(question, opened.openings)
    else:
        positions = tuple(_of_part(question, each) for each in opened.positions or ())
    return Checked(envelope, sha256(opened.request), positions)


def check_openings(question: MatchRequest, openings: Openings) -> tuple[Position, ...]:
    """What stood at every position of a question, by all of its openings. Raises `OpeningRefused` where they are not its own."""
    # 1 as many as were asked
    if not question.size == len(openings.values) == len(openings.factors):
        raise OpeningRefused("openings.count")
    # 2 the commitment is over them, and over the seed of the dummies
    try:
        root = openings.root()
    except BadInput:
        raise OpeningRefused("openings.value") from None
    if root != question.commitment:
        raise OpeningRefused("openings.commitment")
    # 3 each element is its value under its factor, and each value an identifier or its position's dummy
    told = []
    for position, (value, factor) in enumerate(zip(openings.values, openings.factors, strict=True)):
        if not _was_sent(question, position, value, factor):
            told.append(Position(position, Standing.OTHER_ELEMENT))
        elif value == dummy_input(openings.seed, position):
            told.append(Position(position, Standing.DUMMY))
        else:
            told.append(_identifier(position, value))
    return tuple(told)


def _of_part(question: MatchRequest, opened: Opened) -> Position:
    check_opening(question, opened)
    return _identifier(opened.position, opened.value)


def _was_sent(question: MatchRequest, position: int, value: bytes, factor: bytes) -> bool:
    try:
        element = blind(value, BlindingFactor.from_bytes(factor)).element
    except BadScalar:
        return False
    return bytes(element) == question.elements[32 * position : 32 * position + 32]


def _identifier(position: int, value: bytes) -> Position:
    """`lp(kind, version, canonical)`: the dummy of another position, or of another seed, is of no kind that there is."""
    try:
        parts = [part.decode() for part in parted(value)]
    except (BadInput, UnicodeDecodeError):
        parts = []
    if len(parts) != _INPUT_PARTS or not parts[0].isidentifier():
        return Position(position, Standing.NO_INPUT)
    return Position(position, Standing.IDENTIFIER, *parts)
