"""People in tables: which headings name the parts of a person, and the person of each row.

A table has people only where its headings name a name and a birth date. Headings are compared whole: "nombre de la madre" is
another person's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from protocol.names import DateOrder, PersonReason, is_nobody, order_of
from protocol.recognition.candidates import Clue, Found, PersonDoubt, Span
from protocol.recognition.people import NAME_LIKE, Name, date_order_in, partings, people_of
from protocol.recognition.words import folded


class Part(Enum):
    """What a heading or label names. `NAME` is a whole name, or the part that no other column holds."""

    NAME = auto()
    WHOLE = auto()
    WHOLE_SURNAMES_FIRST = auto()
    GIVEN = auto()
    MORE_GIVEN = auto()
    SURNAMES = auto()
    MORE_SURNAMES = auto()
    BORN = auto()


_HEADINGS = {
    Part.NAME: "nombre|nome|name|nom|noms",
    Part.WHOLE: "nombre completo|nombres completos|nombre y apellido|nombre y apellidos|nombres y apellidos|nombre s y apellido s"
    "|nombres y apellido|nombre del imputado|nombre del investigado|nombre del acusado|nombre del sospechoso|nombre del detenido"
    "|nombre del indiciado|nombre del denunciado|nombre del procesado|nombre del sindicado|nome do investigado|nome do acusado"
    "|nome do suspeito|nome do indiciado|nome do reu|nome do denunciado|suspect name|name of suspect|name of the suspect"
    "|accused name|name of the accused|defendant name|nom du suspect|nom du prevenu|nom du mis en cause"
    "|full name|complete name|fullname|name and surname|nome completo|nome e sobrenome|nom complet|prenom et nom|prenoms et nom"
    "|prenom s et nom",
    Part.WHOLE_SURNAMES_FIRST: "apellidos y nombres|apellido y nombre|apellidos y nombre|apellido y nombres|ap y nombre"
    "|ap y nombres|apellidos nombres|apellido s y nombre s"
    "|surname and given names|surnames and given names|surname given names|surname and name|last name first name"
    "|sobrenome e nome|nom et prenom|nom et prenoms|nom et prenom s|nom prenom|nom prenoms",
    Part.GIVEN: "nombres|nombre s|nombre de pila|primer nombre|nomes|prenome|primeiro nome|given name|given names|first name"
    "|firstname|first names|forename|forenames|prenom|prenoms|prenom s|given name s",
    Part.MORE_GIVEN: "segundo nombre|otros nombres|segundo nome|middle name|middle names|second prenom|autres prenoms",
    Part.SURNAMES: "apellidos|apellido|apellido s|primer apellido|apellido paterno|ap paterno|paterno|sobrenome|sobrenomes"
    "|primeiro sobrenome|surname|surnames|last name|last names|lastname|family name|family names|first surname|paternal surname"
    "|nom de famille|noms de famille|nom de naissance",
    Part.MORE_SURNAMES: "segundo apellido|apellido materno|ap materno|materno|segundo sobrenome|second surname|maternal surname"
    "|second nom",
    Part.BORN: "fecha de nacimiento|fecha nacimiento|fecha de nac|fecha nac|fec nac|fec nacimiento|fec de nacimiento|f nacimiento"
    "|f nac|f de nac|f de nacimiento|fechanacimiento|nacimiento|fn|f n|fdn|nacido el|nacida el"
    "|data de nascimento|data nascimento|data de nasc|data nasc|dt nascimento|dt nasc|dt de nascimento|nascimento|dn|d n"
    "|nascido em|nascida em|date de naissance|date naissance|naissance|ddn|d d n|ne le|nee le|ne e le"
    "|date of birth|birth date|birthdate|birthday|dob|d o b|born|born on",
}
_PART_OF = {heading: part for part, headings in _HEADINGS.items() for heading in headings.split("|")}
_NAMES = frozenset(Part) - {Part.BORN}


def part_named(text: str) -> Part | None:
    """What a heading or label names, None if it is none of ours. Accents, capitals and signs do not count."""
    return _PART_OF.get(" ".join(re.findall(r"[^\W\d_]+", folded(text.replace("_", " ")))))


def phrases() -> Iterator[tuple[str, Part]]:
    """Every heading as `folded` gives it, with single blanks for what stands between its words."""
    yield from _PART_OF.items()


@dataclass(frozen=True, slots=True)
class Parts:
    """Which pieces of a row or line are which part of a name: their numbers, in the order in which they are joined."""

    given: tuple[int, ...] = ()
    surnames: tuple[int, ...] = ()
    whole: int | None = None
    surnames_first: bool = False

    @classmethod
    def of(cls, named: Sequence[Part | None]) -> "Parts | None":
        """None where no piece is a name, or where two claim to be the same part: nobody knows then whose name is whose."""
        at = {part: place for place, part in enumerate(named) if part in _NAMES}
        if not at or len(at) < sum(part in _NAMES for part in named):
            return None
        given = tuple(at[part] for part in (Part.GIVEN, Part.MORE_GIVEN) if part in at)
        surnames = tuple(at[part] for part in (Part.SURNAMES, Part.MORE_SURNAMES) if part in at)
        if Part.NAME in at and bool(given) != bool(surnames):
            given, surnames = given or (at[Part.NAME],), surnames or (at[Part.NAME],)
        if given or surnames:
            return cls(given, surnames)
        whole = at.get(Part.WHOLE_SURNAMES_FIRST, at.get(Part.WHOLE, at.get(Part.NAME)))
        return cls(whole=whole, surnames_first=whole == at.get(Part.WHOLE_SURNAMES_FIRST))

    def places(self) -> tuple[int, ...]:
        """Numbers of all pieces that hold a part of the name."""
        return (*self.given, *self.surnames) if self.whole is None else (self.whole,)

    def names(self, texts: Sequence[str]) -> tuple[Name, ...]:
        """The name that these pieces hold, or the ways in which it may part."""
        if self.whole is not None:
            return partings(texts[self.whole], surnames_first=self.surnames_first)
        return (Name(" ".join(texts[place] for place in self.given), " ".join(texts[place] for place in self.surnames)),)


@dataclass(frozen=True, slots=True)
class PersonColumns:
    """The columns of a table in which people stand. `order`: of day and month, None where nothing tells it."""

    parts: Parts
    born: int
    order: DateOrder | None
    headings: tuple[str, ...]

    @classmethod
    def of(cls, header: Sequence[str], rows: Sequence[Sequence[str]], country: str | None) -> "PersonColumns | None":
        """Judged by the headings; the order of dates by the other dates of the column, else by where the officer works."""
        named = [part_named(cell) for cell in header]
        parts, births = Parts.of(named), [place for place, part in enumerate(named) if part is Part.BORN]
        if parts is None or len(births) != 1:
            return None
        order = order_of(row[births[0]] for row in rows) or date_order_in(country)
        places = sorted((*parts.places(), births[0]))
        return cls(parts, births[0], order, tuple(header[place] for place in places))

    def read(self, row: Sequence[str], spans: Sequence[Span]) -> Found | None:
        """The person of a row, None if it has none; every cell that it was read from is in the spans."""
        texts, doubts = list(row), set()
        pieces: list[Span] = []
        for place in self.parts.places():
            text, span = self._name_in(row[place], spans[place])
            if text and text != row[place].strip():
                doubts.add(PersonDoubt.NAME_CUT)
            texts[place] = text
            if text:
                pieces.append(span)
        born = row[self.born].strip()
        candidates = people_of(self.parts.names(texts), born, self.order, Clue.HEADER, frozenset(doubts)) if pieces else ()
        if not candidates:
            return None
        # what is no date may be a value of another kind
        if born and candidates[0].needs is not PersonReason.BAD_BIRTH_DATE:
            pieces.append(spans[self.born])
        first, *further = sorted(pieces, key=lambda piece: piece.start)
        named = tuple(replace(each, headings=self.headings) for each in candidates)
        return Found(first, named, tuple(further))

    def _name_in(self, cell: str, span: Span) -> tuple[str, Span]:
        """The name at the beginning of a cell, and where it stands; what follows it, such as a nickname in brackets, is left."""
        text = cell.lstrip()
        found = NAME_LIKE.match(text)
        end = found.end() if found else 0
        if found and self.parts.whole is not None and (behind := re.match(r"\s*,\s*", text[end:])):
            given = NAME_LIKE.match(text, end + behind.end())
            end = given.end() if given else end
        if is_nobody(text[:end]):
            return "", span
        start = span.start + len(cell) - len(text)
        return text[:end], Span(start, start + end)
