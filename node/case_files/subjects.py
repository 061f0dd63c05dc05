"""Rows of persons, companies and things."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from node.case_files.limits import VALUES_A_CELL
from node.case_files.mapping import IdentifierColumn, SubjectsFile, folded
from node.case_files.problems import Problem
from node.case_files.reasons import RowReason
from node.case_files.row_cells import RowCells
from node.case_files.rows import Names, SubjectRow
from node.case_files.tables import TableRow
from protocol.identifiers import Doubt, Identifier, NotNormalisable, RawIdentifier
from protocol.names import (
    BirthDate,
    DateOrder,
    NotComparable,
    PersonReason,
    check_birth_date,
    order_of,
    read_birth_date,
    read_name,
    read_person,
    read_written_date,
)
from protocol.recognition import read_following
from protocol.vocabulary import NetworkRole, SubjectCategory, VictimScreening

_UNTOLD = frozenset({Doubt.LENGTH_RULE_ONLY, Doubt.ANOTHER_READING})
"""What holds for all numbers of a document is said where kinds are shown, and of two readings both are taken. On every tenth row
such notes would hide those that ask for a look."""


def read_subject(
    file: SubjectsFile, country: str, networks: frozenset[str] | None, today: date, row: TableRow
) -> Iterator[SubjectRow | Problem]:
    """The row, unless it is refused, then what was wrong with it.

    `country` is the mapping's, `networks` what the export's own table of networks names, None if it has no such table. A row
    that protects somebody is never refused for anything but its category: what else is wrong is reported beside it.
    """
    cells, columns, words = RowCells(file.name, row), file.columns, file.values
    category = cells.required_code(columns.category, SubjectCategory, words.category)
    if category is None:
        yield from cells.problems(row_imported=False)
        return
    subject = SubjectRow(
        line=row.line,
        file=file.name,
        network=cells.network(columns.network, networks),
        subject=cells.required(columns.subject, RowReason.MISSING_SUBJECT),
        case=cells.required(columns.case, RowReason.MISSING_CASE),
        category=category,
        role=cells.code(columns.role, NetworkRole, words.role),
        # Not screened yet is the default: nobody is published for want of a word.
        screening=cells.code(columns.screening, VictimScreening, words.screening) or VictimScreening("pending"),
        user_screening=cells.code(columns.user_screening, VictimScreening, words.user_screening),
        registrant_screening=cells.code(columns.registrant_screening, VictimScreening, words.registrant_screening),
        names=_names(cells, file, category, today),
        identifiers=_identifiers(cells, file, country),
    )
    imported = subject.protected or not cells.refused
    if imported:
        yield subject
    yield from cells.problems(row_imported=imported)


def _names(cells: RowCells, file: SubjectsFile, category: SubjectCategory, today: date) -> Names | None:
    """Name and birth date as far as they are known. A cell that says nothing of a person's is left out, and told."""
    if not category.is_person and category != "legal_person":
        return None
    columns = (file.columns.given_names, file.columns.surnames)
    given, surnames = (cells.optional_text(column) or "" for column in columns)
    if category.is_person:
        given, surnames = (_name(cells, column, text) for column, text in zip(columns, (given, surnames), strict=True))
        given, surnames = _of_somebody(cells, columns, given, surnames)
    born = _birth_date(cells, file, today)
    return Names(given, surnames, born) if given or surnames or born else None


def _name(cells: RowCells, column: str | None, text: str) -> str:
    """The text of one cell if it holds a name, else "": the other cell may still tell who it is."""
    if column is None:
        return ""
    try:
        read_name(text)
    except NotComparable as error:
        cells.note(column, RowReason.NOT_COMPARABLE, error.reason_code)
        return ""
    return text


def _of_somebody(cells: RowCells, columns: tuple[str | None, str | None], given: str, surnames: str) -> tuple[str, str]:
    """Both cells if together they name somebody, else two empty ones: "John" "Doe" and "J." "P." do not."""
    try:
        read_person(given, surnames, None)
    except NotComparable as error:
        column = columns[0] or columns[1]
        if column is not None and (given or surnames):
            cells.note(column, RowReason.NOT_COMPARABLE, error.reason_code)
        return "", ""
    return given, surnames


