"""From the parts of a name and a birth date, wherever they stood, to candidates: what is certain, what was guessed, what lacks.

A person is recognised only where the text says which of its words are a name: headings, labels, a machine-readable zone, or the
order of a list. A name in a running sentence is not looked for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from protocol.identifiers.mrz import Checked, MachineReadable
from protocol.names import (
    DateOrder,
    NotComparable,
    Person,
    PersonReason,
    name_keys,
    read_birth_date,
    read_person,
    read_written_date,
)
from protocol.names.rarity import is_common_given_name
from protocol.recognition.candidates import Clue, Confidence, PersonCandidate, PersonDoubt
from protocol.recognition.words import folded, set_of

NAME_LIKE = re.compile(r"[^\W\d_]+(?:[ .'’ªº-]{1,3}[^\W\d_]+){0,15}[.ªº]?")
"""Words of letters, as many as the longest names have, with what stands between them."""
PARTICLES = set_of("de del la las los da das do dos du des le van von der den di e y santa san")
"""Words that belong to the next one when a name is parted."""
_GENERATION = re.compile(r"(?:jr|jnr|sr|snr|junior|filho|filha|neto|neta|hijo|hija|esq|ii|iii|iv)\.?", re.IGNORECASE)
# Where the day is written after the month, and where both are: nobody else's dates are asked about.
_MONTH_FIRST = frozenset({"US"})
_EITHER_ORDER = frozenset({"CA", "PA"})
_LAST_FULL_CENTURY, _TURN = 1900, 70
"""Documents with zones exist since 1980 and expire within a few years: two digits from 70 on are years of the last century."""


@dataclass(frozen=True, slots=True)
class Name:
    """Given names and surnames apart. `guessed`: where they part is not written."""

    given: str = field(repr=False)
    surnames: str = field(repr=False)
    guessed: bool = False


def partings(whole: str, *, surnames_first: bool = False) -> tuple[Name, ...]:
    """How a name in one text parts: at its only comma, surnames first; else as guesses, the likelier one first."""
    before, _, behind = (part.strip() for part in whole.partition(","))
    if before and behind and not _GENERATION.fullmatch(behind):
        return (Name(behind, before),)
    words = list(_with_particles(before.split()))
    counts = [1] if len(words) < 3 else [2, 1]
    # of three words the one in the middle is the second given name or the first surname
    if len(words) == 3 and not is_common_given_name(words[1]):
        counts.reverse()
    if surnames_first:
        return tuple(Name(" ".join(words[-given:]), " ".join(words[:-given]), guessed=True) for given in counts)
    return tuple(Name(" ".join(words[:given]), " ".join(words[given:]), guessed=True) for given in counts)


def _with_particles(words: list[str]) -> Iterator[str]:
    held: list[str] = []
    for word in words:
        held.append(word)
        if folded(word) not in PARTICLES:
            yield " ".join(held)
            held = []
    if held:
        yield " ".join(held)


def date_order_in(country: str | None) -> DateOrder | None:
    """The order in which a country writes dates in digits; None where both are in use, or the country is not known."""
    if country is None or country in _EITHER_ORDER:
        return None
    return DateOrder.MONTH_FIRST if country in _MONTH_FIRST else DateOrder.DAY_FIRST


def people_of(
    names: tuple[Name, ...], born: str, order: DateOrder | None, clue: Clue, doubts: frozenset[PersonDoubt] = frozenset()
) -> tuple[PersonCandidate, ...]:
    """A candidate a parting, best first; none where there is no name. `born` as written, empty if there is no date."""
    try:
        date, needs = read_written_date(born, order), None
    except NotComparable as error:
        date, needs = None, error.reason_code
    if date is not None and not date.is_whole and _names_a_day(born):
        doubts |= {PersonDoubt.IMPOSSIBLE_DAY}
    found: list[PersonCandidate] = []
    for name in names:
        try:
            person = read_person(name.given, name.surnames, date)
        except NotComparable:
            continue
        of_name = doubts | {PersonDoubt.GUESSED_PARTS} if name.guessed else doubts
        candidate = _judged(PersonCandidate(Confidence.CERTAIN, (clue,), person, of_name, needs or lacking(person)))
        found.append(replace(candidate, confidence=Confidence.POSSIBLE) if found else candidate)
    return tuple(found)


def lacking(person: Person) -> PersonReason | None:
    """Why nothing can be asked about this person, None if it can."""
    try:
        name_keys(person)
    except NotComparable as error:
        return error.reason_code
    return None


def _judged(candidate: PersonCandidate) -> PersonCandidate:
    doubts = candidate.doubts
    if not (candidate.person.given and candidate.person.surnames):
        doubts |= {PersonDoubt.ONE_NAME_ONLY}
    if candidate.person.born is None and candidate.needs is None:
        doubts |= {PersonDoubt.NO_BIRTH_DATE}
    certain = not doubts and candidate.needs is None
    return replace(candidate, confidence=Confidence.CERTAIN if certain else Confidence.LIKELY, doubts=doubts)


def _names_a_day(born: str) -> bool:
    """Whether all three parts of a date are written, and none as 00."""
    numbers = [int(each) for each in re.findall(r"\d+", born)]
    return len(numbers) > 2 and all(numbers)


def people_in_zone(zone: MachineReadable) -> tuple[PersonCandidate, ...]:
    """The holder, by the names and the birth date of the zone; two where the century of birth cannot be told, none without names.

    A birth is taken for the later of the centuries in which it is not after the year of expiry.
    """
    doubts = {PersonDoubt.NAME_CUT} if zone.names_cut else set()
    failed = Checked.BIRTH in zone.failed or zone.failed == {Checked.COMPOSITE}
    clue = Clue.CHECK_DIGIT
    if failed:
        doubts.add(PersonDoubt.BIRTH_CHECK_DIGIT_FAILED)
        clue = Clue.CHECK_DIGIT_FAILED
    years = _years(zone)
    if len(years) > 1:
        doubts.add(PersonDoubt.ASSUMED_CENTURY)
    _, month, day = zone.birth
    found = []
    for born in [f"{year}-{month or 0:02}-{day or 0:02}" for year in years] or [""]:
        try:
            person = read_person(zone.given_names, zone.surnames, read_birth_date(born))
        except NotComparable:
            return ()
        found.append(_judged(PersonCandidate(Confidence.CERTAIN, (Clue.ZONE, clue), person, frozenset(doubts), lacking(person))))
    return tuple(found)


def _years(zone: MachineReadable) -> tuple[int, ...]:
    year = zone.birth[0]
    if year is None:
        return ()
    early, late = _LAST_FULL_CENTURY + year, _LAST_FULL_CENTURY + 100 + year
    if zone.expiry_year is None or Checked.EXPIRY in zone.failed:
        return (early,) if year >= _TURN else (early, late)
    expiry = _LAST_FULL_CENTURY + zone.expiry_year + (0 if zone.expiry_year >= _TURN else 100)
    return (late,) if late <= expiry else (early,)
