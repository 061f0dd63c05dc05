"""Our own lists on their beat, and every file that a manifest in force names."""

from pathlib import Path

import pytest
from sqlmodel import select

from node.doctor.findings import Moment, OwnList, Severity, Span
from node.doctor.keys import DAY
from node.store import manifests
from node.store.tables import HeldManifest, IndexList
from tests.federation.running import CO, PE
from tests.node.doctor.conftest import Patient


def files_of(patient: Patient, authority: str) -> list[Path]:
    """The files that the newest manifest of an authority's list names."""
    database = patient.database()
    with database.read() as work:
        rows = work.session.exec(select(HeldManifest).where(HeldManifest.authority == authority, HeldManifest.usable)).all()
        newest = manifests.content(max(rows, key=lambda row: row.position))
    database.close()
    return [patient.folder / "index" / segment.digest for segment in newest.segments]


def last_issued(patient: Patient) -> dict[str, int]:
    """When the newest manifest of each of our lists was issued, by the list's entropy; two lists are not always of one second."""
    database = patient.database()
    with database.read() as work:
        entropy = {each.id: each.entropy for each in work.session.exec(select(IndexList)).all()}
        rows = work.session.exec(select(HeldManifest).where(HeldManifest.authority == CO, HeldManifest.usable)).all()
        found = [manifests.content(row) for row in rows]
        issued = {entropy[each.list]: max(other.issued for other in found if other.list == each.list) for each in found}
    database.close()
    return issued


def test_a_segment_of_our_own_that_is_gone_is_critical(patient: Patient) -> None:
    files_of(patient, CO)[0].unlink()
    assert patient.codes() == {"own_files_missing"}
    assert patient.facts("own_files_missing") == {"files": 1}


def test_a_segment_of_a_peer_that_is_gone_is_told_with_its_name(patient: Patient) -> None:
    files_of(patient, PE)[0].unlink()
    assert patient.codes() == {"peer_files_missing"}
    assert patient.facts("peer_files_missing")["peer"] == PE


def test_one_byte_that_changed_is_found_but_not_by_a_quick_look(patient: Patient) -> None:
    path = files_of(patient, PE)[0]
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    assert patient.codes() == {"peer_files_damaged"}
    assert patient.codes(quick=True) == set()


def test_a_file_that_was_cut_is_found_by_a_quick_look_too(patient: Patient) -> None:
    path = files_of(patient, CO)[0]
    path.write_bytes(path.read_bytes()[:-1])
    assert patient.codes(quick=True) == {"own_files_damaged"}
    assert patient.severity("own_files_damaged") is Severity.CRITICAL


def test_a_list_whose_beat_stood_still_is_late_and_then_past_its_validity(patient: Patient) -> None:
    patient.now += 1500
    assert patient.codes() == {"own_list_late", "log_unwitnessed"}  # nobody is there to witness
    patient.now += 3600
    assert "own_list_past_validity" in patient.codes()


@pytest.mark.parametrize(("ahead", "severity"), [(1800, Severity.WARNING), (DAY, Severity.CRITICAL)])
def test_a_chain_whose_last_manifest_is_from_the_future_waits_for_that_time(
    patient: Patient, ahead: int, severity: Severity
) -> None:
    issued = last_issued(patient)
    patient.now = max(issued.values()) - 60
    assert "own_chain_waits" not in patient.codes()
    patient.now = issued["identifiers"] - ahead
    assert patient.severity("own_chain_waits") is severity
    facts = patient.facts("own_chain_waits")
    until = Moment(issued["identifiers"])
    assert facts == {"list": OwnList("all", "identifiers"), "epoch": 1, "until": until, "wait": Span(ahead)}


def test_a_chain_of_an_epoch_that_is_over_keeps_nobody_waiting(patient: Patient) -> None:
    patient.now = min(last_issued(patient).values()) - 1800
    patient.sql("UPDATE list_epochs SET not_after = ?", patient.now)
    assert "own_chain_waits" not in patient.codes()


def test_entries_that_wait_for_the_beat_are_a_note(patient: Patient) -> None:
    patient.sql(
        "INSERT INTO index_items"
        " (list_id, epoch, identifier, kind, version, subject, record_id, j, key_type, handle, input_sealed, state)"
        " SELECT id, 1, ?, 'imo', 'imo-1', ?, ?, 0, 1, x'00', x'00', 'waiting' FROM index_lists WHERE entropy = 'identifiers'",
        *("0" * 64, "0" * 64, "0" * 32),
    )
    assert patient.codes() == {"entries_wait"}


def test_a_list_that_has_not_gone_out_yet_is_a_note(patient: Patient) -> None:
    patient.sql("DELETE FROM manifests WHERE authority = 'CO'")
    assert patient.codes() == {"own_list_not_issued"}
