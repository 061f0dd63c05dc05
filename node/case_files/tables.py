"""A table as it is kept: rows of text under the headers of the first row. What the texts mean, the modules of rows say.

A CSV file and a workbook's sheet come out the same: `TableRow` with the text of every cell as an officer reads it, or
`UnreadableRow`. Rows without any text are left out, since spreadsheets export them by the thousand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from node.case_files import delimited, workbook
from node.case_files.cells import CellText, UnreadableCell
from node.case_files.errors import FileTooLarge, HeaderRefused
from node.case_files.limits import COLUMNS, DATA_ROWS
from node.case_files.mapping import AnyFile, headers_of
from node.case_files.reasons import FileReason, RowReason


@dataclass(frozen=True, slots=True)
class TableRow:
    """`line` from 1, the header's; `cells` by header, without blanks around; `unreadable` ones apart, with why."""

    line: int
    cells: Mapping[str, str] = field(repr=False)
    unreadable: Mapping[str, RowReason]


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row whose cells cannot be told apart."""

    line: int
    reason: RowReason


def read_table(raw: bytes, file: AnyFile) -> Iterator[TableRow | UnreadableRow]:
    """The rows of one table, one by one. Raises `CaseFileError`, possibly after rows: then nothing of the file may be kept."""
    if file.format == "csv":
        lines = delimited.read_lines(raw, file.name, delimiter=file.delimiter, encoding=file.encoding or "")
    else:
        lines = workbook.read_lines(raw, file.name, sheet=file.sheet or "")
    return under_headers(lines, file.name, headers_of(file))


def under_headers(
    lines: Iterator[tuple[int, list[CellText]]], file: str, needed: frozenset[str], most_rows: int | None = DATA_ROWS
) -> Iterator[TableRow | UnreadableRow]:
    """Put each line under the headers of the first, which must hold all `needed`. Raises `HeaderRefused` and `FileTooLarge`.

    `most_rows`: None for a table that is read as a stream and not kept.
    """
    headers = _headers(lines, file)
    for missing in sorted(needed.difference(headers)):
        raise HeaderRefused(FileReason.MISSING_COLUMN, file=file, line=1, column=missing)
    count = 0
    for line, cells in lines:
        if not any(cells):
            continue
        count += 1
        if most_rows is not None and count > most_rows:
            raise FileTooLarge(FileReason.TOO_MANY_ROWS, file=file, line=line)
        # A row with fewer cells than headers has lost a delimiter as likely as a value: neither side can be trusted.
        if len(cells) != len(headers):
            yield UnreadableRow(line, RowReason.RAGGED_ROW)
            continue
        named = [(header, cell) for header, cell in zip(headers, cells, strict=True) if header]
        yield TableRow(
            line,
            {header: cell for header, cell in named if isinstance(cell, str)},
            {header: cell.reason for header, cell in named if isinstance(cell, UnreadableCell)},
        )


def _headers(lines: Iterator[tuple[int, list[CellText]]], file: str) -> list[str]:
    """The first line's texts. A column may have no header, and is then not read; two columns may not share one."""
    line, cells = next(lines, (1, []))
    if line != 1 or not any(cells):
        raise HeaderRefused(FileReason.NO_HEADER, file=file, line=line)
    if len(cells) > COLUMNS:
        raise FileTooLarge(FileReason.TOO_MANY_COLUMNS, file=file, line=line)
    headers = []
    for cell in cells:
        if isinstance(cell, UnreadableCell):
            raise HeaderRefused(FileReason.UNREADABLE_HEADER, file=file, line=line)
        headers.append(cell)
    named = [header for header in headers if header]
    if len(set(named)) != len(named):
        raise HeaderRefused(FileReason.DUPLICATE_COLUMN, file=file, line=line)
    return headers
