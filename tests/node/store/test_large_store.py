"""A large store goes up, down and up again through every migration, on both databases, and no row of it changes.

All rows are numbers in the form of digests: they stand for nobody.
"""

import hashlib
import os
from collections.abc import Iterator, Set

import pytest
import sqlalchemy as sa
from alembic import command

from crypto.sealing import StorageKey
from node.store.exchange_keys import Lent
from node.store.schema import history

FIRST = "0001"
BATCH = 10_000


def numbers(count: int) -> str:
    """A table of the numbers from 1 to `count`, for both dialects."""
    return f"WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count})"  # noqa: S608


NOBODY_S = Lent(StorageKey.generate(os.urandom), os.urandom)
"""The sealed values here are numbers, which nothing opens: they stay as such values do."""


def fill(connection: sa.Connection, records: int, entries: int) -> None:
    """A store as the first version made it: records, entries of one epoch, and an exchange for every tenth record."""
    kind = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    digits = "substr(CAST(1000000000000000 + i AS TEXT), 2)"  # sixteen
    digest, identifier = " || ".join([digits] * 4), " || ".join([digits] * 2)
    octets = f"CAST({digits} AS {kind})"
    rows = [
        (1, "index_lists (id, audience, entropy, last_addition, last_removal)", "'list', 'all', 'identifiers', i, i"),
        (20, "list_epochs (list_id, epoch, not_before, not_after)", "'list', i, i, i + 1"),
        (
            records,
            "records (digest, authority, record_id, version, kind, raw, current, received)",
            f"{digest}, 'CO', {identifier}, 1, 'network', {octets}, i % 3 > 0, i",
        ),
        (
            entries,
            "index_items (list_id, epoch, identifier, subject, record_id, j, handle, tag, input_sealed, state)",
            f"'list', 1, {digest}, {digest}, {identifier}, i % 5, {octets}, {identifier}, {octets}, 'listed'",
        ),
        (records // 10, "exchange_keys (x, wrapped, created)", f"{identifier}, {octets}, i"),
        (
            records // 10,
            "exchanges (x, peer, direction, type, digest, request_sealed, at)",
            f"{identifier}, 'PE', 'in', 'match_request', {digest}, {octets}, i",
        ),
        (records // 10, "intake (at, kind, x, peer, payload_sealed)", f"i, 'question_answered', {identifier}, 'PE', {octets}"),
    ]
    for count, columns, values in rows:
        connection.execute(sa.text(f"INSERT INTO {columns} {numbers(count)} SELECT {values} FROM numbers"))  # noqa: S608


def told(connection: sa.Connection, columns: dict[str, Set[str]] | None = None) -> dict[str, tuple[int, str]]:
    """Of every table the number of its rows, and a digest over all of them, whatever their order; of `columns` if named."""
    tables = sa.MetaData()
    tables.reflect(connection)
    return {
        table.name: summed(connection, table, sorted(columns[table.name] if columns else table.columns.keys()))
        for table in tables.sorted_tables
        if table.name != "alembic_version" and (columns is None or table.name in columns)
    }


def summed(connection: sa.Connection, table: sa.Table, names: list[str]) -> tuple[int, str]:
    count, total = 0, 0
    query = sa.select(*(table.columns[name] for name in names)).execution_options(yield_per=BATCH)
    for row in connection.execute(query):
        count += 1
        total += int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())
    return count, f"{total % (1 << 256):064x}"


def columns_of(connection: sa.Connection) -> dict[str, Set[str]]:
    tables = sa.MetaData()
    tables.reflect(connection)
    return {table.name: set(table.columns.keys()) for table in tables.sorted_tables if table.name != "alembic_version"}


@pytest.fixture
def first(empty_url: str) -> Iterator[sa.Connection]:
    """A database as the first version made it."""
    engine = sa.create_engine(empty_url)
    with engine.connect() as connection:
        command.upgrade(history(connection), FIRST)
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("records", "entries"),
    [(1_000, 10_000), pytest.param(100_000, 1_000_000, marks=[pytest.mark.deep, pytest.mark.timeout(1800)])],
)
def test_every_record_and_every_entry_goes_up_and_down_and_up_again(first: sa.Connection, records: int, entries: int) -> None:
    fill(first, records, entries)
    before, columns = told(first), columns_of(first)
    assert (before["records"][0], before["index_items"][0]) == (records, entries)
    command.upgrade(history(first, NOBODY_S), "head")
    above = told(first)
    kept = {table: columns[table] & names for table, names in columns_of(first).items() if table in columns}
    assert {"records", "index_items", "exchange_keys", "exchanges", "intake"} <= kept.keys()
    going = told(first, kept)
    command.downgrade(history(first, NOBODY_S), FIRST)
    assert told(first) == before
    assert told(first, kept) == going
    command.upgrade(history(first, NOBODY_S), "head")
    assert told(first) == above


@pytest.mark.parametrize(
    "change", ["DELETE FROM records WHERE version = 1 AND received = 7", "UPDATE index_items SET j = j + 1 WHERE id = 7"]
)
def test_the_digest_sees_one_row_that_is_lost_or_altered(first: sa.Connection, change: str) -> None:
    fill(first, 100, 100)
    before = told(first)
    first.exec_driver_sql(change)
    assert told(first) != before
