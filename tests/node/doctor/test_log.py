"""The audit log in the doctor's words: whether it signs, and whether its witnesses follow."""

import pytest

from node.doctor.findings import Moment, Severity
from tests.federation.running import BR, PE
from tests.node.doctor.conftest import Patient

DAY = 86_400


def test_a_halted_log_is_said_first_and_with_what_a_witness_shows(patient: Patient) -> None:
    patient.sql("UPDATE logs SET halted = 'behind_witnesses'")
    assert patient.codes() == {"log_behind_witnesses"}
    assert patient.severity("log_behind_witnesses") is Severity.CRITICAL
    patient.sql("UPDATE logs SET halted = 'fork_claimed'")
    patient.sql("UPDATE log_witnesses SET against = ? WHERE authority = 'PE'", b"a note")
    assert patient.codes() == {"log_two_histories"}
    assert patient.facts("log_two_histories") == {"witness": PE}


@pytest.mark.parametrize(
    ("age", "severity"), [(600, None), (1200, Severity.WARNING), (DAY - 60, Severity.WARNING), (DAY + 60, Severity.CRITICAL)]
)
def test_a_log_without_enough_witnesses_is_told_with_its_date_after_a_while(
    patient: Patient, age: int, severity: Severity | None
) -> None:
    patient.sql("UPDATE log_checkpoints SET witnessed = NULL, at = ?", patient.now - age)
    patient.sql("UPDATE log_witnesses SET error = NULL, cosigned = ? WHERE authority = 'PE'", patient.now)
    patient.sql("UPDATE log_witnesses SET error = 'unreachable' WHERE authority = 'BR'")
    if severity is None:
        assert "log_unwitnessed" not in patient.codes()
    else:
        assert patient.severity("log_unwitnessed") is severity
        assert patient.facts("log_unwitnessed") == {"since": Moment(patient.now - age), "witnesses": 1, "needed": 2}


def test_a_witness_that_speaks_of_a_fork_and_shows_none_is_named(patient: Patient) -> None:
    patient.sql("UPDATE log_witnesses SET error = 'log_forked' WHERE authority = 'BR'")
    assert patient.facts("log_fork_said") == {"peer": BR}
    assert patient.severity("log_fork_said") is Severity.WARNING


def test_a_peer_whose_log_forked_is_shut_out_until_it_has_another(patient: Patient) -> None:
    patient.sql(
        "INSERT INTO log_forks (origin, authority, cause, first, second, noticed) VALUES ('o', 'PE', 'other_root', '', '', ?)",
        patient.now - 60,
    )
    assert patient.facts("peer_log_forked") == {"peer": PE, "noticed": Moment(patient.now - 60)}
    assert patient.severity("peer_log_forked") is Severity.CRITICAL
    patient.sql("UPDATE log_forks SET settled = ?", patient.now)
    assert "peer_log_forked" not in patient.codes()


def test_a_peer_that_answers_and_whose_log_is_not_compared_is_named(patient: Patient) -> None:
    patient.sql("UPDATE logs SET opened = ?", patient.now - 4 * DAY)
    patient.sql("UPDATE peer_contacts SET last_success = ? WHERE authority = 'BR'", patient.now - 4 * 3600)
    assert patient.facts("log_not_compared") == {"peer": PE, "since": Moment(patient.now - 4 * DAY)}
    row = "INSERT INTO reconciliations (peer, reached, tried, compared) VALUES ('PE', 0, 0, ?)"
    patient.sql(row, patient.now - 3 * DAY)
    assert "log_not_compared" not in patient.codes()
    patient.sql("UPDATE reconciliations SET compared = ?", patient.now - 3 * DAY - 3600)
    assert patient.severity("log_not_compared") is Severity.WARNING
    patient.sql("UPDATE peer_contacts SET last_success = ?", patient.now - 4 * 3600)
    assert "log_not_compared" not in patient.codes()
