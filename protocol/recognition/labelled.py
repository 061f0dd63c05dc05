"""People in a line: a name and a birth date with their labels, or in the order of a list at its beginning.

"Nombre: Juan Pérez, FN 12/03/1990" says whose date it is. A name in a running sentence does not, and is not looked for. Whoever a
label announces is accounted for, without a date too: an officer may know it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from protocol.names import DateOrder, is_nobody
from protocol.names.rarity import is_common_given_name, is_common_surname
from protocol.recognition.births import DATE, Birth, find_births
from protocol.recognition.candidates import Clue, PersonCandidate, PersonDoubt
from protocol.recognition.headings import Part, Parts
from protocol.recognition.labels import OTHERS, Label, labels_in, name_ends, next_label
from protocol.recognition.listed import listed_person
from protocol.recognition.name_words import ALIAS, between_commas, capitalised_words, is_given, is_no_person
from protocol.recognition.nationalities import STATES
from protocol.recognition.people import PARTICLES, people_of
from protocol.recognition.plain import flat
from protocol.recognition.roles import roles_alone
from protocol.recognition.words import folded

_LONGEST = 120
_PARTED = frozenset({Part.GIVEN, Part.MORE_GIVEN, Part.SURNAMES, Part.MORE_SURNAMES})
_WORTH_A_LOOK = re.compile(r"[:=,(]|\b(?:fn|dn|nd|f\.\s?n|d\.\s?n|n\.\s?d|n[ae][cs]|n[ée]e? |born|birth|dob)", re.IGNORECASE)
_TITLE = re.compile(r"\s*(?:sra?|srta|don|dona|mrs?|ms|mme|mlle|dra?|lic|ing|senora?|senorita|senhora?)\.?\s+")
_AND = re.compile(r"\s(?:y|e|and|et)\s")
_AND_OR_COMMA = re.compile(r",?\s(?:y|e|and|et)\s|,\s")
_BEHIND = re.compile(rf"\"?{ALIAS}?\s*[,;:|(–-]?\s*", re.IGNORECASE)
"""Between a name and a date that nothing says to be a birth's."""
_FEWEST_DIGITS = 6
"""Of such a date: a year alone may be any."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person in a line: the places of the name's parts and of the date, from-to pairs in the order of the text."""

    pieces: tuple[tuple[int, int], ...]
    candidates: tuple[PersonCandidate, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """Where a name stands. `guessed`: what stands before its comma is perhaps not the surnames."""

    start: int
    end: int
    guessed: bool = False


@dataclass(slots=True)
class _Record:
    """What labels have said of one person so far.

    `is_name`: it is a name whatever follows. `is_announced`: a label with a colon said so too, and it needs no date.
    """

    parts: list[tuple[Part, _Words]] = field(default_factory=list)
    born: tuple[int, int] | None = None
    is_name: bool = False
    is_announced: bool = False


def find_people(text: str, order: DateOrder | None) -> tuple[Named, ...]:
    """The people of a line who are labelled, or who stand as in a list. `order`: of day and month."""
    if not _WORTH_A_LOOK.search(text):
        return ()
    plain = flat(text)
    births = find_births(text, plain)
    found = tuple(_labelled(text, plain, births, order))
    if found:
        return found
    listed = listed_person(text, plain, births, order)
    return (Named(*listed),) if listed else ()


def _labelled(text: str, plain: str, births: list[Birth], order: DateOrder | None) -> Iterator[Named]:
    """Records of one person each, in the order of the text: a label that comes again, or a role, begins the next one."""
    record, end = _Record(), 0
    labels = labels_in(text, plain)
    starts = sorted([*(birth.start for birth in births), *(label.start for label in labels if label.has_sign or label.is_role)])
    events: list[Label | Birth] = sorted([*labels, *births], key=lambda event: event.start)
    for event in events:
        if isinstance(event, Birth):
            if record.born is not None:
                yield from _person(text, plain, record, order)
                record = _Record()
            if event.is_field or (record.parts and _same_sentence(plain[end : event.start])):
                record.born = event.date if not OTHERS.search(plain[end : event.start]) else None
                end = event.date[1]
            continue
        for name in _names_after(text, plain, event, starts):
            if (event.is_role and record.parts) or event.part in (known for known, _ in record.parts):
                yield from _person(text, plain, record, order)
                record = _Record()
            record.parts.append((event.part, name))
            record.is_name |= _is_named(text[name.start : name.end])
            record.is_announced |= event.has_sign
            end = name.end
    yield from _person(text, plain, record, order)


def _is_named(name: str) -> bool:
    """Whether it is a name without anything else that says so: "Detenido: tres sujetos", "Testigo: Sí" name nobody."""
    return is_common_given_name(name) or (name[0].isupper() and " " in name)


def _same_sentence(between: str) -> bool:
    return not re.search(r"[a-z]{3}[.;!?]\s", between + " ")


def _names_after(text: str, plain: str, label: Label, starts: Sequence[int]) -> Iterator[_Words]:
    """The names that a label announces: one, or those of a list where the label is a plural, as in "Imputados: … y …"."""
    title = _TITLE.match(plain, label.end)
    start = title.end() if title else label.end
    limit = min(name_ends(plain, start, start + _LONGEST), len(text), *starts[bisect_left(starts, start) :][:1])
    following = next_label(plain, start, limit + 1)
    limit = limit if following is None else following
    ends = [limit]
    if label.is_role and plain[label.start : start].rstrip(" :=").endswith("s"):
        # a list with a comma in each name is cut between names only: "PÉREZ, Juan y RUIZ, Ana"
        cut = _AND_OR_COMMA if is_common_given_name(text[start:limit].strip()) else _AND
        ends = [*(match.start() for match in cut.finditer(plain, start, limit)), limit]
    for end in ends:
        name = _name_in(text, plain, label, start, end)
        if name is not None:
            yield name
        joined = _AND_OR_COMMA.match(plain, end)
        start = joined.end() if joined else end


def _name_in(text: str, plain: str, label: Label, start: int, limit: int) -> _Words | None:
    """The name between two places, None where none stands there, or it is not a person's."""
    pieces = [capitalised_words(text, plain, *piece) for piece in between_commas(text, start, limit)]
    first = pieces[0]
    if first is None or not (label.has_sign or text[first[0]].isupper()):
        return None
    name = text[first[0] : first[1]]
    if (
        is_nobody(name)
        or is_no_person(name)
        or folded(name.split()[0]) in PARTICLES
        or roles_alone(plain[first[0] : limit].strip())
    ):
        return None
    second = pieces[1] if len([each for each in pieces if each]) == 2 else None
    if second is None or label.part in _PARTED or folded(text[slice(*second)]) in STATES:
        return _Words(*first)
    if label.part is Part.WHOLE_SURNAMES_FIRST or is_given(name, text[slice(*second)]):
        return _Words(first[0], second[1])
    # one word is no whole name, and who bears a surname first has the given names behind: no place, but the rest of the name
    surname_first = is_common_surname(name) and not is_common_given_name(name) and text[second[0]].isupper()
    return _Words(first[0], second[1], guessed=True) if surname_first or " " not in name else _Words(*first)


def _person(text: str, plain: str, record: _Record, order: DateOrder | None) -> Iterator[Named]:
    parts = Parts.of([part for part, _ in record.parts])
    if parts is None:
        return
    doubts = {PersonDoubt.GUESSED_PARTS} if any(name.guessed for _, name in record.parts) else set()
    born = record.born
    if born is None:
        if not record.is_name:
            return
        born = _date_behind(plain, record.parts[-1][1].end)
        if born is None and not record.is_announced:
            return
        doubts |= {PersonDoubt.NOT_SAID_TO_BE_BIRTH} if born else set()
    texts = [text[name.start : name.end] for _, name in record.parts]
    said = [record.parts[place][1] for place in parts.places()]
    candidates = people_of(parts.names(texts), text[slice(*born)] if born else "", order, Clue.WORD, frozenset(doubts))
    if candidates:
        yield Named(tuple(sorted([*((name.start, name.end) for name in said), *([born] if born else [])])), candidates)


def _date_behind(plain: str, end: int) -> tuple[int, int] | None:
    """A whole date right behind a name, None if there is none."""
    behind = _BEHIND.match(plain, end)
    date = DATE.match(plain, behind.end()) if behind else None
    return date.span() if date and sum(map(str.isdigit, date[0])) >= _FEWEST_DIGITS else None
