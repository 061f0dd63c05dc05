"""Holds: what must not be asked is held, whatever the cause, and what is kept of it tells only who may know. All are invented."""

import math
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from sqlmodel import select

from crypto.errors import SealBroken
from node.keys import Keys
from node.safeguards import holds, reviews
from node.safeguards.holds import (
    LOCK_WINDOW,
    Cause,
    Decision,
    Facts,
    Holding,
    held_lines,
    open_facts,
    seal_facts,
)
from node.safeguards.passes import passes_of
from node.safeguards.reviews import Review
from node.store.database import Database, Work
from node.store.tables import Hold, HoldPass, Intake
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.on_record import payload_of
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named
from tests.node.safeguards.lines import (
    ON_SQLITE,
    QUESTION,
    RATE,
    Draw,
    ask,
    line,
    number,
    protect,
    someone,
)


def test_what_is_protected_or_drawn_is_held_and_the_rest_is_not(work: Work, keys: Keys, holding: Holding, drawn: Draw) -> None:
    drawn({number(3): Review.BY_ONE, number(4): Review.BY_TWO})
    protect(work, keys, number(1))
    causes = holding.causes(work, [line(at, number(at)) for at in range(1, 7)])
    assert causes == {1: Cause.PROTECTED, 3: Cause.REVIEW, 4: Cause.REVIEW_BY_TWO}


def test_of_people_the_protected_one_is_held_in_any_writing_and_the_namesake_is_not(
    work: Work, keys: Keys, holding: Holding
) -> None:
    protect(work, keys, people=(LUCIA,))
    held = holding.causes(work, [someone(1, LUCIA), someone(2, LUCIA_ELSEWHERE), someone(3, NAMESAKE)])
    assert held.keys() == {1, 2}
    assert set(held.values()) <= {Cause.PROTECTED, Cause.WEAK}


def test_a_pass_lets_a_review_through_and_never_the_protected(work: Work, keys: Keys, holding: Holding, drawn: Draw) -> None:
    drawn({number(2): Review.BY_ONE, number(3): Review.BY_ONE})
    protect(work, keys, number(1))
    lines = [line(at, number(at)) for at in (1, 2, 3)]
    until = {1: work.now() + 60, 2: work.now() + 60, 3: work.now()}
    for each in lines:
        work.session.add(HoldPass(mark=each.mark(keys), until=until[each.line]))
    work.session.flush()
    assert holding.causes(work, lines) == {1: Cause.PROTECTED, 3: Cause.REVIEW}


def test_a_pass_lets_out_whom_the_register_had_as_the_line_was_held_and_nobody_entered_later(
    work: Work, keys: Keys, clock: Clock, holding: Holding
) -> None:
    asked = someone(1, Named("L.", "Quispe Ñahuí", "1990-05-12"))
    protect(work, keys, people=(LUCIA,))
    assert holding.causes(work, [asked]) == {1: Cause.WEAK}
    work.session.add(HoldPass(mark=asked.mark(keys), until=work.now() + 60, looked_at=work.now()))
    work.session.flush()
    assert holding.causes(work, [asked]) == {}
    clock.now += 100 * 86400  # what was found to be somebody else is not somebody else for a month only
    assert holding.causes(work, [asked]) == {}
    protect(work, keys, people=(LUCIA,))
    assert holding.causes(work, [asked]) == {}
    protect(work, keys, people=(Named("Luz", "Quispe Ñahuí", "1990-05-12"),))
    assert holding.causes(work, [asked]) == {1: Cause.WEAK}


def test_what_is_held_is_on_record_without_the_cause_and_stays_held(
    work: Work, keys: Keys, holding: Holding, drawn: Draw
) -> None:
    drawn({number(2): Review.BY_ONE})
    protect(work, keys, number(1))
    ask(work)
    assert holding.hold(work, ALICE, QUESTION, [line(at, number(at)) for at in (1, 2, 3)]) == {1, 2}
    assert held_lines(work, QUESTION) == {1, 2}
    (act,) = work.session.exec(select(Intake).where(Intake.kind == Act.QUESTION_HELD)).all()
    told = payload_of(work, act)
    assert act.officer_id == ALICE
    assert b'"lines":[1,2]' in told
    assert not any(cause.value.encode() in told for cause in Cause)


