"""What a read export changes in the store: worked out before it is written, so that everybody else waits for the writing only.

Digests, marks and sealing cost most of an import. Imports run one after the other and nothing else writes case data, so what was
read here still holds when it is written.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import rfc8785
from sqlmodel import col, select

from node.case_files.repeats import Settled
from node.case_files.rows import NetworkRow, RouteRow, SubjectRow
from node.keys import Keys
from node.safeguards import small_numbers
from node.safeguards.protected import Guarded, guarded, reference_of_subject
from node.safeguards.small_numbers import Waiting
from node.store.database import Work, in_parts
from node.store.tables import CaseIdentifier, CaseNetwork, CaseSubject, Publication, WaitingChange
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.names import NAME_KEYS_VERSION, NAME_KIND, NameKey, NotComparable, name_keys, read_person
from protocol.vocabulary import VictimCountBand

Stored = dict[str, Any]
"""A row of a table, by column."""


@dataclass
class Tally:
    """How many networks and subjects of an export were new, changed, unchanged, and how many rows were protected people's."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    protected: int = 0

    def count(self, before: object | None, *, same: bool) -> None:
        """Count one row; `before`: what is known under its reference."""
        if before is None:
            self.new += 1
        elif same:
            self.unchanged += 1
        else:
            self.changed += 1


@dataclass(repr=False)
class CaseChanges:
    """What is to be written. Identifiers stand here sealed and as keyed digests only."""

    tally: Tally = field(default_factory=Tally)
    guarded: list[Guarded] = field(default_factory=list)
    """People under protection."""
    forgotten: set[str] = field(default_factory=set)
    """Subjects that are no longer known, or known otherwise."""
    touched: set[str] = field(default_factory=set)
    """Digests of every identifier that a changed subject had or has: whether they may stay listed is to be looked at again."""
    networks: dict[str, Stored] = field(default_factory=dict)
    described: set[str] = field(default_factory=set)
    """Those of `networks` that were known, otherwise described."""
    waiting: dict[tuple[str, str], Waiting | None] = field(default_factory=dict)
    """By network and aspect: what records go on saying of its victims for some time. None: nothing waits any more."""
    subjects: dict[str, Stored] = field(default_factory=dict)
    identifiers: dict[str, list[Stored]] = field(default_factory=dict)
    """By subject."""
    routes: dict[tuple[str, str], list[Stored]] = field(default_factory=dict)
    """By network and route: each takes the place of what an earlier import said of it."""
    orphans: list[RouteRow] = field(default_factory=list)
    """Places of routes of networks that nobody described."""
    publish_again: list[SubjectRow] = field(default_factory=list)
    """Rows that change the identifiers or the name of a known subject of a published network.

    Told by the export alone, and not by what is listed: whom that leaves out may be under protection.
    """


def find_changes(work: Work, keys: Keys, settled: Settled, officer: str) -> CaseChanges:
    """What `settled`, which `officer` (an id) has imported, changes in the store as `work` sees it."""
    changes = CaseChanges()
    finder = _Finder(work, keys, changes, officer)
    finder.protect(settled.protected)
    finder.describe(settled.networks)
    finder.lay_routes(settled.routes)
    finder.know(settled.subjects)
    return changes


