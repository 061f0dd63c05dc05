"""Alerts in the doctor's words: how many, and since when."""

from node.doctor.findings import Moment, Severity
from tests.node.doctor.conftest import Patient


def raised(patient: Patient, kind: str, *, age: int, settled: int | None = None) -> None:
    first = patient.now - age
    patient.sql(
        "INSERT INTO alerts (kind, peer, first, last, count, settled) VALUES (?, 'PE', ?, ?, 3, ?)", kind, first, first, settled
    )


def test_alerts_that_nobody_settled_are_counted_and_dated_by_the_first(patient: Patient) -> None:
    raised(patient, "sweep_by_peer", age=600)
    raised(patient, "officer_locked", age=60)
    raised(patient, "forbidden_purpose", age=9000, settled=patient.now)
    assert patient.codes() >= {"alerts_open"}
    assert patient.severity("alerts_open") is Severity.WARNING
    assert patient.facts("alerts_open") == {"alerts": 2, "since": Moment(patient.now - 600)}


def test_settled_ones_are_no_finding(patient: Patient) -> None:
    raised(patient, "sweep_by_peer", age=600, settled=patient.now)
    assert "alerts_open" not in patient.codes()
