"""One index entry: 96 bytes that say nothing to anybody who has not evaluated the identifier they stand for.

    tag (16) | nonce (24) | sealed label (40 + 16)

From the 64-byte OPRF output y of an identifier, for its j-th record: tag_j and key_j are HKDF-SHA-256 of y under distinct labels
(RFC 5869). The label is sealed with XChaCha20-Poly1305 under key_j, with (authority, list, epoch, format, j, tag_j) as
additional data. `docs/spec/matching.md` has vectors.
"""

from dataclasses import dataclass

from crypto.derivation import hkdf_sha256, length_prefixed
from crypto.errors import SealBroken
from crypto.group import RandomBytes
from crypto.sealing import StorageKey
from protocol import limits
from protocol.authority import Authority
from protocol.errors import SegmentRefused

NONCE_BYTES = 24
KEY_TYPE_IDENTIFIER = 1
"""The entry stands for an identifier itself. Name keys take further numbers."""


@dataclass(frozen=True)
class Place:
    """The index that an entry belongs to: an entry copied into another one does not open there."""

    authority: Authority
    list: str
    epoch: int

    def bound(self, j: int, tag: bytes) -> bytes:
        """The additional data of a label."""
        return length_prefixed(
            b"celosia/label/1",
            self.authority.encode(),
            bytes.fromhex(self.list),
            self.epoch.to_bytes(4, "big"),
            limits.INDEX_FORMAT.to_bytes(2, "big"),
            j.to_bytes(4, "big"),
            tag,
        )


@dataclass(frozen=True)
class Label:
    """What a hit tells: the record, the kind of key that matched, and the handle that one subject's entries share.

    `handle` is 16 random bytes, fresh each epoch.
    """

    record: str
    key_type: int
    handle: bytes

    def to_bytes(self) -> bytes:
        """40 bytes: record id (16), handle (16), key type (1), zeros (7)."""
        return bytes.fromhex(self.record) + self.handle + bytes([self.key_type]) + bytes(7)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Label":
        """Back from 40 bytes. Raises `SegmentRefused` if the zeros are not zero."""
        if len(raw) != limits.LABEL_BYTES or any(raw[33:]):
            raise SegmentRefused("label")
        return cls(raw[:16].hex(), raw[32], raw[16:32])


def tag_of(output: bytes, j: int) -> bytes:
    """tag_j of an OPRF output: 16 bytes, where to look."""
    return hkdf_sha256(output, length_prefixed(b"celosia/index/1", b"tag", j.to_bytes(4, "big")), limits.TAG_BYTES)


def _key_of(output: bytes, j: int) -> StorageKey:
    return StorageKey.from_bytes(hkdf_sha256(output, length_prefixed(b"celosia/index/1", b"key", j.to_bytes(4, "big")), 32))


def make_entry(output: bytes, j: int, label: Label, place: Place, random: RandomBytes) -> bytes:
    """The j-th entry of the identifier with this OPRF output: 96 bytes."""
    tag, nonce = tag_of(output, j), random(NONCE_BYTES)
    return tag + nonce + _key_of(output, j).seal_with_nonce(label.to_bytes(), place.bound(j, tag), nonce)


def make_padding(random: RandomBytes) -> bytes:
    """An entry that stands for nothing: to anybody but its maker it looks like any other."""
    return random(limits.ENTRY_BYTES)


def open_entry(entry: bytes, output: bytes, j: int, place: Place) -> Label:
    """The label of a found entry. Raises `SegmentRefused` when it does not open: the holder made it wrongly, or it was copied."""
    tag, nonce, sealed = entry[:16], entry[16:40], entry[40:]
    try:
        return Label.from_bytes(_key_of(output, j).open_with_nonce(sealed, place.bound(j, tag), nonce))
    except SealBroken:
        raise SegmentRefused("label") from None
