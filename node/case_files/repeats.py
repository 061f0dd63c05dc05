"""What an export says twice. Said twice alike, it counts once; said otherwise, the first row stands and the other is told.

Whoever is protected in one row is protected in all: an export that calls one subject a victim here and a suspect there is read as
the first, wherever the two rows stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from node.case_files.problems import Problem
from node.case_files.reading import Row
from node.case_files.reasons import RowReason
from node.case_files.rows import NetworkRow, RouteRow, SubjectRow

_Key = tuple[str, ...]


@dataclass(repr=False)
class Settled:
    """The rows of an export, each in one place. `protected` rows leave marks only."""

    protected: list[SubjectRow] = field(default_factory=list)
    subjects: list[SubjectRow] = field(default_factory=list)
    networks: list[NetworkRow] = field(default_factory=list)
    routes: list[RouteRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def settle(rows: Sequence[Row | Problem]) -> Settled:
    """Every row of `rows` in its place; of a subject, a network or a place of a route that stands twice otherwise, the first."""
    settled = Settled()
    guarded = {_key(row) for row in rows if isinstance(row, SubjectRow) and row.protected and row.subject}
    first: dict[_Key, Row] = {}
    for row in rows:
        if isinstance(row, Problem):
            settled.problems.append(row)
            continue
        if isinstance(row, SubjectRow) and (row.protected or _key(row) in guarded):
            settled.protected.append(row)
            if not row.protected:
                settled.problems.append(_repeated(row))
            continue
        known = first.setdefault(_key(row), row)
        if _content(known) != _content(row):
            settled.problems.append(_repeated(row))
        elif isinstance(row, SubjectRow):
            settled.subjects.append(row)
        elif isinstance(row, NetworkRow):
            settled.networks.append(row)
        elif known is row:
            settled.routes.append(row)
    return settled


def _key(row: Row) -> _Key:
    if isinstance(row, SubjectRow):
        return ("subject", row.network, row.subject)
    if isinstance(row, NetworkRow):
        return ("network", row.network)
    return ("route", row.network, row.route, str(row.order))


def _content(row: Row) -> Row:
    """The row without its place in the export."""
    return replace(row, line=0, file="")


def _repeated(row: Row) -> Problem:
    return Problem(row.file, row.line, None, RowReason.REPEATED, row_imported=False)
