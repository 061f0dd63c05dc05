"""PostgreSQL as a store: the same units of work as on SQLite, several processes at a time, every commit flushed before it counts.

A unit of work that writes takes one lock of its database at its start and is alone until its end, as `BEGIN IMMEDIATE` makes it
on SQLite: what it reads is what it writes on (ADR 19). Readers wait for nobody and see one moment.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlmodel import create_engine

from node.store.errors import StoreUnusable, Unusable
from node.store.units import Unit, unit_of

PREFIX = "postgresql+psycopg://"
_WRITERS = int.from_bytes(b"celosia", "big")
"""The advisory lock of who writes. Such locks belong to one database; a node has its own."""
_OLDEST = 150000
"""PostgreSQL 15: older ones let every account create tables in the schema `public`."""
_STATEMENT_SECONDS = 120
"""A statement takes longer only on a server that hangs: deleting an epoch of a million entries takes about ten seconds."""
_CONNECT_SECONDS = 5
_SILENT_SECONDS = 20
"""A partner that is silent for so long is gone: the server then ends our transaction and with it the lock, and we ours."""
_CONNECTIONS = 10
_CONNECTIONS_AT_MOST = 30
"""More work than this waits for a connection as it would for the lock. A server takes 100 clients by default."""


def postgres_engine(url: str, patience: int, migration_patience: int) -> Engine:
    """The engine of a database. Patience: seconds that a unit of work, or a migration, waits for another one's end.

    Every connection is checked when it is made: `StoreUnusable` if commits on it would not be safe or text not in the order of
    its code points.
    """
    settings = {
        "application_name": "celosia",
        "default_transaction_isolation": "read\\ committed",
        "lock_timeout": f"{patience}s",
        "statement_timeout": f"{_STATEMENT_SECONDS}s",
        "synchronous_commit": "on",
        "tcp_keepalives_idle": _SILENT_SECONDS // 2,
        "tcp_keepalives_interval": _SILENT_SECONDS // 4,
        "tcp_keepalives_count": 2,
        "tcp_user_timeout": f"{_SILENT_SECONDS}s",
    }
    engine = create_engine(
        url,
        hide_parameters=True,  # an error text must not carry what was being stored
        pool_pre_ping=True,  # after the server was away, the next unit of work gets a new connection
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS_AT_MOST - _CONNECTIONS,
        pool_timeout=patience,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "client_encoding": "utf8",
            "connect_timeout": _CONNECT_SECONDS,
            "keepalives_idle": _SILENT_SECONDS // 2,
            "keepalives_interval": _SILENT_SECONDS // 4,
            "keepalives_count": 2,
            "tcp_user_timeout": _SILENT_SECONDS * 1000,
        },
    )

    def begin(connection: Connection) -> None:
        unit = unit_of(connection)
        if unit is Unit.READ:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return
        if unit is Unit.MIGRATE:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{migration_patience}s'")
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")

    event.listen(engine, "connect", _check)
    event.listen(engine, "begin", begin)
    return engine


def _check(connection: Any, _record: object) -> None:
    """Close a connection, and raise `StoreUnusable`, where the server would lose what it said was kept, or sort otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('full_page_writes'),"
            " current_setting('synchronous_commit'), current_setting('server_encoding'),"
            " (SELECT array_agg(sign ORDER BY sign) FROM unnest(ARRAY['a', 'B', '_', '1', '-2']) AS sign)"
        )
        reason = unusable(*cursor.fetchone())
    connection.rollback()
    if reason is not None:
        connection.close()
        raise StoreUnusable(reason)


def unusable(
    version: int, fsync: str, full_page_writes: str, synchronous_commit: str, encoding: str, order: Sequence[str]
) -> Unusable | None:
    """Why a server with these settings must not be used, None if it may. `order`: how it sorts five texts."""
    if version < _OLDEST:
        return Unusable.TOO_OLD
    # a pooler between us and the server may not pass our settings on
    if (fsync, full_page_writes, synchronous_commit) != ("on", "on", "on"):
        return Unusable.NOT_DURABLE
    if encoding != "UTF8":
        return Unusable.NOT_UTF8
    # SQLite compares bytes; a language's order also changes with the machine's libraries, and breaks indexes when it does
    if order != ["-2", "1", "B", "_", "a"]:
        return Unusable.OTHER_ORDER
    return None


def server_life(connection: Connection) -> str:
    """When the server that answers began and where it is: after a failover it is another one."""
    return str(connection.exec_driver_sql("SELECT concat(pg_postmaster_start_time(), ' ', inet_server_addr())").scalar_one())
