"""A node is killed at every named point, comes back, and nothing is lost, twice or half."""

import signal
from collections.abc import Callable

import pytest

from tests.faults import whole
from tests.faults.kills import KILLS, Kill
from tests.faults.story import Life, NodeGone
from tests.federation.running import CO, PE

pytestmark = pytest.mark.federation


def live_through(life: Life, kill: Kill) -> None:
    """The stage from its beginning to its end, with one death of Colombia's node on the way."""
    kill.stage.before(life)
    life.start(PE, wait=False)
    mortal = life.start(CO, die=kill.points, nth=kill.nth)
    died = False

    def lived_through(life: Life) -> bool:
        nonlocal died
        if not died and mortal.status is not None:
            assert mortal.status == -signal.SIGKILL, mortal.said()[-4000:]
            died = True
            life.start(CO)
        try:
            return kill.stage.deed(life) and died
        except NodeGone:
            return False

    life.until(lived_through)
    life.stop()
    whole.check(life)


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_a_node_that_is_killed_comes_back_and_nothing_is_lost_or_twice(begin: Callable[[str], Life], kill: Kill) -> None:
    live_through(begin(kill.stage.chapter), kill)
