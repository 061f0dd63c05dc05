"""An export as a whole: several tables, every row in its place, no broken file by half."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.case_files import CaseFileError, Mapping, Problem, RowReason, SubjectRow, count_rows, read_rows
from node.case_files.errors import FilesDiffer
from tests.node.case_files.conftest import TODAY

Table = Callable[..., dict[str, Any]]
Csv = Callable[..., bytes]
Build = Callable[..., Mapping]
Row = Callable[..., dict[str, str]]


def test_good_rows_go_on_around_bad_ones(mapping_of: Build, subjects: Table, subjects_csv: Csv, suspect_row: Row) -> None:
    raw = subjects_csv(suspect_row(ID="S-1"), suspect_row(RED=""), suspect_row(ID="S-3")) + b"\r\nragged;row\r\n"
    results = list(read_rows(mapping_of(subjects()), {"casos.csv": raw}, TODAY))
    assert [result.subject for result in results if isinstance(result, SubjectRow)] == ["S-1", "S-3"]
    assert [result for result in results if isinstance(result, Problem)] == [
        Problem("casos.csv", 3, "RED", RowReason.MISSING_NETWORK, row_imported=False),
        Problem("casos.csv", 5, None, RowReason.RAGGED_ROW, row_imported=False),
    ]
    assert count_rows(mapping_of(subjects()), {"casos.csv": raw}) == 4


def test_a_file_that_breaks_off_gives_no_row_at_all(
    mapping_of: Build, subjects: Table, subjects_csv: Csv, suspect_row: Row
) -> None:
    raw = subjects_csv(suspect_row()) + b'\r\n"never closed'
    taken: list[object] = []
    with pytest.raises(CaseFileError, match="unbalanced_quotes"):
        taken.extend(read_rows(mapping_of(subjects()), {"casos.csv": raw}, TODAY))
    assert taken == []


def test_a_second_file_that_is_broken_holds_back_the_first(
    mapping_of: Build, subjects: Table, routes: Table, subjects_csv: Csv, suspect_row: Row
) -> None:
    files = {"casos.csv": subjects_csv(suspect_row()), "rutas.csv": b"\0"}
    with pytest.raises(CaseFileError, match="not_text"):
        next(read_rows(mapping_of(subjects(), routes()), files, TODAY))


def test_the_files_are_those_of_the_mapping(mapping_of: Build, subjects: Table) -> None:
    with pytest.raises(FilesDiffer, match=r"casos\.csv: file_missing"):
        count_rows(mapping_of(subjects()), {})
    with pytest.raises(FilesDiffer, match="file_not_mapped") as caught:
        count_rows(mapping_of(subjects()), {"casos.csv": b"", "Invented Person.csv": b""})
    assert "Invented" not in str(caught.value)


def test_a_network_that_the_export_does_not_list_is_a_slip_unless_somebody_is_protected(
    mapping_of: Build, subjects: Table, networks: Table, subjects_csv: Csv, suspect_row: Row
) -> None:
    rows = subjects_csv(suspect_row(RED="RED-CO-9"), suspect_row(RED="RED-CO-9", CALIDAD="víctima"))
    alone = list(read_rows(mapping_of(subjects()), {"casos.csv": rows}, TODAY))
    assert [type(result) for result in alone] == [SubjectRow, SubjectRow], "without a table of networks all are taken"

    header = ";".join(networks()["columns"].values())
    listed = (header + "\nRED-CO-1" + ";" * header.count(";")).encode()
    results = list(read_rows(mapping_of(subjects(), networks()), {"casos.csv": rows, "redes.csv": listed}, TODAY))
    of_subjects = [result for result in results if result.file == "casos.csv"]
    assert isinstance(of_subjects[1], SubjectRow)
    assert of_subjects[1].protected
    assert [result for result in of_subjects if isinstance(result, Problem)] == [
        Problem("casos.csv", 2, "RED", RowReason.UNKNOWN_NETWORK, row_imported=False),
        Problem("casos.csv", 3, "RED", RowReason.UNKNOWN_NETWORK, row_imported=True),
    ]


def test_reading_twice_gives_the_same(mapping_of: Build, subjects: Table, subjects_csv: Csv, suspect_row: Row) -> None:
    files = {"casos.csv": subjects_csv(suspect_row(), suspect_row(TELEFONO="1"))}
    assert list(read_rows(mapping_of(subjects()), files, TODAY)) == list(read_rows(mapping_of(subjects()), files, TODAY))


@pytest.mark.parametrize("country", ["CO", "PE", "BR"])
def test_the_demonstrations_exports_read_as_their_authors_wrote_down(demo: Path, country: str) -> None:
    folder = demo / country
    mapping = Mapping.from_json((folder / "mapping.json").read_bytes())
    files = {file.path: (folder / file.path).read_bytes() for file in mapping.files}
    expected = json.loads((folder / "expected_import.json").read_text("utf-8"))
    results = list(read_rows(mapping, files, TODAY))
    rows = [result for result in results if isinstance(result, SubjectRow)]
    problems = [result for result in results if isinstance(result, Problem)]
    assert [{"line": p.line, "column": p.column, "reason": p.code} for p in problems] == expected["problems"]
    of_subjects = [file for file in mapping.files if file.rows == "subjects"]
    alone = mapping.model_copy(update={"files": tuple(of_subjects)})
    assert count_rows(alone, {file.path: files[file.path] for file in of_subjects}) == expected["rows"]
    assert (len(rows), sum(row.protected for row in rows)) == (expected["imported"], expected["protected_rows"])
