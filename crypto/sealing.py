"""Sealing: for somebody else's public key (X25519 sealed box), and for storage (XChaCha20-Poly1305)."""

from typing import Final, final

import nacl.bindings
from nacl.exceptions import CryptoError as NaclError

from crypto.errors import BadElement, BadInput, SealBroken
from crypto.group import RandomBytes
from crypto.secret import Secret

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 24
TAG_SIZE: Final = 16
SEAL_OVERHEAD: Final = 48  # bytes that `seal_to` adds: a fresh public key and a tag

_FIELD: Final = 2**255 - 19


@final
class SealingPublicKey:
    """The X25519 public key of a recipient: 32 bytes, checked at birth."""

    __slots__ = ("_encoding",)

    def __init__(self, encoding: bytes) -> None:
        if len(encoding) != KEY_SIZE:
            raise BadInput(f"an X25519 public key is {KEY_SIZE} bytes, not {len(encoding)}")
        if int.from_bytes(encoding, "little") >= _FIELD:
            # RFC 7748, 5 would reduce it: then one key had two encodings, and two digests.
            raise BadElement("the X25519 public key is not in canonical form")
        try:
            # A clamped scalar is a multiple of 8, so that every point of small order gives zero, which is refused.
            nacl.bindings.crypto_scalarmult(bytes(KEY_SIZE), encoding)
        except RuntimeError as error:
            raise BadElement("the X25519 public key is a point of small order") from error
        self._encoding = encoding

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "SealingPublicKey":
        """Read 32 bytes. Raises BadInput on another length, BadElement if non-canonical or of small order."""
        return cls(encoding)

    def __bytes__(self) -> bytes:
        return self._encoding

    def __repr__(self) -> str:
        return f"<SealingPublicKey {self._encoding.hex()}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SealingPublicKey):
            return NotImplemented
        return self._encoding == other._encoding

    def __hash__(self) -> int:
        return hash(self._encoding)


@final
class SealingKey(Secret):
    """The X25519 secret key of a recipient: 32 bytes, with its public key."""

    __slots__ = ("_encoding", "public")

    def __init__(self, encoding: bytes) -> None:
        if len(encoding) != KEY_SIZE:
            raise BadInput(f"an X25519 secret key is {KEY_SIZE} bytes, not {len(encoding)}")
        self._encoding = encoding
        self.public = SealingPublicKey.from_bytes(nacl.bindings.crypto_scalarmult_base(encoding))

    @classmethod
    def generate(cls, random: RandomBytes) -> "SealingKey":
        """Make a new key from 32 bytes of `random`."""
        return cls(random(KEY_SIZE))

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "SealingKey":
        """Take the 32 bytes that `reveal` gave. Raises BadInput on another length."""
        return cls(encoding)

    def reveal(self) -> bytes:
        """Return the secret: 32 bytes."""
        return self._encoding

    def open(self, sealed: bytes) -> bytes:
        """Open what `seal_to` sealed for this key. Raises SealBroken if it was altered or meant for another key."""
        if len(sealed) < SEAL_OVERHEAD:
            raise SealBroken(f"a sealed message has at least {SEAL_OVERHEAD} bytes, not {len(sealed)}")
        try:
            return nacl.bindings.crypto_box_seal_open(sealed, bytes(self.public), self._encoding)
        except NaclError as error:
            raise SealBroken("the sealed message was altered, or was sealed for another key") from error


def seal_to(public: SealingPublicKey, plaintext: bytes) -> bytes:
    """Seal for the holder of a key, from nobody: 48 bytes longer than the plaintext (libsodium `crypto_box_seal`).

    The one function here that draws its randomness from libsodium, which makes the ephemeral key itself.
    """
    return nacl.bindings.crypto_box_seal(plaintext, bytes(public))


@final
class StorageKey(Secret):
    """A symmetric key of 32 bytes for XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03)."""

    __slots__ = ("_encoding",)

    def __init__(self, encoding: bytes) -> None:
        if len(encoding) != KEY_SIZE:
            raise BadInput(f"a storage key is {KEY_SIZE} bytes, not {len(encoding)}")
        self._encoding = encoding

    @classmethod
    def generate(cls, random: RandomBytes) -> "StorageKey":
        """Make a new key from 32 bytes of `random`."""
        return cls(random(KEY_SIZE))

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "StorageKey":
        """Take the 32 bytes that `reveal` gave. Raises BadInput on another length."""
        return cls(encoding)

    def reveal(self) -> bytes:
        """Return the secret: 32 bytes."""
        return self._encoding

    def seal(self, plaintext: bytes, aad: bytes, random: RandomBytes) -> bytes:
        """Seal under a nonce of 24 bytes from `random`: nonce, ciphertext and tag, 40 bytes longer than the plaintext.

        `aad` is bound to the result without being in it; opening needs the same.
        """
        nonce = random(NONCE_SIZE)
        return nonce + self.seal_with_nonce(plaintext, aad, nonce)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Open what `seal` sealed. Raises SealBroken if it was altered, or key or `aad` are others."""
        if len(sealed) < NONCE_SIZE + TAG_SIZE:
            raise SealBroken(f"a sealed value has at least {NONCE_SIZE + TAG_SIZE} bytes, not {len(sealed)}")
        return self.open_with_nonce(sealed[NONCE_SIZE:], aad, sealed[:NONCE_SIZE])

    def seal_with_nonce(self, plaintext: bytes, aad: bytes, nonce: bytes) -> bytes:
        """Seal under a given nonce of 24 bytes, for layouts that store it elsewhere: ciphertext and tag of 16 bytes.

        The same nonce must never serve twice under one key. Raises BadInput if it is not 24 bytes.
        """
        _check_nonce(nonce)
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, nonce, self._encoding)

    def open_with_nonce(self, ciphertext: bytes, aad: bytes, nonce: bytes) -> bytes:
        """Open what `seal_with_nonce` sealed.

        Raises SealBroken if it was altered, or key, nonce or `aad` are others; BadInput if the nonce is not 24 bytes.
        """
        _check_nonce(nonce)
        if len(ciphertext) < TAG_SIZE:
            raise SealBroken(f"a ciphertext has at least {TAG_SIZE} bytes, not {len(ciphertext)}")
        try:
            return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, aad, nonce, self._encoding)
        except NaclError as error:
            raise SealBroken("the value was altered, or key, nonce or associated data are others") from error


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != NONCE_SIZE:
        raise BadInput(f"a nonce is {NONCE_SIZE} bytes, not {len(nonce)}")
