"""The officer's case file for a question: one identifier a line, with headers in Spanish, English, Portuguese or French.

Columns: kind, value, country, platform, bank, attests_not_protected. The value's and the attestation's are required, the others
may be missing or empty; a heading that names a kind ("celular") stands for the value's. Nothing is guessed: a value without a
kind is taken only if it can be one thing, by the rules of `protocol/recognition`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from node.case_files.cells import CellText
from node.case_files.delimited import decoded, read_lines
from node.case_files.errors import FileTooLarge, HeaderRefused
from node.case_files.limits import QUESTION_BYTES, QUESTION_LINES
from node.case_files.mapping import folded
from node.case_files.problems import Problem
from node.case_files.reasons import FileReason, RowReason
from node.case_files.tables import TableRow, UnreadableRow, under_headers
from protocol.identifiers import Identifier, Kind, NotNormalisable, RawIdentifier
from protocol.recognition import Clue, Confidence, Said, Word, named, read_following, weigh

_FILE = "case_file"
_ENCODING = "utf-8"
_HEADERS = {
    "kind": ("kind", "tipo", "clase", "espécie", "type"),
    "value": ("value", "valor", "valeur"),
    "country": ("country", "país", "pais", "pays"),
    "platform": ("platform", "plataforma", "plateforme"),
    "bank": ("bank", "banco", "banque"),
    "attests_not_protected": (
        "attests_not_protected",
        "declara_no_protegido",
        "declara_não_protegido",
        "declara_nao_protegido",
        "atteste_non_protégé",
        "atteste_non_protege",
    ),
}
_COLUMN_OF = {header: column for column, headers in _HEADERS.items() for header in headers}
_REQUIRED = frozenset({"value", "attests_not_protected"})
_ATTESTED = {"yes": True, "sí": True, "si": True, "sim": True, "oui": True, "no": False, "não": False, "nao": False, "non": False}


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One identifier to ask about: as written, and its keys with the main form first.

    `attested` is the officer's word that it belongs to no victim, witness or relative; a line without it must not be asked.
    """

    line: int
    kind: Kind
    raw: RawIdentifier
    identifiers: tuple[Identifier, ...] = field(repr=False)
    attested: bool


def read_questions(raw: bytes, default_country: str) -> Iterator[QuestionLine | Problem]:
    """Lines of a case file (CSV, UTF-8, comma or semicolon) and what is wrong with the others.

    `default_country` (ISO 3166-1 alpha-2) reads what gives no country of its own. Raises `CaseFileError` before the first line.
    """
    # 1 size; 2 form of the whole file, before any of it is asked
    if len(raw) > QUESTION_BYTES:
        raise FileTooLarge(FileReason.TOO_MANY_BYTES, file=_FILE)
    lines, heading = _translated(raw)
    rows = list(under_headers(lines, _FILE, _REQUIRED))
    if len(rows) > QUESTION_LINES:
        raise FileTooLarge(FileReason.TOO_MANY_ROWS, file=_FILE, line=rows[QUESTION_LINES].line)
    return _lines(rows, heading, default_country)


def _translated(raw: bytes) -> tuple[Iterator[tuple[int, list[CellText]]], Word | None]:
    """The lines, with the first one's headers in English, and what the value's heading says if it names a kind.

    The delimiter is the one that stands in the first line: two columns are required, and no header contains either.
    """
    first = decoded(raw, _FILE, _ENCODING).partition("\n")[0]
    delimiters = [delimiter for delimiter in (",", ";") if delimiter in first]
    if len(delimiters) != 1:
        raise HeaderRefused(FileReason.UNREADABLE_HEADER, file=_FILE, line=1)
    lines = read_lines(raw, _FILE, delimiter=delimiters[0], encoding=_ENCODING)
    line, headers = next(lines)
    columns = [_COLUMN_OF.get(folded(header)) if isinstance(header, str) else None for header in headers]
    heading = None
    if "value" not in columns:
        words = [
            named(header) if column is None and isinstance(header, str) else None
            for header, column in zip(headers, columns, strict=True)
        ]
        naming = [place for place, word in enumerate(words) if word is not None and word.names]
        if len(naming) == 1:
            columns[naming[0]], heading = "value", words[naming[0]]
    known: list[CellText] = [column for column in columns if column is not None]
    if len(known) != len(headers):
        raise HeaderRefused(FileReason.UNREADABLE_HEADER, file=_FILE, line=line)
    return chain([(line, known)], lines), heading


def _lines(rows: list[TableRow | UnreadableRow], heading: Word | None, default_country: str) -> Iterator[QuestionLine | Problem]:
    for row in rows:
        if isinstance(row, UnreadableRow):
            yield _problem(row.line, None, row.reason)
            continue
        faulty = next(iter(row.unreadable.items()), None)
        yield _line(row, heading, default_country) if faulty is None else _problem(row.line, *faulty)


def _line(row: TableRow, heading: Word | None, default_country: str) -> QuestionLine | Problem:
    cells = row.cells
    # 1 the attestation is one of the words for yes and no; none is no
    word = folded(cells["attests_not_protected"])
    if word and word not in _ATTESTED:
        return _problem(row.line, "attests_not_protected", RowReason.BAD_ATTESTATION)
    # 2 a value
    value = cells["value"]
    if not value:
        return _problem(row.line, "value", RowReason.MISSING_VALUE)
    # 3 its kind, named or certain
    raw = RawIdentifier(Kind.PHONE, value, cells.get("country", "").upper() or None, platform=cells.get("platform") or None)
    found = _of_kind(row, replace(raw, bank=cells.get("bank") or None), heading, default_country)
    if isinstance(found, Problem):
        return found
    # 4 its keys
    try:
        keys = read_following(found)
    except NotNormalisable as error:
        return _problem(row.line, "value", RowReason.NOT_NORMALISABLE, error)
    return QuestionLine(row.line, keys[0].kind, found, keys, _ATTESTED.get(word, False))


def _of_kind(row: TableRow, raw: RawIdentifier, heading: Word | None, default_country: str) -> RawIdentifier | Problem:
    """`raw` with its kind, and with the state and platform that the word for the kind or the value itself names."""
    written = row.cells.get("kind", "")
    word = named(written) if written else heading
    if written and word is None:
        return _problem(row.line, "kind", RowReason.UNKNOWN_KIND)
    if word is not None and _is_one_kind(word):
        return replace(
            raw,
            kind=word.kinds[0],
            country=raw.country or word.country or default_country,
            platform=raw.platform or word.platform,
        )
    said = () if word is None else (Said(word, Clue.WORD if word.names else Clue.HINT),)
    candidates = weigh(raw.value, raw.country or default_country, said, stated=raw.country is not None)
    certain = [each for each in candidates if each.confidence is Confidence.CERTAIN]
    if len(certain) == 1:
        return replace(raw, kind=certain[0].kind, country=raw.country or certain[0].country or default_country)
    kinds = tuple(dict.fromkeys(each.kind for each in candidates))
    reason = RowReason.AMBIGUOUS_KIND if kinds else RowReason.UNRECOGNISED
    return Problem(_FILE, row.line, "kind", reason, row_imported=False, kinds=kinds)


def _is_one_kind(word: Word) -> bool:
    """Any word for accounts will do for one: the reader of other accounts passes on what has a kind of its own."""
    return len(word.kinds) == 1 or word.kinds[0] is Kind.ACCOUNT_OTHER


def _problem(line: int, column: str | None, reason: RowReason, error: NotNormalisable | None = None) -> Problem:
    return Problem(_FILE, line, column, reason, row_imported=False, normaliser=error.reason_code if error else None)
