"""The keys of a person: inputs of the OPRF that another register's entry of the same person gives, too, as often as can be had.

Each key joins what one mistake leaves as it is. None is made of a birth date alone or of a given name alone.

| type | joined | survives |
|---|---|---|
| name and date | sound of one given name (of two) or surname, whole birth date | anything in the other names; columns exchanged |
| year and part | given name and one surname as spoken, year and day or month | the other part; day and month exchanged |
| initials and date | first sounds of given name and first surname, whole birth date | the rest of both names |
| full name | given name and first two surnames as spoken | the birth date, wrong or missing |

Measured with their weights in `docs/spec/names.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from importlib.metadata import version

from crypto.derivation import length_prefixed
from protocol.names.births import BirthDate
from protocol.names.errors import NotComparable, PersonReason
from protocol.names.people import Person
from protocol.names.sounds import pronounced, sound

NAME_KIND = "name_dob"
"""The vocabulary's code, in inputs, in manifests and for the officer."""
_RULE_NUMBER = 2
NAME_KEYS_VERSION = f"{NAME_KIND}-{_RULE_NUMBER}+{version('anyascii')}"
"""Of all types together. anyascii's tables decide how other scripts and rare letters are written, hence its release."""


def class_of(kind: str) -> str:
    """The entropy class of the lists in which keys of this kind stand."""
    return "name_keys" if kind == NAME_KIND else "identifiers"


class NameKeyType(IntEnum):
    """What a label says of the key it stands under, on the holder's side. 1 is an identifier itself."""

    GIVEN_NAME_AND_DATE = 2
    SURNAME_AND_DATE = 3
    YEAR_AND_PART = 4
    INITIALS_AND_DATE = 5
    FULL_NAME = 6


class Fact(StrEnum):
    """What a key that hits says of the asker's person: this of it stands in the holder's register as well."""

    GIVEN_NAME = "given_name"
    SECOND_GIVEN_NAME = "second_given_name"
    FIRST_SURNAME = "first_surname"
    SECOND_SURNAME = "second_surname"
    THIRD_SURNAME = "third_surname"
    BIRTH_DATE = "birth_date"
    YEAR_AND_DAY = "year_and_day"
    YEAR_AND_MONTH = "year_and_month"
    INITIALS = "initials"


_SURNAME_FACTS = (Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.THIRD_SURNAME)


@dataclass(frozen=True, slots=True)
class NameKey:
    """One key; equal inputs to the OPRF mean that both registers agree in `facts`."""

    type: NameKeyType
    canonical: str = field(repr=False)
    facts: frozenset[Fact]

    def oprf_input(self) -> bytes:
        """Length-prefixed (kind, version, canonical), each UTF-8, as of an identifier: the OPRF's private input."""
        return length_prefixed(NAME_KIND.encode(), NAME_KEYS_VERSION.encode(), self.canonical.encode())


def name_keys(person: Person) -> tuple[NameKey, ...]:
    """All keys of a person, each canonical form once. Both who publishes and who asks uses all of them.

    Raises `NotComparable` (needs_birth_date) when none can be made.
    """
    keys: dict[str, NameKey] = {}
    for key in _made(person):
        known = keys.get(key.canonical)
        # Two names of one sound, such as Ana Anna, are one input; a hit then tells of both.
        keys[key.canonical] = NameKey(key.type, key.canonical, key.facts | (known.facts if known else frozenset()))
    if not keys:
        raise NotComparable(PersonReason.NEEDS_BIRTH_DATE)
    return tuple(keys.values())


def _made(person: Person) -> Iterator[NameKey]:
    given, second = (word if word and pronounced(word) else None for word in (*person.given, None, None)[:2])
    surnames = [pair for pair in zip(_SURNAME_FACTS, person.surnames, strict=False) if pronounced(pair[1])]
    if person.born is not None:
        yield from _with_whole_date(given, second, surnames, person.born)
        if given is not None:
            yield from _with_parts(given, surnames, person.born)
    if given is not None and len(surnames) > 1:
        spoken = _spoken(given, surnames[0][1], surnames[1][1])
        yield NameKey(NameKeyType.FULL_NAME, f"name/{spoken}", frozenset({Fact.GIVEN_NAME, surnames[0][0], surnames[1][0]}))


def _with_whole_date(
    given: str | None, second: str | None, surnames: list[tuple[Fact, str]], born: BirthDate
) -> Iterator[NameKey]:
    if not born.is_whole:
        return
    day = f"{born.year:04}-{born.month:02}-{born.day:02}"
    for fact, name in ((Fact.GIVEN_NAME, given), (Fact.SECOND_GIVEN_NAME, second)):
        if name is not None:
            facts = frozenset({fact, Fact.BIRTH_DATE})
            yield NameKey(NameKeyType.GIVEN_NAME_AND_DATE, f"date/{sound(name)}/{day}", facts)
    for fact, surname in surnames:
        yield NameKey(NameKeyType.SURNAME_AND_DATE, f"date/{sound(surname)}/{day}", frozenset({fact, Fact.BIRTH_DATE}))
    if given is not None and surnames:
        initials = "".join(sorted((pronounced(given)[0], pronounced(surnames[0][1])[0])))
        facts = frozenset({Fact.INITIALS, Fact.BIRTH_DATE})
        yield NameKey(NameKeyType.INITIALS_AND_DATE, f"initials/{initials}/{day}", facts)


def _with_parts(given: str, surnames: list[tuple[Fact, str]], born: BirthDate) -> Iterator[NameKey]:
    for fact, surname in surnames:
        both, spoken = frozenset({Fact.GIVEN_NAME, fact}), _spoken(given, surname)
        # Day and month give keys of one form, so that they meet where an office exchanged them.
        parts = [(born.month, Fact.YEAR_AND_MONTH), (born.day, Fact.YEAR_AND_DAY)]
        # Of one number a hit does not tell which of the two it was; the month is the weaker claim.
        for part, known in parts[:1] if born.day == born.month else parts:
            if part is not None:
                yield NameKey(NameKeyType.YEAR_AND_PART, f"year/{spoken}/{born.year:04}/{part:02}", both | {known})


def _spoken(*words: str) -> str:
    """Sorted, so that names match in any order and column."""
    return ".".join(sorted(pronounced(word) for word in words))
