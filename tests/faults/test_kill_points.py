"""A node is killed at every named point, comes back, and nothing is lost, twice or half."""

import signal
from collections.abc import Callable, Collection

import pytest
from _pytest.mark import ParameterSet

from tests.faults import whole
from tests.faults.kills import KILLS, ON_BOTH_DATABASES, ONCE_A_POINT, Kill
from tests.faults.story import Life, NodeGone, let_leases_run_out, on_postgresql
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
            if on_postgresql(life.folder / CO) is not None:
                let_leases_run_out(life.folder / CO)
            life.start(CO)
        try:
            return kill.stage.deed(life) and died
        except NodeGone:
            return False

    life.until(lived_through)
    life.stop()
    whole.check(life)


def seldom(kill: Kill, often: Collection[Kill]) -> ParameterSet:
    """Each test of a kill takes seconds: those that are not among `often` run under `make prove`."""
    return pytest.param(kill, marks=() if kill in often else pytest.mark.deep, id=str(kill))


@pytest.mark.parametrize("kill", [seldom(kill, ONCE_A_POINT) for kill in KILLS])
def test_a_node_that_is_killed_comes_back_and_nothing_is_lost_or_twice(begin: Callable[[str], Life], kill: Kill) -> None:
    live_through(begin(kill.stage.chapter), kill)


@pytest.mark.parametrize("kill", [seldom(kill, ON_BOTH_DATABASES) for kill in KILLS])
def test_a_node_on_postgresql_that_is_killed_comes_back_and_nothing_is_lost_or_twice(
    begin_on_postgresql: Callable[[str], Life], kill: Kill
) -> None:
    live_through(begin_on_postgresql(kill.stage.chapter), kill)
