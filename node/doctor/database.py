"""The database: that it is there, opens, is whole, and has the schema of this program."""

from collections.abc import Iterator

from node.doctor.chart import Chart
from node.doctor.findings import Finding, Reason, Size, critical, note, warning
from node.store import schema
from node.store.errors import StoreUnavailable, StoreUnusable

JOURNAL_BYTES = 256 << 20
"""SQLite empties its write-ahead log at 4 MB. One that is sixty times as long is held open by something that does not end."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of the database file; the others look at what stands in it."""
    if not chart.database_file.is_file():
        yield critical("database_missing", file=chart.settings.database)
        return
    try:
        with chart.read() as work:
            connection = work.session.connection()
            current = schema.is_current(connection)
            damage = None if chart.quick else connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    except StoreUnusable as error:
        yield critical("database_unfit", reason=Reason(error.reason))
        return
    except StoreUnavailable:
        yield critical("database_unusable", file=chart.settings.database)
        return
    if damage not in (None, "ok"):
        yield critical("database_damaged", file=chart.settings.database)
    if not current:
        yield note("schema_older")
    journal = chart.database_file.with_name(chart.database_file.name + "-wal")
    if journal.is_file() and journal.stat().st_size > JOURNAL_BYTES:
        yield warning("journal_large", size=Size(journal.stat().st_size))
