"""A node's folder as a healthy federation of three left it, copied for each test to break one thing in it.

The copy does not run: `NOT_RUNNING` is what the doctor says of that, and a test sees what comes on top.
"""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto.sealing import StorageKey
from node.custody import Custody, Vault, open_vault
from node.doctor import examine
from node.doctor.chart import Chart
from node.doctor.findings import Examined, Severity, Subject
from node.settings import Settings
from node.store.database import Database
from tests.federation.running import CO, running_federation
from tests.serving import wait_until

QUICK_BEATS = """
[beats]
directory = 60
additions = 600
removals = 600
manifests = 1
outbox = 1
questions = 1
manifest_validity = 3600
"""
NOT_RUNNING = {"node_down", "directory_unreachable"}
"""A copy of a node that is down, in a federation that is down."""
_NO_BEATS = (Subject.BEATS, "not_examined")
AS_FOUNDED = {"key_to_put_away", "no_officers"}
"""Notes on every node that was made just now."""


@dataclass
class Patient:
    """A node's folder, and the time at which it is looked at."""

    folder: Path
    now: int

    def examined(self, *, quick: bool = False) -> list[Examined]:
        """Everything that the doctor says."""
        chart = Chart(self.folder, self.now, quick=quick)
        try:
            return examine(chart)
        finally:
            chart.close()

    def codes(self, *, quick: bool = False) -> set[str]:
        """The codes of what is not in order, but for what holds of every copy."""
        without_beats = [each for each in self.examined(quick=quick) if (each.subject, each.finding.code) != _NO_BEATS]
        said = {each.finding.code for each in without_beats}
        return said - NOT_RUNNING - AS_FOUNDED - {"sound"}

    def severity(self, code: str) -> Severity:
        """How serious the findings with this code are."""
        (severity,) = {each.finding.severity for each in self.examined() if each.finding.code == code}
        return severity

    def facts(self, code: str) -> dict[str, object]:
        """The facts of the first finding with this code; of our lists, each of which has its own, that of identifiers."""
        found = [each.finding for each in self.examined() if each.finding.code == code]
        return dict(found[0].facts)

    def seed(self) -> Path:
        """The seed of the one epoch of the list of identifiers."""
        with closing(sqlite3.connect(self.folder / "database.sqlite")) as connection:
            (list_id,) = connection.execute("SELECT id FROM index_lists WHERE entropy = 'identifiers'").fetchone()
        (seed,) = (self.folder / "keys" / "epochs").glob(f"{list_id}*")
        return seed

    def sql(self, statement: str, *values: object) -> None:
        """Change the database behind the node's back."""
        with sqlite3.connect(self.folder / "database.sqlite") as connection:
            assert connection.execute(statement, values).rowcount != 0
        connection.close()

    @property
    def vault(self) -> Vault:
        """What the keys are sealed under: the node key that lies next to them."""
        return open_vault(self.folder, Custody())

    def database(self) -> Database:
        """The database, to write to as a node would."""
        settings = Settings.read(self.folder)
        key = StorageKey.generate(os.urandom)
        return Database(f"sqlite:///{self.folder / settings.database}", key, os.urandom, lambda: self.now)


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """Colombia's folder, once the doctor had nothing to say about it any more."""
    folder = tmp_path_factory.mktemp("healthy")
    with running_federation(folder, QUICK_BEATS) as federation:
        patient = Patient(federation[CO].folder, 0)

        def well() -> bool:
            patient.now = int(time.time())
            return patient.codes() == set()

        wait_until(well, "a healthy node", 60)
        federation[CO].stop()  # before its peers are: it must not remember that they went
    return Patient(folder / CO, int(time.time()))


@pytest.fixture
def patient(healthy: Patient, tmp_path: Path) -> Patient:
    """A copy to break."""
    shutil.copytree(healthy.folder, tmp_path / CO)
    return Patient(tmp_path / CO, healthy.now)
