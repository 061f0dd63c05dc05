"""The lock: several holds in a short time lock the officer and alert; how many, chance decides. All are invented."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from node.safeguards import reviews
from node.safeguards.errors import OfficerLocked
from node.safeguards.holds import (
    LOCK_WINDOW,
    WEAK_SHARE,
    Holding,
    Line,
    fewest_holds_to_lock,
    is_locked,
)
from node.safeguards.reviews import BESIDE, Review
from node.store.database import Database, Work
from node.store.tables import Alert, Intake, LineLook, OfficerLock
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.safeguards.lines import (
    QUESTION,
    RATE,
    Draw,
    ask,
    hold_one,
    innocent,
    line,
    number,
    people,
)


def test_four_holds_in_a_day_of_few_lines_lock_the_officer_and_nobody_else(
    work: Work, clock: Clock, holding: Holding, drawn: Draw
) -> None:
    drawn({number(at): Review.BY_ONE for at in range(9)})
    for at in range(3):
        hold_one(work, holding, number(at), f"{at:032x}")
    holding.refuse_locked(work, ALICE)
    hold_one(work, holding, number(3), "d" * 32)
    with pytest.raises(OfficerLocked) as locked:
        holding.refuse_locked(work, ALICE)
    assert locked.value.facts == {}
    holding.refuse_locked(work, BEATRIZ)
    assert len(work.session.exec(select(Intake).where(Intake.kind == Act.OFFICER_LOCKED)).all()) == 1
    (alert,) = work.session.exec(select(Alert)).all()
    assert (alert.kind, alert.officer_id) == ("officer_locked", ALICE)


def test_the_same_line_held_again_and_again_counts_once(work: Work, holding: Holding, drawn: Draw) -> None:
    drawn({number(1): Review.BY_ONE})
    for at in range(6):
        hold_one(work, holding, number(1), f"{at:032x}")
    assert not is_locked(work, ALICE)


def test_holds_of_the_day_before_are_forgotten(work: Work, clock: Clock, holding: Holding, drawn: Draw) -> None:
    drawn({number(at): Review.BY_ONE for at in range(9)})
    for at in range(3):
        hold_one(work, holding, number(at), f"{at:032x}")
    clock.now += LOCK_WINDOW + 1
    hold_one(work, holding, number(3), "d" * 32)
    assert not is_locked(work, ALICE)


def test_after_unlocking_the_count_begins_anew(work: Work, clock: Clock, holding: Holding, drawn: Draw) -> None:
    drawn({number(at): Review.BY_ONE for at in range(9)})
    for at in range(4):
        hold_one(work, holding, number(at), f"{at:032x}")
    lock = work.session.get_one(OfficerLock, ALICE)
    clock.now += 1
    lock.unlocked = work.now()
    work.session.add(lock)
    work.session.flush()
    assert not is_locked(work, ALICE)
    hold_one(work, holding, number(5), "d" * 32)
    assert not is_locked(work, ALICE)


def test_a_late_hold_right_after_an_unlock_is_a_hold_like_any_other(
    work: Work, clock: Clock, holding: Holding, drawn: Draw
) -> None:
    drawn({number(at): Review.BY_ONE for at in range(9)})
    for at in range(4):
        hold_one(work, holding, number(at), f"{at:032x}")
    ask(work, lines=2)
    clock.now += 60
    lock = work.session.get_one(OfficerLock, ALICE)
    lock.unlocked = work.now()
    work.session.add(lock)
    work.session.flush()
    clock.now += 60
    assert holding.hold(work, ALICE, QUESTION, [line(1, number(5)), line(2, number(20))]) == {1}
    assert not is_locked(work, ALICE)


def test_a_large_case_file_meets_reviews_and_does_not_lock(work: Work, holding: Holding, drawn: Draw) -> None:
    drawn({number(at): Review.BY_ONE for at in range(1, 12)})
    ask(work, lines=2000)
    assert len(holding.hold(work, ALICE, QUESTION, [line(at, number(at)) for at in range(1, 2001)])) == 11
    assert not is_locked(work, ALICE)


def test_of_people_more_holds_are_expected_and_of_numbers_beside_them_no_more(
    work: Work, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {each.inputs for each in people(7)} | {line(at, number(at)).inputs for at in range(1, 8)}
    monkeypatch.setattr(reviews, "draw", lambda _, inputs, *__: Review.BY_ONE if inputs in chosen else None)
    ask(work, "e" * 32, officer=BEATRIZ)
    assert len(holding.hold(work, BEATRIZ, "e" * 32, people(400))) == 7
    assert not is_locked(work, BEATRIZ)
    ask(work)
    mixed = [Line(400 + each.line, each.inputs, None) for each in (line(at, number(at)) for at in range(1, 8))]
    assert len(holding.hold(work, ALICE, QUESTION, [*people(400)[7:], *mixed])) == 7
    assert is_locked(work, ALICE)


def test_asking_the_same_innocent_lines_again_and_again_hides_no_holds(work: Work, holding: Holding, drawn: Draw) -> None:
    drawn({number(at): Review.BY_ONE for at in range(1, 14)})
    for at in range(10):
        ask(work, f"{at:032x}")
        holding.hold(work, ALICE, f"{at:032x}", innocent(200))
    assert not is_locked(work, ALICE)
    ask(work)
    holding.hold(work, ALICE, QUESTION, [line(at, number(at)) for at in range(1, 14)])
    assert is_locked(work, ALICE)


def test_however_many_innocent_lines_there_are_so_many_holds_lock(work: Work, holding: Holding, drawn: Draw) -> None:
    drawn({number(at): Review.BY_ONE for at in range(1, 33)})
    ask(work)
    holding.hold(work, ALICE, QUESTION, [*people(3000), *innocent(6000)])
    holding.hold(work, ALICE, QUESTION, [line(at, number(at)) for at in range(1, 32)])
    assert not is_locked(work, ALICE)
    holding.hold(work, ALICE, QUESTION, [line(32, number(32))])
    assert is_locked(work, ALICE)


def test_what_was_looked_at_is_forgotten_after_a_day_and_names_nothing(
    database: Database, clock: Clock, holding: Holding, raw_bytes: Callable[[], bytes]
) -> None:
    with database.begin() as work:
        ask(work)
        holding.hold(work, ALICE, QUESTION, innocent(3))
        assert len(work.session.exec(select(LineLook)).all()) == 3
    assert number(50_001).encode() not in raw_bytes()
    clock.now += LOCK_WINDOW + 1
    with database.begin() as work:
        holding.hold(work, BEATRIZ, QUESTION, innocent(1))
        assert [each.officer_id for each in work.session.exec(select(LineLook)).all()] == [BEATRIZ]


@given(st.floats(1e-6, 500))
def test_the_lock_is_the_least_number_that_chance_brings_on_fewer_than_one_day_in_a_thousand(expected: float) -> None:
    def poisson(n: int, mean: float) -> float:
        return math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) if mean else float(n == 0)

    def chance_of(least: int) -> float:
        """The probability of that many holds or more: of so many by themselves, and of all that those bring."""
        fewer = (
            poisson(roots, expected) * poisson(more, roots * 1.5 * BESIDE)
            for roots in range(least)
            for more in range(least - roots)
        )
        return 1 - math.fsum(fewer)

    least = fewest_holds_to_lock(expected)
    assert 4 <= least <= 32
    assert least == 32 or chance_of(least) < 1.001e-3
    assert least == 4 or chance_of(least - 1) > 0.999e-3


def test_the_thresholds_that_the_documents_name() -> None:
    assert [fewest_holds_to_lock(RATE * lines) for lines in (0, 4, 40, 200, 1000, 2000)] == [4, 4, 7, 12, 27, 32]
    assert [fewest_holds_to_lock((2 * RATE + WEAK_SHARE) * people) for people in (4, 40, 200, 400)] == [6, 13, 30, 32]
    assert fewest_holds_to_lock(1e6) == 32