def test_some_reviews_are_held_only_when_the_question_goes_out_so_that_a_late_hold_says_as_little_as_an_early_one(
    work: Work, keys: Keys, drawing: None
) -> None:
    ask(work, lines=600)
    lines = [line(at, number(at)) for at in range(1, 601)]
    holding = Holding(keys, 0.25)
    early = holding.hold(work, ALICE, QUESTION, lines, at_once=True)
    late = holding.hold(work, ALICE, QUESTION, [each for each in lines if each.line not in early])
    # of 150 reviews three quarters, and a quarter; five standard deviations
    assert 65 <= len(early) <= 160
    assert 8 <= len(late) <= 68
    assert held_lines(work, QUESTION) == early | late


def test_of_a_question_without_anything_to_hold_nothing_is_on_record(work: Work, holding: Holding) -> None:
    ask(work)
    assert holding.hold(work, ALICE, QUESTION, [line(1, number(1))]) == set()
    assert work.session.exec(select(Intake).where(Intake.kind == Act.QUESTION_HELD)).all() == []


def test_all_causes_and_decisions_are_kept_in_one_length_and_open_for_nobody_without_the_key(
    database: Database, keys: Keys, holding: Holding, drawn: Draw, raw_bytes: Callable[[], bytes]
) -> None:
    drawn({number(2): Review.BY_ONE, number(3): Review.BY_TWO})
    with database.begin() as work:
        protect(work, keys, number(1))
        ask(work)
        holding.hold(work, ALICE, QUESTION, [line(at, number(at)) for at in (1, 2, 3)])
        first = work.session.exec(select(Hold)).first()
        assert first is not None
        note = "Apuntes inventados " * 10
        seal_facts(work, first, Facts(open_facts(work, first).cause, (Decision(BEATRIZ, "keep", 1, note),) * 2))
    with database.read() as work:
        held = work.session.exec(select(Hold)).all()
        assert len({len(each.facts_sealed) for each in held}) == 1
        assert {open_facts(work, each).cause for each in held} == {Cause.PROTECTED, Cause.REVIEW, Cause.REVIEW_BY_TWO}
    on_disk = raw_bytes()
    assert b"Apuntes" not in on_disk
    assert b"review_by_two" not in on_disk


def test_the_facts_of_one_hold_do_not_open_as_another_s(work: Work, holding: Holding, drawn: Draw) -> None:
    drawn({number(1): Review.BY_ONE, number(2): Review.BY_TWO})
    ask(work)
    holding.hold(work, ALICE, QUESTION, [line(1, number(1)), line(2, number(2))])
    first, second = work.session.exec(select(Hold)).all()
    first.facts_sealed = second.facts_sealed
    with pytest.raises(SealBroken):
        open_facts(work, first)


# Several lines about one person


def days_of_three_lines(work: Work, clock: Clock, holding: Holding, first: int, *, apart: bool = False) -> list[frozenset[int]]:
    """What is held of three numbers, on each of many days: as one question, or as three."""
    seen = []
    for day in range(DAYS):
        clock.now += LOCK_WINDOW + 1
        lines = [line(at, number(first + 10 * day + at)) for at in (1, 2, 3)]
        held: set[int] = set()
        for at, those in enumerate([[each] for each in lines] if apart else [lines]):
            question_id = f"{first + day:030x}{at:02x}"
            ask(work, question_id, lines=len(those))
            held |= holding.hold(work, ALICE, question_id, those)
        seen.append(frozenset(held))
    return seen


DAYS = 50


@ON_SQLITE
@pytest.mark.parametrize("apart", [False, True])
def test_beside_one_line_others_of_the_day_are_held_whether_it_is_protected_or_drawn(
    work: Work, clock: Clock, keys: Keys, drawn: Draw, together: None, *, apart: bool
) -> None:
    holding = Holding(keys, RATE)
    drawn({number(10 * day + 1): Review.BY_ONE for day in range(DAYS)})
    protect(work, keys, *(number(50_000 + 10 * day + 1) for day in range(DAYS)))
    reviewed = days_of_three_lines(work, clock, holding, 0, apart=apart)
    protected_ = days_of_three_lines(work, clock, holding, 50_000, apart=apart)
    assert all(1 in held for held in (*reviewed, *protected_))
    # each of the two others with a quarter, or apart with a quarter and an eighth; five standard deviations
    mean = DAYS * (3 / 8 if apart else 1 / 2)
    for seen in (reviewed, protected_):
        assert abs(sum(len(held) - 1 for held in seen) - mean) < 5 * math.sqrt(mean)


