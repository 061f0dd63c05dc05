"""Whole tables as lines, out of one database and into another, whatever either of them is: for backups.

Tables are read as they lie there, not as this version's models say: an older schema is put back before it is migrated.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, func, select, text

from node.store.database import Work

ROWS = 500
"""Rows that are read or written in one go."""
HISTORY = "alembic_version"

Row = list[Any]


def tables_of(work: Work) -> list[Table]:
    """All tables with content of their own, each after those that it refers to."""
    found = MetaData()
    found.reflect(work.session.connection())
    return [table for table in found.sorted_tables if table.name != HISTORY]


def revision_of(work: Work) -> str:
    """The revision of the schema."""
    return str(work.session.connection().execute(text(f"SELECT version_num FROM {HISTORY}")).scalar_one())  # noqa: S608  a constant


def read_rows(work: Work, table: Table) -> Iterator[list[Row]]:
    """All rows, in the order of their keys, some at a time, as JSON has them: bytes are `{"b": base64}`."""
    connection: Connection = work.session.connection()
    # the option belongs to the statement: on the connection it would stay, and make a cursor of whatever comes next
    rows = connection.execute(select(table).order_by(*table.primary_key.columns).execution_options(yield_per=ROWS))
    for part in rows.partitions():
        yield [[_out(value) for value in row] for row in part]


def write_rows(work: Work, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Put rows back. Raises `ValueError` when they are not the table's."""
    if not set(columns) <= set(table.columns.keys()) or any(len(row) != len(columns) for row in rows):
        raise ValueError("rows of another table")
    values = [dict(zip(columns, map(_in, row), strict=True)) for row in rows]
    if values:
        work.session.connection().execute(table.insert(), values)


def go_on_counting(work: Work, table: Table) -> None:
    """After rows came with their numbers: what counts them must not give the same numbers again. SQLite looks by itself."""
    connection = work.session.connection()
    column = _counted(table)
    if column is not None and connection.dialect.name == "postgresql":
        most = connection.execute(select(func.max(column))).scalar_one()
        if most is not None:
            named = {"table": f'"{table.name}"', "column": column.name, "most": most}
            connection.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :most)"), named)


def _counted(table: Table) -> Column[Any] | None:
    keys = list(table.primary_key.columns)
    return keys[0] if len(keys) == 1 and keys[0].name == "id" and keys[0].type.python_type is int else None


def _out(value: Any) -> Any:
    return {"b": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _in(value: Any) -> Any:
    return base64.b64decode(value["b"]) if isinstance(value, dict) else value
