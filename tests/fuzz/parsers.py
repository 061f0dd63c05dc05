"""Every function that makes meaning of bytes or text from outside: how it is called, what it may raise, how its value prints.

A parser's corpus is the folder of its name in `corpora/`. Signed documents stand twice: as they are, and by what the signature
covers, signed anew after it was changed, so that what lies behind the signature is reached. All in the corpora is invented.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from crypto import oprf
from crypto.derivation import length_prefixed, parted
from crypto.dleq import Proof
from crypto.errors import CryptoError
from crypto.group import Element, Scalar
from crypto.sealing import SealingKey, SealingPublicKey, StorageKey
from crypto.signing import SigningKey, VerifyKey
from node.backup.errors import BackupRefused
from node.case_files import delimited, workbook
from node.case_files.errors import CaseFileError
from node.case_files.mapping import Mapping as CaseMapping
from node.case_files.pasted import read_sheets
from node.case_files.protected_people import count_protected, read_protected
from node.case_files.questions import read_questions
from node.case_files.reading import count_rows, read_rows
from node.case_files.register_feed import FEED_TYPE, FeedRefused, open_feed, read_feed
from node.case_files.registers import DateForm, links_table, read_links, read_register, register_table
from node.case_files.sheet_text import case_file_of
from node.case_files.tables import read_table
from node.cli.client import AddressUnusable, NotANode, _usable
from node.cli.session import UsageProblem
from node.custody.errors import KeysUnusable
from node.custody.uri import parse_uri
from node.directory import submission
from node.directory.adopted import AdoptedTargets, StoredSet, verify_stored
from node.directory.ahead import read_ahead
from node.directory.ceremony import read_public_pem
from node.directory.errors import DirectoryError
from node.directory.files import read_entry, read_role
from node.doctor.clock import date_told
from node.flows.identify import Summary, identify
from node.language import preferred
from node.marking.wire import BadFrame, read_elements
from node.outbound.peers import _refusal
from node.settings import Settings, SettingsError
from node.telemetry.collector import endpoint_fault
from node.tls.certificates import load_authority, load_certificate, spki_pin
from node.tls.connection import subject_of
from node.tls.errors import TlsError
from protocol import jws, limits
from protocol.admission import admit_reply, verify_request
from protocol.audience import includes
from protocol.authority import Authority
from protocol.directory import Policy, WorkingEntry
from protocol.envelope import ENVELOPE_TYPE
from protocol.errors import ProtocolError
from protocol.identifiers import Kind, RawIdentifier
from protocol.identifiers.errors import IdentifierError
from protocol.identifiers.mrz import read_mrz
from protocol.identifiers.normalising import normalise
from protocol.index.entry import Label
from protocol.index.manifest import MANIFEST_TYPE, read_manifest
from protocol.index.segment import Segment, SegmentCheck, check_removals, check_segment_form
from protocol.matching import read_answer
from protocol.members import MemberEntry, MemberKeys
from protocol.messages import ManifestsWanted, MatchAnswer
from protocol.names.births import read_birth_date
from protocol.names.errors import NotComparable
from protocol.names.people import read_person
from protocol.names.written import DateOrder, order_of, read_written_date
from protocol.recognition import read_following, read_line
from protocol.record import RECORD_TYPE, parse_record, read_record
from protocol.wire import canonical, from_base64url, parse, sha256, to_base64url
from tests.fuzz import doors
from tests.fuzz.log_parsers import LOG_PARSERS
from tests.fuzz.parser import CORPORA, PROTOCOL, Parser, text
from tests.node.case_files.conftest import TODAY
from tests.protocol.federation import CO, PE, border, envelope, prepared_question, server_key, signed, signing_key

NOW = datetime(2026, 9, 21, tzinfo=UTC)
_KEYS = {jws.key_id(signing_key(CO).public): signing_key(CO).public}
_SEALING = SealingKey(bytes(range(32)))
_STORAGE = StorageKey(bytes(range(32)))


def _signed_anew(typ: str) -> Callable[[bytes], bytes]:
    return lambda payload: jws.sign(payload, typ, signing_key(CO))


def _reply(raw: bytes) -> Any:
    request = signed(envelope(ManifestsWanted(known=())))
    return admit_reply(raw, border(me=CO, connection=PE), request)


def _answer(raw: bytes) -> Any:
    return read_answer(prepared_question(), parse(MatchAnswer, raw, limit=1 << 20, where="body"), server_key(PE).public)


def _identifier(kind: Kind) -> Callable[[bytes], Any]:
    """A value, and after a line break each country, platform and bank that stands next to it."""

    def run(raw: bytes) -> Any:
        value, _, beside = raw.decode("utf-8", "replace").partition("\n")
        country, _, rest = beside.partition("\n")
        platform, _, bank = rest.partition("\n")
        return normalise(RawIdentifier(kind, value, country or None, None, platform or None, bank or None))

    return run


def _register(raw: bytes) -> Any:
    """As a register, and as the links if it is one of those."""
    if raw.startswith(b"id_a"):
        return list(read_links(links_table([raw], "links.csv")))
    return list(read_register(register_table([raw], "register.csv"), DateForm("%d/%m/%Y")))


def _table(raw: bytes) -> Any:
    mapping = CaseMapping.from_json((CORPORA / "mapping" / "subjects.json").read_bytes())
    return list(read_table(raw, mapping.files[0]))


def _export(raw: bytes) -> Any:
    """A whole export in one: the mapping's length in four bytes, the mapping, and the one file that every path of it gets."""
    size = int.from_bytes(raw[:4], "big")
    mapping = CaseMapping.from_json(raw[4 : 4 + size])
    files = {file.path: raw[4 + size :] for file in mapping.files}
    return count_rows(mapping, files), list(read_rows(mapping, files, TODAY))


