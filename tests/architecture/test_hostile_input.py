"""The table of hostile input names tests that exist, and has a row for everything that was promised."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "spec" / "hostile-input.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", PAGE)))
PROMISED = (
    """
malformed, oversized, truncated, deeply nested, unknown field, wrong type, duplicate key, replayed, late,
early, wrong addressee, wrong signer, sender not in the directory, denied sender, certificate not of the
sender, non-canonical, identity element, batch over the limit, wrong digest, order, length, label, forked
manifests, stale manifest, rollback, freeze, mix and match, rogue delegation, hangs, drips, garbage, another
TLS key, closes in the middle, redirects, compressed bomb, expired or rotated certificate on a live connection
""".replace("\n", " ")
    .strip()
    .split(", ")
)


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_that_the_page_names_exists(path: str, name: str) -> None:
    assert name in functions_in(path)


def test_the_page_names_tests_and_a_name_that_is_none_would_be_seen() -> None:
    assert len(NAMED) > 30
    assert "test_that_nobody_wrote" not in functions_in(NAMED[0][0])


@pytest.mark.parametrize("item", PROMISED)
def test_the_page_has_a_row_for_everything_that_was_promised(item: str) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert any(item in row.split("|")[1] for row in rows)
