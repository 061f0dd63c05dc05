"""Looking at questions is on record, and who waits for one does not fill the log. Hits of real nodes: tests/federation."""

import pytest

from node.federation import Federation
from node.flows.show_question import ShowQuestion, UnknownQuestion
from node.officers import Investigator, Role
from node.store.database import Database
from node.store.tables import Question
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.safeguards.test_readings import noted
from tests.protocol.federation import DAY, NOW

OFFICER = Investigator(ALICE, "alice", frozenset({Role.INVESTIGATOR}))
OTHER = Investigator(BEATRIZ, "beatriz", frozenset({Role.INVESTIGATOR}))
FIRST, SECOND, THEIRS = "5e" * 16, "6e" * 16, "7e" * 16
CASE = "EXPEDIENTE-INVENTADO-12"


def ask(database: Database, question: str, officer: str) -> None:
    with database.begin() as work:
        sealed = work.seal(question, CASE.encode(), "case")
        work.session.add(
            Question(
                id=question,
                officer_id=officer,
                created=NOW,
                expires=NOW + DAY,
                purpose="investigate_network",
                basis="untoc_police",
                offence="tip",
                urgency="routine_7d",
                case_sealed=sealed,
                peers="PE",
            )
        )


@pytest.fixture
def show(database: Database, member: Federation) -> ShowQuestion:
    for question, officer in ((FIRST, ALICE), (SECOND, ALICE), (THEIRS, BEATRIZ)):
        ask(database, question, officer)
    return ShowQuestion(database, member)


def test_who_waits_for_a_question_leaves_one_entry_an_hour_and_who_looks_at_another_one_leaves_another(
    show: ShowQuestion, database: Database, clock: Clock
) -> None:
    for _ in range(100):
        assert show.state(OFFICER, FIRST).case == CASE
    assert noted(database) == [{"officer": ALICE, "question": FIRST}]
    show.state(OFFICER, FIRST[:8])
    assert len(noted(database)) == 1
    show.state(OFFICER, SECOND)
    assert noted(database)[1:] == [{"officer": ALICE, "question": SECOND}]
    clock.now += 3600
    show.state(OFFICER, FIRST)
    assert len(noted(database)) == 3


def test_a_list_names_the_questions_that_it_shows_and_one_more_is_another_list(show: ShowQuestion, database: Database) -> None:
    for _ in range(3):
        show.all(OFFICER)
    assert noted(database) == [{"count": 2, "officer": ALICE, "questions": [FIRST, SECOND]}]
    ask(database, "4e" * 16, ALICE)
    assert len(show.all(OFFICER)) == 3
    assert [each["count"] for each in noted(database)] == [2, 3]


def test_hits_are_on_record_each_time(show: ShowQuestion, database: Database) -> None:
    for _ in range(2):
        assert show.hits(OFFICER, FIRST) == []
    assert noted(database) == [{"hits": 0, "officer": ALICE, "question": FIRST}] * 2


def test_what_is_not_shown_is_no_reading(show: ShowQuestion, database: Database) -> None:
    for name in (THEIRS, "0" * 32):
        with pytest.raises(UnknownQuestion):
            show.state(OFFICER, name)
    assert noted(database) == []


def test_where_it_cannot_be_put_on_record_nothing_is_shown(show: ShowQuestion, monkeypatch: pytest.MonkeyPatch) -> None:
    class DiskFull(Exception):
        pass

    def full(*_: object, **__: object) -> None:
        raise DiskFull

    monkeypatch.setattr("node.store.database.Work.record", full)
    for look in (lambda: show.state(OFFICER, FIRST), lambda: show.all(OFFICER), lambda: show.hits(OFFICER, FIRST)):
        with pytest.raises(DiskFull):
            look()
