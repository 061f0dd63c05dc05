"""SQLite as a store: one file, one writer at a time, every commit on the disk before it counts."""

import logging
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, event
from sqlmodel import create_engine

from node.store.errors import StoreUnavailable, StoreUnusable, Unusable
from node.store.units import Unit, unit_of

PREFIX = "sqlite:///"

log = logging.getLogger("celosia.store")


def sqlite_engine(url: str, patience: int, migration_patience: int) -> Engine:
    """The engine of a file. Patience: seconds that a unit of work, or a migration, waits for another one's end."""
    with suppress(OSError):  # the file, and with it its journals, is its owner's alone from the start
        Path(url.removeprefix(PREFIX)).touch(mode=0o600, exist_ok=True)  # a folder that is not there is told by the first use
    path = Path(url.removeprefix(PREFIX)).absolute()

    def connect() -> sqlite3.Connection:  # never makes a file: an empty one in the place of one that is gone would pass for it
        return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, check_same_thread=False)

    # an error text must not carry what was being stored
    engine = create_engine(url, creator=connect, hide_parameters=True)

    def set_up(connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)
        connection.isolation_level = None  # the driver must not begin by itself: `begin` does
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
