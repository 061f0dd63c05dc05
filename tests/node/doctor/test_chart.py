"""What the checks look at: read once, when it is wanted, and without a mark left behind."""

from pathlib import Path

import pytest

from node.doctor.chart import Chart, NothingAdopted, reachable
from node.settings import SettingsError
from node.store.errors import StoreUnavailable
from tests.federation.running import BR, CO, PE
from tests.node.doctor.conftest import Patient


def test_a_folder_without_a_node_raises_what_a_node_would(tmp_path: Path) -> None:
    chart = Chart(tmp_path, 0)
    with pytest.raises(SettingsError):
        _ = chart.settings
    chart.close()
    assert list(tmp_path.iterdir()) == []


def test_the_directory_is_the_one_that_the_node_adopted(patient: Patient) -> None:
    chart = Chart(patient.folder, patient.now)
    assert (chart.me, chart.peers) == (CO, [BR, PE])
    assert chart.entry is not None and chart.entry.authority == CO
    assert chart.directory is chart.directory
    chart.close()


def test_before_the_first_directory_there_is_nothing_to_compare_with(patient: Patient) -> None:
    chart = Chart(patient.folder, patient.now)
    (patient.folder / "directory" / "adopted.json").unlink()
    with pytest.raises(NothingAdopted):
        _ = chart.directory
    chart.close()


def test_a_database_that_is_not_there_is_not_made(patient: Patient) -> None:
    (patient.folder / "database.sqlite").unlink()
    chart = Chart(patient.folder, patient.now)
    with pytest.raises(StoreUnavailable), chart.read():
        pass
    chart.close()
    assert chart.database_file is not None
    assert not chart.database_file.exists()


@pytest.mark.parametrize(
    ("listens", "answers"),
    [
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104  an address to call
        ("::", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("node.example", "node.example"),
    ],
)
def test_a_server_on_every_address_is_called_on_this_machine(listens: str, answers: str) -> None:
    assert reachable(listens) == answers


@pytest.mark.parametrize("host", ["no such name", "::1", "127.0.0.1"])
def test_a_node_that_nobody_can_reach_does_not_run(patient: Patient, host: str) -> None:
    path = patient.folder / "node.toml"
    path.write_text(path.read_text("utf-8").replace("[national]\n", f'[national]\nhost = "{host}"\n'), "utf-8")
    chart = Chart(patient.folder, patient.now)
    assert not chart.running
    chart.close()
