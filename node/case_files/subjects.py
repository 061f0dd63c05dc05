"""Rows of persons, companies and things."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from node.case_files.limits import VALUES_A_CELL
from node.case_files.mapping import IdentifierColumn, SubjectsFile, folded
from node.case_files.problems import Problem
from node.case_files.reasons import RowReason
from node.case_files.row_cells import RowCells
from node.case_files.rows import CellDoubt, Names, SubjectRow
from node.case_files.tables import TableRow
from protocol.identifiers import Identifier, NotNormalisable, RawIdentifier
from protocol.names import BirthDate, NotComparable, read_birth_date
from protocol.recognition import read_following
from protocol.vocabulary import NetworkRole, SubjectCategory, VictimScreening

# Nobody in an open case was born before; an earlier year is a slip, or a spreadsheet's day zero.
_EARLIEST_BIRTH = date(1900, 1, 2)


def read_subject(
    file: SubjectsFile, country: str, networks: frozenset[str] | None, row: TableRow
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
    identifiers, doubts = _identifiers(cells, file, country)
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
        names=_names(cells, file) if category.is_person or category == "legal_person" else None,
        identifiers=identifiers,
        doubts=doubts,
    )
    imported = subject.protected or not cells.refused
    if imported:
        yield subject
    yield from cells.problems(row_imported=imported)


def _names(cells: RowCells, file: SubjectsFile) -> Names | None:
    given = cells.optional_text(file.columns.given_names) or ""
    surnames = cells.optional_text(file.columns.surnames) or ""
    born = _birth_date(cells, file)
    return Names(given, surnames, born) if given or surnames or born else None


def _birth_date(cells: RowCells, file: SubjectsFile) -> BirthDate | None:
    """In the mapping's form; or, where the day or the month is not known, as ISO 8601 writes the rest of it."""
    column = file.columns.birth_date
    text = cells.optional_text(column)
    if column is None or not text:
        return None
    # A workbook's dates are dates already; what an office typed as text has the mapping's form, there too.
    patterns = (file.birth_date_format,) if file.format == "csv" else ("%Y-%m-%d", file.birth_date_format)
    for pattern in patterns:
        try:
            born = datetime.strptime(text, pattern).date()  # noqa: DTZ007 -- a birth date has no zone
        except ValueError:
            continue
        if born >= _EARLIEST_BIRTH:
            return BirthDate(born.year, born.month, born.day)
    if partial := _partial_date(text):
        return partial
    cells.note(column, RowReason.BAD_DATE)
    return None


def _partial_date(text: str) -> BirthDate | None:
    try:
        born = read_birth_date(text)
    except NotComparable:
        return None
    return None if born is None or born.is_whole or born.year < _EARLIEST_BIRTH.year else born


def _identifiers(cells: RowCells, file: SubjectsFile, country: str) -> tuple[tuple[Identifier, ...], tuple[CellDoubt, ...]]:
    """The keys of all identifier columns, each once, and the doubts about them."""
    found: dict[tuple[str, str], Identifier] = {}
    doubts: list[CellDoubt] = []
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
            doubts.extend(CellDoubt(column.column, keys[0].kind, doubt) for doubt in sorted(keys[0].doubts))
    return tuple(found.values()), tuple(doubts)


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
