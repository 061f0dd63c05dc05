"""The vectors of the audit log: five entries of an invented log of Peru, and everything that is made of them."""

from typing import Any

from crypto.merkle import leaf_hash
from crypto.note import NoteKey
from crypto.signing import SigningKey
from crypto.subtrees import held_subtrees, stored_consistency_path, stored_inclusion_path, stored_root
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, Quorum, SignedCheckpoint, cosign_checkpoint, parse_checkpoint, sign_checkpoint
from protocol.journal import Act, IntervalPayload, JournalEntry, commitment, envelope_payload, local_entry, paired_entry
from protocol.tiles import Tile, bundle_bytes, tile_bytes, tiles_between
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from protocol.wire import canonical
from protocol.witnessing import AddCheckpoint, cosignature_bytes
from tests.protocol.federation import CO, NOW, PE, octets
from tests.protocol.logs import EC, LOG, LOG_SECRET, ORIGIN, name_of, secret_of, witness, witnessed

Document = dict[str, Any]
OLD, PROVEN = 3, 2
X, SALT = octets("the exchange").hex()[:32], octets("the salt of the exchange")
ASKED, ANSWERED = (octets(f"the envelope of the {what}").hex() for what in ("question", "answer"))


def _own(kind: Act, number: int, payload: bytes) -> tuple[JournalEntry, bytes, bytes]:
    salt = octets(f"the salt of entry {number}")
    x = octets(f"the id of entry {number}").hex()[:32]
    return local_entry(kind, x=x, t=NOW + number, c=commitment(salt, payload)), salt, payload


def _shared(kind: Act, seq: int, peer: Authority, t: int, envelope: str) -> tuple[JournalEntry, bytes, bytes]:
    payload = envelope_payload(envelope)
    return paired_entry(kind, x=X, seq=seq, peer=peer, t=t, c=commitment(SALT, payload)), SALT, payload


def _peers_checkpoint() -> SignedCheckpoint:
    return sign_checkpoint(Checkpoint("co.celosia.example/log", 7, octets("the root of CO's log")), secret_of(CO))


def _entry(made: tuple[JournalEntry, bytes, bytes]) -> Document:
    entry, salt, payload = made
    raw = entry.to_bytes()
    return {"entry": raw.decode(), "leaf": leaf_hash(raw).hex(), "salt": salt.hex(), "payload": payload.decode()}


def _key(key: NoteKey, secret: SigningKey) -> Document:
    return {"name": key.name, "seed": secret.seed().hex(), "public": bytes(key.key).hex(), "key": key.to_text()}


def log_vectors() -> Document:
    """Entries with their openings, one's counterpart, tiles, a checkpoint, a request to a witness, a proof, a policy, a fork."""
    made = [
        _own(Act.LOG_OPENED, 0, b"{}"),
        _own(Act.INTERVAL_STARTED, 1, canonical(IntervalPayload(checkpoints=(_peers_checkpoint().raw,)))),
        _shared(Act.QUESTION_ASKED, 1, CO, NOW + 2, ASKED),
        _shared(Act.ANSWER_RECEIVED, 2, CO, NOW + 3, ANSWERED),
        _own(Act.PAD, 4, b"{}"),
    ]
    entries = [entry.to_bytes() for entry, _, _ in made]
    stored = held_subtrees([leaf_hash(entry) for entry in entries])
    size = len(entries)
    alone = sign_checkpoint(Checkpoint(ORIGIN, size, stored_root(size, stored)), LOG_SECRET)
    done = witnessed(alone, (CO, NOW + 5), (EC, NOW + 6))
    forked = sign_checkpoint(Checkpoint(ORIGIN, size, octets("another root")), LOG_SECRET)
    tiles = {
        tile.to_path(): (bundle_bytes(entries) if tile.level is None else tile_bytes(tile, stored)).hex()
        for tile in tiles_between(0, size)
    }
    asked = AddCheckpoint(OLD, tuple(stored_consistency_path(OLD, size, stored)), parse_checkpoint(alone.raw))
    proof = LogProof(PROVEN, tuple(stored_inclusion_path(PROVEN, size, stored)), parse_checkpoint(done.raw))
    policy = LogPolicy((LOG,), Quorum(2, (witness(CO), witness(EC))))
    return {
        "now": NOW,
        "log": _key(LOG, LOG_SECRET),
        "witnesses": [_key(witness(state), secret_of(state)) for state in (CO, EC)],
        "entries": [_entry(one) for one in made],
        "counterpart": _entry(_shared(Act.QUESTION_RECEIVED, 1, PE, NOW + 2, ASKED)),
        "tiles": tiles,
        "old": {"size": OLD, "root": stored_root(OLD, stored).hex()},
        "add_checkpoint": asked.to_bytes().decode(),
        "cosignature": cosignature_bytes(cosign_checkpoint(alone, name_of(CO), secret_of(CO), NOW + 5)).decode(),
        "checkpoint": done.raw.decode(),
        "proof": proof.to_bytes().decode(),
        "policy": policy.to_bytes().decode(),
        "fork": [alone.raw.decode(), forked.raw.decode()],
        "paths": {Tile(0, index).to_path(): index for index in (0, 999, 1000, 1234067)},
    }
