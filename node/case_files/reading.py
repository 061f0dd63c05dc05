"""A country's export to typed rows: the files as a whole first, then row by row."""

import collections.abc
from collections.abc import Iterator
from datetime import date

from node.case_files.errors import FilesDiffer
from node.case_files.mapping import AnyFile, Mapping, NetworksFile, SubjectsFile
from node.case_files.networks import read_network
from node.case_files.problems import Problem
from node.case_files.reasons import FileReason
from node.case_files.routes import read_route
from node.case_files.rows import NetworkRow, RouteRow, SubjectRow
from node.case_files.subjects import read_subject
from node.case_files.tables import TableRow, UnreadableRow, read_table

Row = SubjectRow | NetworkRow | RouteRow
Files = collections.abc.Mapping[str, bytes]
"""A file's bytes by its path in the mapping."""


def count_rows(mapping: Mapping, files: Files) -> int:
    """How many rows with any text the tables have, headers apart: the total of a progress bar.

    Raises `CaseFileError` for whatever is wrong with a file as a whole, up to its last byte.
    """
    return sum(1 for _ in _table_rows(mapping, files))


def read_rows(mapping: Mapping, files: Files, today: date) -> Iterator[Row | Problem]:
    """Every row that can be taken, in the order of the mapping and of its files, and a `Problem` for whatever cannot.

    All files are read to their end once before the first row comes out. So `CaseFileError` is raised before any row and never
    between two: an export is taken up row by row, but a broken file not by half. `today` judges birth dates.
    """
    networks = _networks(mapping, files)
    for file, row in _table_rows(mapping, files):
        if isinstance(row, UnreadableRow):
            yield Problem(file.name, row.line, None, row.reason, row_imported=False)
        elif isinstance(file, SubjectsFile):
            yield from read_subject(file, mapping.country, networks, today, row)
        elif isinstance(file, NetworksFile):
            yield from read_network(file, row)
        else:
            yield from read_route(file, networks, row)


def _networks(mapping: Mapping, files: Files) -> frozenset[str] | None:
    """The networks that the export's own tables name, None if it has no such table; and every file read to its end."""
    named = {
        row.cells.get(file.columns.network, "")
        for file, row in _table_rows(mapping, files)
        if isinstance(file, NetworksFile) and isinstance(row, TableRow)
    }
    return frozenset(named) if any(isinstance(file, NetworksFile) for file in mapping.files) else None


def _table_rows(mapping: Mapping, files: Files) -> Iterator[tuple[AnyFile, TableRow | UnreadableRow]]:
    wanted = {file.path: file.name for file in mapping.files}
    for path, name in wanted.items():
        if path not in files:
            raise FilesDiffer(FileReason.FILE_MISSING, file=name)
    if len(files) > len(wanted):
        # A file's name was chosen by whoever sent it, so it is not repeated.
        raise FilesDiffer(FileReason.FILE_NOT_MAPPED, file="files")
    for file in mapping.files:
        for row in read_table(files[file.path], file):
            yield file, row
