"""Another key for the protected register, killed at each point: the node does not serve half of it, and goes on where it died."""

import signal
from collections.abc import Callable

import pytest

from node.app import Node
from node.safeguards import protected
from tests.faults.commands import REGISTER_KILLS
from tests.faults.story import Life
from tests.federation.running import CO
from tests.node.conftest import phone
from tests.node.people import LUCIA

pytestmark = pytest.mark.federation
NUMBERS = [phone(f"+5730155560{number:02}").oprf_input() for number in range(3)]


def enter(life: Life) -> None:
    node = Node(life.folder / CO)
    with node.database.begin() as work:
        those = [protected.guarded(node.keys, [each], [LUCIA.inputs], reference=str(at)) for at, each in enumerate(NUMBERS)]
        protected.protect(work, node.keys, *those)
    node.close()


def found(life: Life) -> int:
    node = Node(life.folder / CO)
    with node.database.read() as work:
        protected.need_usable(work, node.keys)
        count = sum(protected.is_protected(work, node.keys, number) for number in NUMBERS)
        assert protected.ProtectedPeople(work, node.keys).standing(LUCIA.person) is protected.Standing.PROTECTED
    node.close()
    return count


@pytest.mark.parametrize(
    ("point", "nth"),
    [*((point, 1) for point in REGISTER_KILLS), ("celosia.rotate_register.portion", 3), ("celosia.vault.moved", 1)],
)
def test_a_rotation_that_was_killed_goes_on_and_the_node_serves_only_after_it(
    begin: Callable[[str], Life], point: str, nth: int
) -> None:
    life = begin("published")
    enter(life)
    assert life.run("protected", "rotate", die=[point], nth=nth).wait() == -signal.SIGKILL
    refused = life.run("serve")
    assert refused.wait() == 1
    assert "register_unusable" in refused.log.read_text()
    assert life.run("protected", "rotate").wait() == 0
    assert found(life) == len(NUMBERS)
    life.start(CO)
    assert life.run("protected", "rotate").wait() == 1  # not while the node serves
    life.stop()
