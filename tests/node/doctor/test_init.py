"""The examination as a whole: nothing said of a healthy node, and one failure that hides no other finding."""

from node.doctor import CHECKS
from node.doctor.findings import Severity, Subject
from tests.node.doctor.conftest import NOT_RUNNING, Patient


def test_a_healthy_node_that_was_stopped_has_nothing_wrong_but_that(patient: Patient) -> None:
    assert patient.codes() == set()
    assert {e.finding.code for e in patient.examined() if e.finding.severity.rank > Severity.NOTE.rank} == NOT_RUNNING


def test_every_subject_is_examined_once_and_says_something(patient: Patient) -> None:
    assert list(CHECKS) == list(Subject)
    assert {each.subject for each in patient.examined()} == set(Subject)
