"""How states write numbers of persons and companies: length, alphabet, label and check."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from protocol.identifiers.characters import compact, doubts_of, require
from protocol.identifiers.kinds import Kind
from protocol.identifiers.values import Doubt

Check = Callable[[str], object]
LENGTH_RULE_ONLY = frozenset({Doubt.LENGTH_RULE_ONLY})


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How one state writes one number.

    `shape` is a regular expression for the compact form, `shortest` and `longest` its characters; `label` is an
    abbreviation that officers copy along; `width` fills up zeros that a spreadsheet has eaten, `drops_zeros` removes
    zeros that only some write; `check` is a python-stdnum `validate`.
    """

    shape: str
    shortest: int
    longest: int
    label: str = ""
    width: int = 0
    drops_zeros: bool = False
    check: Check | None = None

    def read(self, kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
        """(number, doubts). Raises wrong_length, wrong_characters, empty."""
        number = re.sub(rf"^(?:{self.label})(?=.)", "", compact(text)) if self.label else compact(text)
        if self.drops_zeros:
            number = number.lstrip("0")
        require(kind, number, self.shape, self.shortest, self.longest)
        number = number.zfill(self.width)
        return number, doubts_of(self.check, number) if self.check else LENGTH_RULE_ONLY


GENERIC = NumberForm(r"(?=.*\d)[A-Z\d]+", 4, 20)
"""For states whose form is not written down here."""
