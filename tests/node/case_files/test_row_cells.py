"""Cells of one row, and what was wrong with them."""

import pytest

from node.case_files import Problem, RowReason
from node.case_files.row_cells import RowCells
from node.case_files.tables import TableRow
from protocol.vocabulary import Act


@pytest.fixture
def cells() -> RowCells:
    texts = {"ACTS": "harbouring | captación", "ACT": " ", "RED": "R-1", "EMPTY": ""}
    return RowCells("f.csv", TableRow(4, texts, {"BAD": RowReason.CELL_TOO_LONG}))


def told(cells: RowCells) -> list[tuple[str | None, str]]:
    return [(problem.column, problem.code) for problem in cells.problems(row_imported=False)]


def test_a_column_that_the_mapping_does_not_have_is_empty(cells: RowCells) -> None:
    assert (cells.text(None), cells.optional_text(None)) == ("", "")
    assert cells.code(None, Act, {}) is None
    assert cells.codes(None, Act, {}, "|") == ()
    assert told(cells) == []


def test_a_cell_that_cannot_be_read_refuses_or_is_left_out(cells: RowCells) -> None:
    assert cells.optional_text("BAD") is None
    before = cells.refused
    assert cells.required("BAD", RowReason.MISSING_VALUE) == ""
    assert (before, cells.refused) == (False, True)
    assert told(cells) == [("BAD", "cell_too_long"), ("BAD", "cell_too_long")]


def test_words_and_codes_are_both_read(cells: RowCells) -> None:
    assert cells.codes("ACTS", Act, {"captación": Act("recruitment")}, "|") == ("harbouring", "recruitment")
    assert cells.codes("ACTS", Act, {}, "|") == ("harbouring",)
    assert told(cells) == [("ACTS", "unknown_code")]


def test_a_network_must_be_one_that_is_listed_where_there_is_a_list(cells: RowCells) -> None:
    assert cells.network("RED", None) == "R-1"
    assert cells.network("RED", frozenset({"R-1"})) == "R-1"
    assert not cells.refused
    cells.network("RED", frozenset({"R-2"}))
    cells.network("EMPTY", frozenset({"R-2"}))
    assert told(cells) == [("RED", "unknown_network"), ("EMPTY", "missing_network")]


def test_problems_say_where_and_whether_the_row_went_on(cells: RowCells) -> None:
    cells.note("RED", RowReason.BAD_DATE)
    assert cells.problems(row_imported=True) == (Problem("f.csv", 4, "RED", RowReason.BAD_DATE, row_imported=True),)
