"""SQLite as a store: one file, one writer at a time, every commit on the disk before it counts."""

import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlmodel import create_engine

from node.store.units import Unit, unit_of

PREFIX = "sqlite:///"


def sqlite_engine(url: str, patience: int, migration_patience: int) -> Engine:
    """The engine of a file. Patience: seconds that a unit of work, or a migration, waits for another one's end."""
    with suppress(OSError):  # the file, and with it its journals, is its owner's alone from the start
        Path(url.removeprefix(PREFIX)).touch(mode=0o600, exist_ok=True)  # a folder that is not there is told by the first use
    engine = create_engine(url, hide_parameters=True)  # an error text must not carry what was being stored

    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin by itself: `begin` does
        connection.execute(f"PRAGMA busy_timeout={patience * 1000}")
        _turn_to_wal(connection, time.monotonic() + patience)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
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
