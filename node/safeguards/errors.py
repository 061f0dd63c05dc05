"""Why something did not leave. For officers of this node only: a peer is told `declined`, whatever the cause.

Stopped
├── NotNecessary     attestation missing, too many lines, or lines that look like enumeration
├── NotFourEyes      the second person is the first, or nobody has approved these bytes
├── NotMinimal       a record that is not what the minimisation of its kind makes
├── NotInAudience    a record or index part addressed beyond its audience
├── OverBudget       a peer's or an officer's budget does not cover it
└── OfficerLocked    several of the officer's lines were held for review in a short time
"""

from typing import ClassVar


class Stopped(Exception):
    """A safeguard stopped it. `facts` are safe to print."""

    code: ClassVar[str] = "stopped"

    def __init__(self, reason: str, **facts: str | int) -> None:
        self.reason, self.facts = reason, facts
        super().__init__(f"{self.code}: {reason}")


class NotNecessary(Stopped):
    """The question is not one that a case file makes."""

    code = "not_necessary"


class NotFourEyes(Stopped):
    """Two different officers have to stand behind what leaves."""

    code = "not_four_eyes"


class NotMinimal(Stopped):
    """More would leave than the kind of record may carry."""

    code = "not_minimal"


class NotInAudience(Stopped):
    """The addressee does not belong to the audience."""

    code = "not_in_audience"


class OverBudget(Stopped):
    """A budget does not cover it; `facts` say which, what is left, and, if waiting helps, when it `refills` (POSIX seconds)."""

    code = "over_budget"


class OfficerLocked(Stopped):
    """The officer asks nothing more until a protection liaison says so."""

    code = "officer_locked"
