"""What the protected register says of an identifier or a person that is about to be used.

An identifier is somebody's or it is not. A name key is many people's, so the marks of one protected person are weighed together,
with the weights that tell an asker whether a peer's person is the one asked about, and thresholds of their own. A document of
identity is one person's: whoever bears a marked one in the case data is that person, under every other number and name.

A look-up raises `RegisterUnusable` where the key does not answer or is another one. It asks the store the same questions whether
or not it finds anybody: neither their number nor their order tells.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sqlalchemy import func
from sqlmodel import col, select

from node.keys import Keys
from node.safeguards.passes import mark_of, passes_of
from node.safeguards.protected.versions import Fed
from node.store.database import Work, in_parts
from node.store.tables import CaseIdentifier, CaseSubject, ProtectedEntry, ProtectedMark, ProtectedName
from protocol.identifiers import Kind
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.names import Fact, NotComparable, Person, Verdict, judge, name_keys, read_birth_date, read_person
from protocol.vocabulary import SubjectCategory

_OF_A_DATE = frozenset({Fact.BIRTH_DATE, Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH})
_SURNAMES = frozenset({Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.THIRD_SURNAME})
IDENTITY_DOCUMENTS = frozenset({Kind.PASSPORT, Kind.NATIONAL_ID, Kind.TAX_ID_PERSON})
"""Belong to one person, whoever carries them: never a thing's and never a company's."""
STOP, WEAK = 6.5, 0.0
"""Odds, as `judge` adds them up. Measured by `make bench-protected`: at STOP fewer than one in 10,000 innocent people is stopped
by a register of 100,000; at WEAK one or two in a hundred go to the liaison, and only whom hardly any key finds is missed."""


class Standing(StrEnum):
    """What the register says of an identifier or a person. Officers are never told which."""

    NOBODY = "nobody"
    WEAK = "weak"
    """Somebody who may be a person under protection: for the protection liaison to look at."""
    PROTECTED = "protected"


@dataclass(frozen=True, repr=False)
class Line:
    """What is looked up: the OPRF inputs of all forms of an identifier, or a person.

    `looked_at`: when (POSIX seconds) a liaison saw it held and found that nobody alike in the register is this person.
    """

    inputs: tuple[bytes, ...] = ()
    person: Person | None = None
    looked_at: int | None = None


def is_protected(work: Work, keys: Keys, value: bytes) -> bool:
    """Whether this OPRF input is marked, under its own version or an older one."""
    return bool(marked(work, keys, [value], Fed.of(work)))


def marked(work: Work, keys: Keys, values: Iterable[bytes], fed: Fed) -> frozenset[bytes]:
    """Those of the OPRF inputs `values` that are marked, under their own version or an older one. Raises `RegisterUnusable`."""
    of: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for value in values:
        for form in fed.forms_of(value):
            of[form].add(value)
    marks = dict(zip(fed.marks_of(keys, list(of)), of, strict=True))
    held = _column(work, ProtectedMark.mark, marks)
    return frozenset(value for mark in held for value in of[marks[mark]])


def _column(work: Work, column: str, marks: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for part in in_parts(marks):
        found |= set(work.session.exec(select(column).where(col(column).in_(part))).all())
    return found


def standing_of(work: Work, keys: Keys, inputs: Iterable[bytes], person: Person | None, people: "ProtectedPeople") -> Standing:
    """What the register says of one line: of the OPRF inputs of an identifier's forms, or of a person."""
    if person is not None:
        return people.standing(person)
    return Standing.PROTECTED if marked(work, keys, inputs, people.fed) else Standing.NOBODY


def standings_of(work: Work, keys: Keys, lines: Sequence[Line], people: "ProtectedPeople") -> list[Standing]:
    """As `standing_of`, of many lines at once, in their order: in as many questions to the store as one long line takes."""
    found = marked(work, keys, {value for line in lines for value in line.inputs}, people.fed)
    of_people = people.standings([line.person for line in lines], [line.looked_at for line in lines])
    return [
        (Standing.NOBODY if found.isdisjoint(line.inputs) else Standing.PROTECTED) if line.person is None else of_people[number]
        for number, line in enumerate(lines)
    ]


