"""Birth dates as registers hold them: whole, with an unknown day or month, or put in for want of a better one."""

import re
from dataclasses import dataclass
from datetime import date

from protocol.names.errors import NotComparable, PersonReason

_EARLIEST, _LATEST = 1880, 2100
"""Years. Nobody in an open case was born before; what lies beyond is a slip of the pen."""
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class BirthDate:
    """Year, and month and day where they are known. Made by `read_birth_date`. Stays out of `repr`."""

    year: int
    month: int | None
    day: int | None

    def __repr__(self) -> str:
        return "BirthDate(…)"

    def written(self) -> str:
        """As `read_birth_date` takes it: "1990-05-31", with 00 for what is not known."""
        return f"{self.year:04}-{self.month or 0:02}-{self.day or 0:02}"

    @property
    def is_whole(self) -> bool:
        """Whether year, month and day are all known."""
        return self.month is not None and self.day is not None

    @property
    def is_placeholder(self) -> bool:
        """Whether it is the first of January, which many offices write when they know the year only."""
        return (self.month, self.day) == (1, 1)


def read_birth_date(text: str) -> BirthDate | None:
    """A date as ISO 8601 writes it, with or without its dashes; None for an empty text.

    "1990-05", "1990", "1990-05-00" and "1990-00-00" say what is not known. A month or day that no calendar has is taken for
    unknown: registers hold such dates, and the rest of them still tells. Raises `NotComparable`: bad_birth_date.
    """
    plain = text.strip()
    if not plain:
        return None
    found = len(plain) <= _LONGEST and re.fullmatch(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?", plain, re.ASCII)
    if not found or not _EARLIEST <= int(found[1]) <= _LATEST:
        raise NotComparable(PersonReason.BAD_BIRTH_DATE)
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    known_month = month if 1 <= month <= 12 else None
    return BirthDate(year, known_month, day if _has_day(year, known_month, day) else None)


def _has_day(year: int, month: int | None, day: int) -> bool:
    try:
        # Of an unknown month, any day that some month has may be right.
        date(year, month or 1, day)
    except ValueError:
        return False
    return True
