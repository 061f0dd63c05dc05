"""Many put acts on record, several would write the log, all of them die at random: every act enters once, and none is lost."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import col, select

from node.flows.keep_log import KeepLog
from node.flows.verify_log import VerifyLog
from node.keys import Keys
from node.store import audit_log
from node.store.database import Database
from node.store.tables import Intake
from protocol.checkpoint import log_key, origin_of
from protocol.journal import Act, read_entry
from tests.faults.log_writing import KEEP, WRITE
from tests.faults.processes import Launcher, Started
from tests.new_stores import empty_file
from tests.node.conftest import new_keys
from tests.node.on_record import payload_of
from tests.postgres_server import Server
from tests.protocol.federation import CO

pytestmark = pytest.mark.federation


@dataclass(frozen=True)
class Company:
    """Who writes at once, and how many of them die."""

    writers: int
    keepers: int
    deaths: int


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    path = tmp_path / "database.sqlite"
    path.write_bytes(empty_file())
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql: Server, postgresql_template: str) -> Iterator[str]:
    with postgresql.database(postgresql_template) as url:
        yield url


@pytest.mark.parametrize("company", [Company(8, 3, 4), pytest.param(Company(8, 3, 60), marks=pytest.mark.deep)])
def test_eight_writers_and_three_would_be_keepers_on_postgresql(
    launcher: Launcher, tmp_path: Path, postgresql_url: str, company: Company
) -> None:
    live_through(launcher, tmp_path, postgresql_url, company)


@pytest.mark.parametrize("company", [Company(1, 1, 4), pytest.param(Company(1, 1, 60), marks=pytest.mark.deep)])
def test_two_processes_on_sqlite(launcher: Launcher, tmp_path: Path, sqlite_url: str, company: Company) -> None:
    live_through(launcher, tmp_path, sqlite_url, company)


def live_through(launcher: Launcher, folder: Path, url: str, company: Company) -> None:
    keys, chance = new_keys(folder / "node"), random.Random(7)  # noqa: S311  the same order of deaths each time
    roles = [WRITE] * company.writers + [KEEP] * company.keepers

    def begin(role: str) -> Started:
        return launcher.run(role, folder / "node", url, log=folder / "log")

    living = [(role, begin(role)) for role in roles]
    for _ in range(company.deaths):
        time.sleep(chance.uniform(0.1, 0.4))
        role, doomed = living.pop(chance.randrange(len(living)))
        doomed.send(signal.SIGKILL)
        assert doomed.wait() == -signal.SIGKILL, doomed.said()
        living.append((role, begin(role)))
    time.sleep(0.5)
    (folder / "node" / "stop").touch()
    assert [process.wait() for _, process in living] == [0] * len(roles), (folder / "log").read_text("utf-8")
    database = Database(url, keys.storage, os.urandom, lambda: int(time.time()))
    KeepLog(database, keys, CO).beat()
    check(database, keys, folder / "node")
    database.close()


def check(database: Database, keys: Keys, folder: Path) -> None:
    """Every act that was acknowledged stands in the log once, nothing else does, and every checkpoint is that of its entries."""
    acknowledged = [line for path in folder.glob("*.acknowledged") for line in path.read_text("ascii").split()]
    with database.read() as work:
        log = audit_log.current(work)
        assert log is not None
        entries = [read_entry(raw) for _, raw in audit_log.entries_between(work, log.origin, 0, log.size)]
        acts = work.session.exec(select(Intake).order_by(col(Intake.position))).all()
        told = Counter(json.loads(payload_of(work, act))["name"] for act in acts if act.kind == Act.IMPORTED.value)
    assert len(acknowledged) == len(set(acknowledged)) > 0
    assert set(acknowledged) <= told.keys()
    assert "never" not in told
    assert set(told.values()) == {1}
    happened = [(place, entry.x) for place, entry in enumerate(entries) if entry.kind is not Act.PAD]
    assert happened == [(act.position, act.x) for act in acts]
    origin = origin_of(CO, keys.log.public)
    (verdict,) = VerifyLog(database).verify({origin: log_key(origin, keys.log.public)}, None, 120)
    assert verdict.holds, verdict.faults
    assert verdict.waiting == 0
