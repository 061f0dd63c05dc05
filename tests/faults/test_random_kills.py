"""A node is killed at random points, and at random moments, of everything that goes on at once."""

import itertools
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults import whole
from tests.faults.kills import KILLS
from tests.faults.stages import ANSWER, ASK, PUBLISH, WITHDRAW, Stage
from tests.faults.story import NodeGone, Story
from tests.federation.running import CO, PE

pytestmark = pytest.mark.federation

POINTS = sorted({kill.points[-1] for kill in KILLS})
STAGES = {stage.deed.__name__: stage for stage in (PUBLISH, ASK, ANSWER, WITHDRAW)}
MANY = settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
FEW = settings(MANY, max_examples=3, derandomize=True)
"""The same deaths at every run, so that a change is judged by itself; what is new is looked for by the many."""
_folders = itertools.count()

stages = st.sampled_from(sorted(STAGES))
deaths = st.lists(st.one_of(st.tuples(st.sampled_from(POINTS), st.integers(1, 8)), st.floats(0.05, 3)), min_size=1, max_size=3)
"""One life after the other: it ends at the n-th time of a point, if it gets there, or after so many seconds."""


def live_through(story: Story, folder: Callable[[str], Path], stage: Stage, planned: list[tuple[str, int] | float]) -> None:
    """The stage to its end, with up to as many deaths as are planned. A life that its death never meets goes on to the end."""
    life, left = story.begin(stage.chapter, folder(str(next(_folders)))), list(planned)

    def begin_a_life() -> None:
        death = left.pop(0) if left else None
        if isinstance(death, tuple):
            life.start(CO, die=[death[0]], nth=death[1])
            return
        node = life.start(CO, wait=death is None)
        if death is not None:
            fate = threading.Timer(death, node.send, [signal.SIGKILL])
            fate.start()
            fate.join()

    def lived_through(_: object) -> bool:
        if life.running[CO].status is not None:
            assert life.running[CO].status == -signal.SIGKILL, life.running[CO].said()[-4000:]
            begin_a_life()
        try:
            return stage.deed(life)
        except NodeGone:
            return False

    try:
        life.start(PE, wait=False)
        begin_a_life()
        life.until(lived_through)
        # it may be dead already, with the deed done, or have a death before it that it would meet on the way to a good end
        if life.running[CO].status is None:
            life.running[CO].send(signal.SIGKILL)
            life.running[CO].wait()
        left.clear()
        life.until(lived_through)
        life.stop()
        whole.check(life)
    finally:
        life.kill()


@FEW
@given(stages, deaths)
def test_after_a_few_random_deaths_nothing_is_lost_or_twice(
    story: Story, tmp_path_factory: pytest.TempPathFactory, stage: str, planned: list[tuple[str, int] | float]
) -> None:
    live_through(story, tmp_path_factory.mktemp, STAGES[stage], planned)


@pytest.mark.deep
@MANY
@given(stages, deaths)
def test_after_many_random_deaths_nothing_is_lost_or_twice(
    story: Story, tmp_path_factory: pytest.TempPathFactory, stage: str, planned: list[tuple[str, int] | float]
) -> None:
    live_through(story, tmp_path_factory.mktemp, STAGES[stage], planned)
