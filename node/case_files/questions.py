"""The officer's case file for a question: one identifier a line, with headers in Spanish, English, Portuguese or French.

Columns: kind, value, country, platform, bank, attests_not_protected. The value's and the attestation's are required, the others
may be missing or empty. Nothing is guessed: a value without a kind is taken only if it can be one thing.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from node.case_files.cells import CellText
from node.case_files.delimited import decoded, read_lines
from node.case_files.errors import FileTooLarge, HeaderRefused
from node.case_files.identifier_cells import read_identifier
from node.case_files.limits import QUESTION_BYTES, QUESTION_LINES
from node.case_files.mapping import folded
from node.case_files.problems import Problem
from node.case_files.reasons import FileReason, RowReason
from node.case_files.tables import TableRow, UnreadableRow, under_headers
from protocol.identifiers import Clue, Identifier, Kind, NotNormalisable, RawIdentifier, recognise
from protocol.vocabulary import Language, code_lists

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
_SHORT_NAMES = {
    Kind.PHONE: ("celular", "móvil", "tel", "phone", "mobile", "cell phone", "téléphone", "portable"),
    Kind.VEHICLE_PLATE: ("placa", "patente", "plate", "licence plate", "license plate", "plaque"),
    Kind.SOCIAL_HANDLE: ("red social", "rede social", "social media", "handle", "réseau social"),
    Kind.EMAIL: ("correo", "e-mail", "mail", "courriel"),
    Kind.PASSPORT: ("passport", "passeport"),
    Kind.CRYPTO_ADDRESS: ("cripto", "crypto", "wallet"),
    Kind.PAYMENT_CARD: ("tarjeta", "card", "cartão", "carte"),
    Kind.ACCOUNT_OTHER: ("cuenta", "cuenta bancaria", "bank account", "conta bancária", "compte bancaire"),
    Kind.DOMAIN: ("dominio", "domain", "domaine"),
    Kind.CONTAINER: ("container",),
}
"""Words for one kind only. A national number may be of a person or a company, so the word for it names no kind."""
# Signs or a check digit that only this kind bears: what a bare length and alphabet suggest is for the officer to say.
_CERTAIN = frozenset({Clue.SYNTAX, Clue.CHECK_DIGIT})


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
    rows = list(under_headers(_translated(raw), _FILE, _REQUIRED))
    if len(rows) > QUESTION_LINES:
        raise FileTooLarge(FileReason.TOO_MANY_ROWS, file=_FILE, line=rows[QUESTION_LINES].line)
    return _lines(rows, default_country)


def _translated(raw: bytes) -> Iterator[tuple[int, list[CellText]]]:
    """The lines, with the first one's headers in English.

    The delimiter is the one that stands in the first line: two columns are required, and no header contains either.
    """
    first = decoded(raw, _FILE, _ENCODING).partition("\n")[0]
    delimiters = [delimiter for delimiter in (",", ";") if delimiter in first]
    if len(delimiters) != 1:
        raise HeaderRefused(FileReason.UNREADABLE_HEADER, file=_FILE, line=1)
    lines = read_lines(raw, _FILE, delimiter=delimiters[0], encoding=_ENCODING)
    line, headers = next(lines)
    columns = [_COLUMN_OF.get(folded(header)) if isinstance(header, str) else None for header in headers]
    known: list[CellText] = [column for column in columns if column is not None]
    if len(known) != len(headers):
        raise HeaderRefused(FileReason.UNREADABLE_HEADER, file=_FILE, line=line)
    yield line, known
    yield from lines


def _lines(rows: list[TableRow | UnreadableRow], default_country: str) -> Iterator[QuestionLine | Problem]:
    for row in rows:
        if isinstance(row, UnreadableRow):
            yield _problem(row.line, None, row.reason)
            continue
        faulty = next(iter(row.unreadable.items()), None)
        yield _line(row, default_country) if faulty is None else _problem(row.line, *faulty)


def _line(row: TableRow, default_country: str) -> QuestionLine | Problem:
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
    country = cells.get("country", "").upper() or default_country
    found = _named_kind(row) if cells.get("kind") else _recognised_kind(row.line, value, country)
    if isinstance(found, Problem):
        return found
    # 4 its keys
    raw = RawIdentifier(found, value, country, platform=cells.get("platform") or None, bank=cells.get("bank") or None)
    try:
        keys = read_identifier(raw)
    except NotNormalisable as error:
        return _problem(row.line, "value", RowReason.NOT_NORMALISABLE, error)
    return QuestionLine(row.line, keys[0].kind, raw, keys, _ATTESTED.get(word, False))


def _named_kind(row: TableRow) -> Kind | Problem:
    kind = _kinds_by_word().get(_plain(row.cells["kind"]))
    return _problem(row.line, "kind", RowReason.UNKNOWN_KIND) if kind is None else kind


def _recognised_kind(line: int, value: str, country: str) -> Kind | Problem:
    candidates = recognise(value, country)
    certain = {candidate.kind for candidate in candidates if candidate.reason_code in _CERTAIN and candidate.identifier}
    if len(certain) == 1:
        return certain.pop()
    kinds = tuple(dict.fromkeys(candidate.kind for candidate in candidates))
    reason = RowReason.AMBIGUOUS_KIND if kinds else RowReason.UNRECOGNISED
    return Problem(_FILE, line, "kind", reason, row_imported=False, kinds=kinds)


@cache
def _kinds_by_word() -> dict[str, Kind]:
    """Kinds by their code, by their labels in all languages, and by the short names that officers use; accents do not count."""
    entries = code_lists()["identifier_kind"]
    words = {_plain(str(entries[kind.value][language.value])): kind for language in Language for kind in Kind}
    short = {_plain(word): kind for kind, named in _SHORT_NAMES.items() for word in named}
    return short | words | {kind.value: kind for kind in Kind}


def _plain(word: str) -> str:
    """As `folded`, without accents: keyboards and exports lose them."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", folded(word)) if not unicodedata.combining(sign))


def _problem(line: int, column: str | None, reason: RowReason, error: NotNormalisable | None = None) -> Problem:
    return Problem(_FILE, line, column, reason, row_imported=False, normaliser=error.reason_code if error else None)