def may_be(person: Person, facts: frozenset[Fact], people: int) -> bool:
    """Whether somebody of whom `facts` agree, of about `people`, may be this person: whom a peer would be shown as a candidate.

    But a name alone stops nothing (mission rule 2): without the birth date, or a part of it, it is a namesake's.
    """
    return not facts.isdisjoint(_OF_A_DATE) and judge(person, facts, people).verdict is not Verdict.CHANCE


class ProtectedPeople:
    """Who is, or may be, a person under protection; of the case data, but for somebody alike whom a liaison has released.

    For one unit of work: each subject of the case data is compared once.
    """

    def __init__(self, work: Work, keys: Keys) -> None:
        self._work, self._keys = work, keys
        self._known: dict[str, bool] = {}

    def may_be(self, person: Person) -> bool:
        """Whether somebody under protection may be this person."""
        return self.standing(person) is not Standing.NOBODY

    def standing(self, person: Person) -> Standing:
        """Whether somebody under protection is, or may be, this person."""
        return self.standings([person])[0]

    def standings(self, people: Sequence[Person | None], looked_at: Sequence[int | None] = ()) -> list[Standing]:
        """As `standing`, of many at once, in their order; None is nobody.

        `looked_at`: of each, until when whoever was entered does not make it weak. Who is surely protected is so all the same.
        """
        asked = [{} if person is None else self._facts_by_form(person) for person in people]
        forms = list({form for facts in asked for form in facts})
        mark_of = dict(zip(forms, self.fed.marks_of(self._keys, forms), strict=True))
        held: defaultdict[str, list[ProtectedName]] = defaultdict(list)
        for part in in_parts(mark_of.values()):
            for row in self._work.session.exec(select(ProtectedName).where(col(ProtectedName.mark).in_(part))).all():
                held[row.mark].append(row)
        size = self._size
        return [
            Standing.NOBODY if person is None else _weighed_since(person, _agreeing(facts, mark_of, held), size, since)
            for person, facts, since in zip(people, asked, looked_at or [None] * len(people), strict=True)
        ]

    def include(self, subject: CaseSubject) -> bool:
        """Whether this subject may be one, by the name or by a document."""
        self.compare([subject])
        return self._known[subject.digest]

    def compare(self, subjects: Sequence[CaseSubject]) -> None:
        """What `include` says of these, worked out at once: their marks cost one call of the register, and few of the store."""
        fresh = [subject for subject in subjects if subject.digest not in self._known]
        named = self._named([person_of(self._work, subject) for subject in fresh])
        documented = [Line(tuple(documents_of(self._work, subject).values())) for subject in fresh]
        standings = standings_of(self._work, self._keys, [*named, *documented], self)
        for subject, *those in zip(fresh, standings, standings[len(fresh) :], strict=False):
            self._known[subject.digest] = any(each is not Standing.NOBODY for each in those)

    def _named(self, people: Sequence[Person | None]) -> list[Line]:
        marks = [None if person is None else mark_of(self._keys, facts_by_input(person)) for person in people]
        passed = passes_of(self._work, filter(None, marks))
        looked_at = [passed[mark].looked_at if mark in passed else None for mark in marks]
        return [Line(person=person, looked_at=since) for person, since in zip(people, looked_at, strict=True)]

    def bear(self, digest: str, name_of: str | None) -> bool:
        """Whether one of them bears this identifier; `name_of`: of a name key, whose it is.

        A name must not stay listed of a subject that is not known any more.
        """
        bearers = select(CaseSubject).join(CaseIdentifier, col(CaseIdentifier.subject) == col(CaseSubject.digest))
        held = self._work.session.exec(bearers.where(CaseIdentifier.digest == digest)).all()
        if name_of is None:
            return any(map(self.include, held))
        return all(subject.digest != name_of or self.include(subject) for subject in held)

    @cached_property
    def fed(self) -> Fed:
        """What the register is looked up under."""
        return Fed.of(self._work)

    @cached_property
    def _size(self) -> int:
        return self._work.session.exec(select(func.count()).select_from(ProtectedEntry)).one()

    def _facts_by_form(self, person: Person) -> dict[bytes, frozenset[Fact]]:
        return {form: facts for value, facts in facts_by_input(person).items() for form in self.fed.forms_of(value)}


