"""Which column of an officer's list is what. No person in here exists."""

import pytest

from node.case_files import CaseFileError, Problem, RowReason
from node.case_files.question_headings import _COLUMN_OF, _HEADERS, COLUMNS, Headings
from node.language import catalogue
from protocol.vocabulary import Language


def columns(header: str) -> tuple[str, ...]:
    return Headings.of(header.split(";"), "case_file").columns


def test_no_header_word_stands_for_two_columns() -> None:
    assert sum(len(words) for words in _HEADERS.values()) == len(_COLUMN_OF)


@pytest.mark.parametrize("language", Language)
def test_every_heading_that_an_officer_is_told_to_write_is_taken_for_that_column(language: Language) -> None:
    told = {column: catalogue(language)[f"cli.ask.heading.{column}"] for column in COLUMNS}
    parted = [column for column in COLUMNS if column != "whole_name"]
    assert columns(";".join(told[column] for column in parted)) == tuple(parted)
    assert columns(told["whole_name"]) == ("whole_name",)


@pytest.mark.parametrize(
    ("header", "needed"),
    [
        ("valor", {"value", "attests_not_protected"}),
        ("tipo", {"value", "attests_not_protected"}),
        ("nombres", {"given_names", "surnames", "attests_not_protected"}),
        ("fecha de nacimiento", {"given_names", "surnames", "attests_not_protected"}),
        ("nombre completo", {"whole_name", "attests_not_protected"}),
        ("nombre completo;fecha de nacimiento", {"whole_name", "attests_not_protected"}),
        ("nombre completo;valor", {"whole_name", "value", "attests_not_protected"}),
        ("nombres;celular", {"given_names", "surnames", "value", "attests_not_protected"}),
    ],
)
def test_what_a_list_needs_depends_on_what_it_is_of(header: str, needed: set[str]) -> None:
    assert Headings.of(header.split(";"), "case_file").needed == needed


@pytest.mark.parametrize(
    ("header", "place"),
    [("valor;Rosa Quispe", 2), (";valor", 1), ("apellidos;surnames", 1), ("celular;cédula", 1), ("dob;FN", 2)],
)
def test_a_heading_of_none_or_of_several_columns_is_refused_by_its_number(header: str, place: int) -> None:
    with pytest.raises(CaseFileError) as refused:
        columns(header)
    assert (refused.value.reason, refused.value.line, refused.value.place) == ("unreadable_header", 1, place)
    assert refused.value.column is None


def test_a_problem_of_the_whole_line_has_no_column() -> None:
    problem = Problem("case_file", 2, None, RowReason.RAGGED_ROW, row_imported=False)
    assert Headings.of(["valor"], "case_file").told(problem) is problem


def test_a_heading_that_holds_a_number_is_told_by_its_place_only() -> None:
    headings = Headings.of(["valor", "Nombres (300 555 0147)", "apellidos"], "case_file")
    told = headings.told(Problem("case_file", 2, "given_names", RowReason.MISSING_VALUE, row_imported=False))
    assert (told.heading, told.place) == (None, 2)


def test_the_headings_do_not_print_themselves() -> None:
    assert "celular" not in repr(Headings.of(["celular"], "case_file"))
