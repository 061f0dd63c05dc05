"""What the search computes from a canary keeps pace with what the node computes."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.proof.needles import PURPOSES

NODE = Path(__file__).parents[2] / "node"


def purposes() -> Iterator[str]:
    """The first word of every call of `Keys.digest` in the source."""
    for path in NODE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "digest" and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
                elif "keys" in ast.unparse(call.func.value):
                    yield f"{path.stem}: {ast.unparse(first)}"


def test_every_purpose_for_which_a_node_digests_something_is_among_those_that_are_looked_for() -> None:
    assert set(purposes()) == PURPOSES
