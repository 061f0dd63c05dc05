"""One row of a table while it is read: its cells by the mapping's columns, and what was found wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from node.case_files.mapping import folded
from node.case_files.problems import Problem
from node.case_files.reasons import RowReason
from node.case_files.tables import TableRow
from protocol.errors import UnknownCode
from protocol.identifiers import Doubt, Reason
from protocol.names import PersonReason
from protocol.vocabulary import Code

AnyCode = TypeVar("AnyCode", bound=Code)


@dataclass(frozen=True, slots=True)
class _Fault:
    column: str
    reason: RowReason
    detail: Reason | Doubt | PersonReason | None


class RowCells:
    """Cells of `row`. A column of None is one that the mapping does not have: its cell is empty."""

    def __init__(self, file: str, row: TableRow) -> None:
        self.file = file
        self.line = row.line
        self.refused = False
        self._row = row
        self._faults: list[_Fault] = []

    def refuse(self, column: str, reason: RowReason) -> None:
        """Something without which the row is not taken."""
        self.refused = True
        self._faults.append(_Fault(column, reason, None))

    def note(self, column: str, reason: RowReason, detail: Reason | Doubt | PersonReason | None = None) -> None:
        """Something that does not keep the row back."""
        self._faults.append(_Fault(column, reason, detail))

    def problems(self, *, row_imported: bool) -> tuple[Problem, ...]:
        """All faults found so far."""
        return tuple(
            Problem(self.file, self.line, fault.column, fault.reason, row_imported, fault.detail) for fault in self._faults
        )

    def text(self, column: str | None) -> str:
        """The cell's text, "" where it is empty. A cell that cannot be read refuses the row."""
        if column is None:
            return ""
        unreadable = self._row.unreadable.get(column)
        if unreadable is not None:
            self.refuse(column, unreadable)
        return self._row.cells.get(column, "")

    def optional_text(self, column: str | None) -> str | None:
        """The cell's text, "" where it is empty. A cell that cannot be read is left out: None."""
        if column is None:
            return ""
        unreadable = self._row.unreadable.get(column)
        if unreadable is not None:
            self.note(column, unreadable)
        return self._row.cells.get(column)

    def required(self, column: str, reason: RowReason) -> str:
        """The cell's text; an empty cell refuses the row for `reason`."""
        text = self.text(column)
        if not text and column not in self._row.unreadable:
            self.refuse(column, reason)
        return text

    def network(self, column: str, known: frozenset[str] | None) -> str:
        """The row's network. A missing one refuses the row, and so does one that is not `known`: a slip, or an orphan."""
        network = self.required(column, RowReason.MISSING_NETWORK)
        if network and known is not None and network not in known:
            self.refuse(column, RowReason.UNKNOWN_NETWORK)
        return network

    def code(self, column: str | None, codes: type[AnyCode], words: Mapping[str, AnyCode]) -> AnyCode | None:
        """The cell as a code, by the mapping's words or as the code itself. None if empty, or unknown, which refuses the row."""
        text = self.text(column)
        return self._code(column, text, codes, words) if column and text else None

    def codes(
        self, column: str | None, codes: type[AnyCode], words: Mapping[str, AnyCode], separator: str
    ) -> tuple[AnyCode, ...]:
        """The cell as a sorted set of codes. One unknown word refuses the row: it may be the one that matters."""
        text = self.text(column)
        if column is None or not text:
            return ()
        parts = [part.strip() for part in text.split(separator)]
        found = {self._code(column, part, codes, words) for part in parts if part}
        return tuple(sorted(code for code in found if code is not None))

    def required_code(self, column: str, codes: type[AnyCode], words: Mapping[str, AnyCode]) -> AnyCode | None:
        """As `code`, but an empty cell refuses the row."""
        return self._code(column, text, codes, words) if (text := self.required(column, RowReason.MISSING_VALUE)) else None

    def required_codes(
        self, column: str, codes: type[AnyCode], words: Mapping[str, AnyCode], separator: str
    ) -> tuple[AnyCode, ...]:
        """As `codes`, but an empty cell refuses the row."""
        found = self.codes(column, codes, words, separator)
        if not found and all(fault.column != column for fault in self._faults):
            self.refuse(column, RowReason.MISSING_VALUE)
        return found

    def _code(self, column: str, text: str, codes: type[AnyCode], words: Mapping[str, AnyCode]) -> AnyCode | None:
        word = words.get(folded(text))
        if word is not None:
            return word
        try:
            return codes(text)
        except UnknownCode:
            self.refuse(column, RowReason.UNKNOWN_CODE)
            return None
