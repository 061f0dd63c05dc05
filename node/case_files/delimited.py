"""CSV bytes to lines of cells (RFC 4180), in the encoding that is named and with a delimiter that is named or found."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence

from node.case_files.cells import CellText, UnreadableCell, text_cell
from node.case_files.errors import FileDamaged, FileTooLarge, WrongFormat
from node.case_files.limits import CSV_ROW_CHARACTERS, FILE_BYTES
from node.case_files.reasons import FileReason, RowReason

DELIMITERS = ("\t", ";", ",")
"""What spreadsheets put between cells: a tab where a table is copied, a semicolon or a comma where it is saved."""
_QUOTED = re.compile('"[^"]*"')
_ROW_LINES = 32
"""A cell with more lines than this is a quote that nobody closed."""
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_lines(raw: bytes, file: str, *, delimiter: str | None, encoding: str) -> Iterator[tuple[int, list[CellText]]]:
    """Pairs of (number of the row's first line, its cells). Raises `FileTooLarge`, `WrongFormat`, `FileDamaged`.

    `delimiter`: None for the one that parts the first line.
    """
    text = decoded(raw, file, encoding)
    yield from csv_rows(io.StringIO(text, newline=""), file, delimiter or delimiter_of(next(io.StringIO(text, newline=""), "")))


def delimiter_of(header: str) -> str:
    """What parts the first line of a table into the most cells; of two that part it alike, the one that texts hold less often."""
    bare = _QUOTED.sub("", header)
    return max(DELIMITERS, key=bare.count)


def csv_rows(lines: Iterator[str], file: str, delimiter: str) -> Iterator[tuple[int, list[CellText]]]:
    """As `read_lines`, from physical lines with their ends, which are taken one by one. Raises `FileTooLarge`, `FileDamaged`.

    Quotes are taken at their word: once they do not balance, no later row can be told from a cell, so the file is refused.
    """
    rows = _Rows(lines, file)
    reader = csv.reader(rows, delimiter=delimiter, strict=True)
    while True:
        first = rows.start_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileDamaged(FileReason.UNBALANCED_QUOTES, file=file, line=first) from None
        yield first, [text_cell(cell) for cell in cells]


def salvaged_rows(lines: Sequence[str | None], delimiter: str) -> Iterator[tuple[int, list[CellText]]]:
    """As `csv_rows`, for who would rather lose one row than all: nothing is refused. `lines`: None for one that is too long.

    A row whose quotes are not to be taken at their word is one unreadable cell, and the next line is a row of its own. So is a
    line that a quote before it would swallow, and that has as many cells as the header.
    """
    at, width = 0, None
    while at < len(lines):
        cells, used = _salvaged(lines, at, delimiter, width)
        width = len(cells) if width is None else width
        yield at + 1, cells
        at += used


def _salvaged(lines: Sequence[str | None], at: int, delimiter: str, width: int | None) -> tuple[list[CellText], int]:
    """The cells of the row that begins at a line, and how many lines it has."""
    used = 0

    def following() -> Iterator[str]:
        nonlocal used
        for line in lines[at : at + _ROW_LINES]:
            if line is None or (used and len(next(csv.reader([line], delimiter=delimiter), [])) == width):
                return
            used += 1
            yield line

    try:
        cells = next(csv.reader(following(), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return [UnreadableCell(RowReason.RAGGED_ROW)], 1
    if used > 1 and width is not None and len(cells) != width:
        return [UnreadableCell(RowReason.RAGGED_ROW)], 1
    return [text_cell(cell) for cell in cells], used


def decoded(raw: bytes, file: str, encoding: str) -> str:
    """All of `raw` as text, without a byte order mark. Raises `FileTooLarge` and `WrongFormat`."""
    # 1 size
    if len(raw) > FILE_BYTES:
        raise FileTooLarge(FileReason.TOO_MANY_BYTES, file=file)
    # 2 not another format or encoding under a wrong name: single-byte encodings decode anything
    marked_otherwise = raw.startswith(codecs.BOM_UTF8) and not encoding.startswith("utf-8")
    if marked_otherwise or raw.startswith(_UTF16_MARKS):
        raise WrongFormat(FileReason.WRONG_ENCODING, file=file, line=1)
    if b"\0" in raw:
        raise WrongFormat(FileReason.NOT_TEXT, file=file, line=_line_at(raw, raw.index(b"\0")))
    # 3 the encoding holds to the last byte
    try:
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise WrongFormat(FileReason.WRONG_ENCODING, file=file, line=_line_at(raw, error.start)) from None


def _line_at(raw: bytes, position: int) -> int:
    return raw.count(b"\n", 0, position) + 1


class _Rows:
    """The physical lines of a text, counted, and bounded by what one row may take."""

    def __init__(self, lines: Iterator[str], file: str) -> None:
        self._lines = lines
        self._file = file
        self._line = 0
        self._first = 1
        self._characters = 0

    def start_row(self) -> int:
        """The number of the line at which the next row begins."""
        self._first = self._line + 1
        self._characters = 0
        return self._first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._line += 1
        self._characters += len(line)
        if self._characters > CSV_ROW_CHARACTERS:
            # A row of several lines that does not end is a quote that was never closed.
            if self._line > self._first:
                raise FileDamaged(FileReason.UNBALANCED_QUOTES, file=self._file, line=self._first)
            raise FileTooLarge(FileReason.ROW_TOO_LONG, file=self._file, line=self._line)
        return line
