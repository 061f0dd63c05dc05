"""Importing a national case export: read whole, then taken in whole. A second import of the same file changes nothing.

Rows of people under protection are never kept: their identifiers become marks, and what was already listed of them leaves the
index with the next beat.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlmodel import col, delete, select

from node.case_files.problems import Problem
from node.case_files.reading import Row
from node.case_files.reasons import RowReason
from node.case_files.repeats import settle
from node.case_files.rows import NetworkRow, RouteRow, SubjectRow
from node.flows import list_identifiers
from node.keys import Keys
from node.officers import Analyst
from node.safeguards import minimisation, protected
from node.store.acts import Act
from node.store.database import Database, Work
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
from protocol.identifiers import Identifier

_PROGRESS_EVERY = 100


@dataclass
class _Tally:
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    protected: int = 0

    def count(self, before: object | None, *, same: bool) -> None:
        if before is None:
            self.new += 1
        elif same:
            self.unchanged += 1
        else:
            self.changed += 1


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
        """Read all rows, then take them in, in one unit of work: all or nothing."""
        try:
            read = self._read(import_id, rows)
            sys.audit("celosia.import_case.read")
            with self.database.begin() as work:
                self._take_in(work, import_id, read)
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

    def _take_in(self, work: Work, import_id: str, rows: Sequence[Row | Problem]) -> None:
        tally = _Tally()
        settled = settle(rows)
        # people under protection first: no order of rows may let their identifiers through
        for row in settled.protected:
            self._protect(work, row)
            tally.protected += 1
        self._networks(work, settled.networks, tally)
        settled.problems += self._routes(work, settled.routes)
        for row in settled.subjects:
            self._subject(work, row, tally)
        for problem in sorted(settled.problems, key=lambda problem: (problem.file, problem.line)):
            column, reason = problem.column or "", problem.code
            work.session.add(
                ImportProblem(import_id=import_id, file=problem.file, line=problem.line, column=column, reason=reason)
            )
        self._retire(work)
        held = work.session.get_one(CaseImport, import_id)
        held.state = "done"
        held.rows_new, held.rows_changed, held.rows_unchanged = tally.new, tally.changed, tally.unchanged
        held.rows_protected = tally.protected
        work.session.add(held)
        work.record(Act.IMPORTED, officer=held.officer_id, import_id=import_id, rows=held.rows_read, file=held.file_digest)

    def _retire(self, work: Work) -> None:
        """What is published and would not be any more, by what this import says, leaves the index with the next beat."""
        work.session.flush()
        for publication in work.session.exec(select(Publication).where(Publication.state == "published")).all():
            listing = minimisation.listing(work, self.keys, publication.network)
            for draft in work.session.exec(
                select(PublicationDraft).where(
                    PublicationDraft.publication_id == publication.id, PublicationDraft.source == "network"
                )
            ).all():
                list_identifiers.retire(work, publication.list_id, draft.record_id, listing)

    def _protect(self, work: Work, row: SubjectRow) -> None:
        """Mark, forget, and take back what is listed: of this row, and of what an earlier import knew of the same subject.

        Nothing of the row itself is kept.
        """
        inputs = [identifier.oprf_input() for identifier in row.identifiers]
        if row.subject:
            inputs += self._known_inputs(work, self._subject_digest(row))
        protected.mark(work, self.keys, inputs)
        digests = [self.keys.digest("identifier", value) for value in inputs]
        for item in work.session.exec(select(IndexItem).where(col(IndexItem.identifier).in_(digests))).all():
            item.state = "leaving"
            work.session.add(item)
        if row.subject:
            self._forget_subject(work, self._subject_digest(row))

    @staticmethod
    def _known_inputs(work: Work, subject: str) -> list[bytes]:
        rows = work.session.exec(select(CaseIdentifier).where(CaseIdentifier.subject == subject)).all()
        return [work.open_at_rest(row.input_sealed, "case_identifiers") for row in rows]

    def _forget_subject(self, work: Work, digest: str) -> None:
        held = work.session.get(CaseSubject, digest)
        if held is not None:
            work.session.exec(delete(CaseIdentifier).where(col(CaseIdentifier.subject) == digest))
            work.session.delete(held)
            work.session.flush()

    def _networks(self, work: Work, rows: Sequence[NetworkRow], tally: _Tally) -> None:
        for row in rows:
            digest = self.keys.digest("network", row.network.encode())
            description = rfc8785.dumps(_description(row)).decode()
            held = work.session.get(CaseNetwork, digest)
            tally.count(held, same=held is not None and held.description == description)
            if held is None:
                sealed = work.seal_at_rest(row.network.encode(), "case_networks")
                held = CaseNetwork(digest=digest, reference_sealed=sealed, description=description, changed=work.now())
            elif held.description != description:
                held.description, held.changed = description, work.now()
            work.session.add(held)
        work.session.flush()

    def _routes(self, work: Work, rows: Sequence[RouteRow]) -> list[Problem]:
        """A route is taken in whole: its nodes replace those of an earlier import. Returns what leads to no network."""
        orphans: list[Problem] = []
        routes: dict[tuple[str, str], list[RouteRow]] = {}
        for row in rows:
            key = (
                self.keys.digest("network", row.network.encode()),
                self.keys.digest("route", f"{row.network}/{row.route}".encode()),
            )
            routes.setdefault(key, []).append(row)
        for (network, route), nodes in routes.items():
            if work.session.get(CaseNetwork, network) is None:
                orphans += [Problem(node.file, node.line, None, RowReason.UNKNOWN_NETWORK, row_imported=False) for node in nodes]
                continue
            work.session.exec(
                delete(CaseRouteNode).where(col(CaseRouteNode.network) == network, col(CaseRouteNode.route) == route)
            )
            for position, node in enumerate(sorted(nodes, key=lambda node: node.order)):
                work.session.add(
                    CaseRouteNode(
                        network=network, route=route, position=position, node=node.node.model_dump_json(exclude_none=True)
                    )
                )
        work.session.flush()
        return orphans

    def _subject_digest(self, row: SubjectRow) -> str:
        return self.keys.digest("subject", f"{row.network}/{row.subject}".encode())

    def _subject(self, work: Work, row: SubjectRow, tally: _Tally) -> None:
        digest, content = self._subject_digest(row), self.keys.digest("content", _content(row))
        held = work.session.get(CaseSubject, digest)
        tally.count(held, same=held is not None and held.content_digest == content)
        if held is not None and held.content_digest == content:
            return
        self._forget_subject(work, digest)
        work.session.add(
            CaseSubject(
                digest=digest,
                network=self.keys.digest("network", row.network.encode()),
                category=row.category,
                role=row.role,
                screening=row.screening,
                user_screening=row.user_screening,
                registrant_screening=row.registrant_screening,
                person_sealed=work.seal_at_rest(rfc8785.dumps(_person(row)), "case_subjects"),
                content_digest=content,
                changed=work.now(),
            )
        )
        work.session.flush()
        for identifier in row.identifiers:
            self._identifier(work, digest, identifier)
        work.session.flush()

    def _identifier(self, work: Work, subject: str, identifier: Identifier) -> None:
        value = identifier.oprf_input()
        work.session.add(
            CaseIdentifier(
                subject=subject,
                digest=self.keys.digest("identifier", value),
                kind=identifier.kind.value,
                input_sealed=work.seal_at_rest(value, "case_identifiers"),
            )
        )


def _description(row: NetworkRow) -> dict[str, Any]:
    """The row under the names of the record's fields."""
    victims: dict[str, Any] = {"count": str(row.victim_count)}
    if row.victim_ages:
        victims["ages"] = list(row.victim_ages)
    return {
        "acts": list(row.acts),
        "means": list(row.means),
        "purposes": list(row.purposes),
        "sectors": list(row.sectors),
        "venues": list(row.venues),
        "structure": str(row.structure),
        "size": str(row.size),
        "recruitment": list(row.recruitment_methods),
        "control": list(row.control_methods),
        "document_fraud": list(row.document_frauds),
        "money": list(row.money_movements),
        "platforms": list(row.platform_kinds),
        "offences": list(row.offences),
        "first_activity": row.first_activity,
        "last_activity": row.last_activity,
        "victims": victims,
        "grading": {"source": str(row.source_evaluation), "information": str(row.information_evaluation)},
        "handling": list(row.handling),
        "tlp": str(row.tlp),
        "review": row.review_date,
    }


def _person(row: SubjectRow) -> dict[str, Any]:
    person: dict[str, Any] = {"subject": row.subject, "case": row.case}
    if row.names is not None:
        born = row.names.birth_date
        person |= {"given": row.names.given, "surnames": row.names.surnames, "born": None if born is None else born.isoformat()}
    return person


def _content(row: SubjectRow) -> bytes:
    """What a second import of the row is compared with."""
    keys = sorted(identifier.oprf_input().hex() for identifier in row.identifiers)
    marks = [row.category, row.role, row.screening, row.user_screening, row.registrant_screening]
    return rfc8785.dumps([_person(row), keys, [None if mark is None else str(mark) for mark in marks]])
