"""A CSV file of any length, row by row in constant memory, and how its bytes were read.

Bytes are read as pasted text is (`pasted.py`): UTF-8 with or without its mark, else Windows-1252, line by line. The cells
are parted by tabs, semicolons or commas, as the header says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from node.case_files.delimited import csv_rows, delimiter_of
from node.case_files.errors import FileTooLarge
from node.case_files.pasted import Encoding, read_pasted
from node.case_files.reasons import FileReason
from node.case_files.tables import TableRow, UnreadableRow, under_headers

_NAMED = 20


@dataclass
class Lines:
    """How many lines there are of a sort, and the numbers of the first twenty."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """Count a line."""
        self.count += 1
        if self.count <= _NAMED:
            self.first.append(line)

    def row(self) -> dict[str, object]:
        """As JSON."""
        return {"count": self.count, "lines": list(self.first)}


class StreamedTable:
    """The rows of a file, once. `encodings` and `unfit` (lines with bytes that fit nothing) count along."""

    def __init__(self, chunks: Iterable[bytes], file: str, columns: frozenset[str], most_rows: int | None = None) -> None:
        """`file` is what errors call it; `columns` are those that it must have, `most_rows` how many rows at the most."""
        self.file = file
        self.encodings: Counter[Encoding] = Counter()
        self.unfit = Lines()
        self._chunks, self._columns, self._most_rows = chunks, columns, most_rows

    def __iter__(self) -> Iterator[TableRow | UnreadableRow]:
        """Each row that holds anything. Raises `CaseFileError`, possibly after rows."""
        lines = self._lines()
        header = next(lines, "")
        rows = csv_rows(chain([header], lines), self.file, delimiter_of(header))
        return under_headers(rows, self.file, self._columns, self._most_rows)

    def _lines(self) -> Iterator[str]:
        for line in read_pasted(self._chunks):
            if line.too_long:
                raise FileTooLarge(FileReason.ROW_TOO_LONG, file=self.file, line=line.number)
            self.encodings[line.encoding] += 1
            if line.unfit:
                self.unfit.add(line.number)
            yield line.text + "\n"
