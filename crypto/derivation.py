"""Keys and digests derived from secrets and from structured input."""

from hashlib import blake2b
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import BadInput

MAX_PART: Final = 2**16 - 1
_DIGEST_SIZES: Final = range(16, 65)  # libsodium's floor for keyed BLAKE2b, and RFC 7693's ceiling


def hkdf_sha256(ikm: bytes, info: bytes, length: int, salt: bytes = b"") -> bytes:
    """Derive `length` bytes, 1 to 8160, from the key material `ikm` for the use named by `info` (RFC 5869).

    Raises BadInput if `length` is out of range.
    """
    return _hkdf(hashes.SHA256(), ikm, info, length, salt)


def hkdf_sha512(ikm: bytes, info: bytes, length: int, salt: bytes = b"") -> bytes:
    """Derive `length` bytes, 1 to 16320, from the key material `ikm` for the use named by `info` (RFC 5869).

    Raises BadInput if `length` is out of range.
    """
    return _hkdf(hashes.SHA512(), ikm, info, length, salt)


def _hkdf(algorithm: hashes.HashAlgorithm, ikm: bytes, info: bytes, length: int, salt: bytes) -> bytes:
    longest = 255 * algorithm.digest_size  # RFC 5869, 2.3: the block counter is one byte
    if not 1 <= length <= longest:
        raise BadInput(f"HKDF gives 1 to {longest} bytes, not {length}")
    return HKDF(algorithm, length, salt, info).derive(ikm)


def length_prefixed(*parts: bytes) -> bytes:
    """Join parts, each after its length in two bytes, big-endian: no two lists of parts give the same bytes.

    Raises BadInput if a part is longer than 65535 bytes.
    """
    joined = bytearray()
    for position, part in enumerate(parts):
        if len(part) > MAX_PART:
            raise BadInput(f"part {position} has {len(part)} bytes: at most {MAX_PART} can be length-prefixed")
        joined += len(part).to_bytes(2)
        joined += part
    return bytes(joined)


def parted(joined: bytes) -> tuple[bytes, ...]:
    """The parts again that `length_prefixed` joined. Raises BadInput for bytes that it never gives."""
    parts, at = [], 0
    while at < len(joined):
        begins = at + 2
        at = begins + int.from_bytes(joined[at:begins])
        parts.append(joined[begins:at])
    if length_prefixed(*parts) != joined:
        raise BadInput("the bytes are no list of length-prefixed parts")
    return tuple(parts)


def keyed_digest(key: bytes, message: bytes, size: int) -> bytes:
    """Digest a message of any length under a secret key with BLAKE2b (RFC 7693): `size` bytes.

    Key and digest have 16 to 64 bytes, else BadInput. An empty key, which RFC 7693 allows, would make the digest
    computable by anybody.
    """
    if len(key) not in _DIGEST_SIZES:
        raise BadInput(f"the key of a keyed digest is 16 to 64 bytes, not {len(key)}")
    if size not in _DIGEST_SIZES:
        raise BadInput(f"a keyed digest is 16 to 64 bytes, not {size}")
    return blake2b(message, key=key, digest_size=size).digest()
