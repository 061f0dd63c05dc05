"""No order of operations publishes anybody without a screening and a second person: and whoever looks for that would see it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.federation.cases import Suspect
from tests.proof.beginning import Template
from tests.proof.inprocess import CO
from tests.proof.mutations import one_officer_is_enough, screening_is_not_asked
from tests.proof.play import Play
from tests.proof.script import ONE, TWO


def unlawful(folder: Path, template: Template, broken: AbstractContextManager[object]) -> list[str]:
    """What is unlawful after a day on which one of two suspects is not screened yet."""
    with broken:
        federation = template.begin(folder)
        try:
            play = Play(federation)
            pending = Suspect([TWO.number], "S-2", screening="pending", name=TWO.name)
            play.import_case(CO, "NET-1", [Suspect([ONE.number], name=ONE.name), pending])
            play.publish(CO, "NET-1")
            federation.beat()
            return play.unlawful()
        finally:
            federation.close()


def test_what_the_node_publishes_is_screened_and_seen_by_two(tmp_path: Path, template: Template) -> None:
    assert unlawful(tmp_path, template, nullcontext()) == []


@pytest.mark.parametrize(
    ("broken", "seen"),
    [
        (screening_is_not_asked, "CO: listed without a screening"),
        (one_officer_is_enough, "CO: published by one person"),
    ],
)
def test_what_a_broken_copy_publishes_is_seen(
    tmp_path: Path, template: Template, broken: Callable[[], AbstractContextManager[object]], seen: str
) -> None:
    assert seen in unlawful(tmp_path, template, broken())
