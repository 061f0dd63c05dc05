"""Importing a national case export: read whole, then written whole. A second import of the same file changes nothing.

Rows of people under protection are never kept: their identifiers become marks, and what was already listed of them leaves the
index with the next beat.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from sqlmodel import col, delete, select

from node.case_files.problems import Problem
from node.case_files.reading import Row
from node.case_files.reasons import RowReason
from node.case_files.repeats import settle
from node.case_files.rows import RouteRow
from node.flows import broken_off
from node.flows.case_changes import CaseChanges, find_changes
from node.keys import Keys
from node.officers import Analyst
from node.safeguards import minimisation, small_numbers
from node.safeguards.protected import protect, take_back
from node.safeguards.small_numbers import Waiting
from node.store.database import Database, Work, in_parts
from node.store.tables import (
    CaseIdentifier,
    CaseImport,
    CaseNetwork,
    CaseRouteNode,
    CaseSubject,
    ChangedWhilePublished,
    ImportProblem,
    IndexItem,
    Publication,
    PublicationDraft,
    WaitingChange,
)
from node.telemetry.telling import story
from node.telemetry.words import SpanName
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.journal import Act

_PROGRESS_EVERY = 100


@dataclass(frozen=True, repr=False)
class ImportCase:
    """The story's parts."""

    database: Database
    keys: Keys

    def begin(self, officer: Analyst, file_digest: str, total: int) -> str:
        """Open an import and return its id; `run` does the work, and its progress is read from the store.

        `file_digest`: SHA-256, hexadecimal. Kept is a keyed digest of it: else who has the store could test what was in a file.
        """
        with self.database.begin() as work:
            held = CaseImport(
                id=work.new_id(),
                officer_id=officer.id,
                file_digest=self.keys.digest("case files", file_digest.encode()),
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
                changes = find_changes(work, self.keys, settled, work.session.get_one(CaseImport, import_id).officer_id)
            problems = [*settled.problems, *map(_orphan, changes.orphans)]
            problems.sort(key=lambda problem: (problem.file, problem.line))
            sys.audit("celosia.import_case.read")
            with self.database.begin() as work:
                self._write(work, changes)
                self._record(work, import_id, changes, problems)
                sys.audit("celosia.import_case.taken_in")
        except BaseException as error:
            with self.database.begin() as work:
                self._fail(work, work.session.get_one(CaseImport, import_id), broken_off.why(error))
            raise

    def fail_unfinished(self) -> None:
        """At start-up: imports that a stop interrupted took nothing in; say so, and they are run again."""
        with self.database.begin() as work:
            for held in work.session.exec(select(CaseImport).where(CaseImport.state == "running")).all():
                self._fail(work, held, broken_off.NODE_STOPPED)

    @staticmethod
    def _fail(work: Work, held: CaseImport, reason: str) -> None:
        """Nothing of it was taken in. On record by counts and a code: what a row says is not in it."""
        held.state = "failed"
        work.session.add(held)
        work.record(
            Act.IMPORT_FAILED,
            officer=held.officer_id,
            import_id=held.id,
            file=held.file_digest,
            rows=held.rows_read,
            of=held.rows_total,
            reason=reason,
        )

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
        protect(work, self.keys, *changes.guarded)
        for digest in changes.described:
            held = work.session.get_one(CaseNetwork, digest)
            held.description, held.changed = changes.networks[digest]["description"], work.now()
            work.session.add(held)
        work.insert(CaseNetwork, [row for digest, row in changes.networks.items() if digest not in changes.described])
        self._wait(work, changes)
        for network, route in changes.routes:
            of_this = (col(CaseRouteNode.network) == network, col(CaseRouteNode.route) == route)
            work.session.exec(delete(CaseRouteNode).where(*of_this))
        work.insert(CaseRouteNode, list(chain(*changes.routes.values())))
        before = self._roles(work, changes)
        for part in in_parts(changes.forgotten):
            work.session.exec(delete(CaseIdentifier).where(col(CaseIdentifier.subject).in_(part)))
            work.session.exec(delete(CaseSubject).where(col(CaseSubject.digest).in_(part)))
        work.insert(CaseSubject, list(changes.subjects.values()))
        work.insert(CaseIdentifier, list(chain(*changes.identifiers.values())))
        for network, roles in before.items():
            self._keep_telling(work, network, roles)
        take_back(work, self.keys, changes.subjects)
        for part in in_parts(changes.touched):
            self._retire(work, part)
            # whoever bears one of these name keys may be the person of whom the import says something new
            of_names = (col(CaseIdentifier.digest).in_(part), col(CaseIdentifier.key_type) != KEY_TYPE_IDENTIFIER)
            people = select(CaseIdentifier.subject).where(*of_names)
            borne = select(CaseIdentifier.digest).where(col(CaseIdentifier.subject).in_(people)).distinct()
            for more in in_parts(set(work.session.exec(borne).all()) - changes.touched):
                self._retire(work, more)

    @staticmethod
    def _wait(work: Work, changes: CaseChanges) -> None:
        """What records go on saying of a network's victims, and until when."""
        for (network, aspect), waiting in changes.waiting.items():
            work.session.exec(
                delete(WaitingChange).where(col(WaitingChange.network) == network, col(WaitingChange.aspect) == aspect)
            )
            if waiting is not None:
                work.session.add(WaitingChange(network=network, aspect=aspect, told=waiting.told, due=waiting.due))

    @staticmethod
    def _roles(work: Work, changes: CaseChanges) -> dict[str, list[str]]:
        """The roles in each network of which subjects are forgotten, or known otherwise."""
        networks: set[str] = set()
        for part in in_parts(changes.forgotten):
            networks |= set(work.session.exec(select(CaseSubject.network).where(col(CaseSubject.digest).in_(part))).all())
        return {network: minimisation.roles_of(work, network) for network in sorted(networks)}

    def _keep_telling(self, work: Work, network: str, before: Sequence[str]) -> None:
        held = work.session.get(WaitingChange, (network, small_numbers.ROLES))
        pending = None if held is None else Waiting(held.told, held.due)
        after = minimisation.roles_of(work, network)
        wait = partial(small_numbers.wait_of, self.keys, network)
        waiting = small_numbers.roles_still_told(before, after, pending, work.now(), wait)
        if waiting is not None and work.session.get(CaseNetwork, network) is not None:
            work.session.merge(WaitingChange(network=network, aspect=small_numbers.ROLES, told=waiting.told, due=waiting.due))

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
            cleared = minimisation.cleared(work, self.keys, network, identifiers)
            records = [record for record, of in networks.items() if of == network]
            for part in in_parts(records):
                of_them = (col(IndexItem.identifier).in_(identifiers), col(IndexItem.record_id).in_(part))
                for item in work.session.exec(select(IndexItem).where(*of_them, col(IndexItem.state) != "leaving")).all():
                    if (item.identifier, item.bearer) not in cleared:
                        item.state = "leaving"
                        work.session.add(item)

    @staticmethod
    def _record(work: Work, import_id: str, changes: CaseChanges, problems: Sequence[Problem]) -> None:
        rows = [
            {"import_id": import_id, "file": each.file, "line": each.line, "column": each.column or "", "reason": each.code}
            for each in problems
        ]
        work.insert(ImportProblem, rows)
        again = [{"import_id": import_id, "file": row.file, "line": row.line} for row in changes.publish_again]
        work.insert(ChangedWhilePublished, again)
        tally, held = changes.tally, work.session.get_one(CaseImport, import_id)
        held.state = "done"
        held.rows_new, held.rows_changed, held.rows_unchanged = tally.new, tally.changed, tally.unchanged
        held.rows_protected = tally.protected
        work.session.add(held)
        work.record(
            Act.IMPORTED,
            officer=held.officer_id,
            import_id=import_id,
            file=held.file_digest,
            rows=held.rows_read,
            protected=tally.protected,
        )


def _orphan(place: RouteRow) -> Problem:
    return Problem(place.file, place.line, None, RowReason.UNKNOWN_NETWORK, row_imported=False)
