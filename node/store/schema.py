"""The schema's history: whether a database is at its end, and the way there."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, literal, select, table

from node.store.errors import StoreUnusable, Unusable
from node.store.exchange_keys import Lent

HEAD = "head"
_MIGRATIONS = str(Path(__file__).parent / "migrations")


def history(connection: Connection, lent: Lent | None = None) -> Config:
    """Alembic's view of the migrations, run on `connection`.

    Without what is `lent`, a migration that changes how values are sealed ends with `KeyError` as soon as there is one.
    """
    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    config.attributes["connection"] = connection
    if lent is not None:
        config.attributes |= {"bind_anew": lent.bind_anew, "seal": lent.seal, "open": lent.open}
    return config


def is_current(connection: Connection) -> bool:
    """Whether the schema is this version's. Raises `StoreUnusable` for one that a later version made."""
    held = MigrationContext.configure(connection).get_current_heads()
    if not all(knows(revision) for revision in held):
        raise StoreUnusable(Unusable.NEWER_SCHEMA)
    return set(held) == {_head()}


def is_empty(connection: Connection) -> bool:
    """Whether no table has a row but the one that says where in the history the schema stands."""
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    rows = (connection.execute(select(literal(1)).select_from(table(name)).limit(1)).first() for name in names)
    return all(row is None for row in rows)


def upgrade(connection: Connection, lent: Lent, to: str = HEAD) -> None:
    """Every migration that is missing up to `to`, in the transaction that has begun on `connection`."""
    command.upgrade(history(connection, lent), to)


def knows(revision: str) -> bool:
    """Whether this version's schema has that revision in its past."""
    return revision in _revisions()


def _head() -> str:
    return _revisions()[0]


@cache
def _revisions() -> tuple[str, ...]:
    """This version's history from its head on. It is installed with the code, so a process reads it once."""
    script = ScriptDirectory(_MIGRATIONS)
    return tuple(each.revision for each in script.walk_revisions())
