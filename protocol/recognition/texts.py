"""A whole text, line by line and in constant memory: tables, machine-readable zones, and lines on their own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TypeVar

from protocol.identifiers.mrz import find_mrz
from protocol.identifiers.states import is_country
from protocol.names import NAME_KIND
from protocol.recognition.candidates import Clue, Found, ProtectedAs, ReadLine, Span, State
from protocol.recognition.columns import Columns, cells
from protocol.recognition.lines import people_in, read_line, read_zone
from protocol.recognition.plain import Plain
from protocol.recognition.protecting import Section, mark
from protocol.recognition.weighing import Said
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
    section = Section()
    for line, zone in _with_zones(chain(sample, coming)):
        section.read(line.text)
        if zone is not None:
            yield line, _under(section.called, line.text, zone)
        elif line.too_long:
            yield line, ReadLine(State.TOO_LONG)
        elif header and line.text.strip():
            header = False
            yield line, ReadLine(State.HEADER)
        else:
            yield line, _under(section.called, line.text, _read(line.text, columns, country))


def _under(called: ProtectedAs | None, text: str, read: ReadLine) -> ReadLine:
    """What was found under a heading that calls its people so."""
    return ReadLine.of(mark(Plain.of(text), read.found, called), read.left) if called and read.found else read


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
    in_cells: list[Found] = []
    left: list[Span] = []
    person = columns.people.read(row, spans) if columns.people else None
    for number, (span, cell) in enumerate(zip(spans, row, strict=True)):
        if person and columns.people and number == columns.people.born and span in person.further:
            continue  # a birth date is no other number
        before = named(row[number - 1]) if number else None
        said = (Said(before, Clue.WORD if before.names else Clue.HINT),) if before else columns.said[number]
        part = read_line(cell, place, said, stated=is_country(state))
        in_cells += [_found_moved(each, span.start) for each in part.found]
        left += [_moved(each, span.start) for each in part.left]
    # a person may stand in one cell, or have a name in one and a birth date in the next
    in_row = () if columns.people else people_in(text, country)
    found = [each for each in in_cells if not (in_row and _is_person(each))]
    people = [each for each in (person, *in_row) if each and not any(_overlap(each, value) for value in found)]
    if people:
        found = sorted([*found, *people], key=lambda each: each.span.start)
        left = [span for span in left if not any(_overlap(each, Found(span, ())) for each in people)]
    if not found:
        return ReadLine(State.NOT_RECOGNISED if text.strip() else State.EMPTY, (), tuple(left))
    return ReadLine.of(columns.mark(text, spans, tuple(found)), tuple(left))


def _is_person(found: Found) -> bool:
    return found.candidates[0].kind == NAME_KIND


def _overlap(one: Found, other: Found) -> bool:
    return any(a.start < b.end and b.start < a.end for a in (one.span, *one.further) for b in (other.span, *other.further))


def _found_moved(found: Found, by: int) -> Found:
    return replace(found, span=_moved(found.span, by), further=tuple(_moved(each, by) for each in found.further))


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
    *before, last = held
    read = read_zone(zone, Span(0, len(last.text)), None)
    if read is None:
        yield from ((each, None) for each in held)
        return
    yield from ((each, ReadLine(State.PART_OF_ZONE)) for each in before)
    yield last, read