def _birth_date(cells: RowCells, file: SubjectsFile, today: date) -> BirthDate | None:
    """In the mapping's form; or, where the day or the month is not known, as ISO 8601 writes the rest of it."""
    column = file.columns.birth_date
    text = cells.optional_text(column)
    if column is None or not text:
        return None
    # A workbook's dates are dates already; what an office typed as text has the mapping's form, there too.
    patterns = (file.birth_date_format,) if file.format == "csv" else ("%Y-%m-%d", file.birth_date_format)
    try:
        born = _whole_date(patterns, text) or _partial_date(text)
        check_birth_date(born, today)
    except NotComparable as error:
        cells.note(column, RowReason.NOT_COMPARABLE, error.reason_code)
        return None
    if born is None:
        contradicts = _contradicts(file.birth_date_format, text)
        cells.note(column, RowReason.OTHER_DATE_ORDER if contradicts else RowReason.BAD_DATE)
    return born


def _whole_date(patterns: Sequence[str], text: str) -> BirthDate | None:
    for pattern in patterns:
        try:
            born = datetime.strptime(text, pattern).date()  # noqa: DTZ007 -- a birth date has no zone
        except ValueError:
            continue
        return BirthDate(born.year, born.month, born.day)
    return None


def _partial_date(text: str) -> BirthDate | None:
    """None for a whole date, or none. Raises `NotComparable` where more can be said than that it has another form."""
    try:
        read_written_date(text, DateOrder.DAY_FIRST)
        born = read_birth_date(text)
    except NotComparable as error:
        if error.reason_code is PersonReason.BAD_BIRTH_DATE:
            return None
        raise
    return None if born is None or born.is_whole else born


def _contradicts(pattern: str, text: str) -> bool:
    """Whether day and month can only stand in the other order than the mapping says."""
    order, day, month = order_of([text]), pattern.find("%d"), pattern.find("%m")
    return order is not None and min(day, month) >= 0 and (order is DateOrder.DAY_FIRST) != (day < month)


def _identifiers(cells: RowCells, file: SubjectsFile, country: str) -> tuple[Identifier, ...]:
    """The keys of all identifier columns, each once. Doubts about them are told."""
    found: dict[tuple[str, str], Identifier] = {}
    for column in file.identifiers:
        for raw in _raw_identifiers(cells, file, column, country):
            try:
                keys = read_following(raw)
            except NotNormalisable as error:
                cells.note(column.column, RowReason.NOT_NORMALISABLE, error.reason_code)
                continue
            if keys[0].kind is not raw.kind:
                cells.note(column.column, RowReason.IS_OTHER_KIND)
            for key in keys:
                found.setdefault((key.kind, key.canonical), key)
            for doubt in sorted(keys[0].doubts - _UNTOLD):
                cells.note(column.column, RowReason.DOUBTFUL, doubt)
    return tuple(found.values())


def _raw_identifiers(cells: RowCells, file: SubjectsFile, column: IdentifierColumn, country: str) -> list[RawIdentifier]:
    """What one cell holds, with what stands beside it. Nothing, if the cell or what it is read with cannot be read."""
    text = cells.optional_text(column.column)
    if not text:
        return []
    values = [part.strip() for part in (text.split(column.split) if column.split else [text]) if part.strip()]
    if len(values) > VALUES_A_CELL:
        cells.note(column.column, RowReason.TOO_MANY_VALUES)
        return []
    words = file.values
    beside = (
        _beside(cells, column.country, column.country_column, words.country),
        _beside(cells, column.subdivision, column.subdivision_column, words.subdivision),
        _beside(cells, column.platform, column.platform_column, words.platform),
        _beside(cells, column.bank, column.bank_column, words.bank),
    )
    if None in beside:
        return []
    issuer, subdivision, platform, bank = beside
    return [
        RawIdentifier(column.kind, value, issuer or country, subdivision or None, platform or None, bank or None)
        for value in values
    ]


def _beside(cells: RowCells, fixed: str | None, column: str | None, words: Mapping[str, str]) -> str | None:
    """The fixed value, or the one in the column beside; "" if there is none, None if it cannot be read."""
    if fixed is not None:
        return fixed
    text = cells.optional_text(column)
    return None if text is None else words.get(folded(text), text)
