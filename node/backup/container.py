"""The sealed file: a header in clear, then frames, each sealed and bound to the header, its place, and whether it is the last.

    {"at":…,"authority":"PE","format":"celosia-backup/1","memory":…,"rounds":…,"salt":"…","schema":"0003"}\\n
    u8 last · u32 length · nonce (24) · ciphertext · tag (16)        any number of times

The key is the secret of the backup, stretched by Argon2id. A frame that was changed, left out, added or moved does not open, and
a file that was cut ends without a last frame.
"""

import json
import struct
from collections.abc import Iterator
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto.derivation import length_prefixed
from crypto.errors import BadInput, SealBroken
from crypto.group import RandomBytes
from crypto.sealing import StorageKey
from crypto.stretching import MAX_PASSPHRASE, MODERATE, SALT_SIZE, Cost, stretch
from node.backup.errors import BackupRefused
from protocol.authority import Authority
from protocol.wire import sha256

FRAME_BYTES = 16 << 20
"""More than a frame is ever made of; a damaged length must not make a reader take all memory."""
SECRET_AT_LEAST = 12
"""Characters: a backup lies about for months, and whoever holds it can guess at leisure."""
_HEADER_BYTES = 4 << 10
_LENGTH = struct.Struct(">BI")


class Header(BaseModel):
    """What can be read of a backup without its secret. `at`: POSIX seconds; `schema_`: the revision of its tables."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)
    format: Literal["celosia-backup/1"] = "celosia-backup/1"
    authority: Authority
    at: int
    schema_: str = Field(alias="schema", max_length=32)
    rounds: int = MODERATE.rounds
    memory: int = MODERATE.memory
    salt: str = Field(pattern=f"^[0-9a-f]{{{2 * SALT_SIZE}}}$")

    def line(self) -> bytes:
        """The header's bytes in the file."""
        return json.dumps(self.model_dump(by_alias=True), sort_keys=True, separators=(",", ":")).encode() + b"\n"


class SealedWriter:
    """Writes a backup. Raises `BackupRefused` (backup_secret_short), `OSError`."""

    def __init__(self, file: BinaryIO, header: Header, secret: str, random: RandomBytes) -> None:
        if len(secret) < SECRET_AT_LEAST or len(secret.encode()) > MAX_PASSPHRASE:
            raise BackupRefused("backup_secret_short")
        self._file, self._random, self._index = file, random, 0
        self._key, self._bound = _key(header, secret), sha256(header.line())
        file.write(header.line())

    def put(self, plaintext: bytes, *, last: bool = False) -> None:
        """One frame more. The last one closes the backup."""
        sealed = self._key.seal(plaintext, _aad(self._bound, self._index, int(last)), self._random)
        self._file.write(_LENGTH.pack(last, len(sealed)) + sealed)
        self._index += 1


def read_header(file: BinaryIO) -> Header:
    """The header. Raises `BackupRefused` (backup_unknown) for a file that is no backup of a kind known here."""
    line = file.readline(_HEADER_BYTES)
    try:
        header = Header.model_validate_json(line)
        Cost(header.rounds, header.memory)
    except (ValidationError, BadInput):
        raise BackupRefused("backup_unknown") from None
    if header.line() != line:
        raise BackupRefused("backup_unknown")
    return header


def read_frames(file: BinaryIO, header: Header, secret: str) -> Iterator[bytes]:
    """The frames after the header, in order, each as it was put.

    Raises `BackupRefused`: backup_not_opened when not even the first one opens, backup_damaged when a later one does not, or the
    file ends too early or too late.
    """
    try:
        key = _key(header, secret)
    except BadInput:
        raise BackupRefused("backup_not_opened") from None
    bound, index, last = sha256(header.line()), 0, False
    while not last:
        head = file.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise BackupRefused("backup_damaged")
        flag, length = _LENGTH.unpack(head)
        sealed = file.read(length) if length <= FRAME_BYTES else b""
        try:
            plaintext = key.open(sealed, _aad(bound, index, flag))
        except SealBroken:
            raise BackupRefused("backup_damaged" if index else "backup_not_opened") from None
        yield plaintext
        index, last = index + 1, bool(flag)
    if file.read(1):
        raise BackupRefused("backup_damaged")


def _key(header: Header, secret: str) -> StorageKey:
    stretched = stretch(secret.encode(), bytes.fromhex(header.salt), Cost(header.rounds, header.memory))
    return StorageKey.from_bytes(stretched)


def _aad(bound: str, index: int, flag: int) -> bytes:
    """What a frame is bound to. The flag as its byte stands in the file: only 0 and 1 are ever sealed, so no other one opens."""
    return length_prefixed(b"celosia/backup/1", bound.encode(), index.to_bytes(8, "big"), bytes([flag]))
