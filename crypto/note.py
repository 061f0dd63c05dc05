"""Signed notes (C2SP signed-note, v1.0.0): a text and the signatures under it, each by the key of a name.

    text, which ends in a line feed
    an empty line
    — NAME base64(key id, 4 bytes ‖ signature)        one to 64 such lines

Two types of signature: Ed25519 over the text (0x01), and a cosignature with its time (0x04; C2SP tlog-cosignature, v1.0.1). A
note is read in one form only: what would not print again to the same bytes is none. What a text means is not known here.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final

from crypto.errors import BadNote, BadSignature
from crypto.signing import SIGNATURE_SIZE, VERIFY_KEY_SIZE, Signer, VerifyKey

KEY_ID_SIZE: Final = 4
MOST_SIGNATURES: Final = 64
"""A log and all other member states. Every reader has to take sixteen (signed-note, Format); more than these are refused."""
_LATEST: Final = 2**63 - 1  # tlog-cosignature, Format
_TIME_SIZE: Final = 8
_DASH: Final = "— "


class SignatureType(IntEnum):
    """What a key signs, and how (signed-note, Signature types)."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True)
class NoteKey:
    """A public key under a name, for one type of signature. Raises BadNote for a name that no note can bear."""

    name: str
    type: SignatureType
    key: VerifyKey

    def __post_init__(self) -> None:
        _check_name(self.name)

    @property
    def id(self) -> bytes:
        """4 bytes: SHA-256 over name, line feed, type and key, cut short. It names a key and proves nothing."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + bytes(self.key)).digest()[:KEY_ID_SIZE]

    def to_text(self) -> str:
        """The form in which keys are handed on, called vkey: NAME+HEX(id)+BASE64(type ‖ key)."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.type]) + bytes(self.key))}"

    @classmethod
    def from_text(cls, text: str) -> "NoteKey":
        """Back from `to_text`. Raises BadNote for anything else, BadElement for a point that cannot be a public key."""
        name, _, rest = text.partition("+")
        encoded = _from_base64(rest.partition("+")[2])
        if len(encoded) != 1 + VERIFY_KEY_SIZE or encoded[0] not in tuple(SignatureType):
            raise BadNote("the key of a note is one byte of its type, 1 or 4, and 32 bytes of Ed25519")
        read = cls(name, SignatureType(encoded[0]), VerifyKey.from_bytes(encoded[1:]))
        if read.to_text() != text:
            raise BadNote("the id of a note's key is not that of its name, type and key, in lower-case digits")
        return read


