"""What is left to the long run is named by modules and stories that there are."""

import ast
from pathlib import Path

import pytest

from tests.federation.stores import IN_THE_LONG_RUN, ON_BOTH, in_the_long_run

FEDERATION = Path(__file__).parents[1] / "federation"


def stories_of(module: str) -> list[str]:
    tree = ast.parse((FEDERATION / f"{module}.py").read_text("utf-8"))
    return [each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]


@pytest.mark.parametrize("module", sorted(IN_THE_LONG_RUN))
def test_every_module_that_is_named_has_stories(module: str) -> None:
    assert stories_of(module)
    assert module not in ON_BOTH


@pytest.mark.parametrize(("module", "begins"), [(module, each) for module, those in ON_BOTH.items() for each in those])
def test_every_story_that_is_named_is_one_and_runs_on_both(module: str, begins: str) -> None:
    (story,) = (each for each in stories_of(module) if each.startswith(begins))
    assert not in_the_long_run(module, story)
    assert any(in_the_long_run(module, other) for other in stories_of(module))
