"""What a witness is asked and how it decides (C2SP tlog-witness, `add-checkpoint`): checkpoints and proofs, never an entry.

    old 20852014
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
    jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=

    celosia.example/PE/log
    20852163
    …

The decision is a value: what status code it becomes, and that a new state is kept before the answer leaves, is the caller's part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crypto.errors import BadNote, BadPath
from crypto.merkle import HASH_SIZE, check_consistency, root_of
from crypto.note import MOST_SIGNATURES, NoteKey, NoteSignature
from protocol import limits
from protocol.checkpoint import SignedCheckpoint, UnverifiedCheckpoint, add_cosignatures, parse_checkpoint
from protocol.errors import Malformed, SignatureRefused, TooLarge
from protocol.lines import LARGEST, base64_of, hash_in, number_in

MOST_HASHES = 63
"""Lines of proof in a request (tlog-witness, add-checkpoint)."""


@dataclass(frozen=True)
class AddCheckpoint:
    """A log asks for a cosignature: the size that the witness saw last, the proof from there, and the checkpoint.

    Raises `Malformed`.
    """

    old: int
    path: tuple[bytes, ...]
    checkpoint: UnverifiedCheckpoint

    def __post_init__(self) -> None:
        if not 0 <= self.old <= LARGEST or len(self.path) > MOST_HASHES or any(len(item) != HASH_SIZE for item in self.path):
            raise Malformed("add_checkpoint", reason="length")

    def to_bytes(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old}", *map(base64_of, self.path), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint.note.to_bytes()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "AddCheckpoint":
        """Back from `to_bytes`. Raises `TooLarge`, `Malformed` for anything else."""
        if len(raw) > limits.ADD_CHECKPOINT_BYTES:
            raise TooLarge("add_checkpoint", limit=limits.ADD_CHECKPOINT_BYTES, size=len(raw))
        head, _, note = raw.partition(b"\n\n")
        try:
            first, *lines = head.decode().split("\n")
        except UnicodeDecodeError:
            raise Malformed("add_checkpoint", reason="form") from None
        if not first.startswith("old "):
            raise Malformed("add_checkpoint", reason="lines")
        return cls(
            number_in(first.removeprefix("old "), "add_checkpoint.old"),
            tuple(hash_in(line, "add_checkpoint.path") for line in lines),
            parse_checkpoint(note),
        )


@dataclass(frozen=True)
class Seen:
    """The largest tree of a log that the witness has cosigned: its size, and its root of 32 bytes."""

    size: int
    root: bytes


NOTHING_SEEN = Seen(0, root_of(()))
"""Of a log that the witness has never cosigned."""


class Refusal(StrEnum):
    """Why a witness does not cosign, in the words of tlog-witness; the status codes of that page belong to the way in."""

    UNKNOWN_LOG = "unknown_log"
    """Not a log that this witness serves."""
    NOT_SIGNED = "not_signed"
    """No key of the log signed, or one signed wrongly."""
    OLD_IS_LARGER = "old_is_larger"
    """The old size is past the checkpoint's."""
    OTHER_SIZE = "other_size"
    """Told with the size that the witness has seen: the log asks again from there."""
    OTHER_ROOT = "other_root"
    """The size that the witness has cosigned, with another root. The log forked, and both notes prove it."""
    BAD_PROOF = "bad_proof"
    """The proof does not lead from the one tree to the other."""


FATAL = frozenset({Refusal.OTHER_ROOT, Refusal.BAD_PROOF})
"""What no honest log is ever told: both sides keep what was sent."""


@dataclass(frozen=True)
class Refused:
    """No cosignature, why, and the size that the witness has seen."""

    why: Refusal
    size: int


@dataclass(frozen=True)
class Accepted:
    """To be kept as seen, if what was seen is still what the decision rested on, and then to be cosigned."""

    checkpoint: SignedCheckpoint

    @property
    def seen(self) -> Seen:
        """What the witness has seen from now on."""
        return Seen(self.checkpoint.checkpoint.size, self.checkpoint.checkpoint.root)


