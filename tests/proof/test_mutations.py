"""The search finds what each broken copy of the node lets out, and nothing in what the node itself lets out."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.proof.beginning import Template
from tests.proof.inprocess import CO
from tests.proof.mutations import IN_THE_LONG_FORM, MUTATIONS, OF_ANSWERS
from tests.proof.play import Play
from tests.proof.script import TWO, asked_back, played
from tests.proof.search import Found


def found(folder: Path, template: Template, broken: AbstractContextManager[object], *, asked: bool = False) -> list[Found]:
    """What the search finds in the script's day, with the peer's question if it is `asked`."""
    with broken:
        federation = template.begin(folder)
        try:
            play = Play(federation)
            played(play)
            if asked:
                asked_back(play)
            federation.end()
            return play.finds()
        finally:
            federation.close()


def test_the_node_itself_lets_nothing_out(tmp_path: Path, template: Template) -> None:
    assert found(tmp_path, template, nullcontext(), asked=True) == []


@pytest.mark.parametrize(
    ("broken", "form"),
    [
        pytest.param(each, form, id=each.__name__, marks=[pytest.mark.deep] if each in IN_THE_LONG_FORM else [])
        for each, form in MUTATIONS.items()
    ],
)
def test_what_a_broken_copy_lets_out_is_found(
    tmp_path: Path, template: Template, broken: Callable[[], AbstractContextManager[object]], form: str
) -> None:
    finds = found(tmp_path, template, broken(), asked=broken in OF_ANSWERS)
    assert form in {each.form for each in finds}, {each.form for each in finds}
    assert {each.node for each in finds} == {CO}
    assert {each.canary for each in finds} <= {each.name for each in TWO.canaries()}
