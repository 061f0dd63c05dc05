"""Space that is low, space that goes, and files that are open."""

import shutil

from hypothesis import given
from hypothesis import strategies as st

from node.doctor.disk import EMPTY_BYTES, LOW_BYTES, growing, low
from node.doctor.findings import Severity, Span
from node.doctor.keys import DAY
from node.store.tables import MachineSample
from tests.node.doctor.conftest import Patient

_NOW = 1_790_000_000


def sample(at: int, folder_bytes: int) -> MachineSample:
    return MachineSample(at=at, folder_bytes=folder_bytes, open_files=40, open_files_limit=1024)


def test_little_space_is_a_warning_and_next_to_none_is_critical() -> None:
    assert list(low(LOW_BYTES)) == []
    assert [found.severity for found in low(LOW_BYTES - 1)] == [Severity.WARNING]
    assert [found.severity for found in low(EMPTY_BYTES - 1)] == [Severity.CRITICAL]


def test_a_folder_that_grows_by_a_tenth_of_what_is_free_each_day_is_full_in_ten_days() -> None:
    (found,) = growing([sample(_NOW - 2 * DAY, 0), sample(_NOW, 20 << 30)], 100 << 30)
    assert (found.severity, found.facts["left"]) == (Severity.WARNING, Span(10 * DAY))


def test_an_hour_s_growth_says_nothing() -> None:
    assert list(growing([sample(_NOW - 3600, 0), sample(_NOW, 20 << 30)], 100 << 30)) == []
    assert list(growing([], 0)) == []


@given(st.integers(0, 1 << 50), st.integers(0, 1 << 50), st.integers(0, 1 << 50))
def test_only_growth_fills_a_disk(first: int, last: int, free: int) -> None:
    found = list(growing([sample(_NOW - 2 * DAY, first), sample(_NOW, last)], free))
    assert not found or last > first


def test_a_node_whose_folder_grew_a_lot_is_told_when_its_own_disk_is_full(patient: Patient) -> None:
    free = shutil.disk_usage(patient.folder).free
    patient.sql("DELETE FROM machine_samples")
    for at, used in ((patient.now - 4 * DAY, 0), (patient.now, 2 * free)):
        patient.sql("INSERT INTO machine_samples VALUES (?, ?, 40, 1024)", at, used)
    assert patient.codes() == {"disk_full_in"}
    assert patient.severity("disk_full_in") is Severity.CRITICAL


def test_a_process_near_its_limit_of_open_files_is_told(patient: Patient) -> None:
    patient.sql("UPDATE machine_samples SET open_files = 900, open_files_limit = 1024")
    assert patient.codes() == {"open_files_near_limit"}
