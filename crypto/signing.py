"""Ed25519 signatures (RFC 8032), over libsodium by PyNaCl."""

from typing import Final, Protocol, final

import nacl.bindings
from nacl.exceptions import BadSignatureError

from crypto.errors import BadElement, BadInput, BadSignature
from crypto.group import RandomBytes
from crypto.secret import Secret

SEED_SIZE: Final = 32
VERIFY_KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64


@final
class VerifyKey:
    """A public key: 32 bytes, checked at birth.

    Points of small order and points with a component of small order are refused: under those, one signature can
    hold for many messages or keys.
    """

    __slots__ = ("_encoding",)

    def __init__(self, encoding: bytes) -> None:
        if len(encoding) != VERIFY_KEY_SIZE:
            raise BadInput(f"an Ed25519 public key is {VERIFY_KEY_SIZE} bytes, not {len(encoding)}")
        if not nacl.bindings.crypto_core_ed25519_is_valid_point(encoding):
            raise BadElement("the Ed25519 public key is not a canonical point of the prime-order subgroup")
        self._encoding = encoding

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "VerifyKey":
        """Read 32 bytes. Raises BadInput on another length, BadElement on a point that cannot be a public key."""
        return cls(encoding)

    def __bytes__(self) -> bytes:
        return self._encoding

    def __repr__(self) -> str:
        return f"<VerifyKey {self._encoding.hex()}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VerifyKey):
            return NotImplemented
        return self._encoding == other._encoding

    def __hash__(self) -> int:
        return hash(self._encoding)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a signature of 64 bytes over a message (RFC 8032, 5.1.7). Returns nothing; raises BadSignature."""
        if len(signature) != SIGNATURE_SIZE:
            raise BadSignature(f"an Ed25519 signature is {SIGNATURE_SIZE} bytes, not {len(signature)}")
        try:
            nacl.bindings.crypto_sign_open(signature + message, self._encoding)
        except BadSignatureError as error:
            raise BadSignature("the signature does not belong to this message and key") from error


@final
class SigningKey(Secret):
    """A secret key, held as its seed of 32 bytes, with its public key."""

    __slots__ = ("_expanded", "_seed", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise BadInput(f"the seed of an Ed25519 key is {SEED_SIZE} bytes, not {len(seed)}")
        self._seed = seed
        encoding, self._expanded = nacl.bindings.crypto_sign_seed_keypair(seed)
        self.public = VerifyKey.from_bytes(encoding)

    @classmethod
    def generate(cls, random: RandomBytes) -> "SigningKey":
        """Make a new key from 32 bytes of `random`."""
        return cls(random(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """Take the 32 bytes that `seed` gave. Raises BadInput on another length."""
        return cls(seed)

    def seed(self) -> bytes:
        """Return the secret: 32 bytes."""
        return self._seed

    def sign(self, message: bytes) -> bytes:
        """Sign a message of any length (RFC 8032, 5.1.6): 64 bytes, the same each time."""
        return nacl.bindings.crypto_sign(message, self._expanded)[:SIGNATURE_SIZE]


class Signer(Protocol):
    """Whatever signs under one Ed25519 key: the key itself, or a token that holds it."""

    @property
    def public(self) -> VerifyKey:
        """The key that its signatures hold under."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign a message of any length (RFC 8032, 5.1.6): 64 bytes."""
        ...
