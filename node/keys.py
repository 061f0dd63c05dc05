"""A node's keys on disk: one file each, readable by its owner only, made once by `celosia init`.

Epoch seeds lie apart, in `keys/epochs/`: backups leave that folder out, and an epoch's end destroys its file.
"""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crypto.derivation import keyed_digest, length_prefixed
from crypto.errors import CryptoError
from crypto.group import RandomBytes, Scalar
from crypto.oprf import ServerKey, element_of
from crypto.sealing import SealingKey, SealingPublicKey, StorageKey
from crypto.signing import SigningKey
from node.durable import write_whole
from protocol.authority import Authority
from protocol.matching import epoch_info

_SECRET_BYTES = 32


class KeysUnusable(Exception):
    """A key file is missing, readable by others, or no key; the message names the file and what to do."""

    code = "keys_unusable"


def make_keys(folder: Path, random: RandomBytes) -> None:
    """Make all keys of a new node in `folder`, which must hold nothing yet. Raises `KeysUnusable`, `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):  # whichever of them is missing: the others may be all that opens what is stored
        raise KeysUnusable(f"{folder}: there are keys here already; a node's keys are made once")
    (folder / "epochs").mkdir(mode=0o700)
    audit = SealingKey.generate(random)
    secrets = {
        "signing.key": SigningKey.generate(random).seed(),
        "sealing.key": SealingKey.generate(random).reveal(),
        "storage.key": StorageKey.generate(random).reveal(),
        "digest.key": random(_SECRET_BYTES),
        "pseudonym.key": random(_SECRET_BYTES),
        "protected.key": Scalar.random(random).reveal(),
        "audit.key": audit.reveal(),
        "audit.pub": bytes(audit.public),
    }
    for name, secret in secrets.items():
        write_whole(folder / name, secret.hex().encode() + b"\n")


@dataclass(frozen=True, repr=False)
class Keys:
    """The keys that a running node needs. The audit key is not among them: only its public half seals openings."""

    signing: SigningKey
    sealing: SealingKey
    storage: StorageKey
    audit: SealingPublicKey
    _digest: bytes
    _pseudonym: bytes
    _protected: Scalar
    _folder: Path

    @classmethod
    def read(cls, folder: Path) -> Self:
        """From a node's key folder. Raises `KeysUnusable`."""
        try:
            return cls(
                signing=SigningKey.from_seed(_secret(folder / "signing.key")),
                sealing=SealingKey.from_bytes(_secret(folder / "sealing.key")),
                storage=StorageKey.from_bytes(_secret(folder / "storage.key")),
                audit=SealingPublicKey.from_bytes(_secret(folder / "audit.pub")),
                _digest=_secret(folder / "digest.key"),
                _pseudonym=_secret(folder / "pseudonym.key"),
                _protected=Scalar.from_bytes(_secret(folder / "protected.key")),
                _folder=folder,
            )
        except CryptoError as error:
            raise KeysUnusable(f"{folder}: {error.__class__.__name__}; restore the key folder from its backup") from None

    def digest(self, purpose: str, value: bytes) -> str:
        """Keyed digest of a national value, 64 hex digits: equal values meet, and nobody without the key can guess them."""
        return keyed_digest(self._digest, length_prefixed(purpose.encode(), value), 32).hex()

    def pseudonym(self, officer_id: str, peer: Authority) -> bytes:
        """16 bytes that stand for an officer towards one peer: two peers cannot join theirs."""
        return keyed_digest(self._pseudonym, length_prefixed(b"officer", officer_id.encode(), peer.encode()), 16)

    def protected_mark(self, oprf_input: bytes) -> str:
        """k·H(x) of an identifier, 64 hex digits, under the key of the protected register."""
        return bytes(element_of(oprf_input).multiply(self._protected)).hex()

    def next_signing(self) -> bytes | None:
        """The public half of the signing key that is to follow, if one was made. Raises `KeysUnusable`."""
        path = self._folder / "next-signing.key"
        return bytes(SigningKey.from_seed(_secret(path)).public) if path.exists() else None

    def new_epoch(self, authority: Authority, list_id: str, epoch: int, random: RandomBytes) -> ServerKey:
        """Make the seed of an epoch and return its key. Raises `KeysUnusable` if the epoch has one."""
        path = self._seed_path(list_id, epoch)
        if path.exists():
            raise KeysUnusable(f"{path.name}: this epoch has a seed already; start the next epoch")
        write_whole(path, random(_SECRET_BYTES).hex().encode() + b"\n")
        return self.epoch_key(authority, list_id, epoch)

    def has_epoch(self, list_id: str, epoch: int) -> bool:
        """Whether the seed of a list in an epoch is here: it is from the epoch's making to its end, and in no backup."""
        return self._seed_path(list_id, epoch).exists()

    def epoch_key(self, authority: Authority, list_id: str, epoch: int) -> ServerKey:
        """The OPRF key of a list in an epoch. Raises `KeysUnusable` if its seed is gone."""
        return ServerKey.derive(_secret(self._seed_path(list_id, epoch)), epoch_info(authority, list_id, epoch))

    def destroy_epoch(self, list_id: str, epoch: int) -> bool:
        """Destroy the seed of an epoch that is over. Returns whether there was one.

        What a disk keeps of a deleted file is beyond a program; that this folder stays out of backups keeps copies from lasting.
        """
        path = self._seed_path(list_id, epoch)
        held = path.exists()
        path.unlink(missing_ok=True)
        return held

    def _seed_path(self, list_id: str, epoch: int) -> Path:
        return self._folder / "epochs" / f"{list_id}-{epoch}.seed"


def _secret(path: Path) -> bytes:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeysUnusable(f"{path}: others than its owner can read it; `chmod 600` it, and ask who could have")
        raw = bytes.fromhex(path.read_text("ascii"))
    except OSError as error:
        raise KeysUnusable(f"{path}: {error.strerror}") from None
    except ValueError:
        raise KeysUnusable(f"{path}: not a key file; restore it from its backup") from None
    if len(raw) != _SECRET_BYTES:
        raise KeysUnusable(f"{path}: not {_SECRET_BYTES} bytes; restore it from its backup")
    return raw