def decide(asked: AddCheckpoint, log: NoteKey | None, seen: Seen = NOTHING_SEEN) -> Accepted | Refused:
    """Whether a witness cosigns (tlog-witness, add-checkpoint, in that page's order).

    `log` is the key that is known for the checkpoint's origin, None if there is none.
    """
    new = asked.checkpoint.checkpoint
    # 1 the log: known here by its origin
    if log is None or log.name != new.origin:
        return Refused(Refusal.UNKNOWN_LOG, 0)
    # 2 its signature
    try:
        signed = asked.checkpoint.verify(log)
    except SignatureRefused:
        return Refused(Refusal.NOT_SIGNED, 0)
    # 3 sizes: forward, and from where this witness stands
    if asked.old > new.size:
        return Refused(Refusal.OLD_IS_LARGER, seen.size)
    if asked.old != seen.size:
        return Refused(Refusal.OTHER_SIZE, seen.size)
    # 4 the same size has the same root, the empty tree's included
    if new.size == seen.size and new.root != seen.root:
        return Refused(Refusal.OTHER_ROOT, seen.size)
    # 5 the proof. Every tree begins with the empty one: from there it has nothing to say
    try:
        if seen.size:
            check_consistency(seen.size, new.size, seen.root, new.root, asked.path)
        elif asked.path:
            raise BadPath("a path from the empty tree is empty")
    except BadPath:
        return Refused(Refusal.BAD_PROOF, seen.size)
    return Accepted(signed)


def contradiction(one: Seen, other: Seen, path: Sequence[bytes]) -> Refusal | None:
    """Why two trees that one log signed are not of one history; None if they are.

    `path` is what that log gives from the smaller to the larger; nothing where one is empty, or both are of one size.
    """
    small, large = sorted((one, other), key=lambda each: each.size)
    if small.size == large.size:
        return None if small.root == large.root else Refusal.OTHER_ROOT
    try:
        if small.size:
            check_consistency(small.size, large.size, small.root, large.root, path)
    except BadPath:
        return Refusal.BAD_PROOF
    return None


def path_bytes(path: Iterable[bytes]) -> bytes:
    """What a log answers who asks how it leads from one size to another: a line a hash."""
    return "".join(f"{base64_of(item)}\n" for item in path).encode()


def read_path(raw: bytes) -> tuple[bytes, ...]:
    """Back from `path_bytes`. Raises `TooLarge`, `Malformed` for anything else."""
    if len(raw) > limits.CONSISTENCY_PATH_BYTES:
        raise TooLarge("consistency", limit=limits.CONSISTENCY_PATH_BYTES, size=len(raw))
    *lines, rest = raw.decode("latin-1").split("\n")
    if rest or len(lines) > MOST_HASHES:
        raise Malformed("consistency", reason="lines")
    return tuple(hash_in(line, "consistency") for line in lines)


def cosignature_bytes(*lines: NoteSignature) -> bytes:
    """The body of the answer: one line a cosignature."""
    return "".join(line.to_text() for line in lines).encode()


def read_cosignatures(raw: bytes, asked: SignedCheckpoint, witness: NoteKey) -> SignedCheckpoint:
    """The checkpoint with what the witness answered. Lines of other keys are passed over.

    Raises `TooLarge`, `Malformed` for what are no lines, `CheckpointRefused` if the witness has none, `SignatureRefused` if its
    cosignature does not hold.
    """
    if len(raw) > limits.COSIGNATURES_BYTES:
        raise TooLarge("cosignature", limit=limits.COSIGNATURES_BYTES, size=len(raw))
    try:
        *lines, rest = raw.decode().split("\n", MOST_SIGNATURES)
        read = [NoteSignature.from_text(f"{line}\n") for line in lines]
    except (UnicodeDecodeError, BadNote):
        raise Malformed("cosignature", reason="form") from None
    if rest:
        raise Malformed("cosignature", reason="lines")
    return add_cosignatures(asked, read, witness)


def size_bytes(size: int) -> bytes:
    """The body of a refusal for another size: what the witness has seen."""
    return f"{size}\n".encode()


def read_size(raw: bytes) -> int:
    """Back from `size_bytes`. Raises `Malformed` for anything else."""
    text = raw.decode("latin-1")
    if not text.endswith("\n"):
        raise Malformed("add_checkpoint.old", reason="lines")
    return number_in(text[:-1], "add_checkpoint.old")
