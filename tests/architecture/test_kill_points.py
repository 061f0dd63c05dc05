"""Every named point of the code has a row in docs/spec/kill-points.md and a test that kills a node there, and none has more."""

import re
from pathlib import Path

from tests.faults.commands import COMMAND_KILLS
from tests.faults.kills import KILLS

ROOT = Path(__file__).parents[2]
_POINT = re.compile(r'sys\.audit\("(celosia\.[a-z_]+\.[a-z_]+)"\)')
_ROW = re.compile(r"^\| `(celosia\.[a-z_.]+)` \|", re.MULTILINE)


def points_of(source: str) -> list[str]:
    return _POINT.findall(source)


def points_of_the_code() -> list[str]:
    return [point for path in sorted((ROOT / "node").rglob("*.py")) for point in points_of(path.read_text("utf-8"))]


def test_every_point_has_a_row_that_says_what_is_true_there() -> None:
    rows = _ROW.findall((ROOT / "docs/spec/kill-points.md").read_text("utf-8"))
    assert len(rows) == len(set(rows))
    assert set(rows) == set(points_of_the_code())


def test_a_node_is_killed_at_every_point() -> None:
    killed = {point for kill in KILLS for point in kill.points} | COMMAND_KILLS
    assert killed == set(points_of_the_code())


def test_a_point_stands_in_one_place_only_and_every_audit_event_is_a_point() -> None:
    points = points_of_the_code()
    assert sorted(points) == sorted(set(points))
    calls = sum(path.read_text("utf-8").count("sys.audit(") for path in (ROOT / "node").rglob("*.py"))
    assert calls == len(points)
