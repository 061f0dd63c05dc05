"""Checkpoints: how large a log is and what its root is, signed by it and cosigned by witnesses (C2SP tlog-checkpoint v1.0.0).

    celosia.example/PE/log
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — celosia.example/PE/log Az3grlgt…
    — celosia.example/CO/witness jWbPPwAA…

A log's key bears the name of its origin. Two checkpoints of one log that give one size two roots prove that it forked.
`docs/spec/log.md` has the exact bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crypto.errors import BadNote, BadSignature
from crypto.merkle import HASH_SIZE
from crypto.note import Note, NoteKey, NoteSignature, SignatureType, Signed, cosign, sign
from crypto.signing import Signer, VerifyKey
from protocol import jws, limits
from protocol.authority import Authority
from protocol.errors import CheckpointRefused, Malformed, SignatureRefused, TooLarge
from protocol.lines import LARGEST, base64_of, hash_in, number_in


@dataclass(frozen=True)
class Checkpoint:
    """A log's origin, its number of entries, and the root over them: 32 bytes. Raises `Malformed` for what no checkpoint says."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise Malformed("checkpoint.origin")
        if not 0 <= self.size <= LARGEST or len(self.root) != HASH_SIZE:
            raise Malformed("checkpoint", reason="length")

    def to_text(self) -> str:
        """The text of the note: three lines."""
        return f"{self.origin}\n{self.size}\n{base64_of(self.root)}\n"

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        """Back from `to_text`. Raises `Malformed` for anything else; further lines, which C2SP advises against, included."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise Malformed("checkpoint", reason="lines")
        return cls(lines[0], number_in(lines[1], "checkpoint.size"), hash_in(lines[2], "checkpoint.root"))


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint whose log signed it, and whose cosignatures hold, of the witnesses that were asked for.

    `raw` are its bytes with these signatures and no others: what is kept and passed on holds no line that nobody vouches for.
    """

    checkpoint: Checkpoint
    raw: bytes
    log: NoteKey
    cosignatures: tuple[Signed, ...]


@dataclass(frozen=True)
class UnverifiedCheckpoint:
    """A checkpoint of the right form that nobody has checked: its origin may be read to learn whose keys to use."""

    checkpoint: Checkpoint
    note: Note

    def verify(self, log: NoteKey, witnesses: Iterable[NoteKey] = ()) -> SignedCheckpoint:
        """Check it under its log's key and those of `witnesses` that signed it.

        Raises `CheckpointRefused` if the key is another log's, `SignatureRefused` if the log did not sign, or one of these keys
        signed wrongly or twice.
        """
        # 1 whose it is said to be
        if log.name != self.checkpoint.origin or log.type is not SignatureType.ED25519:
            raise CheckpointRefused("checkpoint.origin", reason="other_log")
        if not any((line.name, line.key_id) == (log.name, log.id) for line in self.note.signatures):
            raise SignatureRefused("checkpoint", reason="unknown_key")
        # 2 signatures
        try:
            signed = self.note.verify([log, *witnesses])
        except BadSignature:
            raise SignatureRefused("checkpoint", reason="does_not_hold") from None
        # 3 lines of unknown keys end here: they could carry any text
        held = {(one.key.name, one.key.id) for one in signed}
        note = Note(self.note.text, tuple(line for line in self.note.signatures if (line.name, line.key_id) in held))
        cosigned = tuple(one for one in signed if one.time is not None)
        return SignedCheckpoint(self.checkpoint, note.to_bytes(), log, cosigned)


_NAMING_DIGITS = 8


def origin_of(authority: Authority, key: VerifyKey) -> str:
    """The origin of an authority's log under a key, such as `celosia/PE/log/1f0c22ab`: a new key begins a new log."""
    return f"celosia/{authority}/log/{jws.key_id(key)[:_NAMING_DIGITS]}"


def witness_name_of(authority: Authority, key: VerifyKey) -> str:
    """The name under which an authority cosigns with a key, such as `celosia/PE/witness/8d1be034`."""
    return f"celosia/{authority}/witness/{jws.key_id(key)[:_NAMING_DIGITS]}"


def log_key(origin: str, key: VerifyKey) -> NoteKey:
    """The key under which the log of an origin signs."""
    return NoteKey(origin, SignatureType.ED25519, key)


def witness_key(name: str, key: VerifyKey) -> NoteKey:
    """The key under which a witness cosigns."""
    return NoteKey(name, SignatureType.COSIGNATURE, key)


def sign_checkpoint(checkpoint: Checkpoint, key: Signer) -> SignedCheckpoint:
    """`checkpoint` signed by its log. Whoever calls has it kept before it is sent anywhere."""
    text, log = checkpoint.to_text(), log_key(checkpoint.origin, key.public)
    return SignedCheckpoint(checkpoint, Note(text, (sign(text, log.name, key),)).to_bytes(), log, ())


def cosign_checkpoint(signed: SignedCheckpoint, name: str, key: Signer, now: int) -> NoteSignature:
    """What a witness says of a checkpoint: that at `now` it is the largest that it has seen of this log, and consistent."""
    return cosign(signed.checkpoint.to_text(), name, key, now)


