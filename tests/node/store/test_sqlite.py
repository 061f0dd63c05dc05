"""SQLite: what every connection is set to, why a unit of work locks at its start, and that the file keeps nothing erased."""

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select

from crypto.sealing import StorageKey
from node.store.database import Database
from node.store.erasing import erase_exchange
from node.store.errors import StoreUnavailable
from node.store.sqlite import Remains
from node.store.tables import Exchange, ExchangeKey, ProtectedMark
from tests.new_stores import empty_file
from tests.node.conftest import Clock
from tests.node.store.test_erasing import said

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


class Store:
    """A node's file with one exchange in it: its wrapped key and its request, in the file itself and in the log beside it."""

    def __init__(self, file: Path, key: StorageKey) -> None:
        self.file, self._key = file, key
        self.database = Database(f"sqlite:///{file}", key, os.urandom, Clock())
        self.anything()  # a process sweeps once when it begins
        with self.database.begin() as work:
            self.exchange = said(work, "out")
            key_row = work.session.get_one(ExchangeKey, self.exchange)
            self.secrets = [key_row.wrapped, work.session.get_one(Exchange, self.exchange).request_sealed or b""]
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def erase(self) -> None:
        with self.database.begin() as work:
            erase_exchange(work, self.exchange)

    def anything(self) -> None:
        """A unit of work that erases nothing."""
        with self.database.begin() as work:
            work.session.add(ProtectedMark(mark=work.new_id(), entry="somebody"))

    def holding(self, secret: bytes) -> set[str]:
        """The files in which these bytes stand."""
        return {path.name for path in self.file.parent.glob(f"{self.file.name}*") if secret in path.read_bytes()}

    def is_clean(self) -> bool:
        return not any(map(self.holding, self.secrets))


@pytest.fixture
def store(file: Path, keys_key: StorageKey) -> Iterator[Store]:
    made = Store(file, keys_key)
    yield made
    made.database.close()


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "celosia.store"]


def test_what_was_erased_stands_in_no_byte_of_the_file_and_of_its_log(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    assert [store.holding(secret) for secret in store.secrets] == [{"database.sqlite", "database.sqlite-wal"}] * 2
    store.erase()
    assert store.is_clean()
    assert events(caplog) == []


def test_without_the_sweep_it_would_stand_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Remains, "sweep", lambda _self, *, erased: None)
    store.erase()
    assert all("database.sqlite" in store.holding(secret) for secret in store.secrets)


def test_what_a_reader_was_in_the_way_of_goes_when_it_has_ended_and_both_are_told(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("node.store.sqlite._READERS", 0.05)
    monkeypatch.setattr("node.store.sqlite._AGAIN", 0.0)
    with store.database.read() as reader:
        reader.session.exec(select(ProtectedMark)).all()
        store.erase()
        store.anything()
        assert not store.is_clean()
    assert events(caplog) == ["erased bytes remain"]
    store.anything()
    assert store.is_clean()
    assert events(caplog) == ["erased bytes remain", "erased bytes overwritten"]


def test_who_is_in_the_way_for_long_holds_nobody_up_again_and_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[float] = []
    monkeypatch.setattr("node.store.sqlite._take_over", lambda _path, patience: tried.append(patience))
    store.erase()
    store.anything()
    store.erase()
    assert tried == [2.0, 0.0]


def test_a_process_that_was_stopped_before_the_sweep_leaves_it_to_the_next(
    store: Store, keys_key: StorageKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr(Remains, "sweep", lambda _self, *, erased: None)
        store.erase()
    assert not store.is_clean()
    following = Database(f"sqlite:///{store.file}", keys_key, os.urandom, Clock())
    with following.begin() as work:
        work.session.add(ProtectedMark(mark="later", entry="somebody"))
    assert store.is_clean()
    following.close()


def test_a_file_that_cannot_be_swept_fails_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    remains = Remains(f"sqlite:///{tmp_path}/gone.sqlite")
    for _ in range(2):
        remains.sweep(erased=True)
    assert events(caplog) == ["erased bytes remain"]
    assert list(tmp_path.iterdir()) == []
