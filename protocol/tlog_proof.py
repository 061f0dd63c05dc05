"""The proof that a log has an entry, to be checked without it (C2SP tlog-proof@v1; the file's name ends in `.tlog-proof`).

    c2sp.org/tlog-proof@v1
    index 73894
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
    B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=

    celosia.example/PE/log
    109482
    …

Who checks brings the entry's bytes, the log's key and the quorum; none of these is taken from the proof.
"""

from dataclasses import dataclass

from crypto.errors import BadPath
from crypto.merkle import HASH_SIZE, check_inclusion, leaf_hash
from protocol import limits
from protocol.checkpoint import SignedCheckpoint, UnverifiedCheckpoint, parse_checkpoint, witnessed_at
from protocol.errors import CheckpointRefused, LogProofRefused, Malformed, TooLarge
from protocol.lines import LARGEST, base64_of, hash_in, number_in, octets_in
from protocol.tlog_policy import LogPolicy

_FIRST = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63


@dataclass(frozen=True)
class LogProof:
    """The place of an entry, its path to the root, and the checkpoint, as it came. `extra` proves nothing: nobody signed it.

    Raises `Malformed`.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: UnverifiedCheckpoint
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index <= LARGEST or len(self.path) > _MOST_HASHES or self.extra == b"":
            raise Malformed("log_proof", reason="length")
        if any(len(item) != HASH_SIZE for item in self.path):
            raise Malformed("log_proof", reason="length")

    def to_bytes(self) -> bytes:
        """The file."""
        extra = [] if self.extra is None else [f"extra {base64_of(self.extra)}"]
        lines = [_FIRST, *extra, f"index {self.index}", *map(base64_of, self.path), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint.note.to_bytes()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "LogProof":
        """Back from `to_bytes`. Raises `TooLarge`, `Malformed` for anything else."""
        if len(raw) > limits.LOG_PROOF_BYTES:
            raise TooLarge("log_proof", limit=limits.LOG_PROOF_BYTES, size=len(raw))
        head, _, note = raw.partition(b"\n\n")
        try:
            first, *lines = head.decode().split("\n")
        except UnicodeDecodeError:
            raise Malformed("log_proof", reason="form") from None
        extra = lines.pop(0).removeprefix("extra ") if lines and lines[0].startswith("extra ") else None
        if first != _FIRST or not lines or not lines[0].startswith("index "):
            raise Malformed("log_proof", reason="lines")
        return cls(
            number_in(lines[0].removeprefix("index "), "log_proof.index"),
            tuple(hash_in(line, "log_proof.path") for line in lines[1:]),
            parse_checkpoint(note),
            None if extra is None else octets_in(extra, "log_proof.extra"),
        )


@dataclass(frozen=True)
class Proven:
    """A log had an entry at a place when it signed a checkpoint. `witnessed` is when the quorum had cosigned, if it had to."""

    index: int
    checkpoint: SignedCheckpoint
    witnessed: int | None


def check_proof(proof: LogProof, entry: bytes, policy: LogPolicy) -> Proven:
    """What the proof shows of an entry's bytes, under a policy that the reader brought.

    Raises `CheckpointRefused` for another log or too few witnesses, `SignatureRefused`, `LogProofRefused` for another entry.
    """
    # 1 the checkpoint: signed by a log of the policy, and witnessed. It binds the size, which the path alone does not
    said = proof.checkpoint.checkpoint
    log = next((log for log in policy.logs if log.name == said.origin), None)
    if log is None:
        raise CheckpointRefused("checkpoint.origin", reason="other_log")
    signed = proof.checkpoint.verify(log, () if policy.quorum is None else policy.quorum.witnesses)
    witnessed = None if policy.quorum is None else witnessed_at(signed, policy.quorum)
    # 2 the entry: its leaf leads to the root
    try:
        check_inclusion(proof.index, said.size, leaf_hash(entry), proof.path, said.root)
    except BadPath:
        raise LogProofRefused("log_proof.path") from None
    return Proven(proof.index, signed, witnessed)
