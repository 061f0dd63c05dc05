"""Parsers of the audit log: notes, checkpoints, tiles, proofs, evidence, and what opens a past question."""

from typing import Any

from crypto.errors import CryptoError
from crypto.note import Note, NoteKey, NoteSignature
from node.cli.evidence import read_exhibit
from node.custody.holders import holders_file, public_line, read_holders, read_public
from node.outbound.time_stamps import TimeStampUnusable, token_in
from protocol.checkpoint import Checkpoint, parse_checkpoint, read_checkpoint
from protocol.evidence import Evidence
from protocol.evidence_half import half_bytes, half_of, read_half
from protocol.journal import read_entry as read_log_entry
from protocol.opened_question import OpenedQuestion, check_opened, read_opened, read_question
from protocol.sealed_openings import Boxes, HandedOn, read_boxes, read_handed, read_sealed
from protocol.tiles import Tile, bundle_bytes, parse_bundle, parse_tile
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from protocol.wire import canonical
from protocol.witnessing import AddCheckpoint, path_bytes, read_cosignatures, read_path, read_size, size_bytes
from tests.fuzz.parser import PROTOCOL, Parser, text
from tests.protocol.bundles import ROOT_DIGEST
from tests.protocol.federation import CO
from tests.protocol.logs import LOG, WITNESSES, witness
from tests.protocol.logs import signed as signed_checkpoint


def _opened(raw: bytes) -> OpenedQuestion:
    opened = read_opened(raw)
    check_opened(opened)
    return opened


def _bundle(raw: bytes) -> Any:
    """The number of entries in a byte, and the bundle."""
    return parse_bundle(raw[1:], Tile(None, 0, int.from_bytes(raw[:1])))


LOG_PARSERS: tuple[Parser, ...] = (
    Parser("note", Note.from_bytes, (CryptoError,), ("crypto.note:Note.from_bytes",), Note.to_bytes),
    Parser(
        "note_key", text(NoteKey.from_text), (CryptoError,), ("crypto.note:NoteKey.from_text",), lambda v: v.to_text().encode()
    ),
    Parser(
        "note_line",
        text(NoteSignature.from_text),
        (CryptoError,),
        ("crypto.note:NoteSignature.from_text",),
        lambda v: v.to_text().encode(),
    ),
    Parser(
        "checkpoint_text",
        text(Checkpoint.from_text),
        PROTOCOL,
        ("protocol.checkpoint:Checkpoint.from_text",),
        lambda v: v.to_text().encode(),
    ),
    Parser(
        "checkpoint",
        parse_checkpoint,
        PROTOCOL,
        ("protocol.checkpoint:parse_checkpoint",),
        lambda v: v.note.to_bytes(),
    ),
    Parser(
        "checkpoint_signed",
        lambda raw: read_checkpoint(raw, LOG, WITNESSES),
        PROTOCOL,
        ("protocol.checkpoint:read_checkpoint",),
    ),
    Parser("log_proof", LogProof.from_bytes, PROTOCOL, ("protocol.tlog_proof:LogProof.from_bytes",), LogProof.to_bytes),
    Parser("evidence", Evidence.from_bytes, PROTOCOL, ("protocol.evidence:Evidence.from_bytes",), Evidence.to_bytes),
    Parser("exhibit", lambda raw: read_exhibit(raw, ROOT_DIGEST), (), ("node.cli.evidence:read_exhibit",)),
    Parser("opened", _opened, PROTOCOL, ("protocol.opened_question:read_opened",), canonical),
    Parser("opened_request", read_question, PROTOCOL, ("protocol.opened_question:read_question",)),
    Parser("sealed_openings", read_sealed, PROTOCOL, ("protocol.sealed_openings:read_sealed",), canonical),
    Parser(
        "sealed_boxes",
        read_boxes,
        PROTOCOL,
        ("protocol.sealed_openings:read_boxes",),
        lambda boxes: canonical(Boxes(boxes=boxes)),
    ),
    Parser(
        "handed_on",
        read_handed,
        PROTOCOL,
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
    Parser("evidence_half", read_half, PROTOCOL, ("protocol.evidence_half:read_half",), lambda v: half_bytes(half_of(v))),
    Parser("log_policy", LogPolicy.from_bytes, PROTOCOL, ("protocol.tlog_policy:LogPolicy.from_bytes",), LogPolicy.to_bytes),
    Parser(
        "add_checkpoint",
        AddCheckpoint.from_bytes,
        PROTOCOL,
        ("protocol.witnessing:AddCheckpoint.from_bytes",),
        AddCheckpoint.to_bytes,
    ),
    Parser(
        "cosignatures",
        lambda raw: read_cosignatures(raw, signed_checkpoint(), witness(CO)),
        PROTOCOL,
        ("protocol.witnessing:read_cosignatures",),
    ),
    Parser("log_path", read_path, PROTOCOL, ("protocol.witnessing:read_path",), path_bytes),
    Parser("witnessed_size", read_size, PROTOCOL, ("protocol.witnessing:read_size",), size_bytes),
    Parser("log_entry", read_log_entry, PROTOCOL, ("protocol.journal:read_entry",), lambda entry: entry.to_bytes()),
    Parser("tile_path", text(Tile.from_path), PROTOCOL, ("protocol.tiles:Tile.from_path",), lambda v: v.to_path().encode()),
    Parser("tile", lambda raw: parse_tile(raw, Tile(0, 0, 3)), PROTOCOL, ("protocol.tiles:parse_tile",), b"".join),
    Parser(
        "bundle",
        _bundle,
        PROTOCOL,
        ("protocol.tiles:parse_bundle",),
        lambda entries: bytes([len(entries)]) + bundle_bytes(entries),
    ),
)
