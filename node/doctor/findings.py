"""What a check of the doctor says: a stable code, how serious it is, and facts that an administrator may see.

Texts are keys of the catalogues: `doctor.<code>.title`, `.why` and `.next`. Facts name states, times and counts; none is a secret
or says anything of a case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from node.officers import Role
from protocol.authority import Authority


class Severity(StrEnum):
    """From nothing to do to something to do now."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for `ok` to 3 for `critical`."""
        return list(Severity).index(self)


class Subject(StrEnum):
    """What is looked at, in the order in which it is: what others rest on comes first."""

    SETTINGS = "settings"
    NODE = "node"
    KEYS = "keys"
    CERTIFICATES = "certificates"
    DATABASE = "database"
    DISK = "disk"
    CLOCK = "clock"
    DIRECTORY = "directory"
    BEATS = "beats"
    LOG = "log"
    LISTS = "lists"
    EPOCHS = "epochs"
    REGISTER = "register"
    PEERS = "peers"
    OUTBOX = "outbox"
    QUESTIONS = "questions"
    OFFICERS = "officers"
    ALERTS = "alerts"


@dataclass(frozen=True)
class Moment:
    """A point in time, in POSIX seconds."""

    at: int


@dataclass(frozen=True)
class Span:
    """A length of time, in seconds."""

    seconds: int


@dataclass(frozen=True)
class Size:
    """An amount of data, in bytes."""

    bytes: int


@dataclass(frozen=True)
class Reason:
    """The code of a reason, worded as elsewhere in the program."""

    code: str


@dataclass(frozen=True)
class OwnList:
    """A list of ours: for whom (`all`, or the codes of a named set), and of what entropy class."""

    audience: str
    entropy: str


@dataclass(frozen=True)
class Fault:
    """What is wrong with settings or keys: the key of the text that words it, and the text's own facts."""

    key: str
    facts: Mapping[str, str | int]


Fact = int | str | Authority | Role | Moment | Span | Size | Reason | OwnList | Fault | Subject


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    code: str
    severity: Severity
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Examined:
    """A finding, and what was looked at."""

    subject: Subject
    finding: Finding


def note(code: str, **facts: Fact) -> Finding:
    """Worth knowing; nothing to do now."""
    return Finding(code, Severity.NOTE, facts)


def warning(code: str, **facts: Fact) -> Finding:
    """To be mended before it stops something."""
    return Finding(code, Severity.WARNING, facts)


def critical(code: str, **facts: Fact) -> Finding:
    """Something stands still, or is in danger: to be mended now."""
    return Finding(code, Severity.CRITICAL, facts)


def worst(examined: list[Examined]) -> Severity:
    """The most serious of all; `ok` if there is none."""
    return max((each.finding.severity for each in examined), key=lambda severity: severity.rank, default=Severity.OK)
