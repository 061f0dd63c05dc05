"""PostgreSQL: every failure of the server is one error, the next unit of work goes on, and an unsafe server is refused.

The server of these tests is their own: they stop it, fill it up and set it wrong.
"""

import os
import traceback
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy import make_url
from sqlmodel import select

from crypto.sealing import StorageKey
from node.store.database import Database
from node.store.errors import NotStorable, StoreUnavailable, StoreUnusable, Unusable
from node.store.postgres import unusable
from node.store.tables import ProtectedMark
from tests.node.conftest import NAME, Clock
from tests.postgres_server import OwnServer, libpq

KEY = StorageKey.generate(os.urandom)
SOUND = (150_000, "on", "on", "on", "UTF8", ["-2", "1", "B", "_", "a"])


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    with OwnServer() as server:
        yield server


@pytest.fixture
def url(own: OwnServer) -> Iterator[str]:
    """An empty database of this version's schema on the tests' own server."""
    with own.server.database() as made:
        database = open_at(made)
        database.migrate()
        database.close()
        yield made


def open_at(url: str, patience: int = 20) -> Database:
    return Database(url, KEY, os.urandom, Clock(), patience=patience)


def put(database: Database, mark: str) -> None:
    with database.begin() as work:
        work.session.add(ProtectedMark(mark=mark, entry="somebody"))


def marks(database: Database) -> set[str]:
    with database.read() as work:
        return set(work.session.exec(select(ProtectedMark.mark)).all())


def alter(own: OwnServer, url: str, what: str) -> None:
    """Set something for one database; it holds for connections made from then on."""
    own.server.command(sql.SQL("ALTER DATABASE {} " + what).format(sql.Identifier(str(make_url(url).database))))


