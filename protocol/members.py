"""What the member states sign together about one of them: `members/<CC>.json`.

Its log's key and its witness key stand here and not in the state's own part, so that a thief of a state's working keys cannot
give it another log. A log's origin and a witness's name are made from state and key: neither can be borrowed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from crypto.errors import CryptoError
from crypto.note import NoteKey
from crypto.signing import VerifyKey
from protocol import limits
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, log_key, origin_of, witness_key, witness_name_of
from protocol.wire import Octets32, WireModel, canonical, parse


class Target(WireModel):
    """A target file of the directory."""

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The file's content. Raises `TooLarge`, `Malformed`."""
        return parse(cls, raw, limit=limits.DIRECTORY_TARGET_BYTES, where=cls.__name__)

    def to_bytes(self) -> bytes:
        """The file's bytes, canonical."""
        return canonical(self)


Name = Annotated[str, StringConstraints(min_length=3, max_length=160)]


class Names(WireModel):
    """An authority's name in the four languages."""

    es: Name
    en: Name
    pt: Name
    fr: Name


NoteName = Annotated[str, StringConstraints(pattern=r"^celosia/[A-Z]{2}/(log|witness)/[0-9a-f]{8}$")]


class LogEntry(WireModel):
    """An authority's log: its origin, which its key gives (`checkpoint.origin_of`), and the Ed25519 key that signs it."""

    origin: NoteName
    key: Octets32

    @property
    def note_key(self) -> NoteKey:
        """The key as checkpoints are read under it."""
        return log_key(self.origin, VerifyKey.from_bytes(self.key))


class WitnessEntry(WireModel):
    """What an authority cosigns others' logs with: the name, which the key gives (`checkpoint.witness_name_of`), and the key."""

    name: NoteName
    key: Octets32

    @property
    def note_key(self) -> NoteKey:
        """The key as cosignatures are read under it."""
        return witness_key(self.name, VerifyKey.from_bytes(self.key))


class FormerLog(LogEntry):
    """A log that its authority has closed, at the last size and root that were witnessed: nothing past it counts."""

    size: Annotated[int, Field(ge=0, lt=1 << 53)]
    root: Octets32

    @property
    def last(self) -> Checkpoint:
        """What the log ends with."""
        return Checkpoint(self.origin, self.size, self.root)


class MemberKeys(Target):
    """What a node's founding tells the member states: the keys that they sign for it. No file of the directory by itself."""

    v: Literal[1] = 1
    authority: Authority
    log: LogEntry
    witness: WitnessEntry

    @classmethod
    def of(cls, authority: Authority, log: VerifyKey, witness: VerifyKey) -> "MemberKeys":
        """The keys under the names that they give."""
        return cls(
            authority=authority,
            log=LogEntry(origin=origin_of(authority, log), key=bytes(log)),
            witness=WitnessEntry(name=witness_name_of(authority, witness), key=bytes(witness)),
        )

    @model_validator(mode="after")
    def _sound_keys(self) -> Self:
        _check_notes(self.authority, (self.log,), self.witness)
        return self


class MemberEntry(Target):
    """That a state's authority takes part, what it is called, and where its log and its cosignatures are recognised.

    `former_logs` are the logs that it kept before, each of them frozen.
    """

    v: Literal[1] = 1
    authority: Authority
    names: Names
    log: LogEntry
    witness: WitnessEntry
    former_logs: Annotated[tuple[FormerLog, ...], Field(max_length=limits.FORMER_LOGS)] = ()

    @model_validator(mode="after")
    def _sound_keys(self) -> Self:
        """As of a working entry: bad keys are refused when the directory is read."""
        _check_notes(self.authority, (self.log, *self.former_logs), self.witness)
        return self


def _check_notes(authority: Authority, logs: Sequence[LogEntry], witness: WitnessEntry) -> None:
    """Every key is one, bears the name that it gives, and stands once: what one key signs is of one log or of the witness."""
    keys = [*(log.key for log in logs), witness.key]
    try:
        named = all(log.origin == origin_of(authority, VerifyKey.from_bytes(log.key)) for log in logs)
        named = named and witness.name == witness_name_of(authority, VerifyKey.from_bytes(witness.key))
    except CryptoError:
        raise PydanticCustomError("unsound_key", "not a key of its kind") from None
    if not named:
        raise PydanticCustomError("other_name", "not the name that the state and its key give")
    if len(set(keys)) < len(keys):
        raise PydanticCustomError("key_twice", "one key stands twice")


def shared_keys(entries: Iterable[MemberEntry]) -> frozenset[Authority]:
    """The members whose log or witness key, of now or of before, is another's too. A name is as unique: it has state and key."""
    held = {entry.authority: {log.key for log in (entry.log, *entry.former_logs)} | {entry.witness.key} for entry in entries}
    counted = Counter(key for keys in held.values() for key in keys)
    return frozenset(authority for authority, keys in held.items() if any(counted[key] > 1 for key in keys))
