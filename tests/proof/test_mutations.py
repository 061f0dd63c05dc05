"""The search finds what each broken copy of the node lets out, and nothing in what the node itself lets out."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.proof.beginning import Template
from tests.proof.inprocess import CO
from tests.proof.mutations import MUTATIONS
from tests.proof.play import Play
from tests.proof.script import TWO, played
from tests.proof.search import Found


def found(folder: Path, template: Template, broken: AbstractContextManager[object]) -> list[Found]:
    """What the search finds in the script's day."""
    with broken:
        federation = template.begin(folder)
        try:
            play = Play(federation)
            played(play)
            return play.finds()
        finally:
            federation.close()


def test_the_node_itself_lets_nothing_out(tmp_path: Path, template: Template) -> None:
    assert found(tmp_path, template, nullcontext()) == []


@pytest.mark.parametrize(("broken", "form"), MUTATIONS.items(), ids=[each.__name__ for each in MUTATIONS])
def test_what_a_broken_copy_lets_out_is_found(
    tmp_path: Path, template: Template, broken: Callable[[], AbstractContextManager[object]], form: str
) -> None:
    finds = found(tmp_path, template, broken())
    assert form in {each.form for each in finds}, {each.form for each in finds}
    assert {each.node for each in finds} == {CO}
    assert {each.canary for each in finds} <= {f"{TWO.role}'s number", f"{TWO.role}'s name"}
