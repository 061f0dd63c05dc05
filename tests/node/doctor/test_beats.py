"""A node that answers while one of its beats has died or fails."""

from node.doctor.findings import Reason, Severity
from node.settings import Settings
from tests.node.doctor.conftest import Patient
from tests.node.doctor.test_certificates import listening

HOUR = 3600


def up(patient: Patient) -> set[str]:
    """What the doctor says while the national API answers. That the peers' port is silent is another's finding."""
    with listening(Settings.read(patient.folder).national.port):
        return patient.codes() - {"peer_port_silent"}


def severity(patient: Patient, code: str) -> Severity:
    with listening(Settings.read(patient.folder).national.port):
        return patient.severity(code)


def test_a_beat_that_died_shows_although_the_node_answers(patient: Patient) -> None:
    assert up(patient) == set()
    patient.sql("UPDATE beat_runs SET ended = ended - 3600, succeeded = succeeded - 3600 WHERE beat = 'outbox'")
    assert up(patient) == {"beat_late"}
    assert severity(patient, "beat_late") is Severity.CRITICAL


def test_a_beat_that_fails_once_is_a_note_and_one_that_goes_on_failing_a_warning(patient: Patient) -> None:
    patient.sql("UPDATE beat_runs SET error = 'directory_unreachable' WHERE beat = 'directory'")
    assert severity(patient, "beat_failing") is Severity.NOTE
    patient.sql("UPDATE beat_runs SET succeeded = succeeded - ? WHERE beat = 'directory'", 24 * HOUR)
    assert severity(patient, "beat_failing") is Severity.WARNING
    with listening(Settings.read(patient.folder).national.port):
        assert patient.facts("beat_failing")["reason"] == Reason("directory_unreachable")


def test_a_beat_that_has_never_succeeded_is_told(patient: Patient) -> None:
    patient.sql("UPDATE beat_runs SET error = 'StoreUnavailable', succeeded = NULL WHERE beat = 'index'")
    assert up(patient) == {"beat_never_succeeded"}


def test_a_node_that_is_down_has_no_beats_to_be_late(patient: Patient) -> None:
    patient.now += 24 * HOUR
    assert "beat_late" not in {each.finding.code for each in patient.examined()}
