"""A person as two fields of a register: given names and surnames, taken apart into the words that count.

Particles, titles and marks of generation are left out, since one office writes them and the next does not. Machine-readable
zones write Ñ as N or NXX and Ü as UE or UXX (ICAO Doc 9303 part 3, section 6 A); both read as the letter without its accent.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from anyascii import anyascii

from protocol.names.births import BirthDate
from protocol.names.errors import NotComparable, PersonReason

LONGEST_NAME: Final = 200
"""Characters of one field; ICAO's longest name has 39, a noble's full name about 150."""
MOST_SURNAMES: Final = 3

_PARTICLES: Final = frozenset(
    {"de", "del", "la", "las", "los", "da", "das", "do", "dos", "du", "des", "le", "el", "e", "y", "i", "di"}
    | {"van", "von", "vom", "zu", "zur", "der", "den", "het", "ter", "ten", "vda", "viuda", "viuva"}
    | {"sr", "sra", "srta", "dr", "dra", "don", "dona", "dom", "lic", "ing", "mr", "mrs", "ms"}
    | {"jr", "junior", "filho", "filha", "neto", "neta", "sobrinho", "hijo", "hija", "ii", "iii", "iv"}
)
_JOINED: Final = frozenset({"san", "santa", "santo", "sta", "sto", "sao", "saint", "sainte", "st", "ste", "mc", "mac", "o", "d"})
"""Words that some write apart from the next one."""
_SHORT: Final = {"ma": "maria", "fco": "francisco", "fca": "francisca", "jse": "jose", "gpe": "guadalupe", "alej": "alejandro"}
_BEFORE_ROMANISING: Final = str.maketrans({"ç": "s", "Ç": "S", "ª": ".", "º": ".", "<": " "})


@dataclass(frozen=True, slots=True)
class Person:
    """The words of a name in `a`-`z`, in the order of the register, and the birth date. Made by `read_person`."""

    given: tuple[str, ...] = field(repr=False)
    surnames: tuple[str, ...] = field(repr=False)
    born: BirthDate | None = field(repr=False)


def read_person(given_names: str, surnames: str, born: BirthDate | None) -> Person:
    """Take both fields apart. A field of particles only keeps them; initials go where a whole word is left.

    Raises `NotComparable`: too_long, no_name.
    """
    if max(len(given_names), len(surnames)) > LONGEST_NAME:
        raise NotComparable(PersonReason.TOO_LONG)
    person = Person(_words(given_names), _words(surnames)[:MOST_SURNAMES], born)
    if not person.given and not person.surnames:
        raise NotComparable(PersonReason.NO_NAME)
    return person


def _words(text: str) -> tuple[str, ...]:
    roman = str(anyascii(text.translate(_BEFORE_ROMANISING))).lower()
    roman = re.sub("nxx", "n", re.sub("uxx", "u", roman))
    # An apostrophe belongs to its word (O'Brien, D'Angelo), a hyphen parts two.
    found = re.findall("[a-z]+", re.sub("['`]", "", roman))
    whole = [_SHORT.get(word, word) for word in _together(found)]
    words = [word for word in whole if len(word) > 1] or whole
    return tuple([word for word in words if word not in _PARTICLES] or words)


def _together(words: list[str]) -> list[str]:
    joined: list[str] = []
    pending = ""
    for word in words:
        if word in _JOINED:
            pending += word
            continue
        joined.append(pending + word)
        pending = ""
    return [*joined, pending] if pending else joined
