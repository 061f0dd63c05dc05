"""Entering somebody into the protected register: at once every local use stops, and what is listed of them leaves the index.

What is kept of them is marks (`standing.py` looks them up). A second entry under the same reference and with the same content
changes nothing but that a proposal to take the entry out falls; one with more identifiers, or another writing of the name, adds
them.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import chain

from sqlalchemy import ColumnElement, and_, exists, func
from sqlmodel import col, select, update

from crypto.derivation import length_prefixed
from node.keys import CHECK, Keys
from node.marking import RegisterFault, RegisterUnusable
from node.safeguards.protected.standing import IDENTITY_DOCUMENTS, ProtectedPeople
from node.safeguards.protected.versions import CURRENT, Form, forms_of_all, newest_generation
from node.store import removals
from node.store.database import Work, in_parts
from node.store.tables import (
    CaseIdentifier,
    CaseSubject,
    IndexItem,
    ProtectedEntry,
    ProtectedForm,
    ProtectedGeneration,
    ProtectedMark,
    ProtectedName,
    ProtectedRemoval,
    ProtectedVersion,
)
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.journal import Act
from protocol.names import NAME_KEYS_VERSION
from protocol.vocabulary import SubjectCategory

_PEOPLE = [each for each in SubjectCategory.all() if SubjectCategory(each).is_person]
FIRST_GENERATION = 1


class Source(StrEnum):
    """Where an entry comes from."""

    IMPORT = "import"
    OFFICER = "officer"
    BULK = "bulk"
    FEED = "feed"


@dataclass(frozen=True, repr=False)
class Guarded:
    """Somebody under protection, ready to be entered: nothing here can be turned back into what they bear."""

    reference: str
    """Under which the entry is known: a keyed digest of the national reference, or of the content where there is none."""
    marks: frozenset[str]
    """What is kept of their identifiers."""
    identifiers: frozenset[str]
    """The keyed digests of these, under which case data and the index know them: kept nowhere else."""
    people: tuple[frozenset[str], ...]
    """The marks of the name keys of each writing of their name."""
    names: frozenset[str]
    """The keyed digests of all these keys: whom they may be in the index."""
    forms: frozenset[Form]
    """Of which kinds and under which versions the marks were made."""
    check: str
    """The mark of a fixed text under the same key."""
    source: Source = Source.IMPORT
    officer: str | None = None


def guarded(
    keys: Keys,
    inputs: Iterable[bytes],
    people: Iterable[Iterable[bytes]] = (),
    *,
    reference: str | None = None,
    source: Source = Source.IMPORT,
    officer: str | None = None,
) -> Guarded:
    """OPRF inputs of one person to be marked: identifiers, and the name keys of each writing of the name.

    `reference` is the national one. Costs a group operation each, so it is done before others are made to wait.
    """
    values, persons = sorted(set(inputs)), sorted({tuple(sorted(set(person))) for person in people if person})
    names = sorted(set(chain(*persons)))
    check, *made = keys.protected_marks([CHECK, *values, *names])
    marks = dict(zip([*values, *names], made, strict=True))
    return Guarded(
        _content_digest(keys, values, persons) if reference is None else reference_digest(keys, reference),
        frozenset(marks[value] for value in values),
        frozenset(keys.digest("identifier", value) for value in values),
        tuple(frozenset(marks[value] for value in person) for person in persons),
        frozenset(keys.digest("identifier", value) for value in names),
        forms_of_all(chain(values, names)),
        check,
        source,
        officer,
    )


def _content_digest(keys: Keys, values: Sequence[bytes], persons: Iterable[Sequence[bytes]]) -> str:
    """Under what an entry without a reference is known: what the person bears, however much that is."""
    parts = (sha256(length_prefixed(*(sha256(each).digest() for each in part))).digest() for part in (values, *persons))
    return keys.digest("protected content", length_prefixed(*parts))


def reference_of_subject(subject: str) -> str:
    """The reference of an entry that an import made: from the digest under which the case data know the subject."""
    return f"subject/{subject}"


def reference_digest(keys: Keys, reference: str) -> str:
    """Under what an entry with this national reference is known. Blanks around it do not count, and capitals do."""
    return keys.digest("protected", reference.strip().encode())


def protect(work: Work, keys: Keys, *those: Guarded) -> int:
    """Enter them, and let what is listed of them leave the index with the next beat.

    Who proposed to take one of them out wanted the entry out as it was: the proposal falls, and that is on record.
    Returns how many identifiers were not marked before. Raises `RegisterUnusable` for marks of another key than the register's.
    """
    if not those:
        return 0
    newest = need_generation(work, those[0].check)
    if any(each.check != newest.check for each in those):
        raise RegisterUnusable(RegisterFault.ANOTHER_KEY)
    generation = newest.generation
    entries = _entries(work, those)
    _drop_proposals(work, those, entries)
    fresh = _mark(work, those, entries, generation)
    _know_forms(work, those, entries)
    _name(work, those, entries, generation)
    work.session.flush()
    left: Counter[tuple[str, int]] = Counter()
    identifiers, names = (set(chain(*each)) for each in ((one.identifiers for one in those), (one.names for one in those)))
    for part in in_parts(identifiers):
        left += _let_leave(work, col(IndexItem.identifier).in_(part))
    of_documents = any(kind in IDENTITY_DOCUMENTS for each in those for kind, _ in each.forms)
    who = [*(_who_may_be(names) if names else ()), *(_who_bears(identifiers) if of_documents else ())]
    left += _take_back(work, keys, who)
    entry = next(iter(entries.values())) if len(entries) == 1 else None
    removals.begin(work, those[0].source.value, entry, left)
    return fresh


def take_back(work: Work, keys: Keys, subjects: Collection[str]) -> None:
    """Let everything leave that is listed of those of `subjects` (digests) who are, or may be, somebody under protection.

    For what the case data say anew: the register knew a document or a name, and not yet that it is this subject's. Who has
    nothing listed is not looked up.
    """
    listed = select(CaseIdentifier.subject).join(IndexItem, col(IndexItem.identifier) == col(CaseIdentifier.digest))
    staying = listed.where(col(IndexItem.state) != "leaving")
    of_parts = (staying.where(col(CaseIdentifier.subject).in_(part)) for part in in_parts(subjects))
    left = _take_back(work, keys, (col(CaseSubject.digest).in_(those) for those in of_parts))
    removals.begin(work, Source.IMPORT.value, None, left)


def need_generation(work: Work, check: str) -> ProtectedGeneration:
    """Which key the marks are under: the first one says so."""
    held = newest_generation(work)
    if held is None:
        work.insert(ProtectedGeneration, [{"generation": FIRST_GENERATION, "check": check}])
    return held or ProtectedGeneration(generation=FIRST_GENERATION, check=check)


def need_usable(work: Work, keys: Keys) -> None:
    """Raises `RegisterUnusable` where a look-up would miss somebody: half way through a rotation, or with another key."""
    if keys.register.is_turning:
        raise RegisterUnusable(RegisterFault.TURNING)
    held = newest_generation(work)
    if held is not None and held.check != keys.protected_check():
        raise RegisterUnusable(RegisterFault.ANOTHER_KEY)


def _entries(work: Work, those: Sequence[Guarded]) -> dict[str, str]:
    """The entry of each reference, made where there is none."""
    by_reference = {each.reference: each for each in those}
    entries: dict[str, str] = {}
    for part in in_parts(by_reference):
        known = select(ProtectedEntry.reference, ProtectedEntry.id).where(col(ProtectedEntry.reference).in_(part))
        entries |= dict(work.session.exec(known).all())
    fresh = [each for reference, each in by_reference.items() if reference not in entries]
    rows = [
        {
            "id": work.new_id(),
            "source": each.source.value,
            "reference": each.reference,
            "officer_id": each.officer,
            "created": work.now(),
        }
        for each in fresh
    ]
    work.insert(ProtectedEntry, rows)
    return entries | {str(row["reference"]): str(row["id"]) for row in rows}


def _drop_proposals(work: Work, those: Sequence[Guarded], entries: Mapping[str, str]) -> None:
    entered_by = {entries[each.reference]: each for each in those}
    for part in in_parts(entered_by):
        for proposal in work.session.exec(select(ProtectedRemoval).where(col(ProtectedRemoval.entry).in_(part))).all():
            again = entered_by[proposal.entry]
            work.session.delete(proposal)
            work.record(
                Act.PROTECTED_REMOVAL_DROPPED,
                officer=again.officer,
                entry=proposal.entry,
                proposed_by=proposal.proposed_by,
                source=again.source.value,
            )


def _mark(work: Work, those: Sequence[Guarded], entries: Mapping[str, str], generation: int) -> int:
    wanted = {(mark, entries[each.reference]): None for each in those for mark in sorted(each.marks)}
    held: set[tuple[str, str]] = set()
    for part in in_parts({mark for mark, _ in wanted}):
        rows = select(ProtectedMark.mark, ProtectedMark.entry).where(col(ProtectedMark.mark).in_(part))
        held |= {(mark, entry) for mark, entry in work.session.exec(rows).all()}
    fresh = [{"mark": mark, "entry": entry, "generation": generation} for mark, entry in wanted if (mark, entry) not in held]
    work.insert(ProtectedMark, fresh)
    return len({mark for mark, _ in wanted} - {mark for mark, _ in held})


def _know_forms(work: Work, those: Sequence[Guarded], entries: Mapping[str, str]) -> None:
    wanted = {(entries[each.reference], *form) for each in those for form in each.forms}
    for part in in_parts({entry for entry, *_ in wanted}):
        for held in work.session.exec(select(ProtectedForm).where(col(ProtectedForm.entry).in_(part))).all():
            wanted.discard((held.entry, held.kind, held.version))
    rows = [{"entry": entry, "kind": kind, "version": version} for entry, kind, version in sorted(wanted)]
    work.insert(ProtectedForm, rows)
    forms = {(kind, version) for _, kind, version in wanted}
    forms -= {(held.kind, held.version) for held in work.session.exec(select(ProtectedVersion)).all()}
    work.insert(ProtectedVersion, [{"kind": kind, "version": version} for kind, version in sorted(forms)])


def _name(work: Work, those: Sequence[Guarded], entries: Mapping[str, str], generation: int) -> None:
    """Each writing of a name once: an entry that is made again is one person as long as the keys are the same."""
    wanted = {(entries[each.reference], person) for each in those for person in each.people}
    known: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for part in in_parts(set(chain(*(person for _, person in wanted)))):
        for held in work.session.exec(select(ProtectedName).where(col(ProtectedName.mark).in_(part))).all():
            known[held.entry, held.person].add(held.mark)
    held_already = {(entry, frozenset(marks)) for (entry, _), marks in known.items()}
    rows: list[dict[str, object]] = []
    for entry, marks in sorted(wanted - held_already, key=lambda pair: (pair[0], sorted(pair[1]))):
        person = work.new_id()
        same = {"person": person, "entry": entry, "generation": generation, "entered": work.now()}
        rows += [{"mark": mark, **same} for mark in sorted(marks)]
    work.insert(ProtectedName, rows)


def _who_may_be(names: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    """Which subjects bear one of these name keys.

    Whose keys were made by another release, or not at all yet, is no bearer of these: such subjects are compared by their names.
    """
    own = (col(CaseIdentifier.subject) == col(CaseSubject.digest), col(CaseIdentifier.version) == NAME_KEYS_VERSION)
    yield and_(col(CaseSubject.category).in_(_PEOPLE), ~exists().where(*own))
    for part in in_parts(names):
        yield col(CaseSubject.digest).in_(select(CaseIdentifier.subject).where(col(CaseIdentifier.digest).in_(part)))


def _who_bears(identifiers: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    """Which subjects bear one of these as a document of identity, or one that was read by another release."""
    documents = select(CaseIdentifier.subject).where(col(CaseIdentifier.kind).in_(IDENTITY_DOCUMENTS))
    current = [CURRENT[kind.value] for kind in IDENTITY_DOCUMENTS]
    yield col(CaseSubject.digest).in_(documents.where(col(CaseIdentifier.version).not_in(current)))
    for part in in_parts(identifiers):
        yield col(CaseSubject.digest).in_(documents.where(col(CaseIdentifier.digest).in_(part)))


def _take_back(work: Work, keys: Keys, who: Iterable[ColumnElement[bool]]) -> Counter[tuple[str, int]]:
    """Let everything leave that is listed of those subjects who are, or may be, somebody under protection."""
    people = ProtectedPeople(work, keys)
    left: Counter[tuple[str, int]] = Counter()
    for those in who:
        for part in in_parts(work.session.exec(select(CaseSubject).where(those)).all()):
            people.compare(part)
            for subject in filter(people.include, part):
                borne = select(CaseIdentifier.digest).where(CaseIdentifier.subject == subject.digest)
                # a name key of the same text may be somebody else's
                theirs = (col(IndexItem.key_type) == KEY_TYPE_IDENTIFIER) | (col(IndexItem.subject) == subject.digest)
                left += _let_leave(work, col(IndexItem.identifier).in_(borne), theirs)
    return left


def _let_leave(work: Work, *of_them: ColumnElement[bool]) -> Counter[tuple[str, int]]:
    """Let these leave with the next beat. Returns how many of them peers have seen, by list and epoch."""
    staying = (*of_them, col(IndexItem.state) != "leaving")
    counts = select(IndexItem.list_id, IndexItem.epoch, func.count()).where(*staying, col(IndexItem.tag).is_not(None))
    grouped = work.session.exec(counts.group_by(IndexItem.list_id, col(IndexItem.epoch))).all()
    seen = Counter({(list_id, epoch): count for list_id, epoch, count in grouped})
    work.session.exec(update(IndexItem).where(*staying).values(state="leaving"))
    return seen
