"""A database that is gone, no database, damaged inside, or of another version."""

from pathlib import Path

import pytest

from node.doctor import database
from node.doctor.findings import Reason, Severity
from tests.node.doctor.conftest import Patient


def test_a_missing_database_is_told_and_not_made(patient: Patient) -> None:
    (patient.folder / "database.sqlite").unlink()
    assert patient.codes() == {"database_missing", "not_examined"}
    assert not (patient.folder / "database.sqlite").exists()


def test_what_is_no_database_is_told(patient: Patient) -> None:
    (patient.folder / "database.sqlite").write_bytes(b"an invented text, long enough to be read as a header. " * 40)
    assert patient.codes() == {"database_unusable", "not_examined"}


def test_a_page_that_was_overwritten_is_found_and_a_quick_look_does_not_look(patient: Patient) -> None:
    damage(patient.folder / "database.sqlite")
    assert patient.codes() >= {"database_damaged"}
    assert "database_damaged" not in patient.codes(quick=True)


def damage(path: Path) -> None:
    """Overwrite the middle of the file's last page: content, not structure that every query needs."""
    raw = bytearray(path.read_bytes())
    raw[-4096:-2048] = b"\xff" * 2048
    path.write_bytes(raw)


def test_a_schema_of_a_newer_program_is_critical(patient: Patient) -> None:
    patient.sql("UPDATE alembic_version SET version_num = '9999'")
    assert patient.codes() == {"database_unfit"}
    assert patient.severity("database_unfit") is Severity.CRITICAL
    assert patient.facts("database_unfit") == {"reason": Reason("store_newer_schema")}


def test_a_schema_of_an_older_program_waits_for_the_next_start(patient: Patient) -> None:
    patient.sql("UPDATE alembic_version SET version_num = '0001'")
    assert patient.codes() == {"schema_older"}


def test_a_journal_that_grows_without_end_is_told(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "JOURNAL_BYTES", 1000)
    held = patient.database()
    with held.read() as work:
        work.session.connection()  # a reader that does not end: the log cannot be emptied
        patient.sql("UPDATE beat_runs SET seconds = seconds + 1")
        assert "journal_large" in patient.codes()
    held.close()


def test_the_doctor_writes_nothing(patient: Patient) -> None:
    before = {path: path.read_bytes() for path in patient.folder.rglob("*") if path.is_file()}
    patient.examined()
    assert {path: path.read_bytes() for path in patient.folder.rglob("*") if path.is_file()} == before