def _agreeing(
    facts: Mapping[bytes, frozenset[Fact]], mark_of: Mapping[bytes, str], held: Mapping[str, list[ProtectedName]]
) -> list[tuple[int, frozenset[Fact]]]:
    """Of each person who has one of these keys: since when in the register, and in what they agree."""
    agreeing: defaultdict[tuple[int, str], frozenset[Fact]] = defaultdict(frozenset)
    for form, told in facts.items():
        for row in held.get(mark_of[form], ()):
            agreeing[row.entered, row.person] |= told
    return [(entered, told) for (entered, _), told in agreeing.items()]


def _weighed_since(person: Person, agreeing: Sequence[tuple[int, frozenset[Fact]]], size: int, looked_at: int | None) -> Standing:
    standing = weighed(person, [facts for _, facts in agreeing], size)
    if standing is not Standing.WEAK or looked_at is None:
        return standing
    return weighed(person, [facts for entered, facts in agreeing if entered > looked_at], size)


def weighed(person: Person, agreeing: Iterable[frozenset[Fact]], size: int) -> Standing:
    """What a register of `size` people says of `person`; `agreeing`: of each of its people who shares a key, in what they agree.

    A name alone stops nothing (mission rule 2): without the birth date, or a part of it, it is a namesake's. For sure it is
    somebody only by the whole date with a given name and a surname as they are spoken.
    """
    dated = [(judge(person, facts, size).odds, facts) for facts in agreeing if not facts.isdisjoint(_OF_A_DATE)]
    if any(odds >= STOP and _is_of_all_parts(facts) for odds, facts in dated):
        return Standing.PROTECTED
    return Standing.WEAK if any(odds >= WEAK for odds, _ in dated) else Standing.NOBODY


def _is_of_all_parts(facts: frozenset[Fact]) -> bool:
    spoken = not facts.isdisjoint({Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH})  # the keys of both names hold a part of the date
    return {Fact.BIRTH_DATE, Fact.GIVEN_NAME} <= facts and not facts.isdisjoint(_SURNAMES) and spoken


def facts_by_input(person: Person) -> dict[bytes, frozenset[Fact]]:
    """What each key of a person tells, by its OPRF input. Empty for whom no key can be made of."""
    try:
        return {key.oprf_input(): key.facts for key in name_keys(person)}
    except NotComparable:
        return {}


def person_of(work: Work, subject: CaseSubject) -> Person | None:
    """The name and birth date of a natural person, or None if the export had none that can be compared."""
    if not SubjectCategory(subject.category).is_person:
        return None
    known = json.loads(work.open_at_rest(subject.person_sealed, "case_subjects"))
    try:
        return read_person(known.get("given", ""), known.get("surnames", ""), read_birth_date(known.get("born") or ""))
    except NotComparable:
        return None


def documents_of(work: Work, subject: CaseSubject) -> dict[str, bytes]:
    """The documents of identity of a natural person: OPRF inputs, by keyed digest."""
    if not SubjectCategory(subject.category).is_person:
        return {}
    rows = work.session.exec(
        select(CaseIdentifier).where(
            CaseIdentifier.subject == subject.digest,
            CaseIdentifier.key_type == KEY_TYPE_IDENTIFIER,
            col(CaseIdentifier.kind).in_(IDENTITY_DOCUMENTS),
        )
    )
    return {row.digest: work.open_at_rest(row.input_sealed, "case_identifiers") for row in rows}
