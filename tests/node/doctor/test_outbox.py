"""Records that do not reach a peer, withdrawals before all, and records that a peer put aside."""

import pytest

from node.doctor.findings import Moment, Reason, Severity
from node.doctor.keys import DAY
from tests.federation.running import PE
from tests.node.doctor.conftest import Patient

HOUR = 3600


def deliver(
    patient: Patient,
    subject: str,
    *,
    age: int,
    lane: str = "record",
    state: str = "waiting",
    error: str | None = None,
    version: int = 1,
) -> None:
    """A record of ours, in the outbox since `age` seconds, on its way to Peru."""
    patient.sql(
        "INSERT INTO jobs (lane, peer, subject, version, state, created, attempts, failures, next_try, away, reason)"
        " VALUES (?, 'PE', ?, ?, ?, ?, 3, 0, 0, 0, ?)",
        *(lane, subject, version, state, patient.now - age, error),
    )


@pytest.mark.parametrize(("age", "severity"), [(2 * HOUR, Severity.NOTE), (2 * DAY, Severity.WARNING)])
def test_records_that_wait_are_counted_and_dated_by_the_oldest(patient: Patient, age: int, severity: Severity) -> None:
    deliver(patient, "a", age=age)
    deliver(patient, "b", age=60)
    assert patient.codes() == {"records_wait"}
    assert patient.severity("records_wait") is severity
    assert patient.facts("records_wait") == {"peer": PE, "records": 2, "since": Moment(patient.now - age)}


@pytest.mark.parametrize(("age", "severity"), [(2 * HOUR, Severity.WARNING), (2 * DAY, Severity.CRITICAL)])
def test_a_withdrawal_that_waits_is_more_serious(patient: Patient, age: int, severity: Severity) -> None:
    deliver(patient, "a", age=age, lane="urgent")
    assert patient.codes() == {"withdrawals_wait"}
    assert patient.severity("withdrawals_wait") is severity


@pytest.mark.parametrize(("age", "severity"), [(2 * HOUR, Severity.WARNING), (2 * DAY, Severity.CRITICAL)])
def test_a_revocation_of_keys_that_waits_is_told_apart(patient: Patient, age: int, severity: Severity) -> None:
    deliver(patient, "a", age=age, lane="revocation")
    assert patient.codes() == {"revocations_wait"}
    assert patient.severity("revocations_wait") is severity


@pytest.mark.parametrize(("age", "severity"), [(60, Severity.NOTE), (2 * HOUR, Severity.WARNING)])
def test_versions_that_wait_for_an_earlier_one_are_told_with_what_they_wait_for(
    patient: Patient, age: int, severity: Severity
) -> None:
    deliver(patient, "a", age=age + 60, state="leased")
    deliver(patient, "a", age=age, version=2)
    deliver(patient, "b", age=60)
    assert patient.severity("versions_wait") is severity
    assert patient.facts("versions_wait") == {"peer": PE, "records": 1, "since": Moment(patient.now - age)}


def test_what_has_waited_for_a_minute_is_on_its_way(patient: Patient) -> None:
    deliver(patient, "a", age=60)
    assert patient.codes() == set()


def test_records_that_a_peer_put_aside_are_told_with_its_reason(patient: Patient) -> None:
    deliver(patient, "a", age=2 * DAY, state="quarantined", error="not_newer")
    assert patient.codes() == {"records_refused"}
    assert patient.facts("records_refused") == {"peer": PE, "records": 1, "reason": Reason("not_newer")}
