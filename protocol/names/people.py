"""A person as two fields of a register: given names and surnames, taken apart into the words that count.

Particles, titles and marks of generation are left out, since one office writes them and the next does not. Machine-readable
zones write Ñ as N or NXX and Ü as UE or UXX (ICAO Doc 9303 part 3, section 6 A); both read as the letter without its accent.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

from anyascii import anyascii

from protocol.names.births import BirthDate, read_birth_date
from protocol.names.errors import NotComparable, PersonReason

LONGEST_NAME: Final = 200
"""Characters of one field; ICAO's longest name has 39, a noble's full name about 150."""
MOST_SURNAMES: Final = 3

_PARTICLES: Final = frozenset(
    {"de", "del", "la", "las", "los", "da", "das", "do", "dos", "du", "des", "le", "el", "e", "y", "i", "di"}
    | {"dela", "delas", "delos", "van", "von", "vom", "zu", "zur", "der", "den", "het", "ter", "ten", "vda", "viuda", "viuva"}
    | {"sr", "sra", "srta", "dr", "dra", "don", "dona", "dna", "dom", "lic", "ing", "mr", "mrs", "ms"}
    | {"jr", "jnr", "snr", "junior", "filho", "filha", "neto", "neta", "sobrinho", "hijo", "hija", "ii", "iii", "iv"}
)
_JOINED: Final = {
    **{word: word for word in ("san", "santa", "santo", "sao", "saint", "sainte", "mc", "mac", "o", "d")},
    **{"sta": "santa", "sto": "santo", "st": "saint", "ste": "sainte"},
}
"""Words that some write apart from the next one, and what they are short for."""
_SHORT: Final = {"ma": "maria", "fco": "francisco", "fca": "francisca", "jse": "jose", "gpe": "guadalupe", "alej": "alejandro"}
_ONE_WORD: Final = re.compile(r"\b(?:de la o|espirit[ou] santo)\b")
"""Surnames that end with a word which elsewhere belongs to the next one."""
_BEFORE_ROMANISING: Final = str.maketrans({"ç": "s", "Ç": "S", "<": " ", "°": " "})


@dataclass(frozen=True, slots=True)
class Person:
    """The words of a name in `a`-`z`, in the order of the register, and the birth date. Made by `read_person`."""

    given: tuple[str, ...] = field(repr=False)
    surnames: tuple[str, ...] = field(repr=False)
    born: BirthDate | None = field(repr=False)

    def to_words(self) -> dict[str, Any]:
        """For keeping, as JSON has it; `from_words` reads it."""
        return {
            "given": list(self.given),
            "surnames": list(self.surnames),
            "born": "" if self.born is None else self.born.written(),
        }

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> "Person":
        """What `to_words` gave."""
        return cls(tuple(words["given"]), tuple(words["surnames"]), read_birth_date(words["born"]))


def read_person(given_names: str, surnames: str, born: BirthDate | None) -> Person:
    """Take both fields apart. A field of particles only keeps them; initials go where a whole word is left.

    Of more than three surnames the first two and the last are kept: in Portuguese the last one is what people are called by.
    Raises `NotComparable`: too_long, no_name.
    """
    if max(len(given_names), len(surnames)) > LONGEST_NAME:
        raise NotComparable(PersonReason.TOO_LONG)
    family = _words(surnames)
    person = Person(_words(given_names), family if len(family) <= MOST_SURNAMES else (*family[:2], family[-1]), born)
    if not person.given and not person.surnames:
        raise NotComparable(PersonReason.NO_NAME)
    return person


def _words(text: str) -> tuple[str, ...]:
    roman = re.sub("([nu])(?:xx)+", r"\1", _romanised(text).lower())
    # An apostrophe belongs to its word (O'Brien, D'Angelo), a hyphen parts two.
    plain = re.sub("[^a-z.]+", " ", re.sub("['`]", "", roman))
    found = re.findall(r"[a-z]+\.?", _ONE_WORD.sub(lambda name: name[0].replace(" ", ""), plain))
    whole = [_SHORT.get(word, word) for word in _together(found)]
    words = [word for word in whole if len(word) > 1] or whole
    return tuple([word for word in words if word not in _PARTICLES] or words)


def _romanised(text: str) -> str:
    # Some systems write the cedilla of ç as a character of its own.
    composed = unicodedata.normalize("NFC", text)
    # "Mª" and "M.ª" are one short form.
    written = composed.replace(".ª", "ª").translate(_BEFORE_ROMANISING)
    roman = str(anyascii(written))
    if ":" not in roman:
        return roman
    # A pictograph is romanised as its description between colons, which is no part of a name.
    return "".join(" " if part.startswith(":") else part for part in map(anyascii, written))


def _together(found: list[str]) -> list[str]:
    joined: list[str] = []
    pending = ""
    for written, following in zip_longest(found, found[1:], fillvalue=""):
        word = written.rstrip(".")
        # "O. Pérez", "D. Pérez" and "O P" have initials; "O Brien" is one word.
        initial = len(word) == 1 and (written != word or len(following.rstrip(".")) < 2)
        if word in _JOINED and not initial:
            pending += _JOINED[word]
            continue
        joined.append(pending + word)
        pending = ""
    return [*joined, pending] if pending else joined
