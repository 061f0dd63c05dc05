"""Two registers of people and the links between them, for measuring how well name keys find people again.

A register has the columns `id`, `given_names`, `surnames`, `birth_date`; the links have `id_a` and `id_b`. Others are not read.
Nothing of a row stands in any error or `repr`: the people are real.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from node.case_files.errors import NotMeasurable
from node.case_files.limits import BENCH_QUESTIONS
from node.case_files.reasons import FileReason, RowReason
from node.case_files.streamed import StreamedTable
from node.case_files.tables import TableRow, UnreadableRow
from protocol.names import NameKey, NotComparable, Person, PersonReason, name_keys, read_birth_date, read_person

_REGISTER = ("id", "given_names", "surnames", "birth_date")
_LINKS = ("id_a", "id_b")
_NOBODY = Person((), (), None)


class BadDateForm(ValueError):
    """The text is no form of dates; it goes without saying what it holds."""


class DateForm:
    """How a register writes birth dates: `%d`, `%m` and `%Y` once at the most, the year always, other signs as written."""

    def __init__(self, form: str) -> None:
        """Raises `BadDateForm`."""
        parts = re.split("%([dmY])", form)
        directives = parts[1::2]
        if "Y" not in directives or len(set(directives)) != len(directives) or any("%" in text for text in parts[::2]):
            raise BadDateForm
        # where two numbers touch, only a day of two digits ends where the month begins
        touching = any(not text for text in parts[2:-1:2])
        numbers = {"Y": r"(?P<Y>\d{4})"} | {name: rf"(?P<{name}>\d{{{2 if touching else 1},2}})" for name in "dm"}
        pieces = (numbers[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))
        self._written = re.compile("".join(pieces), re.ASCII)

    def iso(self, text: str) -> str:
        """The date as ISO 8601, an unknown month or day as 00; the text itself where it is not of this form."""
        found = self._written.fullmatch(text)
        if found is None:
            return text
        parts = found.groupdict()
        return f"{parts['Y']}-{int(parts.get('m') or 0):02}-{int(parts.get('d') or 0):02}"


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A person with the keys that find it; of whom cannot be compared, `reason` says why, and there are no keys."""

    line: int
    id: str = field(repr=False)
    person: Person
    keys: tuple[NameKey, ...]
    reason: RowReason | PersonReason | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """The person `id_a` of the asker's register is the person `id_b` of the holder's."""

    line: int
    id_a: str = field(repr=False)
    id_b: str = field(repr=False)


def register_table(chunks: Iterable[bytes], file: str, most_rows: int | None = None) -> StreamedTable:
    """A register as a table, for `read_register`; without `most_rows`, of any length."""
    return StreamedTable(chunks, file, frozenset(_REGISTER), most_rows)


def asked_table(chunks: Iterable[bytes], file: str) -> StreamedTable:
    """The asker's register, which is kept in memory."""
    return register_table(chunks, file, BENCH_QUESTIONS)


def links_table(chunks: Iterable[bytes], file: str) -> StreamedTable:
    """The links, for `read_links`: one a question at the most."""
    return StreamedTable(chunks, file, frozenset(_LINKS), BENCH_QUESTIONS)


def read_register(table: StreamedTable, dates: DateForm | None) -> Iterator[RegisterRow | UnreadableRow]:
    """Every row in its order; one whose id cannot be read is unreadable. `dates`: the form to try before ISO 8601."""
    for row in _rows(table):
        yield row if isinstance(row, UnreadableRow) else _person(row, dates)


def _person(row: TableRow, dates: DateForm | None) -> RegisterRow | UnreadableRow:
    # 1 who it is
    unknown = _without(row, "id")
    if unknown is not None:
        return UnreadableRow(row.line, unknown)
    who = row.cells["id"]
    # 2 all cells can be read
    faulty = next((row.unreadable[column] for column in _REGISTER if column in row.unreadable), None)
    if faulty is not None:
        return RegisterRow(row.line, who, _NOBODY, (), faulty)
    # 3 a person, with keys
    given_names, surnames, written = (row.cells[column] for column in _REGISTER[1:])
    try:
        born = read_birth_date(written if dates is None else dates.iso(written))
        person = read_person(given_names, surnames, born)
        return RegisterRow(row.line, who, person, name_keys(person))
    except NotComparable as error:
        return RegisterRow(row.line, who, _NOBODY, (), error.reason_code)


def read_links(table: StreamedTable) -> Iterator[Link | UnreadableRow]:
    """Every link in its order. Raises `NotMeasurable` for an id that stands in two: one person is at most one other."""
    seen: tuple[set[str], set[str]] = set(), set()
    for row in _rows(table):
        if isinstance(row, UnreadableRow):
            yield row
            continue
        missing = next((reason for column in _LINKS if (reason := _without(row, column)) is not None), None)
        if missing is not None:
            yield UnreadableRow(row.line, missing)
            continue
        for column, known in zip(_LINKS, seen, strict=True):
            if row.cells[column] in known:
                raise NotMeasurable(FileReason.REPEATED_LINK, file=table.file, line=row.line, column=column)
            known.add(row.cells[column])
        yield Link(row.line, row.cells["id_a"], row.cells["id_b"])


def repeated_id(table: StreamedTable, row: RegisterRow) -> NotMeasurable:
    """The refusal of a register in which an earlier row has the same id."""
    return NotMeasurable(FileReason.REPEATED_ID, file=table.file, line=row.line, column="id")


def unknown_id(table: StreamedTable, link: Link, column: str) -> NotMeasurable:
    """The refusal of links of which one names, in `column`, an id that its register does not have."""
    return NotMeasurable(FileReason.UNKNOWN_ID, file=table.file, line=link.line, column=column)


def no_rows(table: StreamedTable) -> NotMeasurable:
    """The refusal of a file without a row that could be used."""
    return NotMeasurable(FileReason.NO_ROWS, file=table.file)


def _without(row: TableRow, column: str) -> RowReason | None:
    """Why a row has no such id; None if it has."""
    if column in row.unreadable:
        return row.unreadable[column]
    return None if row.cells[column] else RowReason.MISSING_VALUE


def _rows(table: StreamedTable) -> Iterator[TableRow | UnreadableRow]:
    """All rows. Raises `NotMeasurable` after the last if there was none."""
    row = None
    for row in table:
        yield row
    if row is None:
        raise no_rows(table)