def parse_checkpoint(raw: bytes) -> UnverifiedCheckpoint:
    """The form of a checkpoint. Raises `TooLarge`, `Malformed`; says nothing yet about who signed."""
    if len(raw) > limits.CHECKPOINT_BYTES:
        raise TooLarge("checkpoint", limit=limits.CHECKPOINT_BYTES, size=len(raw))
    try:
        note = Note.from_bytes(raw)
    except BadNote:
        raise Malformed("checkpoint", reason="not_a_note") from None
    return UnverifiedCheckpoint(Checkpoint.from_text(note.text), note)


def read_checkpoint(raw: bytes, log: NoteKey, witnesses: Iterable[NoteKey] = ()) -> SignedCheckpoint:
    """A checkpoint of the log that has this key. Raises as `parse_checkpoint` and `UnverifiedCheckpoint.verify`."""
    return parse_checkpoint(raw).verify(log, witnesses)


def add_cosignatures(signed: SignedCheckpoint, lines: Iterable[NoteSignature], witness: NoteKey) -> SignedCheckpoint:
    """`signed` with the cosignature of `witness` among `lines`; lines of other keys are passed over.

    Raises `CheckpointRefused` if there is none, `SignatureRefused` if it does not hold, `Malformed` past 64 signatures.
    """
    own = tuple(line for line in lines if (line.name, line.key_id) == (witness.name, witness.id))
    if not own:
        raise CheckpointRefused("checkpoint", reason="not_witnessed")
    try:
        note = Note.from_bytes(signed.raw).signed_by(*own)
    except BadNote:
        raise Malformed("checkpoint", reason="not_a_note") from None
    known = {one.key for one in signed.cosignatures} | {witness}
    return UnverifiedCheckpoint(signed.checkpoint, note).verify(signed.log, known)


@dataclass(frozen=True)
class Quorum:
    """So many of these witnesses have to cosign. Raises `Malformed` where a key stands twice or nobody has to.

    It may be more than there are keys: then others, whose keys are not known, would have to, and nothing is witnessed.
    """

    needed: int
    witnesses: tuple[NoteKey, ...]

    def __post_init__(self) -> None:
        if self.needed < 1:
            raise Malformed("quorum", reason="number")
        if any(witness.type is not SignatureType.COSIGNATURE for witness in self.witnesses):
            raise Malformed("quorum", reason="other_type")
        # one key under two names would count twice: a cosignature does not say its name (tlog-cosignature, Ed25519)
        for told in (
            {bytes(witness.key) for witness in self.witnesses},
            {witness.name for witness in self.witnesses},
        ):
            if len(told) != len(self.witnesses):
                raise Malformed("quorum", reason="key_twice")


def witnessed_at(signed: SignedCheckpoint, quorum: Quorum) -> int:
    """When the quorum was reached, in POSIX seconds: the time of the last cosignature that it needed. No entry is later.

    Of `signed`, which was read under the quorum's keys. Raises `CheckpointRefused`. A log that is among its own witnesses does
    not count.
    """
    return _times(signed, quorum)[quorum.needed - 1]


def vouched_until(signed: SignedCheckpoint, quorum: Quorum) -> int:
    """Until when a quorum has held this checkpoint for the log's newest: the time of its earliest of the latest cosignatures.

    A quorum has an honest witness, whose time this is or an earlier one: those who collude cannot make an old checkpoint look
    fresh. Raises as `witnessed_at`.
    """
    return _times(signed, quorum)[-quorum.needed]


def _times(signed: SignedCheckpoint, quorum: Quorum) -> list[int]:
    """When witnesses of the quorum cosigned, the earliest first. Raises `CheckpointRefused` if they are too few."""
    times = sorted(
        one.time
        for one in signed.cosignatures
        if one.time is not None and one.key in quorum.witnesses and one.key.key != signed.log.key
    )
    if len(times) < quorum.needed:
        raise CheckpointRefused("checkpoint", reason="not_witnessed", count=len(times), needed=quorum.needed)
    return times


@dataclass(frozen=True)
class Fork:
    """Evidence: two checkpoints that one log signed, of one size and with two roots. Both notes, as they came."""

    log: NoteKey
    first: bytes
    second: bytes


def compare(first: SignedCheckpoint, second: SignedCheckpoint) -> Fork | None:
    """Whether two checkpoints of one log prove by themselves that it forked. None does not say that they are consistent.

    Raises `CheckpointRefused` if they are of two logs, or were signed under two keys.
    """
    if first.log != second.log:
        raise CheckpointRefused("checkpoint.origin", reason="other_log")
    if first.checkpoint.size != second.checkpoint.size or first.checkpoint.root == second.checkpoint.root:
        return None
    return Fork(first.log, first.raw, second.raw)


def check_fork(fork: Fork) -> None:
    """Return if the evidence holds, for whoever was handed it; raise as `read_checkpoint`, or `CheckpointRefused`, otherwise."""
    if compare(read_checkpoint(fork.first, fork.log), read_checkpoint(fork.second, fork.log)) is None:
        raise CheckpointRefused("checkpoint", reason="no_fork")