def test_what_is_held_beside_another_stays_so_for_whoever_asks_until_it_is_released(
    work: Work, clock: Clock, keys: Keys, holding: Holding, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn({number(1): Review.BY_TWO})
    monkeypatch.setattr(reviews, "beside", lambda *_: Review.BY_TWO)
    ask(work, lines=2)
    assert holding.hold(work, ALICE, QUESTION, [line(1, number(1)), line(2, number(2))]) == {1, 2}
    first = work.session.exec(select(Hold).where(Hold.line == 2)).one()
    assert open_facts(work, first) == Facts(Cause.REVIEW_BY_TWO, beside=True)
    monkeypatch.setattr(reviews, "beside", lambda *_: None)
    clock.now += 100 * 86400
    ask(work, "d" * 32, officer=BEATRIZ, lines=2)
    assert holding.hold(work, BEATRIZ, "d" * 32, [line(1, number(2)), line(2, number(3))]) == {1}
    for hold in work.session.exec(select(Hold).where(Hold.mark == first.mark)).all():
        hold.released = work.now()
    work.session.flush()
    ask(work, "e" * 32, lines=1)
    assert holding.hold(work, ALICE, "e" * 32, [line(1, number(2))]) == set()


def test_what_a_liaison_released_is_not_held_beside_another_for_a_month_and_what_was_held_beside_brings_nothing(
    work: Work, clock: Clock, keys: Keys, holding: Holding, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn({number(1): Review.BY_ONE})
    asked: list[str] = []

    def always(_keys: Keys, held: str, *_: object) -> Review:
        asked.append(held)
        return Review.BY_ONE

    monkeypatch.setattr(reviews, "beside", always)
    work.session.add(HoldPass(mark=line(2, number(2)).mark(keys), until=work.now() + 60))
    ask(work, lines=3)
    assert holding.hold(work, ALICE, QUESTION, [line(at, number(at)) for at in (1, 2, 3)]) == {1, 3}
    ask(work, "d" * 32, lines=1)
    assert holding.hold(work, ALICE, "d" * 32, [line(1, number(4))]) == {1}
    assert set(asked) == {line(1, number(1)).mark(keys)}
    clock.now += LOCK_WINDOW + 1
    ask(work, "e" * 32, lines=1)
    assert holding.hold(work, ALICE, "e" * 32, [line(1, number(5))]) == set()


# What a clock or a log of statements could tell


def statements(database: Database, act: Callable[[Work], object]) -> list[str]:
    """What the store is asked while `act` is done: the statements, in order, without the values."""
    told: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        told.append(statement)

    with database.begin() as work:
        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            act(work)
            work.session.flush()
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return told


def test_the_store_is_asked_the_same_whatever_a_line_is_held_for(
    database: Database, keys: Keys, holding: Holding, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn({number(3): Review.BY_ONE, number(5): Review.BY_TWO})
    with database.begin() as work:
        protect(work, keys, number(1))
        for at in range(5):
            ask(work, f"{at:032x}")

    def holding_of(at: int, text: str) -> list[str]:
        lines = [line(2, text), line(3, number(7))]
        return statements(database, lambda work: holding.hold(work, ALICE, f"{at:032x}", lines))

    of_protected, of_review, of_two = (holding_of(at, number(text)) for at, text in enumerate((1, 3, 5)))
    assert of_protected == of_review == of_two
    # the same comparison finds a node that does not look for a pass where it has found somebody in the register
    weakened = lambda work, marks: {} if line(2, number(1)).mark(keys) in marks else passes_of(work, marks)  # noqa: E731
    monkeypatch.setattr(holds, "passes_of", weakened)
    assert holding_of(3, number(1)) != holding_of(4, number(3))


def test_as_many_group_operations_are_done_whoever_is_found(
    work: Work, keys: Keys, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    protect(work, keys, number(1), people=(LUCIA,))
    done: list[int] = []
    real = Keys.protected_marks

    def counted(self: Keys, inputs: Sequence[bytes]) -> list[str]:
        done.append(len(inputs))
        return real(self, inputs)

    monkeypatch.setattr(Keys, "protected_marks", counted)
    holding.causes(work, [line(1, number(1)), someone(2, LUCIA)])
    found, done = done, []
    holding.causes(work, [line(1, number(2)), someone(2, NAMESAKE)])
    assert found == done
