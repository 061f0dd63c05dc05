"""A file of people under protection, for the register: one person a row, or several rows under one reference.

Columns: `reference`, the national register's; `given_names`, `surnames`, `birth_date`; a column for each kind of identifier,
headed by its code or a word for it ("celular", "DUI", "instagram"), several values parted by a bar; or `kind` and `value`; and
`country`, `platform`, `bank` for how they are read. A word means what it means over a question's values.
Headings may be in Spanish, English, Portuguese or French.

Protecting somebody does not wait for a tidy file: what can be read of a row is taken, and the rest is reported. Only a row
without a reference, or with nothing that could be looked up, is left out, and a line whose quotes do not balance. What is not in
UTF-8 is read as pasted text is (`pasted.py`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from node.case_files import delimited, workbook
from node.case_files.cells import CellText, UnreadableCell, text_cell
from node.case_files.errors import FileTooLarge, HeaderRefused, WrongFormat
from node.case_files.limits import FILE_BYTES, VALUES_A_CELL
from node.case_files.mapping import folded
from node.case_files.pasted import read_pasted
from node.case_files.problems import Problem
from node.case_files.reasons import FileReason, RowReason
from node.case_files.row_cells import RowCells
from node.case_files.sheet_text import SIGNATURES
from node.case_files.tables import TableRow, UnreadableRow, under_headers
from protocol.identifiers import Identifier, Kind, NotNormalisable, RawIdentifier, Reason
from protocol.names import (
    BirthDate,
    DateOrder,
    NotComparable,
    Person,
    check_birth_date,
    name_keys,
    order_of,
    read_person,
    read_written_date,
)
from protocol.recognition import Word, as_named, named, read_following
from protocol.recognition.headings import Part, part_named
from protocol.recognition.words import WORDS

FILE = "register_file"
"""What problems call the file, whose name the node never learns."""
_VALUES_PART = "|"
_WORDS = {
    "reference": ("reference", "referencia", "referência", "référence", "ref"),
    "kind": ("kind", "tipo", "clase", "espécie", "type"),
    "value": ("value", "valor", "valeur"),
    "country": ("country", "país", "pais", "pays"),
    "platform": ("platform", "plataforma", "plateforme"),
    "bank": ("bank", "banco", "banque"),
}
_COLUMN_OF = {word: column for column, words in _WORDS.items() for word in words}
_Written = tuple[str, Word | None, str]
"""Our name of the column, what names the kind, a value."""
_Fault = tuple[RowReason, Reason | None]
_PARTS = {Part.GIVEN: "given_names", Part.SURNAMES: "surnames", Part.BORN: "birth_date"}
_OF_A_ROW = {*_WORDS, *_PARTS.values()}


@dataclass(frozen=True, slots=True)
class ProtectedRow:
    """What is to be entered under a national reference: an identifier's keys each once, and a person if the row names one."""

    line: int
    reference: str = field(repr=False)
    identifiers: tuple[Identifier, ...] = field(repr=False)
    person: Person | None = field(repr=False)


def count_protected(raw: bytes) -> int:
    """How many rows with any text the file has. Raises `CaseFileError` for whatever is wrong with it as a whole."""
    return sum(1 for _ in _rows(raw))


def read_protected(raw: bytes, country: str, today: date) -> Iterator[tuple[int, ProtectedRow | None, tuple[Problem, ...]]]:
    """(line, what is to be entered if anything, what was wrong) of every row in its order.

    `country` (ISO 3166-1 alpha-2) reads what names no country of its own. Raises `CaseFileError` before the first row.
    """
    order = order_of(row.cells.get("birth_date", "") for row in _rows(raw) if isinstance(row, TableRow))
    for row in _rows(raw):
        if isinstance(row, UnreadableRow):
            yield row.line, None, (Problem(FILE, row.line, None, row.reason, row_imported=False),)
            continue
        cells = RowCells(FILE, row)
        read = _read(row, cells, _written(row, cells), country, order, today)
        yield row.line, read, cells.problems(row_imported=read is not None)


