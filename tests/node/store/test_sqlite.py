"""SQLite: what every connection is set to, and why a unit of work locks at its start."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlmodel import select

from crypto.sealing import StorageKey
from node.store.database import Database
from node.store.errors import StoreUnavailable
from node.store.tables import ProtectedMark
from tests.new_stores import empty_file
from tests.node.conftest import Clock

PRAGMAS = {"foreign_keys": 1, "secure_delete": 1, "synchronous": 2, "journal_mode": "wal", "busy_timeout": 20_000}


@pytest.fixture
def keys_key() -> StorageKey:
    return StorageKey.generate(os.urandom)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "database.sqlite"
    path.write_bytes(empty_file())
    return path


def test_foreign_keys_are_enforced_and_deleted_bytes_overwritten(file: Path, keys_key: StorageKey) -> None:
    database = Database(f"sqlite:///{file}", keys_key, os.urandom, Clock())
    with database.read() as work:
        pragmas = {name: work.session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    database.close()
    assert pragmas == PRAGMAS


def test_the_file_is_its_owner_s_alone_from_the_start(tmp_path: Path, keys_key: StorageKey) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite'}", keys_key, os.urandom, Clock())
    database.migrate()
    for path in tmp_path.glob("new.sqlite*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    database.close()


def test_two_that_only_looked_first_would_both_write(file: Path) -> None:
    """What `BEGIN IMMEDIATE` prevents, shown on connections without it: both read the old state, and one write fails late."""
    one, other = (sqlite3.connect(file, isolation_level=None, timeout=0) for _ in range(2))
    for connection in (one, other):
        connection.execute("BEGIN")
        assert connection.execute("SELECT count(*) FROM protected_marks").fetchone() == (0,)
    one.execute("INSERT INTO protected_marks VALUES ('one', 'somebody', 1)")
    one.execute("COMMIT")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("INSERT INTO protected_marks VALUES ('other', 'somebody', 1)")
    for connection in (one, other):
        connection.close()


@pytest.mark.parametrize("way", ["begin", "read"])
def test_a_store_that_is_not_there_is_said_to_be_unavailable(tmp_path: Path, keys_key: StorageKey, way: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/no/such/folder/database.sqlite", keys_key, os.urandom, Clock())
    with pytest.raises(StoreUnavailable) as caught, getattr(database, way)() as work:
        work.session.exec(select(ProtectedMark)).all()
    assert str(caught.value) == "SQLITE_CANTOPEN"
    database.close()


def test_a_file_that_is_no_database_is_said_to_be_unavailable(tmp_path: Path, keys_key: StorageKey) -> None:
    (tmp_path / "database.sqlite").write_bytes(b"an invented letter" * 100)
    database = Database(f"sqlite:///{tmp_path}/database.sqlite", keys_key, os.urandom, Clock())
    with pytest.raises(StoreUnavailable) as caught:
        database.migrate()
    assert str(caught.value) == "SQLITE_NOTADB"
    database.close()


def test_that_the_file_is_another_one_is_found_out_once_for_all_connections(file: Path, keys_key: StorageKey) -> None:
    database = Database(f"sqlite:///{file}", keys_key, os.urandom, Clock())
    marks = select(ProtectedMark)
    with database.read() as one, database.read() as other:  # two connections, both kept open afterwards
        for work in (one, other):
            work.session.exec(marks).all()
    for path in file.parent.glob(f"{file.name}*"):
        path.rename(path.with_name(f"away-{path.name}"))
    file.write_bytes(empty_file())
    with pytest.raises(StoreUnavailable), database.read() as work:
        work.session.exec(marks).all()
    for _ in range(3):
        with database.read() as one, database.read() as other:
            assert [*one.session.exec(marks).all(), *other.session.exec(marks).all()] == []
    database.close()
