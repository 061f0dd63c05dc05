"""A list that was saved as a workbook is asked as if it had been pasted. All people are invented."""

from collections.abc import Callable
from datetime import date

import openpyxl
import pytest

from node.case_files import CaseFileError, FileReason, Problem, QuestionLine, read_questions
from node.case_files.sheet_text import SIGNATURES, case_file_of
from protocol.names import Person, read_birth_date, read_person
from tests.node.case_files.conftest import TODAY

HEADER = ["Nombres", "Apellidos", "Fecha de nacimiento", "Declara no protegido"]


@pytest.fixture
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    def save(*sheets: list[list[object]]) -> bytes:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for rows in sheets:
            sheet = book.create_sheet()
            for row in rows:
                sheet.append(row)
        path = tmp_path_factory.mktemp("book") / "lista.xlsx"
        book.save(path)
        return path.read_bytes()

    return save


def read(raw: bytes) -> list[QuestionLine | Problem]:
    return list(read_questions(case_file_of(raw, "lista.xlsx").encode(), "CO", TODAY))


def test_a_saved_list_is_asked_row_by_row_and_dates_are_dates(saved: Callable[..., bytes]) -> None:
    raw = saved([HEADER, ["Rosa", "Quispe", date(1990, 4, 3), "sí"], [], ["Ana", 'Luna "Luz"', "31/05/1985", "sí"]])
    assert raw.startswith(SIGNATURES)
    first, second = read(raw)
    assert isinstance(first, QuestionLine) and isinstance(second, QuestionLine)
    assert (first.line, first.asked) == (2, read_person("Rosa", "Quispe", read_birth_date("1990-04-03")))
    assert (second.line, second.asked) == (4, read_person("Ana", "Luna Luz", read_birth_date("1985-05-31")))


def test_a_break_or_a_tab_inside_a_cell_moves_no_row(saved: Callable[..., bytes]) -> None:
    raw = saved([HEADER, ["Rosa\nElvira", "Quispe\tLuna", date(1990, 4, 3), "sí"], ["Ana", "Luna", "ayer", "sí"]])
    first, problem = read(raw)
    assert isinstance(first, QuestionLine) and isinstance(first.asked, Person)
    assert (first.asked.given, first.asked.surnames) == (("rosa", "elvira"), ("quispe", "luna"))
    assert isinstance(problem, Problem)
    assert (problem.line, problem.code) == (3, "not_comparable:bad_birth_date")


def test_a_cell_that_cannot_be_read_sends_its_row_back(saved: Callable[..., bytes]) -> None:
    (problem,) = read(saved([HEADER, ["Rosa", "=1+1", date(1990, 4, 3), "sí"]]))
    assert isinstance(problem, Problem)
    assert (problem.line, problem.column, problem.code) == (2, "surnames", "not_comparable:wrong_characters")


def test_of_two_sheets_that_hold_something_none_is_chosen(saved: Callable[..., bytes]) -> None:
    rows = [HEADER, ["Rosa", "Quispe", date(1990, 4, 3), "sí"]]
    assert len(read(saved([], rows, []))) == 1
    with pytest.raises(CaseFileError) as refused:
        case_file_of(saved(rows, [["Resumen"]]), "lista.xlsx")
    assert (refused.value.reason, refused.value.file) == (FileReason.SEVERAL_SHEETS, "lista.xlsx")


def test_a_workbook_that_holds_nothing_has_no_header(saved: Callable[..., bytes]) -> None:
    assert case_file_of(saved([]), "lista.xlsx") == ""
    with pytest.raises(CaseFileError, match="no_header"):
        read(saved([[], ["Rosa"]]))


@pytest.mark.parametrize("signature", SIGNATURES)
def test_what_only_begins_like_a_workbook_is_refused(signature: bytes) -> None:
    with pytest.raises(CaseFileError):
        case_file_of(signature + b"x" * 100, "lista.xlsx")
