"""A node that is down is told apart from one that has never run."""

from node.doctor.findings import Moment, Severity
from tests.node.doctor.conftest import Patient


def test_a_node_that_ran_and_is_down_is_critical_and_its_last_sign_is_told(patient: Patient) -> None:
    last = patient.facts("node_down")["last"]
    assert patient.severity("node_down") is Severity.CRITICAL
    assert isinstance(last, Moment) and 0 <= patient.now - last.at < 600


def test_a_node_that_was_never_started_is_no_fault(patient: Patient) -> None:
    patient.sql("DELETE FROM beat_runs")
    assert patient.severity("node_never_ran") is Severity.NOTE
