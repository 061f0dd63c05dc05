"""Identifiers and name keys that a victim, witness or relative bears, as marks k·H(x) under a key of their own.

This is the seat of the protected register. What sits in it today: marks made from import rows of protected people, checked
before an identifier or a person is listed and again before the entry is made; what is listed already leaves as it is marked.
`docs/limitations.md` says what the register will add.

An identifier is somebody's or it is not. A name key is many people's, so the marks of one protected person are weighed together,
by the same rule that tells an asker whether a peer's person is the one asked about.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select, update

from node.keys import Keys
from node.store.database import Work, in_parts
from node.store.tables import CaseSubject, IndexItem, ProtectedMark, ProtectedName
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.names import Fact, NotComparable, Person, Verdict, judge, name_keys, read_birth_date, read_person


@dataclass(frozen=True, repr=False)
class Guarded:
    """Identifiers of somebody under protection, ready to be marked."""

    marks: frozenset[str]
    """What is kept of them."""
    identifiers: frozenset[str]
    """Their keyed digests, under which case data and the index know them: kept nowhere else."""
    people: tuple[frozenset[str], ...]
    """The marks of the name keys of each person."""
    names: frozenset[str]
    """The keyed digests of all these keys: whom they may be in the index."""


NOBODY = Guarded(frozenset(), frozenset(), (), frozenset())


def guarded(keys: Keys, inputs: Iterable[bytes], people: Iterable[Iterable[bytes]] = ()) -> Guarded:
    """OPRF inputs to be marked: identifiers, and the name keys of each person.

    Costs a group operation each, so it is done before others are made to wait.
    """
    values, persons = set(inputs), {frozenset(person) for person in people}
    return Guarded(
        frozenset(keys.protected_mark(value) for value in values),
        frozenset(keys.digest("identifier", value) for value in values),
        tuple(frozenset(keys.protected_mark(value) for value in person) for person in persons if person),
        frozenset(keys.digest("identifier", value) for person in persons for value in person),
    )


def protect(work: Work, keys: Keys, those: Guarded) -> int:
    """Mark them, and let what is listed of them leave the index with the next beat.

    Returns how many identifiers were not marked before.
    """
    fresh = 0
    for part in in_parts(those.marks):
        held = set(work.session.exec(select(col(ProtectedMark.mark)).where(col(ProtectedMark.mark).in_(part))).all())
        rows = [{"mark": each, "created": work.now()} for each in part if each not in held]
        work.insert(ProtectedMark, rows)
        fresh += len(rows)
    for part in in_parts(those.identifiers):
        work.session.flush()
        of_them = (col(IndexItem.identifier).in_(part), col(IndexItem.state) != "leaving")
        work.session.exec(update(IndexItem).where(*of_them).values(state="leaving"))
    for person in those.people:
        _protect_person(work, person)
    for part in in_parts(those.names):
        _take_back(work, keys, part)
    return fresh


def _protect_person(work: Work, marks: frozenset[str]) -> None:
    """Once: who stands in two imports is one person as long as the keys are the same."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for held in work.session.exec(select(ProtectedName).where(col(ProtectedName.mark).in_(marks))).all():
        known[held.person].add(held.mark)
    if marks not in known.values():
        person = work.new_id()
        work.insert(ProtectedName, [{"mark": mark, "person": person, "created": work.now()} for mark in sorted(marks)])


def _take_back(work: Work, keys: Keys, names: Sequence[str]) -> None:
    """Let all name keys of those leave whom the protected may be."""
    work.session.flush()
    of_names = (col(IndexItem.key_type) != KEY_TYPE_IDENTIFIER, col(IndexItem.state) != "leaving")
    subjects = select(IndexItem.subject).where(col(IndexItem.identifier).in_(names), *of_names).distinct()
    for subject in work.session.exec(subjects).all():
        if is_protected_subject(work, keys, subject):
            work.session.exec(update(IndexItem).where(col(IndexItem.subject) == subject, *of_names).values(state="leaving"))


def is_protected(work: Work, keys: Keys, value: bytes) -> bool:
    """Whether this OPRF input is marked."""
    found = work.session.exec(select(col(ProtectedMark.mark)).where(ProtectedMark.mark == keys.protected_mark(value)))
    return found.first() is not None


def is_protected_person(work: Work, keys: Keys, person: Person) -> bool:
    """Whether somebody under protection may be this person: where a peer would be shown a candidate, the answer is yes."""
    try:
        asked = {keys.protected_mark(key.oprf_input()): key.facts for key in name_keys(person)}
    except NotComparable:
        return False
    facts: defaultdict[str, frozenset[Fact]] = defaultdict(frozenset)
    for held in work.session.exec(select(ProtectedName).where(col(ProtectedName.mark).in_(asked))).all():
        facts[held.person] |= asked[held.mark]
    people = work.session.exec(select(func.count(func.distinct(ProtectedName.person)))).one() if facts else 0
    return any(judge(person, agreeing, people).verdict is not Verdict.CHANCE for agreeing in facts.values())


def is_protected_subject(work: Work, keys: Keys, subject: str) -> bool:
    """Likewise of a subject of the case data, by its digest. One that is not known any more must not stay listed either."""
    held = work.session.get(CaseSubject, subject)
    if held is None:
        return True
    person = person_of(work, held)
    return person is not None and is_protected_person(work, keys, person)


def person_of(work: Work, subject: CaseSubject) -> Person | None:
    """The name and birth date of a subject, or None if the export had none that can be compared."""
    known = json.loads(work.open_at_rest(subject.person_sealed, "case_subjects"))
    try:
        return read_person(known.get("given", ""), known.get("surnames", ""), read_birth_date(known.get("born") or ""))
    except NotComparable:
        return None
