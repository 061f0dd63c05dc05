"""The officer's case file for a question: one identifier or person a line, headers in Spanish, English, Portuguese or French.

Columns of an identifier: kind, value, country, platform, bank; a heading that names a kind ("celular") stands for the value's. Of
a person: given_names, surnames, birth_date, or what a pasted table may call them, also first and second surname apart, or the
whole name in one column. Of both: attests_not_protected. Nothing is guessed: a value without a kind is taken only if it can be
one thing, by the rules of `protocol/recognition`; a date only if day and month are certain; a whole name only if a comma parts
it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from node.case_files.cells import CellText
from node.case_files.delimited import read_lines
from node.case_files.errors import FileTooLarge
from node.case_files.limits import QUESTION_BYTES, QUESTION_LINES
from node.case_files.mapping import folded
from node.case_files.problems import Problem
from node.case_files.question_headings import OF_A_NAME, OF_A_PERSON, OF_A_VALUE, OF_GIVEN_NAMES, OF_SURNAMES, Headings
from node.case_files.reasons import FileReason, RowReason
from node.case_files.tables import TableRow, UnreadableRow, under_headers
from protocol.identifiers import Identifier, Kind, NotNormalisable, RawIdentifier, Reason
from protocol.names import (
    NAME_KIND,
    DateOrder,
    NotComparable,
    Person,
    PersonReason,
    check_birth_date,
    name_keys,
    order_of,
    read_name,
    read_person,
    read_written_date,
)
from protocol.names.rarity import is_common_given_name, is_common_surname
from protocol.recognition import as_named, named, read_following
from protocol.recognition.people import Name, partings
from protocol.vocabulary import Language, code_lists

_FILE = "case_file"
_ENCODING = "utf-8"
_ATTESTED = {"yes": True, "sí": True, "si": True, "sim": True, "oui": True, "no": False, "não": False, "nao": False, "non": False}
_PERSON_KIND = frozenset(
    {NAME_KIND, "persona", "person", "pessoa", "personne", "nombre", "name", "nome", "nom"}
    | {folded(str(code_lists()["identifier_kind"][NAME_KIND][language.value])) for language in Language}
)
_NICKNAMED = frozenset({"alias", "aka", "apodado", "apodada", "vulgo", "dit", "dite", "conocido", "conocida", "conhecido"})
"""After a comma these do not begin given names."""


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """What one line asks about: as written, and a person, or an identifier's keys with the main form first.

    `attested` is the officer's word that it belongs to no victim, witness or relative; a line without it must not be asked.
    """

    line: int
    written: str = field(repr=False)
    asked: tuple[Identifier, ...] | Person
    attested: bool


def read_questions(raw: bytes, default_country: str, today: date) -> Iterator[QuestionLine | Problem]:
    """Lines of a case file (CSV, UTF-8; tabs, semicolons or commas) and what is wrong with the others.

    `default_country` (ISO 3166-1 alpha-2) reads what gives no country of its own. Raises `CaseFileError` before the first line.
    """
    # 1 size; 2 form of the whole file, before any of it is asked
    if len(raw) > QUESTION_BYTES:
        raise FileTooLarge(FileReason.TOO_MANY_BYTES, file=_FILE)
    lines = read_lines(raw, _FILE, delimiter=None, encoding=_ENCODING)
    line, header = next(lines, (1, []))
    headings = Headings.of(header, _FILE)
    translated: list[CellText] = list(headings.columns)
    rows = list(under_headers(chain([(line, translated)], lines), _FILE, headings.needed))
    if len(rows) > QUESTION_LINES:
        raise FileTooLarge(FileReason.TOO_MANY_ROWS, file=_FILE, line=rows[QUESTION_LINES].line)
    return _read(rows, _Reader(headings, _order(rows), default_country, today))


def _order(rows: list[TableRow | UnreadableRow]) -> DateOrder | None:
    return order_of(row.cells.get("birth_date", "") for row in rows if isinstance(row, TableRow))


def _read(rows: list[TableRow | UnreadableRow], reader: "_Reader") -> Iterator[QuestionLine | Problem]:
    for row in rows:
        found = reader.line(row)
        yield reader.headings.told(found) if isinstance(found, Problem) else found


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a line is read with: `order` is that of day and month in this file."""

    headings: Headings
    order: DateOrder | None
    default_country: str
    today: date

    def line(self, row: TableRow | UnreadableRow) -> QuestionLine | Problem:
        # 1 cells that can be read
        if isinstance(row, UnreadableRow):
            return _problem(row.line, None, row.reason)
        if row.unreadable:
            return _problem(row.line, *next(iter(row.unreadable.items())))
        cells = row.cells
        # 2 the attestation is one of the words for yes and no; none is no
        word = folded(cells["attests_not_protected"])
        if word and word not in _ATTESTED:
            return _problem(row.line, "attests_not_protected", RowReason.BAD_ATTESTATION)
        attested = _ATTESTED.get(word, False)
        # 3 a person or a value
        kind = folded(cells.get("kind", ""))
        if any(cells.get(column) for column in OF_A_PERSON):
            if any(cells.get(column) for column in OF_A_VALUE) or (kind and kind not in _PERSON_KIND):
                return _problem(row.line, None, RowReason.PERSON_AND_VALUE)
            return self._person(row, attested=attested)
        if kind in _PERSON_KIND:
            return _problem(row.line, "kind", RowReason.PERSON_AS_VALUE)
        return self._identifier(row, attested=attested)

    def _person(self, row: TableRow, *, attested: bool) -> QuestionLine | Problem:
        given, surnames = (" ".join(filter(None, map(row.cells.get, columns))) for columns in (OF_GIVEN_NAMES, OF_SURNAMES))
        whole, born = row.cells.get("whole_name", ""), row.cells.get("birth_date", "")
        name: Name | None = Name(given, surnames)
        if whole:
            name = self._parted(whole)
        if name is None:
            return _problem(row.line, "whole_name", RowReason.WHOLE_NAME)
        try:
            birth = read_written_date(born, self.order)
            check_birth_date(birth, self.today)
            person = read_person(name.given, name.surnames, birth)
            name_keys(person)  # whoever has no key is told here and not asked
        except NotComparable as error:
            return _problem(row.line, _at_fault(row, error.reason_code), RowReason.NOT_COMPARABLE, error.reason_code)
        written = whole or " ".join(text for text in (given, surnames) if text)
        return QuestionLine(row.line, ", ".join(text for text in (written, born) if text), person, attested)

    def _parted(self, whole: str) -> Name | None:
        """A whole name at its only comma, surnames first. None where a comma may part something else: that would be a guess."""
        name = partings(whole)[0]
        if name.guessed or whole.count(",") > 1 or folded(name.given.split()[0]) in _NICKNAMED:
            return None
        # "Juan Pérez, Ana Ruiz" are two people, unless the heading says that surnames come first
        begins_as_given = is_common_given_name(name.surnames) and not is_common_surname(name.surnames)
        return None if begins_as_given and not self.headings.surnames_first else name

    def _identifier(self, row: TableRow, *, attested: bool) -> QuestionLine | Problem:
        cells = row.cells
        # 1 a value
        value = cells.get("value")
        if not value:
            column = next(column for column in ("value", "surnames", "whole_name") if column in cells)
            return _problem(row.line, column, RowReason.MISSING_VALUE)
        # 2 its kind, named or certain
        raw = RawIdentifier(Kind.PHONE, value, cells.get("country", "").upper() or None, platform=cells.get("platform") or None)
        found = self._of_kind(row, replace(raw, bank=cells.get("bank") or None))
        if isinstance(found, Problem):
            return found
        # 3 its keys
        try:
            keys = read_following(found)
        except NotNormalisable as error:
            return _problem(row.line, "value", RowReason.NOT_NORMALISABLE, error.reason_code)
        return QuestionLine(row.line, value, keys, attested)

    def _of_kind(self, row: TableRow, raw: RawIdentifier) -> RawIdentifier | Problem:
        """`raw` with its kind, and with the state and platform that the word for the kind or the value itself names."""
        written = row.cells.get("kind", "")
        word = named(written) if written else self.headings.kind
        if written and word is None:
            return _problem(row.line, "kind", RowReason.UNKNOWN_KIND)
        found = as_named(raw, word, self.default_country)
        if isinstance(found, RawIdentifier):
            return found
        reason = RowReason.AMBIGUOUS_KIND if found else RowReason.UNRECOGNISED
        return Problem(_FILE, row.line, "kind", reason, row_imported=False, kinds=found)


def _at_fault(row: TableRow, reason: PersonReason) -> str | None:
    """The column to look at: that of the date, or the one whose name is refused for this reason; None for the row."""
    if reason.of_birth_date:
        return "birth_date"
    for column in OF_A_NAME:
        try:
            read_name(row.cells.get(column, ""))
        except NotComparable as error:
            if error.reason_code is reason:
                return column
    return None


def _problem(line: int, column: str | None, reason: RowReason, detail: Reason | PersonReason | None = None) -> Problem:
    return Problem(_FILE, line, column, reason, row_imported=False, detail=detail)
