"""Questions that a peer keeps waiting: how many and since when, and nothing of what was asked."""

import pytest

from node.doctor.findings import Moment, Severity
from tests.federation.running import PE
from tests.node.doctor.conftest import Patient
from tests.node.doctor.test_peers import add_officer


def ask(patient: Patient, number: str, *, age: int, state: str = "waiting") -> None:
    created = patient.now - age
    patient.sql(
        "INSERT INTO questions VALUES (?, 'o1', ?, ?, 'p', 'b', 'o', 'u', x'00', 'PE', NULL)", number, created, created + 86400
    )
    patient.sql(
        "INSERT INTO question_peers (question_id, peer, state, since) VALUES (?, 'PE', ?, ?)",
        *(number, state, created),
    )


@pytest.mark.parametrize(("age", "severity"), [(1800, Severity.NOTE), (4 * 3600, Severity.WARNING)])
def test_questions_that_wait_are_counted_and_dated_by_the_oldest(patient: Patient, age: int, severity: Severity) -> None:
    add_officer(patient)
    ask(patient, "q1", age=age)
    ask(patient, "q2", age=60, state="received")
    ask(patient, "q3", age=80000, state="answered")
    assert patient.severity("questions_wait") is severity
    assert patient.facts("questions_wait") == {"peer": PE, "questions": 2, "since": Moment(patient.now - age)}


def test_a_question_of_a_minute_ago_is_on_its_way(patient: Patient) -> None:
    add_officer(patient)
    ask(patient, "q1", age=60)
    assert "questions_wait" not in patient.codes()
