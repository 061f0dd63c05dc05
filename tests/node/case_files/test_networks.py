"""A network's row is whole or it is not taken."""

from collections.abc import Callable
from typing import Any

import pytest

from node.case_files import Mapping, NetworkRow, Problem, RowReason, read_rows
from tests.node.case_files.conftest import TODAY

NETWORK = {
    "network": "RED-CO-1",
    "acts": "transportation| captación |transportation|",
    "means": "fraud",
    "first_activity": "2022-03",
    "last_activity": "2024-11-01",
    "review_date": "2027-01-31",
}


@pytest.fixture
def read(
    mapping_of: Callable[..., Mapping], networks: Callable[..., dict[str, Any]]
) -> Callable[..., list[NetworkRow | Problem]]:
    """Reads one network, with the cells given changed."""

    def one(**changes: str) -> list[NetworkRow | Problem]:
        columns = list(networks()["columns"])
        first_codes = {
            "purposes": "sexual_prostitution",
            "structure": "core_group",
            "size": "n6_10",
            "offences": "tip",
            "victim_count": "v11_25",
            "victim_ages": "minor|adult",
            "source_evaluation": "A",
            "information_evaluation": "1",
            "handling": "H1|H0",
            "tlp": "amber",
        }
        cells = NETWORK | first_codes | changes
        raw = "\n".join(";".join(line) for line in ([c.upper() for c in columns], [cells.get(c, "") for c in columns]))
        results = list(read_rows(mapping_of(networks()), {"redes.csv": raw.encode()}, TODAY))
        return [result for result in results if isinstance(result, NetworkRow | Problem)]

    return one


Read = Callable[..., list[NetworkRow | Problem]]


def test_codes_come_as_sorted_sets_and_months_from_dates(read: Read) -> None:
    (row,) = read()
    assert isinstance(row, NetworkRow)
    assert row.acts == ("recruitment", "transportation")
    assert row.sectors == ()
    assert row.victim_ages == ("adult", "minor")
    assert row.handling == ("H0", "H1")
    assert (row.first_activity, row.last_activity, row.review_date) == ("2022-03", "2024-11", "2027-01-31")


@pytest.mark.parametrize(("cell", "count"), [("17", 17), ("0", 0), ("000250", 250), ("lt11", "lt11")])
def test_victims_are_counted_or_in_a_band(read: Read, cell: str, count: int | str) -> None:
    (row,) = read(victim_count=cell)
    assert isinstance(row, NetworkRow)
    assert row.victim_count == count


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"network": ""}, "NETWORK", "missing_network"),
        ({"acts": "captación|invented"}, "ACTS", "unknown_code"),
        ({"acts": ""}, "ACTS", "missing_value"),
        ({"acts": "|"}, "ACTS", "missing_value"),
        ({"sectors": "invented"}, "SECTORS", "unknown_code"),
        ({"structure": ""}, "STRUCTURE", "missing_value"),
        ({"tlp": "invented"}, "TLP", "unknown_code"),
        ({"first_activity": ""}, "FIRST_ACTIVITY", "missing_value"),
        ({"first_activity": "03/2022"}, "FIRST_ACTIVITY", "bad_month"),
        ({"first_activity": "2022-13"}, "FIRST_ACTIVITY", "bad_month"),
        ({"first_activity": "2022-03-02"}, "FIRST_ACTIVITY", "bad_month"),
        ({"first_activity": "2025-01"}, "LAST_ACTIVITY", "months_reversed"),
        ({"victim_count": ""}, "VICTIM_COUNT", "missing_value"),
        ({"victim_count": "-3"}, "VICTIM_COUNT", "unknown_code"),
        ({"victim_count": "12.5"}, "VICTIM_COUNT", "unknown_code"),
        ({"victim_count": "1234567"}, "VICTIM_COUNT", "unknown_code"),
        ({"victim_count": "१७"}, "VICTIM_COUNT", "unknown_code"),
        ({"review_date": ""}, "REVIEW_DATE", "missing_value"),
        ({"review_date": "2027-02-30"}, "REVIEW_DATE", "bad_date"),
    ],
)
def test_one_cell_that_does_not_hold_refuses_the_row(read: Read, changes: dict[str, str], column: str, reason: str) -> None:
    assert read(**changes) == [Problem("redes.csv", 2, column, RowReason(reason), row_imported=False)]


def test_all_faults_of_a_row_are_told_at_once(read: Read) -> None:
    problems = read(structure="", tlp="invented", means="", first_activity="x")
    assert [problem.column for problem in problems if isinstance(problem, Problem)] == [
        *("STRUCTURE", "TLP", "MEANS", "FIRST_ACTIVITY")
    ]
