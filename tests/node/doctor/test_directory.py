"""The directory: none yet, unusable, past its date, behind a peer's, and who is left out of it."""

import shutil
from pathlib import Path

import pytest

from node.directory.adopted import STORED_BYTES, StoredSet
from node.doctor.findings import Moment, Reason, Severity
from node.doctor.keys import DAY
from node.settings import Settings
from protocol.wire import canonical, parse
from tests.federation.running import BR, CO, PE
from tests.node.doctor.conftest import Patient


def adopted(patient: Patient) -> Path:
    return patient.folder / "directory" / "adopted.json"


def leave_out(patient: Patient, state: str, code: str) -> None:
    """The directory as adopted while that state's own signatures did not hold."""
    held = parse(StoredSet, adopted(patient).read_bytes(), limit=STORED_BYTES, where="adopted.json")
    stored = held.model_copy(
        update={
            "states": {name: raw for name, raw in held.states.items() if name != state},
            "left_out": {**held.left_out, state: code},
        }
    )
    adopted(patient).write_bytes(canonical(stored))


def test_before_the_first_directory_nothing_is_wrong(patient: Patient) -> None:
    adopted(patient).unlink()
    patient.sql("DELETE FROM adopted_directories")
    assert patient.codes() == {"directory_none_adopted", "not_examined"}
    assert patient.severity("directory_none_adopted") is Severity.NOTE


def test_a_directory_that_was_changed_on_disk_is_critical(patient: Patient) -> None:
    raw = adopted(patient).read_bytes()
    adopted(patient).write_bytes(raw[: len(raw) // 2])
    assert patient.codes() == {"directory_unusable", "not_examined"}
    assert patient.facts("directory_unusable") == {"reason": Reason("directory_malformed")}


def test_a_directory_that_was_adopted_and_is_gone_is_no_first_start(patient: Patient) -> None:
    shutil.rmtree(patient.folder / "directory")
    assert patient.codes() == {"directory_lost", "not_examined"}
    assert patient.severity("directory_lost") is Severity.CRITICAL
    assert patient.facts("directory_lost") == {"version": 1}
    assert not (patient.folder / "directory").exists()


@pytest.mark.parametrize("how", ["gone", "cut", "another file"])
def test_a_root_that_is_none_is_told_of_itself_and_not_of_what_rests_on_it(patient: Patient, how: str) -> None:
    root = patient.folder / "root.json"
    if how == "gone":
        root.unlink()
    else:
        root.write_bytes(root.read_bytes()[:200] if how == "cut" else adopted(patient).read_bytes())
    assert patient.codes() == {"root_unusable", "not_examined"}
    assert patient.facts("root_unusable") == {"file": "root.json"}
    shutil.rmtree(patient.folder / "directory")
    assert patient.codes() == {"root_unusable", "not_examined"}


def test_a_root_that_is_not_the_one_whose_fingerprint_was_typed_is_told(patient: Patient) -> None:
    settings = patient.folder / "node.toml"
    typed = Settings.read(patient.folder).directory.root_fingerprint
    settings.write_text(settings.read_text().replace(typed, typed[::-1]))
    assert patient.codes() == {"root_not_the_one_typed", "not_examined"}


def test_a_certificate_of_the_directory_that_is_none_is_told(patient: Patient) -> None:
    (patient.folder / "directory-tls.pem").write_text("an invented text")
    assert patient.codes() == {"directory_certificate_unusable", "not_examined"}


def test_a_directory_past_its_date_is_critical_and_says_when_exchange_stops(patient: Patient) -> None:
    patient.now += 2 * DAY
    facts = patient.facts("directory_expired")
    assert patient.severity("directory_expired") is Severity.CRITICAL
    assert isinstance(facts["stops"], Moment) and isinstance(facts["expired"], Moment)
    assert facts["expired"].at < patient.now < facts["stops"].at


def test_a_directory_past_its_grace_has_stopped_all_exchange(patient: Patient) -> None:
    patient.now += 5 * DAY
    assert {"directory_too_old"} <= patient.codes()
    assert "directory_expired" not in patient.codes()


@pytest.mark.parametrize(("days", "severity"), [(25, Severity.WARNING), (5, Severity.CRITICAL)])
def test_signatures_that_people_have_to_renew_are_told_in_time(patient: Patient, days: int, severity: Severity) -> None:
    patient.now += (365 - days) * DAY
    assert patient.severity("own_role_ends") is severity
    roles = [each.finding for each in patient.examined() if each.finding.code == "directory_role_ends"]
    assert [(found.severity, found.facts["role"]) for found in roles] == [(severity, "root"), (severity, "targets")]
    assert ("peer_role_ends" in patient.codes()) == (severity is Severity.CRITICAL)


def test_a_state_that_is_left_out_is_named_with_the_reason(patient: Patient) -> None:
    leave_out(patient, PE, "directory_expired")
    assert patient.codes() == {"state_left_out"}
    assert patient.facts("state_left_out") == {"state": PE, "reason": Reason("directory_expired")}


def test_that_we_are_left_out_ourselves_is_critical(patient: Patient) -> None:
    leave_out(patient, CO, "directory_forged")
    assert patient.severity("own_entry_left_out") is Severity.CRITICAL
    assert patient.codes() == {"own_entry_left_out"}


def test_alone_in_the_directory_there_is_nobody_to_ask(patient: Patient) -> None:
    leave_out(patient, PE, "no_entry")
    leave_out(patient, BR, "no_entry")
    assert patient.codes() == {"state_left_out", "no_peers"}


def become_argentina(patient: Patient) -> None:
    """The same node, of a state that the directory does not have."""
    path = patient.folder / "node.toml"
    path.write_text(path.read_text("utf-8").replace('authority = "CO"', 'authority = "AR"'), "utf-8")


def test_a_node_that_is_not_a_member_yet_is_told_so_as_a_note(patient: Patient) -> None:
    become_argentina(patient)
    assert patient.severity("not_a_member") is Severity.NOTE


def test_a_node_that_was_a_member_and_is_none_any_more_is_critical(patient: Patient) -> None:
    become_argentina(patient)
    patient.sql("UPDATE manifests SET authority = 'AR' WHERE authority = 'CO'")
    assert patient.severity("membership_lost") is Severity.CRITICAL


def test_a_newer_directory_that_a_peer_has_and_we_had_time_to_fetch_is_told(patient: Patient) -> None:
    patient.sql("UPDATE heard_peers SET directory_version = 9 WHERE authority = 'BR'")
    assert patient.codes() == set()
    patient.sql("UPDATE heard_peers SET heard = heard - 600 WHERE authority = 'BR'")
    assert patient.codes() == {"directory_behind"}
    assert patient.facts("directory_behind")["theirs"] == 9
