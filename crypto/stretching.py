"""A key from a passphrase: Argon2id (RFC 9106), over libsodium by PyNaCl."""

from dataclasses import dataclass
from typing import Final

import nacl.pwhash.argon2id

from crypto.errors import BadInput

SALT_SIZE: Final = 16
STRETCHED_SIZE: Final = 32
MAX_PASSPHRASE: Final = 1024

_ROUNDS: Final = range(1, 17)
_MEMORY: Final = range(8 << 20, (1 << 30) + 1)


@dataclass(frozen=True)
class Cost:
    """What one guess costs: passes over the memory (1 to 16), and bytes of memory (8 MiB to 1 GiB).

    The ceilings keep a header that somebody changed from costing hours or all memory. Raises BadInput outside of them.
    """

    rounds: int
    memory: int

    def __post_init__(self) -> None:
        if self.rounds not in _ROUNDS or self.memory not in _MEMORY:
            raise BadInput("Argon2id takes 1 to 16 rounds and 8 MiB to 1 GiB of memory here")


MODERATE: Final = Cost(3, 256 << 20)
"""libsodium's parameters for keys that protect data offline: most of a second on a machine of today."""


def stretch(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    """32 bytes of key material from a passphrase of 1 to 1024 bytes and a salt of 16. Raises BadInput on another length."""
    if not 1 <= len(passphrase) <= MAX_PASSPHRASE:
        raise BadInput(f"a passphrase has 1 to {MAX_PASSPHRASE} bytes")
    if len(salt) != SALT_SIZE:
        raise BadInput(f"the salt of a passphrase is {SALT_SIZE} bytes, not {len(salt)}")
    return nacl.pwhash.argon2id.kdf(STRETCHED_SIZE, passphrase, salt, opslimit=cost.rounds, memlimit=cost.memory)
