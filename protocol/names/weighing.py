"""Which of a peer's people is the one asked about? Evidence for and against, added up and held against the size of the list.

The weights are natural logarithms of odds, as Fellegi and Sunter add them (Journal of the American Statistical Association 64,
1969), fitted to invented registers by `make bench-matching`, whose table stands in `docs/spec/names.md`. The longer the list,
the more strangers agree by chance, so the logarithm of its length goes against each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import log

from protocol.names.births import BirthDate
from protocol.names.keys import Fact
from protocol.names.people import Person
from protocol.names.rarity import rarity_of_given_name, rarity_of_surname

KEYS_A_PERSON = 8
"""How many entries of a list are one person's, on average: what a list's padded count is divided by."""


class Verdict(StrEnum):
    """What is shown to the officer. A human decides in any case."""

    STRONG = "strong"
    """Given name, a surname and the birth date or a part of it agree, and strangers rarely do so in a list of this length."""
    CANDIDATE = "candidate"
    """Worth a look: the right person more often than not, where the list holds them."""
    CHANCE = "chance"
    """As many strangers agree as much by chance: no hit."""


class Agreement(StrEnum):
    """One reason in words; the interface translates the code.

    `other_…`: the question has it and the holder has another one or none, which of the two the keys do not tell.
    `…_not_asked`: the question itself lacks it, so nothing was compared.
    """

    SAME_GIVEN_NAME = "same_given_name"
    OTHER_GIVEN_NAME = "other_given_name"
    GIVEN_NAME_NOT_ASKED = "given_name_not_asked"
    SPELT_OTHERWISE = "spelt_otherwise"
    SAME_INITIALS = "same_initials"
    SAME_SECOND_GIVEN_NAME = "same_second_given_name"
    OTHER_SECOND_GIVEN_NAME = "other_second_given_name"
    SAME_FIRST_SURNAME = "same_first_surname"
    OTHER_FIRST_SURNAME = "other_first_surname"
    SURNAMES_NOT_ASKED = "surnames_not_asked"
    SAME_SECOND_SURNAME = "same_second_surname"
    OTHER_SECOND_SURNAME = "other_second_surname"
    SECOND_SURNAME_NOT_ASKED = "second_surname_not_asked"
    SAME_BIRTH_DATE = "same_birth_date"
    DAY_AND_MONTH_EXCHANGED = "day_and_month_exchanged"
    OTHER_MONTH = "other_month"
    OTHER_DAY = "other_day"
    MONTH_NOT_ASKED = "month_not_asked"
    DAY_NOT_ASKED = "day_not_asked"
    OTHER_BIRTH_DATE = "other_birth_date"
    ONLY_YEAR_ASKED = "only_year_asked"
    BIRTH_DATE_NOT_ASKED = "birth_date_not_asked"
    PLACEHOLDER_DATE = "placeholder_date"
    OTHERS_ALIKE = "others_alike"


_GIVEN_NAME, _SURNAME = 0.99, 0.86
"""For each unit of a name's rarity that agrees."""
_WHOLE_DATE, _YEAR_AND_DAY, _YEAR_AND_MONTH = 11.02, 4.00, 3.88
_PLACEHOLDER = -2.0
"""The first of January is written some seven times as often as any other day."""
_SECOND_GIVEN_NAME, _OTHER_SECOND_GIVEN_NAME = 2.03, -2.99
_SURNAME_MISSING, _SPELT_OTHERWISE = -2.82, -2.36
"""Common given names with common first surnames are borne by many: what else was asked tells them apart."""
_OTHER_NAME_DIFFERS = -3.15
_ALL_SURNAMES_NO_GIVEN_NAME = 0.64
_CONSTANT = -1.31

_FEWEST = 10_000
"""Persons. In a shorter list fewer strangers agree by chance, but as much less likely is the person to be on it at all."""
CANDIDATE, STRONG = -2.5, 1.0
"""Odds of 1 to 12 for one stranger: of several that are shown at most one is right, and a lone one mostly is."""
MOST_ALIKE = 4
"""So many who agree in the same are shown for one question; of more, nobody can tell which to look at."""

_SURNAMES = (Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.THIRD_SURNAME)
_DATES = frozenset({Fact.BIRTH_DATE, Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH})


@dataclass(frozen=True, slots=True)
class Judgement:
    """`odds`: natural logarithm of the odds that this is the person, up to a constant; `agreements`: why, in reading order."""

    verdict: Verdict
    odds: float
    agreements: tuple[Agreement, ...]


def judge(person: Person, facts: frozenset[Fact], people: int, alike: int = 1) -> Judgement:
    """Weigh what one handle's hits say of `person`: `facts` of all keys that hit, in a list of about `people` persons.

    `alike`: how many handles there agree in exactly these facts. Two who agree in both names and the whole date are one person
    listed twice; of others at most one is right, however rare the name is elsewhere.
    """
    odds = _evidence(person, facts) - log(max(people, _FEWEST))
    shared = alike > 1 and not _is_whole(facts)
    if shared:
        odds = min(odds, CANDIDATE - max(0.0, log(alike / MOST_ALIKE)))
    strong = odds >= STRONG and _is_of_all_parts(facts)
    verdict = Verdict.STRONG if strong else Verdict.CANDIDATE if odds >= CANDIDATE else Verdict.CHANCE
    told = (*_agreements(person, facts), *((Agreement.OTHERS_ALIKE,) if shared else ()))
    return Judgement(verdict, odds, told)


