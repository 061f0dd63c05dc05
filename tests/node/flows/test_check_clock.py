"""The clock is relied on once peers confirm it: after a start, after a jump, and not while most of them say otherwise."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from node.federation import Federation
from node.flows.check_clock import CheckClock
from node.store.database import Database
from node.store.tables import HeardPeer
from tests.node.conftest import Clock

DAY = 86_400
Hear = Callable[[dict[str, int]], None]


@pytest.fixture
def steady(clock: Clock) -> Clock:
    """What passes evenly: moved by hand with the clock, except where the clock jumps."""
    return Clock(0)


@pytest.fixture
def check(database: Database, member: Federation, steady: Clock) -> CheckClock:
    return CheckClock(database, member, steady)


@pytest.fixture
def hear(database: Database) -> Hear:
    """Peers tell by how much their clocks are ahead of ours."""

    def heard(differences: dict[str, int]) -> None:
        with database.begin() as work:
            for peer, difference in differences.items():
                work.session.merge(HeardPeer(authority=peer, heard=work.now(), clock_difference=difference))

    return heard


def test_nothing_is_known_after_a_start_whatever_was_heard_before_it(
    database: Database, clock: Clock, check: CheckClock, hear: Hear
) -> None:
    hear({"PE": 0})
    clock.now += 1
    assert not check.is_right()
    hear({"PE": 0})
    assert check.is_right()


@pytest.mark.parametrize(
    ("differences", "right"),
    [
        ({"PE": 5, "BR": -5}, True),
        ({"PE": 5, "BR": -DAY}, True),  # one of two is no majority
        ({"PE": -DAY}, False),
        ({"PE": -DAY, "BR": -DAY}, False),
        ({"PE": -DAY, "BR": DAY, "CL": 0}, False),  # whoever is right, it is no half of them
        ({"PE": -DAY, "BR": 0, "CL": 0}, True),
    ],
)
def test_more_than_half_of_those_heard_make_a_clock_doubtful(
    check: CheckClock, hear: Hear, differences: dict[str, int], right: bool
) -> None:
    check.is_right()
    hear(differences)
    assert check.is_right() is right


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_jump_makes_what_was_heard_before_it_worthless(
    clock: Clock, steady: Clock, check: CheckClock, hear: Hear, caplog: pytest.LogCaptureFixture, jump: int
) -> None:
    check.is_right()
    hear({"PE": 0})
    clock.now, steady.now = clock.now + DAY, steady.now + DAY  # a day passes
    assert check.is_right()
    hear({"PE": 0})
    clock.now += jump
    assert not check.is_right()
    assert [each.__dict__["difference_seconds"] for each in caplog.records] == [jump]
    hear({"PE": -jump})
    assert not check.is_right()
    clock.now -= jump
    assert not check.is_right()
    hear({"PE": 0})
    assert check.is_right()


def test_the_log_says_once_by_how_much_the_clock_is_ahead(
    check: CheckClock, hear: Hear, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    check.is_right()
    hear({"PE": -DAY, "BR": -DAY})
    for _ in range(3):
        check.is_right()
    assert caplog.messages == ["clock not confirmed", "clock wrong"]
    assert caplog.records[-1].__dict__["difference_seconds"] == DAY


def test_who_has_no_peers_has_nobody_to_ask(database: Database, member: Federation, steady: Clock) -> None:
    directory = member.directory
    alone = Federation(member.me, lambda: 0)
    alone.adopt(replace(directory, members={member.me: directory.member(member.me)}))
    assert CheckClock(database, alone, steady).is_right()
