"""Readings on record: before the answer, and no flood by a program that waits."""

import json
from typing import Any

import pytest
from sqlmodel import col, select

from node.officers import Investigator, Role
from node.safeguards import readings
from node.store.database import Database
from node.store.tables import Intake
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.on_record import payload_of

OFFICER = Investigator(ALICE, "alice", frozenset({Role.INVESTIGATOR}))
OTHER = Investigator(BEATRIZ, "beatriz", frozenset({Role.INVESTIGATOR}))
QUESTION, ANOTHER = "5e" * 16, "6e" * 16


def noted(database: Database) -> list[dict[str, Any]]:
    """What is on record of all readings, in their order."""
    read = select(Intake).where(Intake.kind == Act.PERSONAL_DATA_READ.value).order_by(col(Intake.id))
    with database.read() as work:
        return [json.loads(payload_of(work, row)) for row in work.session.exec(read).all()]


def test_a_hundred_times_the_same_is_one_entry_and_another_thing_or_officer_has_its_own(database: Database) -> None:
    for _ in range(100):
        readings.note(database, OFFICER, question=QUESTION)
    assert noted(database) == [{"officer": ALICE, "question": QUESTION}]
    readings.note(database, OFFICER, question=ANOTHER)
    readings.note(database, OTHER, question=QUESTION)
    assert noted(database)[1:] == [{"officer": ALICE, "question": ANOTHER}, {"officer": BEATRIZ, "question": QUESTION}]


def test_in_the_next_hour_it_is_on_record_again(database: Database, clock: Clock) -> None:
    readings.note(database, OFFICER, question=QUESTION)
    clock.now += 3600
    readings.note(database, OFFICER, question=QUESTION)
    assert len(noted(database)) == 2


def test_what_is_on_record_already_writes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrote(Exception):
        pass

    def begin(_: Database) -> None:
        raise Wrote

    readings.note(database, OFFICER, question=QUESTION)
    monkeypatch.setattr(Database, "begin", begin)
    readings.note(database, OFFICER, question=QUESTION)
    with pytest.raises(Wrote):
        readings.note(database, OFFICER, question=ANOTHER)


def test_of_two_requests_at_once_one_is_on_record(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.store.repeated_acts.is_known", lambda *_: False)  # both have looked before either wrote
    readings.note(database, OFFICER, question=QUESTION)
    readings.note(database, OFFICER, question=QUESTION)
    assert len(noted(database)) == 1


def test_a_list_is_named_by_its_ids_as_far_as_an_entry_holds_them() -> None:
    assert readings.listed("questions", ["a", "b"]) == {"questions": ["a", "b"], "count": 2}
    long = readings.listed("questions", [str(number) for number in range(readings.MOST_IDS + 5)])
    assert (len(long["questions"]), long["count"]) == (readings.MOST_IDS, readings.MOST_IDS + 5)
