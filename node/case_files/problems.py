"""What an officer is told about a row: where and why, never what stood there."""

from dataclasses import dataclass

from node.case_files.reasons import RowReason
from protocol.identifiers import Doubt, Kind, Reason
from protocol.names import PersonReason


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason at one place.

    `file` as the mapping names it, `line` from 1 (the header is line 1; in a workbook the number of the sheet's row), `column` as
    the mapping names it or None for the row as a whole. `row_imported` says whether the row went on all the same, without that
    cell (`is_other_kind`: with it, as the kind that it is; `doubtful`: with it). `detail` goes with `not_normalisable`,
    `doubtful` and `not_comparable`, `kinds` with `ambiguous_kind`. In the case file of a question `column` is our own name of
    it; if the file has it, `heading` is what the officer wrote over it, and `place` its number from 1.
    """

    file: str
    line: int
    column: str | None
    reason: RowReason
    row_imported: bool
    detail: Reason | Doubt | PersonReason | None = None
    kinds: tuple[Kind, ...] = ()
    heading: str | None = None
    place: int | None = None

    @property
    def code(self) -> str:
        """The reason as one stable word, such as `missing_network` or `not_normalisable:wrong_length`."""
        return self.reason.value if self.detail is None else f"{self.reason.value}:{self.detail.value}"
