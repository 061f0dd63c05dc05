"""Tables whose headings nobody promised: where the cells are, and what headings and the other cells of a column say of one."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from protocol.identifiers import Kind
from protocol.recognition.candidates import Clue, Found, ProtectedAs, Span
from protocol.recognition.headings import PersonColumns
from protocol.recognition.lines import read_line
from protocol.recognition.plain import Plain, flat
from protocol.recognition.protecting import mark
from protocol.recognition.roles import WORTH_A_LOOK, roles_alone, roles_in
from protocol.recognition.weighing import Said, weigh
from protocol.recognition.words import Word, folded, named

_DELIMITERS = ("\t", ";", "|", ",")
_SAME_WIDTH = 0.9
"""Share of lines with the same number of cells from which on they are a table."""
_MAJORITY = 0.95
_FEWEST_CELLS = 20
"""A check digit fits one number in ten by chance: twenty of one column do not."""
_SPEAKING = frozenset({Clue.SYNTAX, Clue.FORM, Clue.CHECK_DIGIT, Clue.ASSIGNED})
_COUNTRY = frozenset({"country", "pais", "pays", "country code", "codigo de pais", "nacionalidad", "nationality", "nationalite"})
_YES = frozenset({"si", "s", "x", "1", "yes", "y", "sim", "oui", "o", "true", "verdadero", "verdadeiro", "vrai"})
"""In a column such as "Víctima"."""
_NOT_NAMED = re.compile(r"[\d@]")


@dataclass(frozen=True, slots=True)
class Columns:
    """How the lines of a text stand in columns. `delimiter` is None for one column; `said` has an entry a column."""

    delimiter: str | None
    said: tuple[tuple[Said, ...], ...]
    has_header: bool
    country_column: int | None = None
    people: PersonColumns | None = None
    called: tuple[ProtectedAs | None, ...] = ()
    """What each heading calls those whom its column is about ("Teléfono de la víctima"); empty where none calls anybody so."""

    @classmethod
    def of(cls, lines: Sequence[str], country: str | None) -> "Columns":
        """Judged from the first lines of a text, empty ones left out."""
        delimiter = _delimiter(lines)
        rows = [[line[cell.start : cell.end] for cell in cells(line, delimiter)] for line in lines]
        width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 1
        of_width = [row for row in rows if len(row) == width]
        people = PersonColumns.of(of_width[0], of_width[1:], country) if of_width else None
        header = rows[0] if rows and len(rows[0]) == width and _is_header(rows, country, known=people is not None) else None
        below = of_width[bool(header) :]
        said = tuple(
            _of_heading(header[place] if header else "") or _of_values([row[place] for row in below], country)
            for place in range(width)
        )
        places = [place for place, cell in enumerate(header or ()) if _plain(cell) in _COUNTRY]
        called = tuple(map(_called, header or ()))
        return cls(
            delimiter,
            said,
            header is not None,
            places[0] if len(places) == 1 else None,
            people if header else None,
            called if any(called) else (),
        )

    def mark(self, text: str, spans: Sequence[Span], found: tuple[Found, ...]) -> tuple[Found, ...]:
        """`found` in the row `text`, marked by what its headings, its cells and its own words call whom it is about."""
        standing = None
        for place, span in enumerate(spans):
            over, cell = self.called[place] if self.called else None, text[span.start : span.end].strip()
            if over and _plain(cell) in _YES:
                standing = standing or over
            elif WORTH_A_LOOK.search(cell):
                standing = standing or next((role.called for role in roles_alone(flat(cell)) if role.called), None)
        if self.called:
            found = tuple(_in_column(each, spans, self.called) for each in found)
        return mark(Plain.of(text), found, standing)


def _called(heading: str) -> ProtectedAs | None:
    if not WORTH_A_LOOK.search(heading):
        return None
    return next((role.called for role in roles_in(heading, flat(heading)) if role.called), None)


def _in_column(found: Found, spans: Sequence[Span], called: Sequence[ProtectedAs | None]) -> Found:
    over = next((each for span, each in zip(spans, called, strict=True) if span.start <= found.span.start < span.end), None)
    return found if over is None else found.kept_from_asking(over)


def cells(line: str, delimiter: str | None) -> Iterator[Span]:
    """Where the cells of a line stand, without blanks and quotes around them (RFC 4180, but a cell ends with its line)."""
    if delimiter is None:
        yield Span(0, len(line))
        return
    cut = re.escape(delimiter)
    at = 0
    while at <= len(line):
        match = re.compile(rf'\s*"((?:[^"]|"")*)"\s*(?={cut}|$)|([^{cut}]*)').match(line, at)
        assert match is not None  # noqa: S101  the second form fits everything
        yield Span(*match.span(1 if match[1] is not None else 2))
        at = match.end() + 1


def _delimiter(lines: Sequence[str]) -> str | None:
    if len(lines) < 2:
        return None
    for delimiter in _DELIMITERS:
        widths = Counter(sum(1 for _ in cells(line, delimiter)) for line in lines)
        width, count = widths.most_common(1)[0]
        if width > 1 and count >= _SAME_WIDTH * len(lines):
            return delimiter
    return None


def _plain(cell: str) -> str:
    return " ".join(folded(cell).replace("_", " ").split())


def _is_header(rows: list[list[str]], country: str | None, *, known: bool) -> bool:
    """Whether a first row names columns: no cell holds a value, and at least one is a heading of ours.

    `known`: its headings are those of people, whole, so a digit in another one ("Celular 2") is none of a value's.
    """
    row, *below = rows
    if any(read_line(cell, country).found for cell in row) or not (known or _names_columns(row)):
        return False
    return bool(below) and all(len(cell) <= 60 for cell in row)


def _names_columns(row: list[str]) -> bool:
    return not any(map(_NOT_NAMED.search, row)) and any(_of_heading(cell) or _plain(cell) in _COUNTRY for cell in row)


def _of_heading(cell: str) -> tuple[Said, ...]:
    """What a heading says: its whole text, or the one word of it that names a kind."""
    whole = named(cell)
    words = [whole] if whole else [named(word) for word in re.findall(r"[^\W\d_]+", cell)]
    found = list(dict.fromkeys(word for word in words if word is not None))
    naming = [word for word in found if word.names]
    if len(naming) == 1:
        return (Said(naming[0], Clue.HEADER),)
    return tuple(Said(word, Clue.HINT) for word in found[:2])


def _of_values(values: Sequence[str], country: str | None) -> tuple[Said, ...]:
    """The kind that nearly all cells of a column show on their own; all such kinds, if there are several."""
    filled = [value for value in values if value.strip()]
    if len(filled) < _FEWEST_CELLS:
        return ()
    counted: Counter[tuple[Kind, str | None]] = Counter()
    for value in filled:
        counted.update({(each.kind, each.country) for each in weigh(value, country) if _SPEAKING.intersection(each.clues)})
    return tuple(
        Said(Word((kind,), state), Clue.COLUMN) for (kind, state), count in counted.items() if count >= _MAJORITY * len(filled)
    )
