"""Recognition measured on the lines of `tests/vectors/recognition.json`; docs/spec/recognition.md holds the table."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from protocol.identifiers import Kind
from protocol.names import NAME_KIND
from protocol.recognition import Found, read_line

ROOT = Path(__file__).parents[3]
ROWS: list[dict[str, Any]] = json.loads((ROOT / "tests" / "vectors" / "recognition.json").read_text("utf-8"))["rows"]
PAGE = ROOT / "docs" / "spec" / "recognition.md"


@dataclass(frozen=True)
class Measures:
    """Shares over the values of a set of lines."""

    values: int
    found: float
    """The value is found in its place, and the right kind and form are among its candidates."""
    first: float
    """… and they come first."""
    certain: float
    """It is certain."""
    certain_right: float
    """Of everything that was called certain, also where nothing is."""
    beside: float
    """Values found where there is none, for each line."""


def of(found: Found) -> list[tuple[str, str | None]]:
    return [(str(candidate.kind), candidate.canonical) for candidate in found.candidates]


def places(found: Found) -> tuple[tuple[int, ...], ...]:
    return tuple((span.start, span.end) for span in (found.span, *found.further))


def measured(name: str) -> Measures:
    counted: Counter[str] = Counter()
    for row in (row for row in ROWS if row["set"] == name):
        found = {places(each): each for each in read_line(row["line"], row["country"]).found}
        counted["lines"] += 1
        for value in row["expected"]:
            stands = ((value["start"], value["end"]), *map(tuple, value.get("further", ())))
            right, at = (value["kind"], value["canonical"]), found.pop(stands, None)
            counted["values"] += 1
            if at is not None:
                counted["found"] += right in of(at)
                counted["first"] += of(at)[0] == right
                counted["certain"] += at.settled
                counted["right"] += at.settled and of(at)[0] == right and value.get("certain", True)
        counted["beside"] += len(found)
        counted["certain beside"] += sum(each.settled for each in found.values())
    total = counted["values"]
    return Measures(
        values=total,
        found=counted["found"] / total,
        first=counted["first"] / total,
        certain=counted["certain"] / total,
        certain_right=counted["right"] / (counted["certain"] + counted["certain beside"]),
        beside=counted["beside"] / counted["lines"],
    )


@pytest.mark.parametrize("name", ["tuning", "score"])
def test_what_is_certain_is_right_and_nothing_is_lost(name: str) -> None:
    result = measured(name)
    assert result.certain_right >= 0.99
    assert result.found >= 0.99
    assert result.first >= 0.96
    assert result.certain >= 0.75
    assert result.beside <= 0.05


@pytest.mark.parametrize("name", ["people_tuning", "people_score", "reports_tuning", "reports_score"])
def test_a_line_without_a_person_has_none_and_who_is_certain_is_right(name: str) -> None:
    result = measured(name)
    assert result.certain_right == 1
    assert result.found >= 0.99
    assert result.first >= 0.9
    assert result.beside == 0


@pytest.mark.parametrize("name", ["tuning", "score"])
def test_no_line_of_other_values_holds_a_person(name: str) -> None:
    for row in (row for row in ROWS if row["set"] == name):
        assert NAME_KIND not in {kind for found in read_line(row["line"], row["country"]).found for kind, _ in of(found)}


@pytest.mark.parametrize("name", ["people_tuning", "people_score", "reports_tuning", "reports_score"])
def test_what_is_a_victims_bears_its_mark_and_nothing_else_does(name: str) -> None:
    for row in (row for row in ROWS if row["set"] == name):
        read = read_line(row["line"], row["country"])
        marked = {places(each)[0]: each.protected_as for each in read.found if each.protected_as}
        assert marked == {
            (value["start"], value["end"]): value["protected_as"] for value in row["expected"] if "protected_as" in value
        }
        assert not any(each.settled for each in read.found if each.protected_as)


@pytest.mark.parametrize("name", ["tuning", "score", "people_tuning", "people_score", "reports_tuning", "reports_score"])
def test_the_documents_table_holds_these_figures_within_a_point(name: str) -> None:
    """Within a point: a rule of a single kind that changes moves a value or two, and the page is about the whole."""
    result = measured(name)
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| `{name}` |"))
    shown = [float(share) / 100 for share in re.findall(r"([\d.]+) %", row)]
    assert shown == pytest.approx([result.found, result.first, result.certain, result.certain_right], abs=0.01)
    assert f"| {result.values} |" in row


def test_there_are_lines_enough_of_every_kind_and_language() -> None:
    assert len(ROWS) >= 300
    assert {row["language"] for row in ROWS} == {"es", "en", "pt", "fr"}
    assert {value["kind"] for row in ROWS for value in row["expected"]} == {*Kind, NAME_KIND}
    assert sum(not row["expected"] for row in ROWS) >= 60
    people = [row for row in ROWS if row["set"] == "people_score"]
    assert len(people) >= 40
    assert sum(not row["expected"] for row in people) >= 20
    reports = [row for row in ROWS if row["set"] == "reports_score"]
    protected = [row for row in reports if any("protected_as" in value for value in row["expected"])]
    for rows in (people, reports, protected):
        assert {row["language"] for row in rows if row["expected"]} == {"es", "en", "pt", "fr"}


def test_values_stand_where_the_file_says() -> None:
    for row in ROWS:
        for value in row["expected"]:
            assert 0 <= value["start"] < value["end"] <= len(row["line"])
