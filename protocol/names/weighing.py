"""Which of a peer's people is the one asked about? Evidence for and against, added up and held against the size of the list.

The weights are natural logarithms of odds, as Fellegi and Sunter add them (Journal of the American Statistical Association 64,
1969), fitted to invented registers by `make bench-matching`, whose table stands in `docs/spec/names.md`. The longer the list,
the more strangers agree by chance, so the logarithm of its length goes against each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import log

from protocol.names.keys import Fact
from protocol.names.people import Person
from protocol.names.rarity import rarity_of_given_name, rarity_of_surname

KEYS_A_PERSON = 8
"""How many entries of a list are one person's, on average: what a list's padded count is divided by."""


class Verdict(StrEnum):
    """What is shown to the officer. A human decides in any case."""

    STRONG = "strong"
    """At least 99 in 100 of these were the person, in lists of up to a million."""
    CANDIDATE = "candidate"
    """Worth a look: the right person more often than not, where the list holds them."""
    CHANCE = "chance"
    """As many strangers agree as much by chance: no hit."""


class Agreement(StrEnum):
    """One reason in words; the interface translates the code."""

    SAME_GIVEN_NAME = "same_given_name"
    OTHER_GIVEN_NAME = "other_given_name"
    SAME_INITIALS = "same_initials"
    SAME_FIRST_SURNAME = "same_first_surname"
    OTHER_FIRST_SURNAME = "other_first_surname"
    SAME_SECOND_SURNAME = "same_second_surname"
    NO_SECOND_SURNAME = "no_second_surname"
    SAME_BIRTH_DATE = "same_birth_date"
    DAY_AND_MONTH_EXCHANGED = "day_and_month_exchanged"
    OTHER_MONTH = "other_month"
    OTHER_DAY = "other_day"
    OTHER_BIRTH_DATE = "other_birth_date"
    NO_BIRTH_DATE = "no_birth_date"
    PLACEHOLDER_DATE = "placeholder_date"


_GIVEN_NAME, _SURNAME = 1.12, 0.90
"""For each unit of a name's rarity that agrees."""
_WHOLE_DATE, _YEAR_AND_DAY, _YEAR_AND_MONTH = 9.41, 3.06, 3.26
_PLACEHOLDER = -2.0
"""The first of January is written some seven times as often as any other day."""
_BOTH_NAMES, _INITIALS_ONLY, _OTHER_NAME_DIFFERS = -0.49, -0.58, -3.57
"""Names are borne by families and in fashions: what both say is less than the sum."""
_ALL_SURNAMES_NO_GIVEN_NAME = 2.43
_CONSTANT = -1.77

_FEWEST = 10_000
"""Persons. In a shorter list fewer strangers agree by chance, but as much less likely is the person to be on it at all."""
CANDIDATE, STRONG = -2.5, 1.0
"""Odds of 1 to 12 for one stranger: of several that are shown at most one is right, and a lone one mostly is."""

_SURNAMES = (Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.THIRD_SURNAME)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`odds`: natural logarithm of the odds that this is the person, up to a constant; `agreements`: why, in reading order."""

    verdict: Verdict
    odds: float
    agreements: tuple[Agreement, ...]


def judge(person: Person, facts: frozenset[Fact], people: int) -> Judgement:
    """Weigh what one handle's hits say of `person`: `facts` of all keys that hit, in a list of about `people` persons."""
    odds = _evidence(person, facts) - log(max(people, _FEWEST))
    verdict = Verdict.STRONG if odds >= STRONG else Verdict.CANDIDATE if odds >= CANDIDATE else Verdict.CHANCE
    return Judgement(verdict, odds, tuple(_agreements(person, facts)))


def _evidence(person: Person, facts: frozenset[Fact]) -> float:
    agreeing = [word for fact, word in zip(_SURNAMES, person.surnames, strict=False) if fact in facts]
    given = Fact.GIVEN_NAME in facts
    odds = _CONSTANT + _date_evidence(person, facts) + _SURNAME * sum(map(rarity_of_surname, agreeing))
    if given:
        odds += _GIVEN_NAME * rarity_of_given_name(person.given[0])
    elif person.surnames and len(agreeing) == len(person.surnames):
        odds += _ALL_SURNAMES_NO_GIVEN_NAME
    if given and agreeing:
        odds += _BOTH_NAMES
    elif Fact.INITIALS in facts:
        odds += _INITIALS_ONLY
    elif person.given and person.surnames:
        odds += _OTHER_NAME_DIFFERS
    return odds


def _date_evidence(person: Person, facts: frozenset[Fact]) -> float:
    if Fact.BIRTH_DATE in facts or facts >= {Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}:
        return _WHOLE_DATE + (_PLACEHOLDER if person.born is not None and person.born.is_placeholder else 0.0)
    if Fact.YEAR_AND_DAY in facts:
        return _YEAR_AND_DAY
    return _YEAR_AND_MONTH if Fact.YEAR_AND_MONTH in facts else 0.0


def _agreements(person: Person, facts: frozenset[Fact]) -> Iterator[Agreement]:
    if Fact.GIVEN_NAME in facts:
        yield Agreement.SAME_GIVEN_NAME
    elif person.given:
        yield Agreement.OTHER_GIVEN_NAME
    if Fact.FIRST_SURNAME in facts:
        yield Agreement.SAME_FIRST_SURNAME
    elif person.surnames:
        yield Agreement.OTHER_FIRST_SURNAME
    if facts & {Fact.SECOND_SURNAME, Fact.THIRD_SURNAME}:
        yield Agreement.SAME_SECOND_SURNAME
    elif len(person.surnames) > 1:
        yield Agreement.NO_SECOND_SURNAME
    if Fact.INITIALS in facts and not {Fact.GIVEN_NAME, Fact.FIRST_SURNAME} <= facts:
        yield Agreement.SAME_INITIALS
    # Of a year alone no key is made: nothing of the date was compared.
    if person.born is None or (person.born.month is None and person.born.day is None):
        yield Agreement.NO_BIRTH_DATE
        return
    yield _date_agreement(facts)
    if person.born.is_placeholder:
        yield Agreement.PLACEHOLDER_DATE


def _date_agreement(facts: frozenset[Fact]) -> Agreement:
    if Fact.BIRTH_DATE in facts:
        return Agreement.SAME_BIRTH_DATE
    if facts >= {Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}:
        return Agreement.DAY_AND_MONTH_EXCHANGED
    if Fact.YEAR_AND_DAY in facts:
        return Agreement.OTHER_MONTH
    return Agreement.OTHER_DAY if Fact.YEAR_AND_MONTH in facts else Agreement.OTHER_BIRTH_DATE