def _is_of_all_parts(facts: frozenset[Fact]) -> bool:
    """Given name, a surname and a part of the date: less is a namesake's, a relative's or a twin's, however rare the name."""
    return Fact.GIVEN_NAME in facts and not facts.isdisjoint(_SURNAMES) and not facts.isdisjoint(_DATES)


def _is_whole(facts: frozenset[Fact]) -> bool:
    return _is_whole_date(facts) and _is_of_all_parts(facts)


def _is_whole_date(facts: frozenset[Fact]) -> bool:
    return Fact.BIRTH_DATE in facts or facts >= {Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}


def _evidence(person: Person, facts: frozenset[Fact]) -> float:
    agreeing = [word for fact, word in zip(_SURNAMES, person.surnames, strict=False) if fact in facts]
    given = Fact.GIVEN_NAME in facts
    odds = _CONSTANT + _date_evidence(person, facts) + _SURNAME * sum(map(rarity_of_surname, agreeing))
    odds += _second_given_name_evidence(person, facts)
    if len(agreeing) < len(person.surnames) > 1:
        odds += _SURNAME_MISSING
    if _is_spelt_otherwise(facts):
        odds += _SPELT_OTHERWISE
    if given:
        odds += _GIVEN_NAME * rarity_of_given_name(person.given[0])
    elif person.surnames and len(agreeing) == len(person.surnames):
        odds += _ALL_SURNAMES_NO_GIVEN_NAME
    if person.given and person.surnames and not (given and agreeing) and Fact.INITIALS not in facts:
        odds += _OTHER_NAME_DIFFERS
    return odds


def _second_given_name_evidence(person: Person, facts: frozenset[Fact]) -> float:
    if Fact.SECOND_GIVEN_NAME in facts:
        return _SECOND_GIVEN_NAME
    return _OTHER_SECOND_GIVEN_NAME if _lacks_second_given_name(person, facts) else 0.0


def _lacks_second_given_name(person: Person, facts: frozenset[Fact]) -> bool:
    """Whether it was compared and does not agree: its key holds the whole date, so of another date it says nothing."""
    return len(person.given) > 1 and Fact.BIRTH_DATE in facts and Fact.SECOND_GIVEN_NAME not in facts


def _is_spelt_otherwise(facts: frozenset[Fact]) -> bool:
    """Given name, surname and date agree by sound, and no pair of the names as spoken: those keys hold year and month or day."""
    alike = {Fact.GIVEN_NAME, Fact.BIRTH_DATE} <= facts and not facts.isdisjoint(_SURNAMES)
    return alike and facts.isdisjoint({Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH})


def _date_evidence(person: Person, facts: frozenset[Fact]) -> float:
    if _is_whole_date(facts):
        return _WHOLE_DATE + (_PLACEHOLDER if person.born is not None and person.born.is_placeholder else 0.0)
    if Fact.YEAR_AND_DAY in facts:
        return _YEAR_AND_DAY
    return _YEAR_AND_MONTH if Fact.YEAR_AND_MONTH in facts else 0.0


def _agreements(person: Person, facts: frozenset[Fact]) -> Iterator[Agreement]:
    if Fact.GIVEN_NAME in facts:
        yield Agreement.SAME_GIVEN_NAME
    else:
        yield Agreement.OTHER_GIVEN_NAME if person.given else Agreement.GIVEN_NAME_NOT_ASKED
    if Fact.SECOND_GIVEN_NAME in facts:
        yield Agreement.SAME_SECOND_GIVEN_NAME
    elif _lacks_second_given_name(person, facts):
        yield Agreement.OTHER_SECOND_GIVEN_NAME
    yield from _surname_agreements(person, facts)
    if _is_spelt_otherwise(facts):
        yield Agreement.SPELT_OTHERWISE
    if Fact.INITIALS in facts and not {Fact.GIVEN_NAME, Fact.FIRST_SURNAME} <= facts:
        yield Agreement.SAME_INITIALS
    yield _date_agreement(person.born, facts)
    if person.born is not None and person.born.is_placeholder:
        yield Agreement.PLACEHOLDER_DATE


def _surname_agreements(person: Person, facts: frozenset[Fact]) -> Iterator[Agreement]:
    if not person.surnames:
        yield Agreement.SURNAMES_NOT_ASKED
        return
    yield Agreement.SAME_FIRST_SURNAME if Fact.FIRST_SURNAME in facts else Agreement.OTHER_FIRST_SURNAME
    if facts & {Fact.SECOND_SURNAME, Fact.THIRD_SURNAME}:
        yield Agreement.SAME_SECOND_SURNAME
    else:
        yield Agreement.OTHER_SECOND_SURNAME if len(person.surnames) > 1 else Agreement.SECOND_SURNAME_NOT_ASKED


def _date_agreement(born: BirthDate | None, facts: frozenset[Fact]) -> Agreement:
    if born is None:
        return Agreement.BIRTH_DATE_NOT_ASKED
    if born.month is None and born.day is None:  # of a year alone no key is made
        return Agreement.ONLY_YEAR_ASKED
    if Fact.BIRTH_DATE in facts:
        return Agreement.SAME_BIRTH_DATE
    if facts >= {Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}:
        return Agreement.DAY_AND_MONTH_EXCHANGED
    if Fact.YEAR_AND_DAY in facts:
        return Agreement.MONTH_NOT_ASKED if born.month is None else Agreement.OTHER_MONTH
    if Fact.YEAR_AND_MONTH in facts:
        return Agreement.DAY_NOT_ASKED if born.day is None else Agreement.OTHER_DAY
    return Agreement.OTHER_BIRTH_DATE
