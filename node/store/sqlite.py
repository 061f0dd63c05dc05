"""SQLite as a store: one file, one writer at a time, every commit on the disk before it counts."""

import logging
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, event
from sqlmodel import create_engine

from node.store.errors import StoreUnavailable, StoreUnusable, Unusable
from node.store.units import Unit, unit_of

PREFIX = "sqlite:///"

log = logging.getLogger("celosia.store")

_READERS = 2.0
"""Seconds that an erasure waits for readers who began before it; a backup may read for minutes."""
_AGAIN = 10.0
"""Seconds until the next try after one that somebody was in the way of."""


class Remains:
    """What was erased and may still lie in the write-ahead log, or in the file while the log has not been taken over into it.

    `secure_delete` overwrites in new copies of pages, which go to the log; the old copies stay in both until a checkpoint. Nobody
    knows whether the process before this one got that far, so each begins as if something were left.
    """

    def __init__(self, url: str) -> None:
        """`url` as `sqlite_engine` takes it."""
        self._path = Path(url.removeprefix(PREFIX)).absolute()
        self._left, self._told, self._next = True, False, 0.0

    def sweep(self, *, erased: bool) -> None:
        """Overwrite what the unit of work that was just committed has `erased`, or what an earlier one has left.

        Never fails what is committed: where somebody is in the way, that is told, and one of the next units of work tries again.
        """
        soon = time.monotonic() < self._next
        if not erased and (soon or not self._left):
            return
        self._left = False  # before it is so: what another thread erases meanwhile must not pass for swept
        if _take_over(self._path, _READERS if erased and not soon else 0.0):
            if self._told:
                log.info("erased bytes overwritten")
            self._told = False
            return
        self._left, self._next = True, time.monotonic() + _AGAIN
        if erased and not self._told:
            log.warning("erased bytes remain")
            self._told = True


def sqlite_engine(url: str, patience: int, migration_patience: int) -> Engine:
    """The engine of a file. Patience: seconds that a unit of work, or a migration, waits for another one's end."""
    with suppress(OSError):  # the file, and with it its journals, is its owner's alone from the start
        Path(url.removeprefix(PREFIX)).touch(mode=0o600, exist_ok=True)  # a folder that is not there is told by the first use
    path = Path(url.removeprefix(PREFIX)).absolute()

    # an error text must not carry what was being stored
    engine = create_engine(url, creator=lambda: _connect(path, patience), hide_parameters=True)

    def set_up(connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)
        connection.execute(f"PRAGMA busy_timeout={patience * 1000}")
        _turn_to_wal(connection, time.monotonic() + patience)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        if connection.info["file"] != _identity(path):  # what is written to a file without a name is lost
            connection.invalidate()
            engine.dispose()  # the others too: whoever comes next finds what lies there now
            log.error("database file gone or replaced")
            raise StoreUnavailable("gone")
        unit = unit_of(connection)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if unit is Unit.READ else 'OFF'}")
        if unit is Unit.MIGRATE:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={migration_patience * 1000}")
            # Rebuilding a table drops the old one, which counts as deleting its rows while foreign keys are watched. All of
            # them are looked at before the end instead (sqlite.org/lang_altertable.html, section 7; migrations/env.py).
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN" if unit is Unit.READ else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    return engine


def need_file(url: str) -> None:
    """A node does not begin with an empty database: its peers hold what the one that is gone had promised.

    Raises `StoreUnusable` (store_gone).
    """
    if url.startswith(PREFIX) and not Path(url.removeprefix(PREFIX)).is_file():
        raise StoreUnusable(Unusable.GONE)


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    """Never makes a file: an empty one in the place of one that is gone would pass for it. The driver begins no transaction."""
    name = f"file:{quote(str(path))}?mode=rw"
    return sqlite3.connect(name, uri=True, timeout=patience, isolation_level=None, check_same_thread=False)


def _take_over(path: Path, patience: float) -> bool:
    """Take the whole log over into the file, and empty it. Returns whether that was done within `patience` seconds."""
    try:
        with closing(_connect(path, patience)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not busy


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file has this name now; None if none has."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _turn_to_wal(connection: Any, deadline: float) -> None:
    """Two that turn a new file to WAL at once refuse each other without waiting, whatever the time-out: who lost looks again."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
