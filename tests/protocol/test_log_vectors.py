"""The log's vectors, computed a second time with none of our code: hashlib, base64 and `cryptography`; then read as by a peer."""

import base64
import json
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.note import NoteKey
from protocol.checkpoint import Fork, check_fork, read_checkpoint
from protocol.journal import check_opening, read_entry
from protocol.tiles import Tile
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof
from protocol.witnessing import Accepted, AddCheckpoint, Seen, decide, read_cosignatures
from tests.protocol.vectors import FOLDER

FILE: Any = json.loads((FOLDER / "log.json").read_text("utf-8"))
ENTRIES = [one["entry"].encode() for one in FILE["entries"]]


def merkle(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def signature_line(key: Any, type_: int, message: bytes, before: bytes = b"") -> str:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["seed"]))
    encoded = bytes([type_]) + private.public_key().public_bytes_raw()
    id_ = sha256(key["name"].encode() + b"\n" + encoded).digest()[:4]
    assert key["key"] == f"{key['name']}+{id_.hex()}+{b64(encoded)}"
    return f"— {key['name']} {b64(id_ + before + private.sign(message))}\n"


LEAVES = [sha256(b"\x00" + entry).digest() for entry in ENTRIES]
TEXT = f"{FILE['log']['name']}\n5\n{b64(merkle(LEAVES))}\n"


def test_an_entry_commits_to_its_salt_and_payload() -> None:
    for one in (*FILE["entries"], FILE["counterpart"]):
        opened = b"celosia/entry/1" + bytes.fromhex(one["salt"]) + one["payload"].encode()
        assert json.loads(one["entry"])["c"] == sha256(opened).hexdigest()
        assert one["entry"] == json.dumps(json.loads(one["entry"]), sort_keys=True, separators=(",", ":"))
        assert one["leaf"] == sha256(b"\x00" + one["entry"].encode()).hexdigest()
        check_opening(read_entry(one["entry"].encode()), bytes.fromhex(one["salt"]), one["payload"].encode())


def test_two_sides_have_one_exchange_and_one_commitment() -> None:
    ours, theirs = json.loads(ENTRIES[2]), json.loads(FILE["counterpart"]["entry"])
    assert (ours["x"], ours["c"]) == (theirs["x"], theirs["c"])
    assert (ours["kind"], theirs["kind"]) == ("question_asked", "question_received")
    assert (ours["peer"], theirs["peer"]) == ("CO", "PE")


def test_the_tiles_are_hashes_and_entries_after_their_lengths() -> None:
    assert FILE["tiles"] == {
        "tile/entries/000.p/5": b"".join(len(entry).to_bytes(2, "big") + entry for entry in ENTRIES).hex(),
        "tile/0/000.p/5": b"".join(LEAVES).hex(),
    }
    for path, index in FILE["paths"].items():
        assert Tile.from_path(path).index == index


def test_the_checkpoint_is_signed_by_the_log_and_cosigned_with_the_time() -> None:
    lines = [signature_line(FILE["log"], 1, TEXT.encode())]
    for key, time in zip(FILE["witnesses"], (FILE["now"] + 5, FILE["now"] + 6), strict=True):
        message = f"cosignature/v1\ntime {time}\n{TEXT}".encode()
        lines.append(signature_line(key, 4, message, time.to_bytes(8, "big")))
    assert FILE["checkpoint"] == TEXT + "\n" + "".join(lines)
    assert FILE["cosignature"] == lines[1]


def test_the_proof_is_the_siblings_and_the_checkpoint() -> None:
    siblings = [LEAVES[3], merkle(LEAVES[:2]), LEAVES[4]]
    head = "\n".join(["c2sp.org/tlog-proof@v1", "index 2", *map(b64, siblings)])
    assert FILE["proof"] == f"{head}\n\n{FILE['checkpoint']}"
    policy = LogPolicy.from_bytes(FILE["policy"].encode())
    proven = check_proof(LogProof.from_bytes(FILE["proof"].encode()), ENTRIES[2], policy)
    assert (proven.index, proven.witnessed) == (2, FILE["now"] + 6)


def test_the_policy_names_the_log_and_two_witnesses() -> None:
    log, (first, second) = FILE["log"], FILE["witnesses"]
    assert FILE["policy"].splitlines() == [
        f"log {log['key']}",
        f"witness {first['name']} {first['key']}",
        f"witness {second['name']} {second['key']}",
        f"group witnesses 2 {first['name']} {second['name']}",
        "quorum witnesses",
    ]


def test_the_witness_is_shown_that_the_log_grew_and_cosigns() -> None:
    path = [LEAVES[2], LEAVES[3], merkle(LEAVES[:2]), LEAVES[4]]
    note = TEXT + "\n" + signature_line(FILE["log"], 1, TEXT.encode())
    assert FILE["add_checkpoint"] == "\n".join(["old 3", *map(b64, path)]) + f"\n\n{note}"
    assert FILE["old"]["root"] == merkle(LEAVES[:3]).hex()
    log, witness = NoteKey.from_text(FILE["log"]["key"]), NoteKey.from_text(FILE["witnesses"][0]["key"])
    seen = Seen(FILE["old"]["size"], bytes.fromhex(FILE["old"]["root"]))
    decided = decide(AddCheckpoint.from_bytes(FILE["add_checkpoint"].encode()), log, seen)
    assert isinstance(decided, Accepted)
    assert len(read_cosignatures(FILE["cosignature"].encode(), decided.checkpoint, witness).cosignatures) == 1


def test_the_two_notes_prove_the_fork() -> None:
    log = NoteKey.from_text(FILE["log"]["key"])
    first, second = (note.encode() for note in FILE["fork"])
    check_fork(Fork(log, first, second))
    assert read_checkpoint(first, log).checkpoint.size == read_checkpoint(second, log).checkpoint.size