@dataclass(frozen=True)
class NoteSignature:
    """One line under a note: whose key, by name and id, and what it gave. It may be of a type that is not known here."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != KEY_ID_SIZE or not self.signature:
            raise BadNote("a signature under a note is a key id of 4 bytes and one byte or more")

    def to_text(self) -> str:
        """The line, with its line feed."""
        return f"{_DASH}{self.name} {_base64(self.key_id + self.signature)}\n"

    @classmethod
    def from_text(cls, line: str) -> "NoteSignature":
        """Back from `to_text`. Raises BadNote for anything else."""
        name, _, encoded = line.removeprefix(_DASH).removesuffix("\n").partition(" ")
        raw = _from_base64(encoded)
        read = cls(name, raw[:KEY_ID_SIZE], raw[KEY_ID_SIZE:])
        if read.to_text() != line:
            raise BadNote("a signature under a note is not in its one form: a dash, a name, canonical base64")
        return read


@dataclass(frozen=True)
class Signed:
    """A key whose signature holds; of a cosignature its time, in POSIX seconds."""

    key: NoteKey
    time: int | None


@dataclass(frozen=True)
class Note:
    """A text with signatures that nobody has checked yet: it may be read to learn whose keys to use, and for nothing else.

    Raises BadNote for a text that no note can have, and for no signature or more than 64.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or any(_is_barred(char) and char != "\n" for char in self.text):
            raise BadNote("the text of a note ends in a line feed and has no other control characters")
        if not 0 < len(self.signatures) <= MOST_SIGNATURES:
            raise BadNote(f"a note has 1 to {MOST_SIGNATURES} signatures, not {len(self.signatures)}")

    def to_bytes(self) -> bytes:
        """The note as it is sent and kept."""
        return (self.text + "\n" + "".join(line.to_text() for line in self.signatures)).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Note":
        """Read a note. The caller bounds its length. Raises BadNote for anything but the one form (signed-note, Format)."""
        try:
            whole = raw.decode()
        except UnicodeDecodeError:
            raise BadNote("a note is UTF-8") from None
        # the last empty line parts text and signatures: a text may have empty lines of its own
        text, parted, lines = whole.rpartition("\n\n")
        signed = lines.split("\n", MOST_SIGNATURES + 1)
        if not parted or signed.pop():
            raise BadNote("a note is a text, an empty line, and then lines of signatures, at most 64")
        return cls(text + "\n", tuple(NoteSignature.from_text(line + "\n") for line in signed))

    def verify(self, keys: Iterable[NoteKey]) -> tuple[Signed, ...]:
        """Whose signatures hold, of `keys`, in the order of the note; signatures of other keys say nothing and are passed over.

        Raises BadSignature if one of these keys signed wrongly or twice, or none signed: the whole note is refused. Raises
        BadNote if two of `keys` have one name and id.
        """
        known: dict[tuple[str, bytes], NoteKey] = {}
        for key in keys:
            if known.setdefault((key.name, key.id), key) != key:
                raise BadNote("two keys that are to be told apart have one name and id")
        good: dict[NoteKey, Signed] = {}
        for line in self.signatures:
            signer = known.get((line.name, line.key_id))
            if signer is None:
                continue
            if signer in good:
                raise BadSignature("one key signed a note twice")
            good[signer] = Signed(signer, _check(signer, self.text, line.signature))
        if not good:
            raise BadSignature("no key that is known signed the note")
        return tuple(good.values())

    def signed_by(self, *added: NoteSignature) -> "Note":
        """The same text with more signatures; those of the same name and key id are replaced. Raises BadNote past 64."""
        anew = {(line.name, line.key_id) for line in added}
        kept = tuple(line for line in self.signatures if (line.name, line.key_id) not in anew)
        return Note(self.text, kept + added)


def sign(text: str, name: str, key: Signer) -> NoteSignature:
    """Sign a note's text under a name (signed-note, Ed25519 signatures)."""
    return NoteSignature(name, NoteKey(name, SignatureType.ED25519, key.public).id, key.sign(text.encode()))


def cosign(text: str, name: str, key: Signer, time: int) -> NoteSignature:
    """Sign a note's text with the time, in POSIX seconds (tlog-cosignature, Ed25519 signed message). 0 is no time: BadNote."""
    if not 0 < time <= _LATEST:
        raise BadNote(f"the time of a cosignature is 1 to 2**63 - 1, not {time}")
    identity = NoteKey(name, SignatureType.COSIGNATURE, key.public).id
    return NoteSignature(name, identity, time.to_bytes(_TIME_SIZE) + key.sign(_cosigned(text, time)))


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _check(key: NoteKey, text: str, signature: bytes) -> int | None:
    """The time of a cosignature that holds, None for a plain signature that does. Raises BadSignature."""
    if key.type is SignatureType.ED25519:
        key.key.verify(text.encode(), signature)
        return None
    if len(signature) != _TIME_SIZE + SIGNATURE_SIZE:
        raise BadSignature(f"a cosignature is {_TIME_SIZE + SIGNATURE_SIZE} bytes, not {len(signature)}")
    time = int.from_bytes(signature[:_TIME_SIZE])
    if not 0 < time <= _LATEST:
        raise BadSignature("the time of a cosignature is out of range")
    key.key.verify(_cosigned(text, time), signature[_TIME_SIZE:])
    return time


def _check_name(name: str) -> None:
    if not name or "+" in name or any(_is_barred(char) or char.isspace() for char in name):
        raise BadNote("the name of a note's key is not empty and has no space, plus sign or control character")


def _is_barred(char: str) -> bool:
    """A control character of ASCII, or half of a pair, which UTF-8 has no bytes for."""
    return char < " " or "\ud800" <= char <= "\udfff"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(text: str) -> bytes:
    """Bytes of base64 (RFC 4648, 4). Left-over bits are not looked at: the caller prints again and compares."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("base64 was expected") from None
