"""What is public of one kind's rule: every module of a kind ends with one."""

from collections.abc import Callable
from dataclasses import dataclass

from protocol.identifiers.kinds import Kind
from protocol.identifiers.values import RawIdentifier, Reading


@dataclass(frozen=True, slots=True)
class Example:
    """What an officer writes and the form it comes to; invented, or an example that a standard publishes.

    The fields are those of `RawIdentifier`; `canonical` is the main form without alternative keys.
    """

    value: str
    canonical: str
    country: str | None = None
    subdivision: str | None = None
    platform: str | None = None
    bank: str | None = None

    def raw(self, kind: Kind) -> RawIdentifier:
        """The example as an identifier of `kind` to be read."""
        return RawIdentifier(kind, self.value, self.country, self.subdivision, self.platform, self.bank)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind is read, and under which version.

    `number` rises whenever `read` gives another canonical form for any text; `data` is the release of a library's data
    that decides about canonical forms, else None. `read` gives the main form, then alternative keys, and raises
    `NotNormalisable`. `examples`, two to four, stand in documents and on screens.
    """

    kind: Kind
    number: int
    data: str | None
    read: Callable[[RawIdentifier], tuple[Reading, ...]]
    examples: tuple[Example, ...]

    @property
    def version(self) -> str:
        """Such as "imei-1", or "phone-1+9.0.43" with the release of the data: part of the OPRF input."""
        return f"{self.kind.value}-{self.number}" + ("" if self.data is None else f"+{self.data}")
