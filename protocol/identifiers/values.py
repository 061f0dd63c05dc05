"""What goes into a normaliser and what comes out."""

from dataclasses import dataclass, field
from enum import StrEnum

from crypto.derivation import length_prefixed
from protocol.identifiers.kinds import Kind


class Doubt(StrEnum):
    """What an officer should know about a form that was accepted all the same.

    Doubts never enter a key: two authorities that doubt differently still match.
    """

    CHECK_DIGIT_FAILED = "check_digit_failed"
    """A published check digit does not fit: probably a slip of the pen."""
    LENGTH_RULE_ONLY = "length_rule_only"
    """Only length and alphabet were checked: no check digit, or no published rule, for this form."""
    NOT_ASSIGNED = "not_assigned"
    """Well formed, but in no range that the numbering authority has given out."""
    NOT_UNIQUE = "not_unique"
    """Many devices or networks may bear this value: a private or locally chosen address."""
    ANOTHER_READING = "another_reading"
    """A second reading is valid too: write a telephone with + and its country code, a number with its document."""
    ASSUMED_INTERNATIONAL = "assumed_international"
    """Read as if + stood before the country code."""
    ASSUMED_COUNTRY = "assumed_country"
    """The issuing state was taken from the holder's nationality."""
    EXTENSION_DROPPED = "extension_dropped"
    """The key is that of the switchboard, which many people may share."""
    LETTERS_CORRECTED = "letters_corrected"
    """Letters that cannot occur (I, O, Q in a VIN) were read as the digits they resemble."""


@dataclass(frozen=True, slots=True)
class RawIdentifier:
    """An identifier as somebody wrote it, with what is needed to read it.

    `country`: ISO 3166-1 alpha-2 code of the issuing, plate or bank state; for phones the region in which the number
    was written. `subdivision`: ISO 3166-2 code, with or without the country. `platform`: of a handle.
    `bank`: BIC or the bank's national code. The value stays out of `repr`.
    """

    kind: Kind
    value: str = field(repr=False)
    country: str | None = None
    subdivision: str | None = None
    platform: str | None = None
    bank: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One canonical form, before the version of the rule is known. Stays inside this package."""

    kind: Kind
    canonical: str = field(repr=False)
    doubts: frozenset[Doubt] = frozenset()


@dataclass(frozen=True, slots=True)
class Identifier:
    """A canonical form under one version of one kind's rule; equal inputs to the OPRF mean a match."""

    kind: Kind
    version: str
    canonical: str = field(repr=False)
    doubts: frozenset[Doubt] = frozenset()

    def oprf_input(self) -> bytes:
        """Length-prefixed (kind, version, canonical), each UTF-8: the OPRF's private input."""
        return length_prefixed(self.kind.value.encode(), self.version.encode(), self.canonical.encode())