def read_entry(
    reference: str,
    texts: Mapping[str, str],
    identifiers: Iterable[tuple[Kind, str]],
    country: str,
    today: date,
    number: int = 1,
) -> tuple[ProtectedRow | None, tuple[Problem, ...]]:
    """One entry that somebody typed, read as row `number` of a file is; `texts`: its cells, by our names of them."""
    cells = {column: text_cell(text) for column, text in {"reference": reference, **texts}.items()}
    unreadable = {column: cell.reason for column, cell in cells.items() if isinstance(cell, UnreadableCell)}
    row = TableRow(number, {column: cell for column, cell in cells.items() if isinstance(cell, str)}, unreadable)
    read_cells = RowCells(FILE, row)
    read = _read(row, read_cells, _typed(identifiers, read_cells), country, order_of([row.cells.get("birth_date", "")]), today)
    return read, read_cells.problems(row_imported=read is not None)


def unknown_kind(number: int, *, taken: bool) -> Problem:
    """That row `number` has an identifier of a kind that this release does not know."""
    return Problem(FILE, number, "kind", RowReason.UNKNOWN_KIND, row_imported=taken)


def _read(
    row: TableRow, cells: RowCells, written: Iterable[_Written], country: str, order: DateOrder | None, today: date
) -> ProtectedRow | None:
    reference = cells.required("reference", RowReason.MISSING_REFERENCE)
    identifiers, person = _identifiers(written, cells, country), _person(row, cells, order, today)
    if not reference:
        return None
    if not identifiers and person is None:
        cells.refuse("value", RowReason.NOTHING_TO_PROTECT)
        return None
    return ProtectedRow(row.line, reference, identifiers, person)


def _person(row: TableRow, cells: RowCells, order: DateOrder | None, today: date) -> Person | None:
    given, surnames = (cells.optional_text(column) or "" for column in ("given_names", "surnames"))
    if not given and not surnames:
        return None
    try:
        person = read_person(given, surnames, _born(cells, order, today))
        name_keys(person)
    except NotComparable as error:
        cells.note("surnames" if "surnames" in row.cells else "given_names", RowReason.NOT_COMPARABLE, error.reason_code)
        return None
    return person


def _born(cells: RowCells, order: DateOrder | None, today: date) -> BirthDate | None:
    try:
        born = read_written_date(cells.optional_text("birth_date") or "", order)
        check_birth_date(born, today)
    except NotComparable as error:
        cells.note("birth_date", RowReason.NOT_COMPARABLE, error.reason_code)
        return None
    return born


def _identifiers(written: Iterable[_Written], cells: RowCells, country: str) -> tuple[Identifier, ...]:
    beside = {name: cells.optional_text(name) or None for name in ("country", "platform", "bank")}
    issuer = None if beside["country"] is None else beside["country"].upper()
    found: dict[tuple[Kind, str], Identifier] = {}
    for column, word, value in written:
        # the kind is put in its place by what names it
        raw = RawIdentifier(Kind.PHONE, value, issuer, platform=beside["platform"], bank=beside["bank"])
        keys, faults = _keys(raw, word, country)
        if not keys:
            cells.note(column, *faults[0])
        found |= {(key.kind, key.canonical): key for key in keys}
    return tuple(found.values())


def _keys(raw: RawIdentifier, word: Word | None, country: str) -> tuple[list[Identifier], list[_Fault]]:
    """The keys as a question has them, or why there are none.

    Where the word names another state or platform than the row, the value may be either: a row has one cell for all its columns.
    Both are entered, since the one too many costs a stranger's number, and the one too few a victim.
    """
    by_word = raw
    if word is not None:
        by_word = replace(raw, country=None if word.country else raw.country, platform=None if word.platform else raw.platform)
    keys: list[Identifier] = []
    faults: list[_Fault] = []
    for reading in dict.fromkeys((raw, by_word)):
        named_so = as_named(reading, word, country)
        if not isinstance(named_so, RawIdentifier):
            faults.append((RowReason.AMBIGUOUS_KIND if named_so else RowReason.UNRECOGNISED, None))
            continue
        try:
            keys += read_following(named_so)
        except NotNormalisable as error:
            faults.append((RowReason.NOT_NORMALISABLE, error.reason_code))
    return keys, faults


