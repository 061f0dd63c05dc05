"""Volume and rhythm of a peer's questions: a sweep is noticed on its fifth day, a case is not."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from statistics import fmean, pstdev

import pytest
from sqlmodel import select

from node.safeguards import budgets
from node.safeguards.sweeps_of_peers import EVEN_QUESTIONS, look_at
from node.store.database import Database
from node.store.tables import Alert, Exchange
from protocol.authority import Authority
from tests.node.conftest import Clock
from tests.protocol.federation import BR, CO, DAY, EPOCH, NOW, PE, list_entry, octets

DAILY = 1024
OFFICER = octets("pseudonym of an officer")[:16]
ENTRY = list_entry(CO).model_copy(update={"daily_per_asker": DAILY, "daily_per_officer": DAILY, "epoch_cap": 1 << 30})
OF_NAMES = ENTRY.model_copy(update={"list": "a" * 32})
LISTS = (ENTRY, OF_NAMES)
MIDNIGHT = NOW - NOW % DAY


def ask(database: Database, clock: Clock, at: int, elements: int = 16, peer: Authority = PE, *, of: int = 0) -> None:
    """A question of a peer, admitted and charged."""
    clock.now = at
    with database.begin() as work:
        budgets.charge_asker(work, peer, OFFICER, LISTS[of], EPOCH, elements)
        look_at(work, peer, LISTS, LISTS[of], elements)
        x = work.new_id()
        work.session.add(
            Exchange(x=x, peer=peer, direction="in", type="match_request", digest="d" * 64, request_sealed=None, at=at)
        )


def alerts(database: Database) -> list[tuple[str, str | None, int]]:
    with database.read() as work:
        return [(row.kind, row.peer, row.count) for row in work.session.exec(select(Alert)).all()]


def spend(database: Database, clock: Clock, days: Sequence[int], share: float, peer: Authority = PE) -> None:
    """That share of a day's budget in questions of 64, in the morning, unevenly."""
    for day in days:
        moments = sorted(Random(day).sample(range(DAY // 2), int(share * DAILY) // 64))  # noqa: S311  moments
        for at in moments:
            ask(database, clock, MIDNIGHT + day * DAY + at, 64, peer)


def test_half_of_the_budget_on_five_days_is_a_sweep_and_on_four_it_is_a_large_case(database: Database, clock: Clock) -> None:
    spend(database, clock, range(4), 1)
    assert alerts(database) == []
    spend(database, clock, [4], 0.45)
    assert alerts(database) == []
    ask(database, clock, MIDNIGHT + 4 * DAY + DAY // 2, 64)
    assert alerts(database) == [("sweep_by_peer", PE, 1)]


def test_a_day_is_counted_once_and_the_next_one_again(database: Database, clock: Clock) -> None:
    spend(database, clock, range(6), 1)
    assert alerts(database) == [("sweep_by_peer", PE, 2)]


def test_heavy_days_need_not_follow_each_other_and_are_forgotten_after_a_week(database: Database, clock: Clock) -> None:
    spend(database, clock, (0, 1, 3, 5, 7, 8), 0.5)
    assert alerts(database) == []
    spend(database, clock, (9,), 0.5)
    assert alerts(database) == [("sweep_by_peer", PE, 1)]


def test_less_than_half_is_no_sweep_however_long(database: Database, clock: Clock) -> None:
    spend(database, clock, range(10), 0.45)
    assert alerts(database) == []


def test_a_sweep_over_two_lists_is_one(database: Database, clock: Clock) -> None:
    for day in range(5):
        ask(database, clock, MIDNIGHT + day * DAY, DAILY // 2, of=day % 2)
    assert alerts(database) == [("sweep_by_peer", PE, 1)]


def test_each_peer_is_looked_at_by_itself(database: Database, clock: Clock) -> None:
    for day in range(5):
        spend(database, clock, [day], 0.5, PE if day % 2 else BR)
    assert alerts(database) == []


@pytest.mark.parametrize(("wobble", "noticed"), [(0, True), (600, True), (6000, False)])
def test_questions_like_clockwork_on_three_days_are_a_sweep_seen_on_the_fourth(
    database: Database, clock: Clock, wobble: int, noticed: bool
) -> None:
    chance = Random(7)  # noqa: S311  moments
    for day in range(3):
        for number in range(EVEN_QUESTIONS):
            ask(database, clock, MIDNIGHT + day * DAY + number * 6000 + chance.randint(0, wobble), 16)
    assert alerts(database) == []
    ask(database, clock, MIDNIGHT + 3 * DAY, 16)
    assert bool(alerts(database)) is noticed
    ask(database, clock, MIDNIGHT + 3 * DAY + 1, 16)
    assert [count for _, _, count in alerts(database)] == [1] * noticed


@pytest.mark.parametrize("seconds", [0, 1, 40])
def test_a_rhythm_shows_when_every_question_goes_to_two_lists(database: Database, clock: Clock, seconds: int) -> None:
    for day in range(3):
        for number in range(EVEN_QUESTIONS):
            for of in range(2):
                ask(database, clock, MIDNIGHT + day * DAY + number * 6000 + of * seconds, 16, of=of)
    ask(database, clock, MIDNIGHT + 3 * DAY, 16)
    assert alerts(database) == [("sweep_by_peer", PE, 1)]


def test_batches_of_one_question_are_no_rhythm(database: Database, clock: Clock) -> None:
    for day in range(3):
        for number in range(2 * EVEN_QUESTIONS):
            ask(database, clock, MIDNIGHT + day * DAY + 5 * number, 16)
    ask(database, clock, MIDNIGHT + 3 * DAY, 16)
    assert alerts(database) == []


@pytest.mark.parametrize(
    ("days", "questions", "elements"),
    [((0, 1, 3), EVEN_QUESTIONS, 16), ((0, 1, 2), EVEN_QUESTIONS - 1, 16), ((0, 1, 2), EVEN_QUESTIONS, 8)],
    ids=["a day between", "too few", "too small"],
)
def test_a_rhythm_needs_days_in_a_row_enough_questions_and_an_eighth_of_the_budget(
    database: Database, clock: Clock, days: Sequence[int], questions: int, elements: int
) -> None:
    for day in days:
        for number in range(questions):
            ask(database, clock, MIDNIGHT + day * DAY + number * 6000, elements)
    ask(database, clock, MIDNIGHT + (max(days) + 1) * DAY, elements)
    assert alerts(database) == []


def test_of_days_by_chance_hardly_one_looks_even() -> None:
    """The figure of the module, by 100,000 days: what the page calls one in 50,000."""
    chance, even = Random(2026), 0  # noqa: S311  moments
    for _ in range(100_000):
        times = sorted(chance.random() for _ in range(EVEN_QUESTIONS))
        gaps = [after - before for before, after in pairwise(times)]
        even += pstdev(gaps) < 0.25 * fmean(gaps)
    assert even <= 6
