"""Rows stand under their headers, or are told apart."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from node.case_files.cells import CellText, UnreadableCell
from node.case_files.errors import FileTooLarge, HeaderRefused
from node.case_files.limits import COLUMNS, DATA_ROWS
from node.case_files.reasons import RowReason
from node.case_files.tables import TableRow, UnreadableRow, read_table, under_headers


def under(
    *lines: list[CellText], needed: frozenset[str] = frozenset(), most_rows: int | None = DATA_ROWS
) -> list[TableRow | UnreadableRow]:
    numbered: Iterator[tuple[int, list[CellText]]] = iter(enumerate(lines, 1))
    return list(under_headers(numbered, "x.csv", needed, most_rows))


def test_cells_stand_under_their_headers_and_columns_without_one_are_not_read() -> None:
    assert under(["ID", "", "RED"], ["S-1", "note", "R-1"]) == [TableRow(2, {"ID": "S-1", "RED": "R-1"}, {})]


def test_a_row_prints_without_its_cells() -> None:
    assert "S-1" not in repr(under(["ID"], ["S-1"]))


def test_empty_rows_are_left_out_and_ragged_ones_are_told() -> None:
    assert under(["ID", "RED"], ["", ""], [], ["S-1"], ["S-1", "R", "x"], ["S-2", "R"]) == [
        UnreadableRow(4, RowReason.RAGGED_ROW),
        UnreadableRow(5, RowReason.RAGGED_ROW),
        TableRow(6, {"ID": "S-2", "RED": "R"}, {}),
    ]


def test_a_cell_that_cannot_be_read_stands_apart() -> None:
    cell = UnreadableCell(RowReason.CELL_TOO_LONG)
    assert under(["ID", "RED"], ["S-1", cell]) == [TableRow(2, {"ID": "S-1"}, {"RED": RowReason.CELL_TOO_LONG})]


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ([], "no_header"),
        (["", ""], "no_header"),
        (["ID", "ID"], "duplicate_column"),
        (["ID", UnreadableCell(RowReason.CELL_TOO_LONG)], "unreadable_header"),
    ],
)
def test_a_header_that_does_not_name_columns_is_refused(header: list[CellText], error: str) -> None:
    with pytest.raises(HeaderRefused, match=error):
        under(header)


def test_a_file_without_a_line_and_a_sheet_that_starts_lower_have_no_header() -> None:
    later: list[tuple[int, list[CellText]]] = [(3, ["ID"])]
    for lines in ([], later):
        with pytest.raises(HeaderRefused, match="no_header"):
            list(under_headers(iter(lines), "x.xlsx", frozenset()))


def test_a_missing_column_is_named_as_the_mapping_names_it() -> None:
    with pytest.raises(HeaderRefused, match="line 1, column RED: missing_column"):
        under(["ID"], needed=frozenset({"ID", "RED"}))


def test_rows_and_columns_are_counted() -> None:
    with pytest.raises(FileTooLarge, match="too_many_columns"):
        under([str(n) for n in range(COLUMNS + 1)])
    assert len(under(["ID"], ["1"], [""], ["2"], most_rows=2)) == 2
    with pytest.raises(FileTooLarge, match="line 4: too_many_rows"):
        under(["ID"], ["1"], ["2"], ["3"], most_rows=2)
    assert len(under(["ID"], ["1"], ["2"], ["3"], most_rows=None)) == 3


def test_an_export_has_a_bound_of_rows_whether_a_caller_thinks_of_it_or_not() -> None:
    lines: Iterator[tuple[int, list[CellText]]] = ((number, ["ID"]) for number in range(1, DATA_ROWS + 3))
    with pytest.raises(FileTooLarge, match="too_many_rows"):
        list(under_headers(lines, "x.csv", frozenset()))


def test_a_csv_file_and_a_sheet_of_the_same_table_read_the_same(
    mapping_of: Callable[..., Any],
    routes: Callable[..., dict[str, Any]],
    workbook_of: Callable[..., bytes],
) -> None:
    rows = [list(routes()["columns"].values()), ["RED-CO-1", "A", "1", "origin", "CO", "", "", "", ""]]
    mapping = mapping_of(routes(), routes(path="r.xlsx", format="xlsx", sheet="Rutas", delimiter=None, encoding=None))
    as_csv = "\n".join(";".join(row) for row in rows).encode()
    as_xlsx = workbook_of([[cell or None for cell in row] for row in rows], "Rutas")
    assert list(read_table(as_csv, mapping.files[0])) == list(read_table(as_xlsx, mapping.files[1]))