def _written(row: TableRow, cells: RowCells) -> Iterator[_Written]:
    """Each value of a row of a file."""
    for column, word, text in _cells_with_values(row, cells):
        values = [part.strip() for part in text.split(_VALUES_PART) if part.strip()]
        if len(values) > VALUES_A_CELL:
            cells.note(column, RowReason.TOO_MANY_VALUES)
        yield from ((column, word, value) for value in values[:VALUES_A_CELL])


def _cells_with_values(row: TableRow, cells: RowCells) -> Iterator[_Written]:
    for column in (*row.cells, *row.unreadable):
        word = None if column in _OF_A_ROW else named(column.upper())
        text = None if word is None else cells.optional_text(column)
        if text:
            yield column, word, text
    value = cells.optional_text("value")
    if value:
        written = cells.optional_text("kind")
        word = named(written) if written else None
        if written and word is None:
            cells.note("kind", RowReason.UNKNOWN_KIND)
        else:
            yield "value", word, value


def _typed(identifiers: Iterable[tuple[Kind, str]], cells: RowCells) -> Iterator[_Written]:
    """Each value that somebody typed, or that stands in a feed: one by one, for each may be as long as a cell."""
    for kind, value in identifiers:
        cell = text_cell(value)
        if isinstance(cell, UnreadableCell):
            cells.note(kind.value, cell.reason)
        else:
            yield kind.value, named(kind.value), cell


def _rows(raw: bytes) -> Iterator[TableRow | UnreadableRow]:
    lines = iter(_lines(raw))
    number, header = next(lines, (1, []))
    columns: list[CellText] = list(_columns(header))

    def translated() -> Iterator[tuple[int, list[CellText]]]:
        yield number, columns
        yield from lines

    yield from under_headers(translated(), FILE, frozenset({"reference"}))


def _lines(raw: bytes) -> Iterator[tuple[int, list[CellText]]]:
    """Of a workbook, those of the only sheet that holds anything."""
    if not raw.startswith(SIGNATURES):
        # 1 size; 2 an encoding, line by line; 3 what a broken line is, of which no other must be lost
        if len(raw) > FILE_BYTES:
            raise FileTooLarge(FileReason.TOO_MANY_BYTES, file=FILE)
        texts = [None if line.too_long else f"{line.text}\n" for line in read_pasted([raw], file=FILE)]
        yield from delimited.salvaged_rows(texts, delimited.delimiter_of(next(iter(texts), None) or ""))
        return
    earlier = False
    for _, lines in workbook.read_sheets(raw, FILE):
        filled = False
        for line in lines:
            if earlier:
                raise WrongFormat(FileReason.SEVERAL_SHEETS, file=FILE)
            filled = True
            yield line
        earlier = earlier or filled


def _columns(header: Sequence[CellText]) -> Iterator[str]:
    """Our name of each column. Raises `HeaderRefused`, with the number of the column, for a heading that is none of ours."""
    for place, cell in enumerate(header, 1):
        text = cell if isinstance(cell, str) else ""
        heading = folded(text.replace("_", " "))
        part, word = part_named(heading), named(text)
        name = _COLUMN_OF.get(heading) or (None if part is None else _PARTS.get(part)) or (None if word is None else _name(word))
        if name is None:
            raise HeaderRefused(FileReason.UNREADABLE_HEADER, file=FILE, line=1, place=place)
        yield name


def _name(word: Word) -> str | None:
    """Our name of a column of values, which is one of the words for them. None for a word that only hints at several kinds."""
    if word.kind is not None and word.country is None and word.platform is None:
        return word.kind.value
    return next(text for text, each in WORDS.items() if each == word) if word.names else None
