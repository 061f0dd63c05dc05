"""The database: that it is there, opens, is whole, and has the schema of this program."""

from collections.abc import Iterator

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Reason, Size, critical, note, warning
from node.store import schema
from node.store.errors import StoreUnavailable, StoreUnusable

JOURNAL_BYTES = 256 << 20
"""SQLite empties its write-ahead log at 4 MB. One that is sixty times as long is held open by something that does not end."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of the database; the others look at what stands in it."""
    file = chart.database_file
    name = chart.settings.postgresql.name if file is None else chart.settings.database
    if file is not None and not file.is_file():
        yield critical("database_missing", file=name)
        return
    try:
        with chart.read() as work:
            connection = work.session.connection()
            current = schema.is_current(connection)
            looks = file is not None and not chart.quick  # PostgreSQL checks its pages itself, if made with data checksums
            damage = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() if looks else None
    except StoreUnusable as error:
        yield critical("database_unfit", reason=Reason(error.reason))
        return
    except StoreUnavailable:
        yield critical("database_unusable", file=name)
        return
    if damage not in (None, "ok"):
        yield critical("database_damaged", file=name)
    if not current:
        yield note("schema_older")
    journal = None if file is None else file.with_name(file.name + "-wal")
    if journal is not None and journal.is_file() and journal.stat().st_size > JOURNAL_BYTES:
        yield warning("journal_large", size=Size(journal.stat().st_size))
