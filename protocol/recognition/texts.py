"""A whole text, line by line and in constant memory: tables, machine-readable zones, and lines on their own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TypeVar

from protocol.identifiers.mrz import find_mrz
from protocol.identifiers.states import is_country
from protocol.recognition.candidates import Clue, Found, ReadLine, Span, State
from protocol.recognition.columns import Columns, cells
from protocol.recognition.lines import read_line
from protocol.recognition.plain import Plain
from protocol.recognition.weighing import Said, weigh
from protocol.recognition.words import named

SAMPLE_LINES = 200
"""From so many lines a table is known; what comes later does not change it."""
_ZONE_LINE = re.compile(r"(?=.*<)[A-Z\d<]{15,44}|[A-Z\d]{30}|[A-Z\d]{36}|[A-Z\d]{44}", re.ASCII)
"""A line of a zone (ICAO 9303: 30, 36 or 44 signs); fillers at its end may have got lost."""
_ZONE_BEGINS = re.compile(r"[PIAC][A-Z<][A-Z<]{3}", re.ASCII)
_MOST_ZONE_LINES = 3
_LONGEST_ZONE_LINE = 200
"""With blanks between all signs; a longer line is none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was given, without its end. `number` counts from 1. `too_long`: only the beginning of it is here."""

    number: int
    text: str = field(repr=False)
    too_long: bool = False


LineT = TypeVar("LineT", bound=Line)


def read_text(lines: Iterable[LineT], country: str | None) -> Iterator[tuple[LineT, ReadLine]]:
    """Every line with what was found in it, in order; as many come out as go in."""
    coming = iter(lines)
    sample = list(islice(coming, SAMPLE_LINES))
    columns = Columns.of([line.text for line in sample if line.text.strip() and not line.too_long], country)
    header = columns.has_header
    for line, zone in _with_zones(chain(sample, coming)):
        if zone is not None:
            yield line, zone
        elif line.too_long:
            yield line, ReadLine(State.TOO_LONG)
        elif header and line.text.strip():
            header = False
            yield line, ReadLine(State.HEADER)
        else:
            yield line, _read(line.text, columns, country)


def _read(text: str, columns: Columns, country: str | None) -> ReadLine:
    """A row cell by cell; a line of another width as a text of its own."""
    spans = list(cells(text, columns.delimiter))
    if len(spans) != len(columns.said):
        return read_line(text, country)
    if len(spans) == 1:
        return read_line(text, country, columns.said[0])
    row = [text[span.start : span.end] for span in spans]
    state = row[columns.country_column].strip().upper() if columns.country_column is not None else ""
    place = state if is_country(state) else country
    found: list[Found] = []
    left: list[Span] = []
    for number, (span, cell) in enumerate(zip(spans, row, strict=True)):
        before = named(row[number - 1]) if number else None
        said = (Said(before, Clue.WORD if before.names else Clue.HINT),) if before else columns.said[number]
        part = read_line(cell, place, said, stated=is_country(state))
        found += [replace(each, span=_moved(each.span, span.start)) for each in part.found]
        left += [_moved(each, span.start) for each in part.left]
    if not found:
        return ReadLine(State.NOT_RECOGNISED if text.strip() else State.EMPTY, (), tuple(left))
    settled = all(each.settled for each in found)
    return ReadLine(State.RECOGNISED if settled else State.TO_CONFIRM, tuple(found), tuple(left))


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _with_zones(lines: Iterable[LineT]) -> Iterator[tuple[LineT, ReadLine | None]]:
    """Lines of one machine-readable zone read together, all others with None."""
    held: list[LineT] = []
    for line in lines:
        signs = "" if line.too_long else _compact(line.text)
        if not _ZONE_LINE.fullmatch(signs) or not (held or _ZONE_BEGINS.match(signs)):
            yield from ((each, None) for each in held)
            yield line, None
            held = []
            continue
        held.append(line)
        zone = "\n".join(_compact(each.text) for each in held)
        if len(held) > 1 and find_mrz(zone):
            yield from _zone(held, zone)
            held = []
        elif len(held) == _MOST_ZONE_LINES:
            yield from ((each, None) for each in held)
            held = []
    yield from ((each, None) for each in held)


def _compact(text: str) -> str:
    return "".join(Plain.of(text[:_LONGEST_ZONE_LINE]).text.split()).upper().replace("«", "<<").replace("‹", "<")


def _zone(held: list[LineT], zone: str) -> Iterator[tuple[LineT, ReadLine | None]]:
    candidates = weigh(zone, None)
    if not candidates:
        yield from ((each, None) for each in held)
        return
    *before, last = held
    yield from ((each, ReadLine(State.PART_OF_ZONE)) for each in before)
    found = Found(Span(0, len(last.text)), candidates)
    yield last, ReadLine(State.RECOGNISED if found.settled else State.TO_CONFIRM, (found,))
