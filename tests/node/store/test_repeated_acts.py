"""Counting what comes again within the hour: by kind, officer and what it is about; what is over is forgotten."""

import pytest
from sqlmodel import select

from node.store import repeated_acts
from node.store.database import Database, Work
from node.store.tables import RepeatedAct
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ, Clock

READ, ABOUT = Act.PERSONAL_DATA_READ, repeated_acts.told_of({"question": "5e" * 16})


def rows(work: Work) -> list[tuple[str, str, int]]:
    return sorted((row.kind, row.officer_id, row.count) for row in work.session.exec(select(RepeatedAct)).all())


def test_it_counts_from_one_and_anew_with_the_next_hour_and_keeps_nothing_of_the_last(database: Database, clock: Clock) -> None:
    clock.now -= clock.now % 3600
    with database.begin() as work:
        assert [repeated_acts.count(work, READ, ALICE, ABOUT) for _ in range(3)] == [1, 2, 3]
        clock.now += 3599
        assert repeated_acts.is_known(work, READ, ALICE, ABOUT)
        assert repeated_acts.count(work, Act.LOGIN_REFUSED, None, "") == 1
        clock.now += 1
        assert not repeated_acts.is_known(work, READ, ALICE, ABOUT)
        assert repeated_acts.count(work, READ, ALICE, ABOUT) == 1
        assert rows(work) == [(READ.value, ALICE, 1)]


def test_another_kind_officer_or_thing_is_counted_by_itself(database: Database) -> None:
    other = repeated_acts.told_of({"question": "6e" * 16})
    with database.begin() as work:
        told = [(READ, who, ABOUT) for who in (ALICE, BEATRIZ, None)]
        told += [(Act.EXPORTED, ALICE, ABOUT), (READ, ALICE, other)]
        assert [repeated_acts.count(work, *each) for each in told] == [1] * 5


@pytest.mark.parametrize("facts", [{"ids": ["a", "b"]}, {"ids": ["a"], "count": 1}, {"what": "departures", "closed": False}])
def test_what_it_is_about_is_a_digest_that_does_not_hang_on_the_order_of_names(facts: dict[str, object]) -> None:
    assert repeated_acts.told_of(facts) == repeated_acts.told_of(dict(reversed(facts.items())))
    assert repeated_acts.told_of(facts) != repeated_acts.told_of(facts | {"more": 1})
    assert len(repeated_acts.told_of(facts)) == 64
