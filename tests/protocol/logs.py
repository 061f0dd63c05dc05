"""An invented log and its witnesses. Its keys are hashes of sentences that say they are worth nothing."""

from crypto.merkle import leaf_hash
from crypto.note import NoteKey
from crypto.signing import SigningKey
from crypto.subtrees import held_subtrees, stored_inclusion_path, stored_root
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    Quorum,
    SignedCheckpoint,
    add_cosignatures,
    cosign_checkpoint,
    log_key,
    parse_checkpoint,
    sign_checkpoint,
    witness_key,
)
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from tests.protocol.federation import CO, NOW, PE, octets

ORIGIN = "pe.celosia.example/log"
LOG_SECRET = SigningKey.from_seed(octets("the log key of PE, worth nothing"))
LOG = log_key(ORIGIN, LOG_SECRET.public)
EC, UY = Authority("EC"), Authority("UY")
WITNESSING = (CO, EC, UY)
ENTRIES = [f"entry {number}".encode() for number in range(70)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
STORED = held_subtrees(LEAVES)


def secret_of(state: Authority) -> SigningKey:
    return SigningKey.from_seed(octets(f"the witness key of {state}, worth nothing"))


def name_of(state: Authority) -> str:
    return f"{state.lower()}.celosia.example/witness"


def witness(state: Authority) -> NoteKey:
    return witness_key(name_of(state), secret_of(state).public)


WITNESSES = tuple(map(witness, WITNESSING))
QUORUM = Quorum(2, WITNESSES)
POLICY = LogPolicy((LOG,), QUORUM)


def checkpoint(size: int = 70, root: bytes | None = None) -> Checkpoint:
    return Checkpoint(ORIGIN, size, stored_root(size, STORED) if root is None else root)


def signed(size: int = 70, root: bytes | None = None) -> SignedCheckpoint:
    return sign_checkpoint(checkpoint(size, root), LOG_SECRET)


def witnessed(made: SignedCheckpoint, *times: tuple[Authority, int]) -> SignedCheckpoint:
    """`made`, cosigned by these witnesses at these times."""
    for state, time in times:
        made = add_cosignatures(made, [cosign_checkpoint(made, name_of(state), secret_of(state), time)], witness(state))
    return made


WITNESSED = witnessed(signed(), (CO, NOW + 5), (EC, NOW + 2), (UY, NOW + 9))


def proof(index: int, made: SignedCheckpoint = WITNESSED) -> LogProof:
    path = stored_inclusion_path(index, made.checkpoint.size, STORED)
    return LogProof(index, tuple(path), parse_checkpoint(made.raw))


__all__ = ["CO", "EC", "NOW", "PE", "UY"]
