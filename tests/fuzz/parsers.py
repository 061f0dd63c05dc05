"""Every function that makes meaning of bytes or text from outside: how it is called, what it may raise, how its value prints.

A parser's corpus is the folder of its name in `corpora/`. Signed documents stand twice: as they are, and by what the signature
covers, signed anew after it was changed, so that what lies behind the signature is reached. All in the corpora is invented.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from crypto.note import Note, NoteKey, NoteSignature
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
from node.custody.holders import holders_file, public_line, read_holders, read_public
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
from node.outbound.time_stamps import TimeStampUnusable, token_in
from node.settings import Settings, SettingsError
from node.telemetry.collector import endpoint_fault
from node.tls.certificates import load_authority, load_certificate, spki_pin
from node.tls.connection import subject_of
from node.tls.errors import TlsError
from protocol import jws, limits
from protocol.admission import admit_reply, verify_request
from protocol.audience import includes
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, parse_checkpoint, read_checkpoint
from protocol.directory import Policy, WorkingEntry
from protocol.envelope import ENVELOPE_TYPE
from protocol.errors import ProtocolError
from protocol.evidence import Evidence
from protocol.evidence_half import half_bytes, half_of, read_half
from protocol.identifiers import Kind, RawIdentifier
from protocol.identifiers.errors import IdentifierError
from protocol.identifiers.mrz import read_mrz
from protocol.identifiers.normalising import normalise
from protocol.index.entry import Label
from protocol.index.manifest import MANIFEST_TYPE, read_manifest
from protocol.index.segment import Segment, SegmentCheck, check_removals, check_segment_form
from protocol.journal import read_entry as read_log_entry
from protocol.matching import read_answer
from protocol.members import MemberEntry, MemberKeys
from protocol.messages import ManifestsWanted, MatchAnswer
from protocol.names.births import read_birth_date
from protocol.names.errors import NotComparable
from protocol.names.people import read_person
from protocol.names.written import DateOrder, order_of, read_written_date
from protocol.opened_question import OpenedQuestion, check_opened, read_opened, read_question
from protocol.recognition import read_following, read_line
from protocol.record import RECORD_TYPE, parse_record, read_record
from protocol.sealed_openings import Boxes, HandedOn, read_boxes, read_handed, read_sealed
from protocol.tiles import Tile, bundle_bytes, parse_bundle, parse_tile
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from protocol.wire import canonical, from_base64url, parse, sha256, to_base64url
from protocol.witnessing import AddCheckpoint, read_cosignatures, read_size, size_bytes
from tests.fuzz import doors
from tests.node.case_files.conftest import TODAY
from tests.protocol.federation import CO, PE, border, envelope, prepared_question, server_key, signed, signing_key
from tests.protocol.logs import LOG, WITNESSES, witness
from tests.protocol.logs import signed as signed_checkpoint

NOW = datetime(2026, 9, 21, tzinfo=UTC)
_KEYS = {jws.key_id(signing_key(CO).public): signing_key(CO).public}
_SEALING = SealingKey(bytes(range(32)))
_STORAGE = StorageKey(bytes(range(32)))


@dataclass(frozen=True)
class Parser:
    """One parser. `prints` gives a value's bytes back; `covers` names the functions that it runs, `module:qualified name`."""

    name: str
    run: Callable[[bytes], Any]
    allowed: tuple[type[Exception], ...]
    covers: tuple[str, ...]
    prints: Callable[[Any], bytes] | None = None


def _opened(raw: bytes) -> OpenedQuestion:
    opened = read_opened(raw)
    check_opened(opened)
    return opened


