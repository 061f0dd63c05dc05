"""Birth dates as registers hold them: whole, with an unknown day or month, or put in for want of a better one."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from protocol.names.errors import NotComparable, PersonReason

_EARLIEST, _LATEST = 1880, 2100
"""Years. Nobody in an open case was born before; what lies beyond is a slip of the pen, or stands for an unknown date."""
OLDEST: Final = 120
"""Years since birth: of one person only is it known that she lived longer. Systems write 1900-01-01 for a date they lack."""
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
    unknown: registers hold such dates, and the rest of them still tells. Raises `NotComparable`: bad_birth_date; for years that
    nobody can mean distant_birth_date and future_birth_date. `check_birth_date` knows today and does the rest.
    """
    plain = text.strip()
    if not plain:
        return None
    found = len(plain) <= _LONGEST and re.fullmatch(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?", plain, re.ASCII)
    if not found:
        raise NotComparable(PersonReason.BAD_BIRTH_DATE)
    if int(found[1]) < _EARLIEST:
        raise NotComparable(PersonReason.DISTANT_BIRTH_DATE)
    if int(found[1]) > _LATEST:
        raise NotComparable(PersonReason.FUTURE_BIRTH_DATE)
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    known_month = month if 1 <= month <= 12 else None
    return BirthDate(year, known_month, day if _has_day(year, known_month, day) else None)


def check_birth_date(born: BirthDate | None, today: date) -> None:
    """Refuse a birth that cannot be of somebody who is asked after or protected today. What is not known of it is taken kindly.

    Raises `NotComparable`: future_birth_date of today or later, since forms put the day itself where nothing was written;
    distant_birth_date of more than `OLDEST` years ago. Of an unknown date, None, nothing can be said.
    """
    if born is None:
        return
    if (born.year, born.month or 1, born.day or 1) >= (today.year, today.month, today.day):
        raise NotComparable(PersonReason.FUTURE_BIRTH_DATE)
    if (born.year, born.month or 12, born.day or 31) < (today.year - OLDEST, today.month, today.day):
        raise NotComparable(PersonReason.DISTANT_BIRTH_DATE)


def _has_day(year: int, month: int | None, day: int) -> bool:
    try:
        # Of an unknown month, any day that some month has may be right.
        date(year, month or 1, day)
    except ValueError:
        return False
    return True