def _stored(raw: bytes) -> Any:
    stored = parse(StoredSet, raw, limit=1 << 20, where="adopted.json")
    return verify_stored(stored, stored.roots[0] if stored.roots else b"")


def _submission(raw: bytes) -> Any:
    return submission.admit(raw, (CORPORA / "role" / "1.targets.json").read_bytes(), NOW)


@cache
def _directory() -> AdoptedTargets:
    return cast("AdoptedTargets", _stored((CORPORA / "adopted" / "adopted.json").read_bytes()))


def _ahead(raw: bytes) -> Any:
    """The role's length in four bytes, the role, and the entry."""
    size = int.from_bytes(raw[:4], "big")
    return read_ahead(raw[4 : 4 + size], raw[4 + size :], _directory(), NOW)


def _segment(raw: bytes) -> Any:
    count = max(0, (len(raw) - limits.SEGMENT_HEADER_BYTES) // limits.ENTRY_BYTES)
    check_segment_form(raw, count)
    check = SegmentCheck(sha256(raw), count)
    for at in range(0, len(raw), 50):
        check.take(raw[at : at + 50])
    check.end()
    Segment(raw).find(raw[:16].ljust(16, b"\0"))


def _removals(raw: bytes) -> Any:
    check_removals(raw, sha256(raw), max(0, len(raw) * 8 - 3))


def _audience(text: str) -> Any:
    return includes(text, Authority("CO")), [Authority(part) for part in text.split()]


def _written_date(text: str) -> Any:
    """Read in the order that it tells itself, and in both."""
    return read_written_date(text, order_of([text]) or DateOrder.DAY_FIRST), read_written_date(text, DateOrder.MONTH_FIRST)


def _protected(raw: bytes) -> Any:
    return count_protected(raw), list(read_protected(raw, "CO", TODAY))


def _feed(raw: bytes) -> Any:
    return list(read_feed(open_feed(raw, signing_key(CO).public, CO), TODAY))


def _settings(text: str) -> Any:
    return Settings.parse(text, Path("node.toml"))


PRIMITIVES: Mapping[str, tuple[type[Any], str]] = {
    "element": (Element, "crypto.group:Element.from_bytes"),
    "blinded": (oprf.BlindedElement, "crypto.oprf:BlindedElement.from_bytes"),
    "evaluated": (oprf.EvaluatedElement, "crypto.oprf:EvaluatedElement.from_bytes"),
    "oprf_key": (oprf.PublicKey, "crypto.oprf:PublicKey.from_bytes"),
    "proof": (Proof, "crypto.dleq:Proof.from_bytes"),
    "verify_key": (VerifyKey, "crypto.signing:VerifyKey.from_bytes"),
    "sealing_public": (SealingPublicKey, "crypto.sealing:SealingPublicKey.from_bytes"),
}
"""What prints as the bytes that it came from."""

REVEALED: Mapping[str, tuple[type[Any], str]] = {
    "scalar": (Scalar, "crypto.group:Scalar.from_bytes"),
    "blinding": (oprf.BlindingFactor, "crypto.oprf:BlindingFactor.from_bytes"),
    "sealing_key": (SealingKey, "crypto.sealing:SealingKey.from_bytes"),
    "storage_key": (StorageKey, "crypto.sealing:StorageKey.from_bytes"),
}
"""What prints as they did, when it is asked to reveal itself."""

SECRETS: Mapping[str, tuple[Callable[[bytes], Any], str]] = {
    "signing_seed": (SigningKey.from_seed, "crypto.signing:SigningKey.from_seed"),
    "sealed": (_SEALING.open, ""),
    "stored": (lambda raw: _STORAGE.open(raw, b"place"), ""),
}
TARGETS: Mapping[str, type[Any]] = {"policy": Policy, "member": MemberEntry, "member_keys": MemberKeys, "working": WorkingEntry}

_CASE, _DIRECTORY = (CaseFileError,), (DirectoryError,)

PARSERS: tuple[Parser, ...] = (
    *(Parser(name, made.from_bytes, (CryptoError,), (covers,), bytes) for name, (made, covers) in PRIMITIVES.items()),
    *(
        Parser(name, made.from_bytes, (CryptoError,), (covers,), lambda value: value.reveal())
        for name, (made, covers) in REVEALED.items()
    ),
    *(Parser(name, run, (CryptoError,), (covers,) if covers else ()) for name, (run, covers) in SECRETS.items()),
    *(
        Parser(name, made.from_bytes, PROTOCOL, ("protocol.members:Target.from_bytes",), lambda value: value.to_bytes())
        for name, made in TARGETS.items()
    ),
    *(
        Parser(f"identifier_{kind.value}", _identifier(kind), (IdentifierError,), ("protocol.identifiers.normalising:normalise",))
        for kind in Kind
    ),
    Parser(
        "base64url", text(from_base64url), (ValueError,), ("protocol.wire:from_base64url",), lambda v: to_base64url(v).encode()
    ),
    Parser("envelope", partial(verify_request, border=border()), PROTOCOL, ()),
    Parser("envelope_payload", lambda raw: verify_request(_signed_anew(ENVELOPE_TYPE)(raw), border()), PROTOCOL, ()),
    Parser("reply", _reply, PROTOCOL, ("protocol.admission:admit_reply",)),
    Parser("answer", _answer, PROTOCOL, ("protocol.matching:read_answer", "protocol.wire:parse")),
    Parser("record", lambda raw: read_record(raw, CO, _KEYS), PROTOCOL, ("protocol.record:read_record",)),
    Parser("record_payload", parse_record, PROTOCOL, ("protocol.record:parse_record",), canonical),
    Parser("record_signed", lambda raw: read_record(_signed_anew(RECORD_TYPE)(raw), CO, _KEYS), PROTOCOL, ()),
    Parser("manifest", lambda raw: read_manifest(raw, _KEYS, CO), PROTOCOL, ("protocol.index.manifest:read_manifest",)),
    Parser("manifest_payload", lambda raw: read_manifest(_signed_anew(MANIFEST_TYPE)(raw), _KEYS, CO), PROTOCOL, ()),
    Parser("label", Label.from_bytes, PROTOCOL, ("protocol.index.entry:Label.from_bytes",), lambda label: label.to_bytes()),
    Parser("segment", _segment, PROTOCOL, ()),
    Parser("removals", _removals, PROTOCOL, ()),
    *LOG_PARSERS,
    Parser("audience", text(_audience), (ValueError,), ()),
    Parser(
        "read_line",
        text(lambda text: read_line(text, "CO")),
        (),
        ("protocol.recognition.lines:read_line", "protocol.recognition.lines:read_zone"),
    ),
    Parser("settings", text(_settings), (SettingsError,), ("node.settings:Settings.parse",)),
    Parser("mapping", CaseMapping.from_json, _CASE, ("node.case_files.mapping:Mapping.from_json",)),
    Parser(
        "csv",
        lambda raw: list(delimited.read_lines(raw, "casos.csv", delimiter=";", encoding="utf-8")),
        _CASE,
        ("node.case_files.delimited:read_lines",),
    ),
    Parser(
        "xlsx",
        lambda raw: list(workbook.read_lines(raw, "casos.xlsx", sheet="Sujetos")),
        _CASE,
        ("node.case_files.workbook:read_lines",),
    ),
    Parser(
        "sheets",
        lambda raw: [(name, list(lines)) for name, lines in read_sheets(raw, "casos.xlsx")],
        _CASE,
        ("node.case_files.pasted:read_sheets", "node.case_files.workbook:read_sheets"),
    ),
    Parser(
        "sheet_text",
        lambda raw: list(read_questions(case_file_of(raw, "lista.xlsx").encode(), "CO", TODAY)),
        _CASE,
        ("node.case_files.sheet_text:case_file_of",),
    ),
    Parser("table", _table, _CASE, ("node.case_files.tables:read_table",)),
    Parser("export", _export, _CASE, ("node.case_files.reading:read_rows",)),
    Parser("questions", lambda raw: list(read_questions(raw, "CO", TODAY)), _CASE, ("node.case_files.questions:read_questions",)),
    Parser(
        "protected",
        _protected,
        _CASE,
        ("node.case_files.protected_people:read_protected", "node.case_files.protected_people:read_entry"),
    ),
    Parser("feed", _feed, (FeedRefused,), ()),
    Parser("feed_payload", lambda raw: _feed(_signed_anew(FEED_TYPE)(raw)), (FeedRefused,), ()),
    Parser("marking", lambda raw: read_elements(BytesIO(raw).read), (BadFrame, CryptoError), ()),
    Parser("parted", parted, (CryptoError,), (), lambda parts: length_prefixed(*parts)),
    Parser("role", lambda raw: read_role(raw, "role"), _DIRECTORY, ("node.directory.files:read_role",)),
    Parser("entry", lambda raw: read_entry(raw, "entry"), _DIRECTORY, ("node.directory.files:read_entry",)),
    Parser("submission", _submission, _DIRECTORY, ("node.directory.submission:admit",)),
    Parser("ahead", _ahead, _DIRECTORY, ("node.directory.ahead:read_ahead",)),
    Parser("adopted", _stored, (DirectoryError, ProtocolError), ()),
    Parser("public_pem", lambda raw: read_public_pem(raw, "key"), _DIRECTORY, ("node.directory.ceremony:read_public_pem",)),
    Parser("certificate", load_certificate, (TlsError,), ("node.tls.certificates:load_certificate",)),
    Parser("peer_subject", subject_of, (), ()),
    Parser("authority", load_authority, (TlsError,), ("node.tls.certificates:load_authority",)),
    Parser("secret_uri", text(parse_uri), (KeysUnusable,), ("node.custody.uri:parse_uri",)),
    Parser("pin", spki_pin, (TlsError,), ()),
    Parser("problem", _refusal, (), ()),
    Parser("reply_lines", doors.reply_lines, (TlsError,), (), doors.print_lines),
    Parser("answer_head", doors.answer_head, (TlsError, doors.Refused), ()),
    Parser("form", doors.form, (doors.Refused,), ()),
    Parser("token", doors.token, (doors.Refused,), ()),
    Parser("request_head", doors.request_head, (doors.Refused,), ()),
    Parser("language", text(preferred), (), ()),
    Parser("api_answer", doors.api_answer, (NotANode,), ()),
    Parser("api_problem", doors.api_problem, (NotANode,), ()),
    Parser("submission_accepted", doors.accepted_submission, _DIRECTORY, ()),
    Parser("submission_refused", doors.refused_submission, _DIRECTORY, ()),
    Parser("http_date", text(date_told), (), ()),
    Parser("mapping_at_hand", doors.mapping_at_hand, (UsageProblem,), ()),
    Parser("backup_frames", doors.backup_frames, (BackupRefused,), ()),
    Parser("sealed_file", doors.sealed_file, (KeysUnusable,), ()),
    Parser("backup_header", doors.backup_header, (BackupRefused,), ("node.backup.container:read_header",)),
    Parser("address", text(_usable), (AddressUnusable,), ()),
    Parser("endpoint", text(endpoint_fault), (), ()),
    Parser(
        "read_following",
        text(lambda text: read_following(RawIdentifier(Kind.PHONE, text, "CO"))),
        (IdentifierError,),
        (),
    ),
    Parser("birth_date", text(read_birth_date), (NotComparable,), ("protocol.names.births:read_birth_date",)),
    Parser("written_date", text(_written_date), (NotComparable,), ("protocol.names.written:read_written_date",)),
    Parser(
        "person",
        text(lambda text: read_person(text, text, None)),
        (NotComparable,),
        ("protocol.names.people:read_person", "protocol.names.people:read_name"),
    ),
    Parser("mrz", text(read_mrz), (IdentifierError,), ("protocol.identifiers.mrz:read_mrz",)),
    Parser("bench_names", _register, _CASE, ()),
    Parser("identify", lambda raw: list(identify([raw], "CO", Summary())), _CASE, ()),
)
