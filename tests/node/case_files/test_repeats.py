"""Rows that stand twice: alike they count once, otherwise the first stands; protection in one row holds for all."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from node.case_files.problems import Problem
from node.case_files.reading import Row
from node.case_files.reasons import RowReason
from node.case_files.repeats import settle
from tests.node.safeguards.test_planted import NETWORK, ROUTES, SUSPECT, VICTIM

OTHER = replace(SUSPECT, line=9, case="INVENTED-OTHER")
DUAL = replace(VICTIM, subject=SUSPECT.subject)


def repeated(line: int, file: str = "casos.csv") -> Problem:
    return Problem(file, line, None, RowReason.REPEATED, row_imported=False)


def test_what_is_said_once_stands() -> None:
    settled = settle([SUSPECT, NETWORK, *ROUTES, VICTIM])
    assert (settled.subjects, settled.networks, settled.routes) == ([SUSPECT], [NETWORK], ROUTES)
    assert (settled.protected, settled.problems) == ([VICTIM], [])


def test_of_what_is_said_otherwise_the_first_stands_and_the_second_is_told() -> None:
    network = replace(NETWORK, line=8, last_activity="2026-09")
    place = replace(ROUTES[0], line=7, node=ROUTES[1].node)
    settled = settle([SUSPECT, NETWORK, *ROUTES, OTHER, network, place])
    assert (settled.subjects, settled.networks, settled.routes) == ([SUSPECT], [NETWORK], ROUTES)
    assert settled.problems == [repeated(9), repeated(8, "redes.csv"), repeated(7, "rutas.csv")]


def test_what_is_said_twice_alike_is_no_problem() -> None:
    again: list[Row] = [replace(SUSPECT, line=9), replace(NETWORK, line=9), replace(ROUTES[0], line=9)]
    settled = settle([SUSPECT, NETWORK, ROUTES[0], *again])
    assert settled.problems == []
    assert (len(settled.subjects), len(settled.networks), settled.routes) == (2, 2, [ROUTES[0]])


@given(st.permutations([SUSPECT, OTHER, DUAL]))
def test_a_subject_that_one_row_protects_is_protected_in_every_row_and_order(rows: list[object]) -> None:
    settled = settle(rows)  # type: ignore[arg-type]  # the rows above
    assert settled.subjects == []
    assert {row.line for row in settled.protected} == {SUSPECT.line, OTHER.line, DUAL.line}
    assert sorted(problem.line for problem in settled.problems) == sorted([SUSPECT.line, OTHER.line])


def test_rows_that_protect_without_a_reference_do_not_protect_each_other_s_neighbours() -> None:
    nameless, open_row = replace(VICTIM, subject=""), replace(SUSPECT, subject="")
    assert settle([nameless, open_row]).subjects == [open_row]