def _text(run: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """A parser of text; bytes that are none are read as Latin-1, so that every byte reaches it."""
    return lambda raw: run(raw.decode("latin-1") if not _is_utf8(raw) else raw.decode())


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


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


def _bundle(raw: bytes) -> Any:
    """The number of entries in a byte, and the bundle."""
    return parse_bundle(raw[1:], Tile(None, 0, int.from_bytes(raw[:1])))


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

_PROTOCOL, _CASE, _DIRECTORY = (ProtocolError, CryptoError), (CaseFileError,), (DirectoryError,)

PARSERS: tuple[Parser, ...] = (
    *(Parser(name, made.from_bytes, (CryptoError,), (covers,), bytes) for name, (made, covers) in PRIMITIVES.items()),
    *(
        Parser(name, made.from_bytes, (CryptoError,), (covers,), lambda value: value.reveal())
        for name, (made, covers) in REVEALED.items()
    ),
    *(Parser(name, run, (CryptoError,), (covers,) if covers else ()) for name, (run, covers) in SECRETS.items()),
    *(
        Parser(name, made.from_bytes, _PROTOCOL, ("protocol.members:Target.from_bytes",), lambda value: value.to_bytes())
        for name, made in TARGETS.items()
    ),
    *(
        Parser(f"identifier_{kind.value}", _identifier(kind), (IdentifierError,), ("protocol.identifiers.normalising:normalise",))
        for kind in Kind
    ),
    Parser(
        "base64url", _text(from_base64url), (ValueError,), ("protocol.wire:from_base64url",), lambda v: to_base64url(v).encode()
    ),
    Parser("envelope", partial(verify_request, border=border()), _PROTOCOL, ()),
    Parser("envelope_payload", lambda raw: verify_request(_signed_anew(ENVELOPE_TYPE)(raw), border()), _PROTOCOL, ()),
    Parser("reply", _reply, _PROTOCOL, ("protocol.admission:admit_reply",)),
    Parser("answer", _answer, _PROTOCOL, ("protocol.matching:read_answer", "protocol.wire:parse")),
    Parser("record", lambda raw: read_record(raw, CO, _KEYS), _PROTOCOL, ("protocol.record:read_record",)),
    Parser("record_payload", parse_record, _PROTOCOL, ("protocol.record:parse_record",), canonical),
    Parser("record_signed", lambda raw: read_record(_signed_anew(RECORD_TYPE)(raw), CO, _KEYS), _PROTOCOL, ()),
    Parser("manifest", lambda raw: read_manifest(raw, _KEYS, CO), _PROTOCOL, ("protocol.index.manifest:read_manifest",)),
    Parser("manifest_payload", lambda raw: read_manifest(_signed_anew(MANIFEST_TYPE)(raw), _KEYS, CO), _PROTOCOL, ()),
    Parser("label", Label.from_bytes, _PROTOCOL, ("protocol.index.entry:Label.from_bytes",), lambda label: label.to_bytes()),
    Parser("segment", _segment, _PROTOCOL, ()),
    Parser("removals", _removals, _PROTOCOL, ()),
    Parser("note", Note.from_bytes, (CryptoError,), ("crypto.note:Note.from_bytes",), Note.to_bytes),
    Parser(
        "note_key", _text(NoteKey.from_text), (CryptoError,), ("crypto.note:NoteKey.from_text",), lambda v: v.to_text().encode()
    ),
    Parser(
        "note_line",
        _text(NoteSignature.from_text),
        (CryptoError,),
        ("crypto.note:NoteSignature.from_text",),
        lambda v: v.to_text().encode(),
    ),
    Parser(
        "checkpoint_text",
        _text(Checkpoint.from_text),
        _PROTOCOL,
        ("protocol.checkpoint:Checkpoint.from_text",),
        lambda v: v.to_text().encode(),
    ),
    Parser(
        "checkpoint",
        parse_checkpoint,
        _PROTOCOL,
        ("protocol.checkpoint:parse_checkpoint",),
        lambda v: v.note.to_bytes(),
    ),
    Parser(
        "checkpoint_signed",
        lambda raw: read_checkpoint(raw, LOG, WITNESSES),
        _PROTOCOL,
        ("protocol.checkpoint:read_checkpoint",),
    ),
    Parser("log_proof", LogProof.from_bytes, _PROTOCOL, ("protocol.tlog_proof:LogProof.from_bytes",), LogProof.to_bytes),
    Parser("evidence", Evidence.from_bytes, _PROTOCOL, ("protocol.evidence:Evidence.from_bytes",), Evidence.to_bytes),
    Parser("opened", _opened, _PROTOCOL, ("protocol.opened_question:read_opened",), canonical),
    Parser("opened_request", read_question, _PROTOCOL, ("protocol.opened_question:read_question",)),
    Parser("sealed_openings", read_sealed, _PROTOCOL, ("protocol.sealed_openings:read_sealed",), canonical),
    Parser(
        "sealed_boxes",
        read_boxes,
        _PROTOCOL,
        ("protocol.sealed_openings:read_boxes",),
        lambda boxes: canonical(Boxes(boxes=boxes)),
    ),
    Parser(
        "handed_on",
        read_handed,
        _PROTOCOL,
        ("protocol.sealed_openings:read_handed",),
        lambda boxes: canonical(HandedOn(boxes=boxes)),
    ),
    Parser("audit_holders", read_holders, (ValueError,), ("node.custody.holders:read_holders",), holders_file),
    Parser("audit_holder", read_public, (ValueError,), ("node.custody.holders:read_public",), public_line),
    Parser(
        "time_stamp",
        lambda raw: token_in(raw, b"an invented checkpoint\n"),
        (TimeStampUnusable,),
        ("node.outbound.time_stamps:token_in",),
    ),
    Parser("evidence_half", read_half, _PROTOCOL, ("protocol.evidence_half:read_half",), lambda v: half_bytes(half_of(v))),
    Parser("log_policy", LogPolicy.from_bytes, _PROTOCOL, ("protocol.tlog_policy:LogPolicy.from_bytes",), LogPolicy.to_bytes),
    Parser(
        "add_checkpoint",
        AddCheckpoint.from_bytes,
        _PROTOCOL,
        ("protocol.witnessing:AddCheckpoint.from_bytes",),
        AddCheckpoint.to_bytes,
    ),
    Parser(
        "cosignatures",
        lambda raw: read_cosignatures(raw, signed_checkpoint(), witness(CO)),
        _PROTOCOL,
        ("protocol.witnessing:read_cosignatures",),
    ),
    Parser("witnessed_size", read_size, _PROTOCOL, ("protocol.witnessing:read_size",), size_bytes),
    Parser("log_entry", read_log_entry, _PROTOCOL, ("protocol.journal:read_entry",), lambda entry: entry.to_bytes()),
    Parser("tile_path", _text(Tile.from_path), _PROTOCOL, ("protocol.tiles:Tile.from_path",), lambda v: v.to_path().encode()),
    Parser("tile", lambda raw: parse_tile(raw, Tile(0, 0, 3)), _PROTOCOL, ("protocol.tiles:parse_tile",), b"".join),
    Parser(
        "bundle",
        _bundle,
        _PROTOCOL,
        ("protocol.tiles:parse_bundle",),
        lambda entries: bytes([len(entries)]) + bundle_bytes(entries),
    ),
    Parser("audience", _text(_audience), (ValueError,), ()),
    Parser(
        "read_line",
        _text(lambda text: read_line(text, "CO")),
        (),
        ("protocol.recognition.lines:read_line", "protocol.recognition.lines:read_zone"),
    ),
    Parser("settings", _text(_settings), (SettingsError,), ("node.settings:Settings.parse",)),
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
    Parser("secret_uri", _text(parse_uri), (KeysUnusable,), ("node.custody.uri:parse_uri",)),
    Parser("pin", spki_pin, (TlsError,), ()),
    Parser("problem", _refusal, (), ()),
    Parser("reply_lines", doors.reply_lines, (TlsError,), (), doors.print_lines),
    Parser("answer_head", doors.answer_head, (TlsError, doors.Refused), ()),
    Parser("form", doors.form, (doors.Refused,), ()),
    Parser("token", doors.token, (doors.Refused,), ()),
    Parser("request_head", doors.request_head, (doors.Refused,), ()),
    Parser("language", _text(preferred), (), ()),
    Parser("api_answer", doors.api_answer, (NotANode,), ()),
    Parser("api_problem", doors.api_problem, (NotANode,), ()),
    Parser("submission_accepted", doors.accepted_submission, _DIRECTORY, ()),
    Parser("submission_refused", doors.refused_submission, _DIRECTORY, ()),
    Parser("http_date", _text(date_told), (), ()),
    Parser("mapping_at_hand", doors.mapping_at_hand, (UsageProblem,), ()),
    Parser("backup_frames", doors.backup_frames, (BackupRefused,), ()),
    Parser("sealed_file", doors.sealed_file, (KeysUnusable,), ()),
    Parser("backup_header", doors.backup_header, (BackupRefused,), ("node.backup.container:read_header",)),
    Parser("address", _text(_usable), (AddressUnusable,), ()),
    Parser("endpoint", _text(endpoint_fault), (), ()),
    Parser(
        "read_following",
        _text(lambda text: read_following(RawIdentifier(Kind.PHONE, text, "CO"))),
        (IdentifierError,),
        (),
    ),
    Parser("birth_date", _text(read_birth_date), (NotComparable,), ("protocol.names.births:read_birth_date",)),
    Parser("written_date", _text(_written_date), (NotComparable,), ("protocol.names.written:read_written_date",)),
    Parser(
        "person",
        _text(lambda text: read_person(text, text, None)),
        (NotComparable,),
        ("protocol.names.people:read_person", "protocol.names.people:read_name"),
    ),
    Parser("mrz", _text(read_mrz), (IdentifierError,), ("protocol.identifiers.mrz:read_mrz",)),
    Parser("bench_names", _register, _CASE, ()),
    Parser("identify", lambda raw: list(identify([raw], "CO", Summary())), _CASE, ()),
)


CORPORA = Path(__file__).parent / "corpora"
