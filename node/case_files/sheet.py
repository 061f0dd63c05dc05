"""One sheet of a workbook, and its shared texts, read as they stream by (ECMA-376 part 1, 18.3 and 18.4)."""

import re
from dataclasses import dataclass
from datetime import datetime

from node.case_files.cells import CellText, UnreadableCell, date_cell, number_cell, text_cell
from node.case_files.errors import FileDamaged, FileTooLarge
from node.case_files.limits import CELL_CHARACTERS, COLUMNS, SHARED_STRINGS
from node.case_files.reasons import FileReason, RowReason

_CELL_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberStyles:
    """What a cell's style says about its number: whether it is a date, and the format's text, by style index."""

    dates: tuple[bool, ...]
    formats: tuple[str, ...]
    epoch: datetime


class _Text:
    """Characters of one cell, kept only as far as a cell may go. Phonetic readings (`rPh`) repeat the text and are left out."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.open = False
        self.phonetic = False

    def add(self, text: str) -> None:
        if self.open and not self.phonetic and self.length <= CELL_CHARACTERS:
            self.parts.append(text)
            self.length += len(text)

    def taken(self) -> str:
        text = "".join(self.parts)
        self.parts, self.length, self.open = [], 0, False
        return text


class SharedTexts:
    """Reads `sharedStrings.xml` (18.4.9) into `texts`."""

    def __init__(self, file: str) -> None:
        self.texts: list[CellText] = []
        self._file = file
        self._text = _Text()

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Open a text."""
        if name == "t":
            self._text.open = True
        elif name == "rPh":
            self._text.phonetic = True

    def text(self, text: str) -> None:
        """Collect."""
        self._text.add(text)

    def end(self, name: str) -> None:
        """Close a text; an item of several runs is one text."""
        if name == "t":
            self._text.open = False
        elif name == "rPh":
            self._text.phonetic = False
        elif name == "si":
            if len(self.texts) >= SHARED_STRINGS:
                raise FileTooLarge(FileReason.TOO_MANY_TEXTS, file=self._file)
            self.texts.append(text_cell(self._text.taken()))


class SheetRows:
    """Reads a worksheet. Rows that have ended stand in `ready`: (row number, {column from 1: cell}), filled cells only."""

    def __init__(self, file: str, texts: list[CellText], styles: NumberStyles) -> None:
        self.ready: list[tuple[int, dict[int, CellText]]] = []
        self._file = file
        self._texts = texts
        self._styles = styles
        self._row = 0
        self._column = 0
        self._in_row = False
        self._cells: dict[int, CellText] = {}
        self._cell: dict[str, str] | None = None  # attributes of the cell that is open
        self._formula = False
        self._text = _Text()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Follow rows, cells, and what holds a cell's text. Raises `FileDamaged` for any order that no spreadsheet writes."""
        if name == "row":
            self._start_row(attributes)
        elif name == "c":
            self._start_cell(attributes)
        elif name == "rPh":
            self._text.phonetic = True
        elif name in ("v", "t"):
            self._text.open = self._cell is not None
        elif name == "f":
            self._formula = True
        elif name == "mergeCell":
            # All but one of the merged cells are empty: what an officer sees in several rows would be read in one.
            raise FileDamaged(FileReason.MERGED_CELLS, file=self._file, line=_first_row(attributes.get("ref", "")))

    def text(self, text: str) -> None:
        """Collect."""
        self._text.add(text)

    def end(self, name: str) -> None:
        """Close texts, cells and rows."""
        if name in ("v", "t"):
            self._text.open = False
        elif name == "rPh":
            self._text.phonetic = False
        elif name == "c" and self._cell is not None:
            self._end_cell(self._cell)
        elif name == "row":
            self.ready.append((self._row, self._cells))
            self._in_row = False

    def _start_row(self, attributes: dict[str, str]) -> None:
        written = attributes.get("r", str(self._row + 1))
        # Numbers that do not grow would hide rows from readers that trust them.
        if self._in_row or not _ROW_NUMBER.fullmatch(written) or int(written) <= self._row:
            raise self._broken()
        self._in_row, self._row, self._column, self._cells = True, int(written), 0, {}

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if not self._in_row or self._cell is not None:
            raise self._broken()
        column, row = self._column + 1, self._row
        if "r" in attributes:
            place = _CELL_PLACE.fullmatch(attributes["r"])
            if place is None:
                raise self._broken()
            column, row = _column_number(place[1]), int(place[2])
        if column <= self._column or row != self._row:
            raise self._broken()
        self._column, self._cell, self._formula = column, attributes, False

    def _end_cell(self, attributes: dict[str, str]) -> None:
        cell = self._value(attributes)
        self._cell = None
        if not cell:
            return
        if self._column > COLUMNS:
            raise FileTooLarge(FileReason.TOO_MANY_COLUMNS, file=self._file, line=self._row)
        self._cells[self._column] = cell

    def _value(self, attributes: dict[str, str]) -> CellText:
        """The text of the cell that ends, by its type (18.18.11)."""
        stored = self._text.taken()
        kind = attributes.get("t", "n")
        if not stored:
            return UnreadableCell(RowReason.FORMULA_WITHOUT_RESULT) if self._formula else ""
        if kind == "s":
            if not _INDEX.fullmatch(stored) or int(stored) >= len(self._texts):
                raise self._broken()
            return self._texts[int(stored)]
        if kind == "e":
            return UnreadableCell(RowReason.ERROR_VALUE)
        if kind == "n":
            return self._number(stored, attributes.get("s", "0"))
        return text_cell(stored)

    def _number(self, stored: str, style: str) -> CellText:
        if not _INDEX.fullmatch(style) or int(style) >= len(self._styles.dates):
            raise self._broken()
        if self._styles.dates[int(style)]:
            return date_cell(stored, self._styles.epoch)
        return number_cell(stored, self._styles.formats[int(style)])

    def _broken(self) -> FileDamaged:
        return FileDamaged(FileReason.BROKEN_SHEET, file=self._file, line=self._row or None)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _first_row(reference: str) -> int | None:
    place = _CELL_PLACE.match(reference)
    return int(place[2]) if place else None
