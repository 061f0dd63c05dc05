"""A node that is down is told apart from one that has never run, one that hangs, and one whose restore is not finished."""

import shutil

from node.doctor.findings import Moment, Severity, Subject
from node.doctor.keys import DAY
from node.durable import serving
from tests.node.doctor.conftest import Patient


def test_a_node_that_ran_and_is_down_is_critical_and_its_last_sign_is_told(patient: Patient) -> None:
    last = patient.facts("node_down")["last"]
    assert patient.severity("node_down") is Severity.CRITICAL
    assert isinstance(last, Moment) and 0 <= patient.now - last.at < 600


def test_a_node_that_was_never_started_is_no_fault(patient: Patient) -> None:
    patient.sql("DELETE FROM beat_runs")
    assert patient.severity("node_never_ran") is Severity.NOTE


def test_a_process_that_holds_the_folder_and_is_silent_is_told_and_nobody_is_sent_to_start_another(patient: Patient) -> None:
    with serving(patient.folder):
        found = {each.finding.code for each in patient.examined() if each.subject is Subject.NODE}
        assert found == {"node_silent"}
        assert patient.facts("node_silent") == {"file": str(patient.folder / ".serving")}
        assert patient.severity("node_silent") is Severity.CRITICAL
    assert "node_silent" not in patient.codes()


def test_an_unfinished_restore_stands_first_and_what_only_follows_from_it_is_left_out(patient: Patient) -> None:
    shutil.rmtree(patient.folder / "index")  # as after a restore: neither lists nor seeds are in a backup
    shutil.rmtree(patient.folder / "keys" / "epochs")
    patient.sql("UPDATE manifests SET valid_until = ? WHERE authority = 'CO'", patient.now - DAY)
    patient.sql("UPDATE manifests SET usable = 0 WHERE authority <> 'CO'")
    alone = {"own_list_past_validity", "own_files_missing", "epoch_without_seed", "peer_without_list"}
    assert patient.codes() == alone

    patient.sql("INSERT INTO restorations VALUES (?, ?, NULL)", patient.now - 60, patient.now - DAY)
    assert patient.codes() == {"restore_unfinished"}
    critical = [each.finding.code for each in patient.examined() if each.finding.severity is Severity.CRITICAL]
    assert critical[0] == "restore_unfinished"
    assert patient.facts("restore_unfinished") == {
        "restored": Moment(patient.now - 60),
        "backup": Moment(patient.now - DAY),
    }

    patient.sql("UPDATE restorations SET finished = ?", patient.now)
    assert patient.codes() == alone
