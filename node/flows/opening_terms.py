"""The words in which the opening of a past question is told: why, what is kept, what is handed out, what it showed."""

from dataclasses import dataclass
from enum import StrEnum

from protocol.sealed_openings import Box, Handed, SealedOpenings


class Ground(StrEnum):
    """On whose word a question is opened."""

    COURT = "court"
    OVERSIGHT = "oversight"


class Telling(StrEnum):
    """Whether the peer is told once it is opened, or why not: who ordered it forbids it, or the inquiry goes on."""

    TOLD = "told"
    FORBIDDEN = "forbidden"
    ONGOING = "ongoing"


class Kept(StrEnum):
    """What is here of a question that is to be opened. MISSING and BROKEN are breaches."""

    KEPT = "kept"
    ERASED = "erased"
    REQUEST_GONE = "request_gone"
    """The request is not readable here any more, as after a restore without the keys of exchanges; its peer has it."""
    MISSING = "missing"
    BROKEN = "broken"


class Breach(StrEnum):
    """Why a question that its asker committed to does not open as it should."""

    MISSING = "missing"
    BROKEN = "broken"
    BOXES = "boxes"
    BODY = "body"
    OTHER_OPENINGS = "other_openings"
    OTHER_ELEMENT = "other_element"
    NO_INPUT = "no_input"
    NOT_OF_THE_CASE = "not_of_the_case"
    OTHER_REQUEST = "other_request"
    """The log committed to another request than is archived."""
    NOT_ENTERED = "not_entered"
    """The log has no entry of the question, though it was asked long enough ago."""


class UnknownOpening(Exception):
    """No opening was proposed under that number."""

    code = "unknown_opening"


class OpeningNotPossible(Exception):
    """It cannot be opened so; `reason` says why: a value of `Kept`, `other_holders`, `lapsed`, `another_confirmed`, `done`,
    `not_confirmed`.
    """

    code = "opening_not_possible"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Openable:
    """One exchange of a question, and the boxes that a first holder needs; none where `kept` says that there are none."""

    x: str
    peer: str
    asked: int
    kept: Kept
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Proposal:
    """What a first officer decides. `handed` is empty where that holder's boxes turned out to be altered, which is a breach."""

    x: str
    ground: Ground
    order: str
    telling: Telling
    handed: tuple[Handed, ...]


@dataclass(frozen=True, repr=False)
class ShownOpening:
    """An opening as those who oversee the node see it. `order` is the reference; officers by user name."""

    id: str
    x: str
    peer: str
    ground: str
    telling: str
    order: str
    proposed_by: str
    proposed: int
    confirmed_by: str | None
    confirmed: int | None
    checked: int | None
    breaches: int | None
    lapsed: bool
    peer_said: str | None
    """`noted`, or that the question is `unknown` there; None before the peer was told, or where it is not to be."""
    peer_said_at: int | None


@dataclass(frozen=True)
class HeardOpening:
    """What a peer told of a question that it asked us: when it opened it, and whether it was `as_committed` or a `breach`."""

    x: str
    peer: str
    opened: int
    found: str
    heard: int


@dataclass(frozen=True)
class ShownOpenings:
    """All openings of our questions, and what peers told of theirs; the newest first."""

    ours: tuple[ShownOpening, ...]
    of_peers: tuple[HeardOpening, ...]


@dataclass(frozen=True, repr=False)
class AskedLine:
    """A line of the case file: as the officer wrote it, and the OPRF inputs that it gave."""

    line: int
    written: str
    inputs: tuple[bytes, ...]


@dataclass(frozen=True, repr=False)
class Entered:
    """The entry of the question in the log: where, its bytes, and the salt that opens its commitment."""

    log: str
    position: int
    entry: bytes
    salt: bytes


@dataclass(frozen=True, repr=False)
class Material:
    """What the second holder needs: sealed openings, what was handed on, and what they are held against.

    `entered` is None until the log has taken the act; `lines` where what the officer wrote was erased.
    """

    x: str
    request: bytes
    sealed: SealedOpenings
    handed: tuple[Handed, ...]
    entered: Entered | None
    lines: tuple[AskedLine, ...] | None


@dataclass(frozen=True)
class Outcome:
    """What the second officer found: how many identifiers and dummies, and each breach with its position, if it has one."""

    identifiers: int
    dummies: int
    breaches: tuple[tuple[Breach, int | None], ...]