@dataclass(frozen=True, repr=False)
class _Finder:
    work: Work
    keys: Keys
    changes: CaseChanges
    officer: str

    def protect(self, rows: Sequence[SubjectRow]) -> None:
        """Mark, forget, and take back what is listed: of these rows, and of what an earlier import knew of the same subjects.

        Nothing of the rows themselves is kept.
        """
        self.changes.tally.protected = len(rows)
        of_subject: defaultdict[str, list[SubjectRow]] = defaultdict(list)
        for row in rows:
            if row.subject:
                of_subject[self._subject_digest(row)].append(row)
            else:
                self.changes.guarded.append(guarded(self.keys, _inputs(row), [_name_inputs(row)], officer=self.officer))
        known: defaultdict[str, list[CaseIdentifier]] = defaultdict(list)
        for held in self._identifiers_of(of_subject):
            known[held.subject].append(held)
        for subject, those in of_subject.items():
            self.changes.guarded.append(self._guarded(subject, those, known[subject]))
        self.changes.forgotten |= set(of_subject)

    def _guarded(self, subject: str, rows: Sequence[SubjectRow], known: Sequence[CaseIdentifier]) -> Guarded:
        """One person, by all rows of one reference and by what was known under it."""
        inputs, people = set(chain(*map(_inputs, rows))), [_name_inputs(row) for row in rows]
        name_before: list[bytes] = []
        for held in known:
            value = self.work.open_at_rest(held.input_sealed, "case_identifiers")
            if held.key_type == KEY_TYPE_IDENTIFIER:
                inputs.add(value)
            else:
                name_before.append(value)
        # an import's references are none of the national register's: the digest under which a subject is known keeps them apart
        reference = reference_of_subject(subject)
        return guarded(self.keys, inputs, [*people, name_before], reference=reference, officer=self.officer)

    def describe(self, rows: Sequence[NetworkRow]) -> None:
        """Networks, by their national references' digests."""
        now = self.work.now()
        digests = {row.network: self.keys.digest("network", row.network.encode()) for row in rows}
        known = dict(self._column(CaseNetwork.digest, CaseNetwork.description, digests.values()))
        for row in rows:
            digest = digests[row.network]
            described = _description(row, self._band(row, digest))
            description = rfc8785.dumps(described).decode()
            before = known.get(digest)
            self.changes.tally.count(before, same=before == description)
            if before != description:
                sealed = self.work.seal_at_rest(row.network.encode(), "case_networks")
                if before is not None and digest not in self.changes.networks:
                    self.changes.described.add(digest)
                    self._wait(digest, json.loads(before), described)
                self.changes.networks[digest] = {
                    "digest": digest,
                    "reference_sealed": sealed,
                    "description": description,
                    "changed": now,
                }
                known[digest] = description

    def _band(self, row: NetworkRow, network: str) -> VictimCountBand:
        if not isinstance(row.victim_count, int):
            return row.victim_count
        return small_numbers.band_of(row.victim_count, small_numbers.offset_of(self.keys, network))

    def _wait(self, network: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        rows = self.work.session.exec(select(WaitingChange).where(WaitingChange.network == network)).all()
        held = {row.aspect: Waiting(row.told, row.due) for row in rows}
        wait = partial(small_numbers.wait_of, self.keys, network)
        # what is proposed may still be told, as it was proposed
        told = select(Publication.id).where(Publication.network == network, Publication.state != "refused").limit(1)
        untold = self.work.session.exec(told).first() is None
        for aspect, waiting in small_numbers.changes(before, after, held, self.work.now(), wait, untold=untold).items():
            self.changes.waiting[network, aspect] = waiting

    def lay_routes(self, rows: Sequence[RouteRow]) -> None:
        """A route is taken in whole: its places replace those of an earlier import."""
        digests = {row.network: self.keys.digest("network", row.network.encode()) for row in rows}
        known = {digest for digest, _ in self._column(CaseNetwork.digest, CaseNetwork.digest, digests.values())}
        routes: dict[tuple[str, str], list[RouteRow]] = {}
        for row in rows:
            network = digests[row.network]
            if network not in known and network not in self.changes.networks:
                self.changes.orphans.append(row)
            else:
                routes.setdefault((network, self.keys.digest("route", f"{row.network}/{row.route}".encode())), []).append(row)
        for (network, route), places in routes.items():
            self.changes.routes[network, route] = [
                {"network": network, "route": route, "position": at, "node": place.node.model_dump_json(exclude_none=True)}
                for at, place in enumerate(sorted(places, key=lambda place: place.order))
            ]

    def know(self, rows: Sequence[SubjectRow]) -> None:
        """Subjects that are not protected, with their identifiers."""
        now, digests = self.work.now(), [self._subject_digest(row) for row in rows]
        known = dict(self._column(CaseSubject.digest, CaseSubject.content_digest, digests))
        changed: dict[str, SubjectRow] = {}
        for row, digest in zip(rows, digests, strict=True):
            content = self.keys.digest("content", _content(row))
            before = known.get(digest)
            self.changes.tally.count(before, same=before == content)
            if before == content:
                continue
            known[digest] = content
            if before is not None:
                changed[digest] = row
            self.changes.forgotten.add(digest)
            self.changes.subjects[digest] = {
                "digest": digest,
                "network": self.keys.digest("network", row.network.encode()),
                "category": str(row.category),
                "role": None if row.role is None else str(row.role),
                "screening": str(row.screening),
                "user_screening": None if row.user_screening is None else str(row.user_screening),
                "registrant_screening": None if row.registrant_screening is None else str(row.registrant_screening),
                "person_sealed": self.work.seal_at_rest(rfc8785.dumps(_person(row)), "case_subjects"),
                "content_digest": content,
                "changed": now,
            }
            self.changes.identifiers[digest] = [
                {
                    "subject": digest,
                    "digest": self.keys.digest("identifier", value),
                    "kind": kind,
                    "version": version,
                    "key_type": key_type,
                    "input_sealed": self.work.seal_at_rest(value, "case_identifiers"),
                }
                for kind, version, key_type, value in (
                    *((each.kind.value, each.version, KEY_TYPE_IDENTIFIER, each.oprf_input()) for each in row.identifiers),
                    *((NAME_KIND, NAME_KEYS_VERSION, key.type.value, key.oprf_input()) for key in _name_keys(row)),
                )
            ]
        earlier: defaultdict[str, set[str]] = defaultdict(set)
        for held in self._identifiers_of(self.changes.forgotten):
            earlier[held.subject].add(held.digest)
        self._publish_again(changed, earlier)
        self.changes.touched = {digest for held in earlier.values() for digest in held}
        self.changes.touched |= {each["digest"] for rows_ in self.changes.identifiers.values() for each in rows_}

    def _publish_again(self, changed: Mapping[str, SubjectRow], earlier: Mapping[str, Set[str]]) -> None:
        networks = {self.changes.subjects[subject]["network"] for subject in changed}
        of_published = Publication.state == "published"
        published = {
            network
            for part in in_parts(networks)
            for network in self.work.session.exec(
                select(Publication.network).where(of_published, col(Publication.network).in_(part))
            ).all()
        }
        self.changes.publish_again = [
            row
            for subject, row in changed.items()
            if self.changes.subjects[subject]["network"] in published
            and {each["digest"] for each in self.changes.identifiers[subject]} != earlier.get(subject, set())
        ]

    def _subject_digest(self, row: SubjectRow) -> str:
        return self.keys.digest("subject", f"{row.network}/{row.subject}".encode())

    def _identifiers_of(self, subjects: Iterable[str]) -> Iterator[CaseIdentifier]:
        for part in in_parts(subjects):
            yield from self.work.session.exec(select(CaseIdentifier).where(col(CaseIdentifier.subject).in_(part))).all()

    def _column(self, key: str, value: str, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        for part in in_parts(keys):
            yield from self.work.session.exec(select(key, value).where(col(key).in_(part))).all()


def _name_keys(row: SubjectRow) -> tuple[NameKey, ...]:
    """The keys of a natural person. What cannot be compared has none."""
    if row.names is None or not row.category.is_person:
        return ()
    try:
        return name_keys(read_person(row.names.given, row.names.surnames, row.names.born))
    except NotComparable:
        return ()


def _inputs(row: SubjectRow) -> list[bytes]:
    return [identifier.oprf_input() for identifier in row.identifiers]


def _name_inputs(row: SubjectRow) -> list[bytes]:
    return [key.oprf_input() for key in _name_keys(row)]


def _description(row: NetworkRow, count: VictimCountBand) -> dict[str, Any]:
    """The row under the names of the record's fields, its victims in a band."""
    victims: dict[str, Any] = {"count": str(count)}
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
        born = row.names.born
        person |= {"given": row.names.given, "surnames": row.names.surnames, "born": None if born is None else born.written()}
    return person


def _content(row: SubjectRow) -> bytes:
    """What a second import of the row is compared with."""
    inputs = [*(each.oprf_input() for each in row.identifiers), *(each.oprf_input() for each in _name_keys(row))]
    keys = sorted(value.hex() for value in inputs)
    marks = [row.category, row.role, row.screening, row.user_screening, row.registrant_screening]
    return rfc8785.dumps([_person(row), keys, [None if mark is None else str(mark) for mark in marks]])