def test_every_connection_waits_and_commits_as_on_sqlite_whatever_the_server_s_defaults_are(own: OwnServer, url: str) -> None:
    for setting in ("synchronous_commit = off", "lock_timeout = 0", "default_transaction_isolation = serializable"):
        alter(own, url, f"SET {setting}")
    database = open_at(url)
    with database.begin() as work:
        names = ("synchronous_commit", "lock_timeout", "transaction_isolation", "transaction_read_only")
        held = [work.session.connection().exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    assert held == ["on", "20s", "read committed", "off"]
    with database.read() as work:
        held = [work.session.connection().exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    assert held == ["on", "20s", "repeatable read", "on"]
    database.close()


def test_without_the_writers_lock_two_that_looked_first_would_both_write(url: str) -> None:
    """What the lock prevents, shown on connections without it: both see no mark, both write, and both are kept."""
    one, other = (psycopg.connect(libpq(make_url(url))) for _ in range(2))
    for connection in (one, other):
        assert connection.execute("SELECT count(*) FROM protected_marks").fetchone() == (0,)
    for connection, mark in ((one, "one"), (other, "other")):
        connection.execute("INSERT INTO protected_marks VALUES (%s, 'somebody', 1)", [mark])
        connection.commit()
        connection.close()
    database = open_at(url)
    assert marks(database) == {"one", "other"}
    database.close()


def test_a_connection_that_the_server_cuts_in_the_middle_leaves_nothing_and_the_next_unit_of_work_goes_on(url: str) -> None:
    database = open_at(url)
    put(database, "before")
    with pytest.raises(StoreUnavailable) as caught, database.begin() as work:
        work.session.add(ProtectedMark(mark="cut", entry="somebody"))
        work.session.flush()
        pid = work.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with psycopg.connect(libpq(make_url(url)), autocommit=True) as administrator:
            administrator.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        work.session.add(ProtectedMark(mark="after the cut", entry="somebody"))
        work.session.flush()
    assert str(caught.value) == "57P01"
    put(database, "after")
    assert marks(database) == {"before", "after"}
    database.close()


def test_a_server_that_is_away_is_unavailable_until_it_is_back(own: OwnServer, url: str) -> None:
    database = open_at(url)
    put(database, "before")
    own.stop()
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                put(database, "lost")
            with pytest.raises(StoreUnavailable):
                marks(database)
    finally:
        own.start()
    assert marks(database) == {"before"}
    put(database, "after")
    assert marks(database) == {"before", "after"}
    database.close()


def test_a_server_that_takes_no_more_connections_is_unavailable_until_it_does(own: OwnServer, url: str) -> None:
    account = sql.Identifier(f"limited_{os.urandom(4).hex()}")
    own.server.command(
        sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 1 IN ROLE pg_read_all_data, pg_write_all_data").format(account)
    )
    limited = make_url(url).set(username=account.as_string().strip('"')).render_as_string()
    first, second = open_at(limited), open_at(limited)
    with first.read() as work:
        assert work.session.exec(select(ProtectedMark)).all() == []
        with pytest.raises(StoreUnavailable):
            put(second, "too many")
    first.close()
    put(second, "room again")
    assert marks(second) == {"room again"}
    second.close()
    own.server.command(sql.SQL("DROP ROLE {}").format(account))


def test_a_database_that_became_read_only_can_be_read_and_is_unavailable_for_writing(own: OwnServer, url: str) -> None:
    alter(own, url, "SET default_transaction_read_only = on")
    database = open_at(url)
    with pytest.raises(StoreUnavailable) as caught:
        put(database, "refused")
    assert str(caught.value) == "25006"
    assert marks(database) == set()
    database.close()


@pytest.mark.parametrize(
    "state", ["53100", "53200", "58030", "40P01", "XX001"], ids=["disk full", "no memory", "device", "deadlock", "damaged"]
)
def test_whatever_the_server_lacks_is_one_error_and_nothing_is_kept(url: str, state: str) -> None:
    database = open_at(url)
    with pytest.raises(StoreUnavailable) as caught, database.begin() as work:
        work.session.add(ProtectedMark(mark="lost", entry="somebody"))
        work.session.flush()
        work.session.connection().exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$")
    assert str(caught.value) == state
    assert marks(database) == set()
    database.close()


def test_who_waits_too_long_for_another_s_end_is_told_so(url: str) -> None:
    database, impatient = open_at(url), open_at(url, patience=1)
    with database.begin(), pytest.raises(StoreUnavailable) as caught:
        put(impatient, "refused")
    assert str(caught.value) == "55P03"
    put(impatient, "taken")
    assert marks(database) == {"taken"}
    impatient.close()
    database.close()


@pytest.mark.parametrize("mark", ["m" * 65, "a\x00b"])
def test_what_fits_no_column_is_refused_with_nothing_of_it(url: str, mark: str) -> None:
    database = open_at(url)
    with pytest.raises(NotStorable) as caught:
        put(database, mark)
    assert mark not in "".join(traceback.format_exception(caught.value))
    assert marks(database) == set()
    database.close()


def test_the_driver_repeats_values_and_what_leaves_the_store_does_not(url: str) -> None:
    with psycopg.connect(libpq(make_url(url))) as connection, pytest.raises(psycopg.IntegrityError, match=NAME):
        for _ in range(2):  # the leak, as it would be
            connection.execute("INSERT INTO protected_marks VALUES (%s, 'somebody', 1)", [NAME])
    database = open_at(url)
    put(database, NAME)
    with pytest.raises(sa.exc.IntegrityError, match="protected_marks_pkey") as caught:
        put(database, NAME)
    assert NAME not in "".join(traceback.format_exception(caught.value))
    database.close()


# A server that must not be used


def test_a_server_that_does_not_flush_is_refused() -> None:
    with OwnServer(fsync="off") as careless, careless.server.database() as url:
        database = open_at(url)
        with pytest.raises(StoreUnusable) as caught:
            database.migrate()
        assert caught.value.reason is Unusable.NOT_DURABLE
        database.close()


def test_a_database_in_another_encoding_is_refused(own: OwnServer) -> None:
    with own.server.database(encoding="SQL_ASCII") as url:
        database = open_at(url)
        with pytest.raises(StoreUnusable) as caught, database.read() as work:
            work.session.exec(select(ProtectedMark)).all()
        assert caught.value.reason is Unusable.NOT_UTF8
        database.close()


def test_an_account_that_may_not_make_tables_is_told_so(own: OwnServer) -> None:
    account = sql.Identifier(f"stranger_{os.urandom(4).hex()}")
    own.server.command(sql.SQL("CREATE ROLE {} LOGIN").format(account))
    with own.server.database() as url:
        database = open_at(make_url(url).set(username=account.as_string().strip('"')).render_as_string())
        with pytest.raises(StoreUnusable) as caught:
            database.migrate()
        assert caught.value.reason is Unusable.NO_RIGHT
        database.close()
    own.server.command(sql.SQL("DROP ROLE {}").format(account))


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (0, 149_999, Unusable.TOO_OLD),
        (1, "off", Unusable.NOT_DURABLE),
        (2, "off", Unusable.NOT_DURABLE),
        (3, "off", Unusable.NOT_DURABLE),
        (3, "local", Unusable.NOT_DURABLE),
        (4, "LATIN1", Unusable.NOT_UTF8),
        (5, ["_", "1", "-2", "a", "B"], Unusable.OTHER_ORDER),  # as in Spanish
    ],
)
def test_each_unsafe_setting_is_seen(place: int, value: object, reason: Unusable) -> None:
    assert unusable(*SOUND) is None
    server: list[Any] = [*SOUND]
    server[place] = value
    assert unusable(*server) is reason
