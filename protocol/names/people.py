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
from protocol.names.placeholders import is_nobodys, without_placeholders

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
_ORDINAL: Final = re.compile(r"(?<!\w)[0-9]{1,2} ?(?:[ºª°]|er[oa]?|d[oa]|r[oa]|nd|rd|st|th|[oae])(?!\w)", re.IGNORECASE)
"""Marks of generation in digits: "Smith 3rd", "Pérez 2º"."""
_WRONG: Final = re.compile(r"[\d@\ufffd]|(?<=[^\W\d_])\?(?=[^\W\d_])")
"""What no name has, and a slip of a hand or an encoding puts there: "J0sé", "Mu?oz". Parted so, both halves would be missed."""


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

    def written(self) -> str:
        """On one line, to be shown and asked with: "rosa elvira/quispe huaman/1990-05-31", the parts of `to_words`.

        Each part is what a column of a case file takes; reading them again gives the same person.
        """
        return "/".join((" ".join(self.given), " ".join(self.surnames), self.to_words()["born"]))

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> "Person":
        """What `to_words` gave."""
        return cls(tuple(words["given"]), tuple(words["surnames"]), read_birth_date(words["born"]))


def read_person(given_names: str, surnames: str, born: BirthDate | None) -> Person:
    """Take both fields apart. A field of particles only keeps them; initials go where a whole word is left.

    What stands for a name that nobody knows is left out (`placeholders.py`). Of more than three surnames the first two and the
    last are kept: in Portuguese the last one is what people are called by.
    Raises `NotComparable`: too_long, unknown_name, wrong_characters, no_name, initials_only.
    """
    given, family = _known(given_names), _known(surnames)
    person = Person(given or (), _kept(family or ()), born)
    words = (*person.given, *person.surnames)
    if is_nobodys(person.given, person.surnames) or (not words and None in (given, family)):
        raise NotComparable(PersonReason.UNKNOWN_NAME)
    if not words:
        raise NotComparable(PersonReason.NO_NAME)
    if all(len(word) == 1 for word in words):
        raise NotComparable(PersonReason.INITIALS_ONLY)
    return person


def read_name(text: str) -> tuple[str, ...]:
    """The words of one field, given names or surnames; none of a text without letters.

    Raises `NotComparable`: too_long, unknown_name, wrong_characters.
    """
    if len(text) > LONGEST_NAME:
        raise NotComparable(PersonReason.TOO_LONG)
    # Some systems write the cedilla of ç as a character of its own.
    composed = _ORDINAL.sub(" ", unicodedata.normalize("NFC", text))
    words = _words(composed)
    known = without_placeholders(words)
    if words and not known:
        raise NotComparable(PersonReason.UNKNOWN_NAME)
    if _WRONG.search(composed):
        raise NotComparable(PersonReason.WRONG_CHARACTERS)
    return known


def is_nobody(text: str) -> bool:
    """Whether a text says, in the place of a name, that nobody knows it."""
    try:
        return _known(text) is None
    except NotComparable:
        return False


def _known(text: str) -> tuple[str, ...] | None:
    """As `read_name`, but None where nobody knows the name: the other field may still have one."""
    try:
        return read_name(text)
    except NotComparable as refused:
        if refused.reason_code is not PersonReason.UNKNOWN_NAME:
            raise
        return None


def _kept(surnames: tuple[str, ...]) -> tuple[str, ...]:
    if len(surnames) <= MOST_SURNAMES:
        return surnames
    return without_placeholders((*surnames[:2], surnames[-1]))


def _words(text: str) -> tuple[str, ...]:
    roman = re.sub("([nu])(?:xx)+", r"\1", _romanised(text).lower())
    # An apostrophe belongs to its word (O'Brien, D'Angelo), a hyphen parts two.
    plain = re.sub("[^a-z.]+", " ", re.sub("['`]", "", roman))
    found = re.findall(r"[a-z]+\.?", _ONE_WORD.sub(lambda name: name[0].replace(" ", ""), plain))
    whole = [_SHORT.get(word, word) for word in _together(found)]
    words = [word for word in whole if len(word) > 1] or whole
    return tuple([word for word in words if word not in _PARTICLES] or words)


def _romanised(text: str) -> str:
    # "Mª" and "M.ª" are one short form.
    written = text.replace(".ª", "ª").translate(_BEFORE_ROMANISING)
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
