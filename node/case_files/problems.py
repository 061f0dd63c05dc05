"""What an officer is told about a row: where and why, never what stood there."""

from dataclasses import dataclass

from node.case_files.reasons import RowReason
from protocol.identifiers import Kind, Reason


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason at one place.

    `file` as the mapping names it, `line` from 1 (the header is line 1; in a workbook the number of the sheet's row), `column` as
    the mapping names it or None for the row as a whole. `row_imported` says whether the row went on all the same, without that
    cell (`is_other_kind`: with it, as the kind that it is). `normaliser` goes with `not_normalisable`, `kinds` with
    `ambiguous_kind`.
    """

    file: str
    line: int
    column: str | None
    reason: RowReason
    row_imported: bool
    normaliser: Reason | None = None
    kinds: tuple[Kind, ...] = ()

    @property
    def code(self) -> str:
        """The reason as one stable word, such as `missing_network` or `not_normalisable:wrong_length`."""
        return self.reason.value if self.normaliser is None else f"{self.reason.value}:{self.normaliser.value}"
