"""Birth dates as people write them: ISO 8601, with the month in words, or day, month and year in the order of whoever wrote them.

"03/04/1990" is the third of April nearly everywhere and the fourth of March in some places. No country code tells which of them a
sheet means, so only its other dates do: "31/05/1990" can be written in one order alone. Nobody knows the century of "31/05/90".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from anyascii import anyascii

from protocol.names.births import BirthDate, read_birth_date
from protocol.names.errors import NotComparable, PersonReason

_WRITTEN = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?", re.ASCII)
"""Spreadsheets and databases give a date a time when they write it out."""
_MONTH = r"[^\W\d_]{3,10}\.?"
_SHORT_YEAR = re.compile(
    rf"(?:[0-9]{{1,2}}([./-])(?:[0-9]{{1,2}}|{_MONTH})\1"
    rf"|[0-9]{{1,2}} (?:de |of )?{_MONTH},? (?:de |del |of )?"
    rf"|{_MONTH} [0-9]{{1,2}},? )['’]?[0-9]{{2}}"
)
"""Also "31-may-90", which spreadsheets make of a date by themselves."""
_LONGEST = 40
# romanised and in lower case
_IN_WORDS = re.compile(
    r"(?:(?P<day>\d{1,2})(?:o|ro|er|st|nd|rd|th)?[ /.-]{1,2}(?:de |of )?)?(?P<month>[a-z]{3,10})\.?,?[ /.-]{1,2}(?:de |del |of )?"
    r"(?P<year>\d{4})|(?P<month_first>[a-z]{3,10})\.? (?P<day_second>\d{1,2})(?:st|nd|rd|th)?,? (?P<year_last>\d{4})",
    re.ASCII,
)
_MONTHS = (
    "enero january janeiro janvier",
    "febrero february fevereiro fevrier",
    "marzo march marco mars",
    "abril april avril",
    "mayo may maio mai",
    "junio june junho juin",
    "julio july julho juillet",
    "agosto august aout",
    "septiembre setiembre september setembro septembre",
    "octubre october outubro octobre",
    "noviembre november novembro novembre",
    "diciembre december dezembro decembre",
)


def _by_beginning() -> Mapping[str, int]:
    """The number of the month for every beginning of its name from three letters on that no other month has."""
    months: dict[str, set[int]] = {}
    for number, names in enumerate(_MONTHS, 1):
        for name in names.split():
            for length in range(3, len(name) + 1):
                months.setdefault(name[:length], set()).add(number)
    return MappingProxyType({beginning: found.pop() for beginning, found in months.items() if len(found) == 1})


_MONTH_OF = _by_beginning()


class DateOrder(StrEnum):
    """Which number of "31/05/1990" comes first."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    BOTH = "both"
    """Of one column, in which some dates can be written in the one order only and others in the other."""


def order_of(texts: Iterable[str]) -> DateOrder | None:
    """The order in which the dates of one column are written; None where none of them tells."""
    told = {order for text in texts for order in _orders(text)}
    return DateOrder.BOTH if len(told) > 1 else next(iter(told), None)


def read_written_date(text: str, order: DateOrder | None) -> BirthDate | None:
    """A date as `read_birth_date` takes it, or as "31/05/1990", "31-5-1990", "1990/05/31", "31 de mayo de 1990"; None for none.

    A month in words is a name, or the beginning of one, in Spanish, English, Portuguese or French. Midnight is left out.
    `order` decides where both would be dates. Raises `NotComparable`: two_digit_year; as `read_birth_date` does; and where both
    would be dates, ambiguous_birth_date without an order and mixed_date_orders if the column has both.
    """
    plain = _without_midnight(text)
    if _SHORT_YEAR.fullmatch(plain):
        raise NotComparable(PersonReason.TWO_DIGIT_YEAR)
    found = _WRITTEN.fullmatch(plain)
    if found is None:
        return read_birth_date(_as_iso_8601(plain))
    first, second = int(found[1]), int(found[3])
    telling = next(_orders(text), order)
    if first != second and telling is None:
        raise NotComparable(PersonReason.AMBIGUOUS_BIRTH_DATE)
    if first != second and telling is DateOrder.BOTH:
        raise NotComparable(PersonReason.MIXED_DATE_ORDERS)
    day, month = (second, first) if telling is DateOrder.MONTH_FIRST else (first, second)
    if month > 12:
        raise NotComparable(PersonReason.BAD_BIRTH_DATE)
    return read_birth_date(f"{found[4]}-{month:02}-{day:02}")


def _without_midnight(text: str) -> str:
    plain = text.strip()
    time = _MIDNIGHT.search(plain[:_LONGEST])
    return plain[: time.start()] if time and time.end() == len(plain) else plain


def _as_iso_8601(text: str) -> str:
    """A date with its year first or its month in words, in digits and dashes; anything else as it is."""
    if found := _YEAR_FIRST.fullmatch(text):
        return f"{found[1]}-{int(found[3]):02}-{int(found[4]):02}"
    named = None if len(text) > _LONGEST or text.isdecimal() else _IN_WORDS.fullmatch(anyascii(text).lower())
    month = _MONTH_OF.get(named["month"] or named["month_first"]) if named else None
    if named is None or month is None:
        return text
    return f"{named['year'] or named['year_last']}-{month:02}-{int(named['day'] or named['day_second'] or 0):02}"


def _orders(text: str) -> Iterator[DateOrder]:
    """The only order in which this is a date, if there is one such."""
    if found := _WRITTEN.fullmatch(_without_midnight(text)):
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second:
            yield DateOrder.DAY_FIRST
        elif second > 12 >= first:
            yield DateOrder.MONTH_FIRST
