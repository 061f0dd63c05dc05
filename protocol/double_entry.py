"""Double entry: which entries of two logs belong together, and what it means that one of them is missing.

Every envelope leaves an entry at its sender and one at its receiver, under one `x` and one `c` (`journal.py`). Whoever has an
envelope of the other's knows that it was sent. Whoever sent one knows that it came only once a reply shows it.
"""

from enum import StrEnum

from protocol.journal import PAIRED, Act
from protocol.limits import ENVELOPE_LIFETIME


class Cause(StrEnum):
    """Why two logs do not say the same of an envelope, as far as one side can tell."""

    MISSING_THERE = "missing_there"
    MISSING_HERE = "missing_here"
    DIFFERS = "differs"
    DATED_APART = "dated_apart"
    LOGGED_LATE = "logged_late"
    UNANSWERED = "unanswered"
    UNACKNOWLEDGED = "unacknowledged"
    NEVER_ARRIVED = "never_arrived"
    REPLY_NEVER_ARRIVED = "reply_never_arrived"


CONTRADICTIONS = frozenset({Cause.MISSING_THERE, Cause.MISSING_HERE, Cause.DIFFERS, Cause.DATED_APART})
"""What two honest logs never show. All else a line that broke, or a log that stood still, explains."""


class Breach(StrEnum):
    """What a peer told of its log that no log can have, or that is another than what it told before."""

    GAP = "gap"
    REPEATED = "repeated"
    TWICE = "twice"
    UNPAIRED = "unpaired"
    WENT_BACK = "went_back"
    TOO_MANY = "too_many"


def are_sides(one: Act, other: Act) -> bool:
    """Whether these are the entries of one envelope's two sides."""
    return one in PAIRED and other in PAIRED[one].counterparts


def dated_apart(ours: Act, at: int, theirs: int, tolerance: int) -> bool:
    """Whether the receiver's entry is dated before the sender's, or after the envelope's end, by more than clocks may differ.

    `ours` is the kind of our entry, `at` and `theirs` are both sides' times (POSIX seconds), `tolerance` is in seconds.
    """
    sent, received = (at, theirs) if PAIRED[ours].sends else (theirs, at)
    return not -tolerance <= received - sent <= ENVELOPE_LIFETIME + tolerance


def missing_there(kind: Act, *, answered: bool) -> Cause:
    """What it means that the peer's log lacks the other side of our entry. `answered`: it has replied in that exchange."""
    role = PAIRED[kind]
    if not role.sends:
        return Cause.MISSING_THERE  # we have what it signed
    if role.direction == "in":
        return Cause.UNACKNOWLEDGED
    return Cause.MISSING_THERE if answered else Cause.UNANSWERED


def missing_here(kind: Act, *, replied: bool) -> Cause:
    """What it means that our log lacks the other side of a peer's entry. `replied`: our log has a reply in that exchange."""
    role = PAIRED[kind]
    if not role.sends:
        return Cause.MISSING_HERE  # it says that it has what we signed
    if role.direction == "in":
        return Cause.REPLY_NEVER_ARRIVED
    return Cause.MISSING_HERE if replied else Cause.NEVER_ARRIVED
