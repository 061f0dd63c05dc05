"""What keeps the protected register from protecting, in the doctor's words."""

from node.doctor.findings import Severity
from tests.node.doctor.conftest import Patient

OF_REGISTER = {"register_empty", "register_behind", "register_half_fed", "register_turning", "register_another_key"}


def test_a_register_that_can_be_looked_up_is_no_finding(patient: Patient) -> None:
    assert not OF_REGISTER & patient.codes()


def test_a_register_that_is_empty_though_imports_brought_protected_people_is_critical(patient: Patient) -> None:
    patient.sql(
        "INSERT INTO case_imports (id, officer_id, file_digest, state, created, rows_total, rows_read, rows_new, rows_changed,"
        " rows_unchanged, rows_protected) VALUES ('of-victims', 'ana', '', 'done', 0, 3, 3, 0, 0, 0, 3)"
    )
    assert patient.severity("register_empty") is Severity.CRITICAL
    assert int(str(patient.facts("register_empty")["rows"])) >= 3
    patient.sql("INSERT INTO protected_entries (id, source, reference, created) VALUES ('one', 'import', 'one', 0)")
    assert "register_empty" not in patient.codes()


def test_kinds_that_wait_for_the_register_to_be_fed_anew_are_named(patient: Patient) -> None:
    patient.sql("INSERT INTO protected_versions (kind, version) VALUES ('phone', 'phone-0')")
    assert "register_behind" not in patient.codes()
    patient.sql("INSERT INTO protected_forms (entry, kind, version) VALUES ('one', 'phone', 'phone-0')")
    assert patient.facts("register_behind") == {"kinds": "phone"}


def test_files_that_were_left_half_read_are_counted(patient: Patient) -> None:
    patient.sql(
        "INSERT INTO protected_runs (id, officer_id, file_digest, state, created, rows_total, rows_read, rows_taken, reason)"
        " VALUES ('one', 'ana', '', 'stopped', 0, 9, 3, 3, 'silent')"
    )
    assert patient.facts("register_half_fed") == {"files": 1}
    assert patient.severity("register_half_fed") is Severity.NOTE


def test_a_rotation_that_is_unfinished_and_a_key_that_is_not_the_one_of_the_marks_are_critical(patient: Patient) -> None:
    patient.sql("INSERT INTO protected_generations (generation, \"check\") VALUES (99, 'of another key')")
    assert patient.severity("register_another_key") is Severity.CRITICAL
    (patient.folder / "keys" / "protected-next.key").touch(mode=0o600)
    assert patient.severity("register_turning") is Severity.CRITICAL
