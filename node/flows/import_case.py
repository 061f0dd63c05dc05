"""Importing a national case export: read whole, then written whole. A second import of the same file changes nothing.

Rows of people under protection are never kept: their identifiers become marks, and what was already listed of them leaves the
index with the next beat.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlmodel import col, delete, select, update

from node.case_files.problems import Problem
from node.case_files.reading import Row
from node.case_files.reasons import RowReason
from node.case_files.repeats import settle
from node.case_files.rows import RouteRow
from node.flows.case_changes import CaseChanges, Tally, find_changes
from node.keys import Keys
from node.officers import Analyst
from node.safeguards import minimisation
from node.safeguards.protected import protect
from node.store.acts import Act
from node.store.database import Database, Work, in_parts
from node.store.tables import (
    CaseIdentifier,
    CaseImport,
    CaseNetwork,
    CaseRouteNode,
    CaseSubject,
    ImportProblem,
    IndexItem,
    Publication,
    PublicationDraft,
)
from node.telemetry.telling import story
from node.telemetry.words import SpanName

_PROGRESS_EVERY = 100


@dataclass(frozen=True, repr=False)
class ImportCase:
    """The story's parts."""

    database: Database
    keys: Keys

    def begin(self, officer: Analyst, file_digest: str, total: int) -> str:
        """Open an import and return its id; `run` does the work, and its progress is read from the store."""
        with self.database.begin() as work:
            held = CaseImport(
                id=work.new_id(),
                officer_id=officer.id,
                file_digest=file_digest,
                state="running",
                created=work.now(),
                rows_total=total,
            )
            work.session.add(held)
        sys.audit("celosia.import_case.begun")
        return held.id

    @story(SpanName.IMPORT)
    def run(self, import_id: str, rows: Iterable[Row | Problem]) -> None:
        """Read all rows, find what they change, then write it in one unit of work: all or nothing."""
        try:
            settled = settle(self._read(import_id, rows))
            with self.database.read() as work:
                changes = find_changes(work, self.keys, settled)
            problems = [*settled.problems, *map(_orphan, changes.orphans)]
            problems.sort(key=lambda problem: (problem.file, problem.line))
            sys.audit("celosia.import_case.read")
            with self.database.begin() as work:
                self._write(work, changes)
                self._record(work, import_id, changes.tally, problems)
                sys.audit("celosia.import_case.taken_in")
        except BaseException:
            with self.database.begin() as work:
                held = work.session.get_one(CaseImport, import_id)
                held.state = "failed"
                work.session.add(held)
            raise

    def fail_unfinished(self) -> None:
        """At start-up: imports that a stop interrupted took nothing in; say so, and they are run again."""
        with self.database.begin() as work:
            for held in work.session.exec(select(CaseImport).where(CaseImport.state == "running")).all():
                held.state = "failed"
                work.session.add(held)

    def _read(self, import_id: str, rows: Iterable[Row | Problem]) -> list[Row | Problem]:
        read: list[Row | Problem] = []
        lines: set[tuple[str, int]] = set()
        for row in rows:
            read.append(row)
            lines.add((row.file, row.line))
            if len(lines) % _PROGRESS_EVERY == 0:
                self._progress(import_id, len(lines))
        self._progress(import_id, len(lines))
        return read

    def _progress(self, import_id: str, lines: int) -> None:
        with self.database.begin() as work:
            held = work.session.get_one(CaseImport, import_id)
            held.rows_read = lines
            work.session.add(held)

    def _write(self, work: Work, changes: CaseChanges) -> None:
        # people under protection first: no order of rows may let their identifiers through
        protect(work, self.keys, changes.guarded)
        for digest in changes.described:
            held = work.session.get_one(CaseNetwork, digest)
            held.description, held.changed = changes.networks[digest]["description"], work.now()
            work.session.add(held)
        work.insert(CaseNetwork, [row for digest, row in changes.networks.items() if digest not in changes.described])
        for network, route in changes.routes:
            of_this = (col(CaseRouteNode.network) == network, col(CaseRouteNode.route) == route)
            work.session.exec(delete(CaseRouteNode).where(*of_this))
        work.insert(CaseRouteNode, list(chain(*changes.routes.values())))
        for part in in_parts(changes.forgotten):
            work.session.exec(delete(CaseIdentifier).where(col(CaseIdentifier.subject).in_(part)))
            work.session.exec(delete(CaseSubject).where(col(CaseSubject.digest).in_(part)))
        work.insert(CaseSubject, list(changes.subjects.values()))
        work.insert(CaseIdentifier, list(chain(*changes.identifiers.values())))
        for part in in_parts(changes.touched):
            self._retire(work, part)

    def _retire(self, work: Work, identifiers: Sequence[str]) -> None:
        """What is listed and would not be any more, by what this import says, leaves the index with the next beat.

        Nothing is added: that takes two officers.
        """
        networks = dict(
            work.session.exec(
                select(PublicationDraft.record_id, Publication.network)
                .join(Publication, col(Publication.id) == col(PublicationDraft.publication_id))
                .join(IndexItem, col(IndexItem.record_id) == col(PublicationDraft.record_id))
                .where(Publication.state == "published", PublicationDraft.source == "network")
                .where(col(IndexItem.identifier).in_(identifiers))
                .distinct()
            ).all()
        )
        for network in set(networks.values()):
            gone = sorted(set(identifiers) - minimisation.cleared(work, self.keys, network, identifiers))
            records = [record for record, of in networks.items() if of == network]
            for part in in_parts(records):
                of_them = (col(IndexItem.identifier).in_(gone), col(IndexItem.record_id).in_(part))
                work.session.exec(update(IndexItem).where(*of_them, col(IndexItem.state) != "leaving").values(state="leaving"))

    @staticmethod
    def _record(work: Work, import_id: str, tally: Tally, problems: Sequence[Problem]) -> None:
        rows = [
            {"import_id": import_id, "file": each.file, "line": each.line, "column": each.column or "", "reason": each.code}
            for each in problems
        ]
        work.insert(ImportProblem, rows)
        held = work.session.get_one(CaseImport, import_id)
        held.state = "done"
        held.rows_new, held.rows_changed, held.rows_unchanged = tally.new, tally.changed, tally.unchanged
        held.rows_protected = tally.protected
        work.session.add(held)
        work.record(Act.IMPORTED, officer=held.officer_id, import_id=import_id, rows=held.rows_read, file=held.file_digest)


def _orphan(place: RouteRow) -> Problem:
    return Problem(place.file, place.line, None, RowReason.UNKNOWN_NETWORK, row_imported=False)
