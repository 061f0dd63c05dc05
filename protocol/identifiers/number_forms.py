"""How states write numbers of persons and companies: length, alphabet, abbreviation and check."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from protocol.identifiers.characters import compact, doubts_of, refuse_masked, require
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.values import Doubt

LENGTH_RULE_ONLY = frozenset({Doubt.LENGTH_RULE_ONLY})
ANY, NEVER = r".*", r"(?!)"
"""Of a number without its abbreviation: whichever has the shape, or none."""

_ACCENTS = str.maketrans("ÁÂÃÀÇÉÊÍÓÔÕÚ", "AAAACEEIOOOU")
_SEPARATORS = r"[ .\-/,_'·:]*"
_WORDS = ("CEDULA", "DOCUMENTO", "IDENTIDAD", "CI", "NUMERO", "NUMBER", "NRO", "NUM", "NO", "N°", "DE")
"""Words that say no more than that a number follows."""


class Checking(StrEnum):
    """How far a number can be checked."""

    CHECK_DIGIT = "check_digit"
    PARTS = "parts"
    """A date, a province or a range in it has to exist. A slip of the pen may go unnoticed."""
    SHAPE = "shape"
    """Length and alphabet."""


def _spaced(word: str) -> str:
    return _SEPARATORS.join(map(re.escape, word))


@dataclass(frozen=True)
class NumberForm:
    """How one state writes the number of one document.

    `name`: of the document, in the state's language. `source`: who publishes the form. `shape`: regular expression for the
    compact form, with `shortest` to `longest` characters. `labels`: abbreviations that officers copy along. `mark`: stands in
    front in the key, where another document of the state counts with the same digits. `bare`: a regular expression that the
    number has to fit as well where no label names the document. `letters`: whether the number may begin with a letter; then
    words in front cannot be told from it. `width` fills up zeros that a spreadsheet has eaten, `drops_zeros` removes zeros that
    only some write, `tail` is a regular expression for what only some write behind; `needs_dashes`: its parts cannot be told
    apart without. `take` composes the compact form from text in upper case where separators carry meaning; `key` takes the key
    out of a number that has more, such as a check digit.
    `digit` tests the check digit, `parts` what else has to exist; both raise python-stdnum's errors.
    """

    name: str
    source: str
    shortest: int
    longest: int
    labels: tuple[str, ...] = ()
    mark: str = ""
    shape: str = r"\d+"
    bare: str = ANY
    letters: bool = False
    width: int = 0
    drops_zeros: bool = False
    needs_dashes: bool = False
    tail: str = ""
    take: Callable[[str], str] = compact
    key: Callable[[str], str] = str
    digit: Callable[[str], object] | None = None
    parts: Callable[[str], object] | None = None

    @property
    def checking(self) -> Checking:
        """How far its numbers can be checked."""
        if self.digit:
            return Checking.CHECK_DIGIT
        return Checking.PARTS if self.parts else Checking.SHAPE

    @cached_property
    def _label(self) -> re.Pattern[str]:
        labels = "|".join(_spaced(label) for label in sorted(self.labels, key=len, reverse=True)) or NEVER
        if self.letters:
            return re.compile(rf"(?:{labels}){_SEPARATORS}(?=[A-Z\d])")
        words = "|".join(map(_spaced, _WORDS))
        return re.compile(rf"(?:(?:{words}){_SEPARATORS})*(?:{labels}){_SEPARATORS}(?:(?:{words}){_SEPARATORS})*(?=\d)")

    @cached_property
    def _words(self) -> re.Pattern[str]:
        words = NEVER if self.letters else "|".join(map(_spaced, _WORDS))
        return re.compile(rf"(?:(?:{words}){_SEPARATORS})+(?=\d)")

    def _after_label(self, text: str) -> str | None:
        rest = text
        while found := self._label.match(rest):
            behind = rest[found.end() :]
            # A CURP may begin with the letters CURP: they are its label only where a whole number follows.
            if self.letters and not self.shortest <= len(compact(behind)) <= self.longest:
                break
            rest = behind
        return None if rest == text else rest

    def _read(self, kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
        number = self.take(text)
        if self.needs_dashes and "-" not in number:
            raise NotNormalisable(kind, Reason.NEEDS_SEPARATORS)
        if self.tail:
            number = re.sub(rf"(?:{self.tail})$", "", number)
        if self.drops_zeros:
            number = number.lstrip("0")
        require(kind, number, self.shape, self.shortest, self.longest)
        number = number.zfill(self.width)
        if self.digit:
            doubts = doubts_of(self.digit, number)
        else:
            doubts = LENGTH_RULE_ONLY | (doubts_of(self.parts, number) if self.parts else frozenset())
        return self.mark + self.key(number), doubts

    def labelled(self, text: str) -> bool:
        """Whether one of the labels stands in front."""
        return self._after_label(_plain(text)) is not None

    def read(self, kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
        """(number, doubts), with or without a label. Raises wrong_length, wrong_characters, empty, masked."""
        refuse_masked(kind, text)
        plain = _plain(text) if self.letters else _PLACE_BEHIND.sub("", _plain(text))
        rest = self._after_label(plain)
        if rest is not None:
            return self._read(kind, rest)
        rest = self._words.sub("", plain, count=1)
        number = self._read(kind, rest)
        require(kind, compact(rest), self.bare, 1, len(rest))
        return number


def _plain(text: str) -> str:
    return text.upper().translate(_ACCENTS)


_PLACE_BEHIND = re.compile(r"(?<=\d)[ ,;]+(?:DE|DEL|EXPEDID[AO] EN|EXPEDID[AO] POR|EXP\.? EN|EXP\.?) [^\d]+$")
"""As officers write it: 1.020.304.050 de Medellín."""


def read_forms(kind: Kind, forms: Sequence[NumberForm], text: str) -> list[tuple[str, frozenset[Doubt]]]:
    """(number, doubts) of each document that the label in front names; without a label, of each that the number may be of.

    What a check digit speaks against comes last. If there are several, each has the doubt another_reading. Raises what is
    wrong for the first of them: wrong_length, wrong_characters, empty, needs_separators, masked.
    """
    found: list[tuple[str, frozenset[Doubt]]] = []
    refusals: list[NotNormalisable] = []
    for form in [form for form in forms if form.labelled(text)] or forms:
        try:
            found.append(form.read(kind, text))
        except NotNormalisable as refusal:
            refusals.append(refusal)
    if not found:
        raise refusals[0]
    if len({number for number, _ in found}) > 1:
        found = [(number, doubts | {Doubt.ANOTHER_READING}) for number, doubts in found]
    return sorted(found, key=lambda each: Doubt.CHECK_DIGIT_FAILED in each[1])


def generic(name: str, *labels: str) -> NumberForm:
    """For documents whose form is not published: 4 to 20 letters and digits, a digit among them."""
    return NumberForm(name, "no form is published", 4, 20, labels, shape=r"(?=.*\d)[A-Z\d]+", letters=True)
