"""New stores for the tests: their schema is set down at once, as the migrations leave it.

Going through every migration takes a third of a second, and hundreds of stories found three nodes each. That the way there is
whole, on both databases and in both directions, is the story of `tests/node/store/test_migrations.py`, which takes every step.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from crypto.sealing import StorageKey
from node.store import schema
from node.store.database import Database
from node.store.exchange_keys import Lent

STEP_BY_STEP = schema.upgrade


@cache
def empty_file() -> bytes:
    """A file of SQLite with this version's schema and no row, migrated once in a process."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "upgrade", STEP_BY_STEP)
        path = Path(folder) / "database.sqlite"
        made = Database(f"sqlite:///{path}", StorageKey.generate(os.urandom), os.urandom, lambda: 0)
        made.migrate()
        made.close()
        return path.read_bytes()


@cache
def _statements() -> tuple[str, ...]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.deserialize(_without_journal(empty_file()))
        return tuple(line for line in driver.iterdump() if not line.startswith(("BEGIN", "COMMIT")))


def _without_journal(file: bytes) -> bytes:
    """SQLite opens no file in memory whose header says that it has a journal beside it (sqlite.org/fileformat, 1.3.3)."""
    return file[:18] + b"\x01\x01" + file[20:]


@contextmanager
def at_once() -> Iterator[None]:
    """Within, a new file gets the schema in one go. What has a table already, and PostgreSQL, is migrated step by step."""

    def upgrade(connection: sa.Connection, lent: Lent, to: str = schema.HEAD) -> None:
        if to == schema.HEAD and connection.dialect.name == "sqlite" and not sa.inspect(connection).get_table_names():
            for statement in _statements():
                connection.exec_driver_sql(statement)
        else:
            STEP_BY_STEP(connection, lent, to)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "upgrade", upgrade)
        yield
