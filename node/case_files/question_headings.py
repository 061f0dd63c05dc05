"""The first row of an officer's list for a question: which column is what, by the words of four languages.

What an officer is told of a column later is the officer's own heading. It may be repeated, since none is taken that is not one of
the words known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from node.case_files.cells import CellText
from node.case_files.errors import HeaderRefused
from node.case_files.mapping import folded
from node.case_files.problems import Problem
from node.case_files.reasons import FileReason
from protocol.recognition import Word, named
from protocol.recognition.headings import Part, Parts, part_named

_HEADERS = {
    "kind": ("kind", "tipo", "clase", "espécie", "type"),
    "value": ("value", "valor", "valeur"),
    "country": ("country", "país", "pais", "pays"),
    "platform": ("platform", "plataforma", "plateforme"),
    "bank": ("bank", "banco", "banque"),
    "attests_not_protected": (
        *("attests not protected", "declara no protegido", "declara não protegido", "declara nao protegido"),
        *("atteste non protégé", "atteste non protege"),
    ),
}
"""With blanks; underscores in their place are the same."""
_COLUMN_OF = {header: column for column, headers in _HEADERS.items() for header in headers}
OF_GIVEN_NAMES = ("given_names", "more_given_names")
OF_SURNAMES = ("surnames", "more_surnames")
OF_A_NAME = (*OF_GIVEN_NAMES, *OF_SURNAMES, "whole_name")
OF_A_PERSON = (*OF_A_NAME, "birth_date")
OF_A_VALUE = ("value", "country", "platform", "bank")
COLUMNS = (*_HEADERS, *OF_A_PERSON)
_PARTED = frozenset({"given_names", "surnames", "attests_not_protected"})
_WHOLE = frozenset({"whole_name", "attests_not_protected"})
_VALUES = frozenset({"value", "attests_not_protected"})


@dataclass(frozen=True, slots=True)
class Headings:
    """`columns`: our name of each column, `written`: the officer's; `needed`: which of ours must be there.

    `kind`: what the heading of the values says, where it names a kind ("celular"). `surnames_first`: the heading of whole names
    says that they begin with the surnames.
    """

    columns: tuple[str, ...]
    written: tuple[str, ...] = field(repr=False)
    needed: frozenset[str]
    kind: Word | None
    surnames_first: bool

    @classmethod
    def of(cls, header: Sequence[CellText], file: str) -> "Headings":
        """Raises `HeaderRefused`, with the number of the column, for a heading that is none of ours or may be several."""
        written = tuple(cell if isinstance(cell, str) else "" for cell in header)
        columns = [_COLUMN_OF.get(folded(heading.replace("_", " "))) for heading in written]
        surnames_first = _name_people(written, columns)
        kind = None
        if "value" not in columns:
            words = [named(heading) if column is None else None for heading, column in zip(written, columns, strict=True)]
            naming = [place for place, word in enumerate(words) if word is not None and word.names]
            if len(naming) == 1:
                columns[naming[0]], kind = "value", words[naming[0]]
        known = tuple(column for column in columns if column is not None)
        if len(known) != len(columns):
            unknown = columns.index(None)
            raise HeaderRefused(FileReason.UNREADABLE_HEADER, file=file, line=1, place=unknown + 1)
        return cls(known, written, _needed(known), kind, surnames_first)

    def told(self, problem: Problem) -> Problem:
        """The problem with its column as the officer wrote it, and its number. A heading that holds a number is not repeated."""
        if problem.column not in self.columns:
            return problem
        at = self.columns.index(problem.column)
        heading = self.written[at]
        return replace(problem, heading=None if any(map(str.isdigit, heading)) else heading, place=at + 1)


def _needed(columns: tuple[str, ...]) -> frozenset[str]:
    people = "whole_name" if "whole_name" in columns else next((column for column in columns if column in OF_A_PERSON), None)
    of_people = frozenset() if people is None else _WHOLE if people == "whole_name" else _PARTED
    return of_people | (_VALUES if "value" in columns or people is None else frozenset())


def _name_people(written: Sequence[str], columns: list[str | None]) -> bool:
    """Name the columns of people, by the headings that a pasted table is recognised by; whether surnames come first in one."""
    found = [part_named(heading) if column is None else None for heading, column in zip(written, columns, strict=True)]
    parts = Parts.of(found)
    if parts is not None and parts.whole is not None:
        columns[parts.whole] = "whole_name"
    elif parts is not None:
        for names, places in ((OF_GIVEN_NAMES, parts.given), (OF_SURNAMES, parts.surnames)):
            for name, place in zip(names, places, strict=False):
                columns[place] = name
    if Part.BORN in found:
        columns[found.index(Part.BORN)] = "birth_date"
    return parts is not None and parts.surnames_first
