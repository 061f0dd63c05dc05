"""A node's keys on disk: one sealed file each, readable by its owner only, made once by `celosia init`.

What they are sealed under, and where that comes from, is `node/custody/`. Epoch seeds lie apart, in `keys/epochs/`: backups
leave that folder out, and an epoch's end destroys its file.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crypto.derivation import keyed_digest, length_prefixed
from crypto.errors import CryptoError
from crypto.group import RandomBytes
from crypto.oprf import ServerKey, element_of
from crypto.sealing import SealingKey, SealingPublicKey, StorageKey
from crypto.signing import SEED_SIZE, Signer
from node.custody import KeyFault, KeysUnusable, Vault
from node.custody.holders import holders_file, read_holders
from node.custody.private_files import read_private
from node.durable import write_whole
from node.marking import LocalKey, ProcessKey, RegisterKey, make_register_key
from node.signers import LOG, SIGNING, WITNESS, NoteSigners, Signers, make_signer
from protocol.authority import Authority
from protocol.matching import epoch_info

_SECRET_BYTES = 32
CHECK = b"celosia protected register: which key"
"""A text that is nobody's: its mark tells marks of one key from those of another."""
_NODE_KEY = "node.key"
HOLDERS = "audit.pub"
"""In `keys/`: the public keys to which the openings of questions are sealed, a line each."""
WHOLE_AUDIT_KEY = "audit.key"
"""In `keys/` of nodes of 0.1: one key that opened every question by itself."""


def make_keys(vault: Vault, random: RandomBytes, holders: Sequence[SealingPublicKey], signing_token: str | None = None) -> None:
    """Make all keys of a new node in the folder `keys/` of its vault. `signing_token`: URI of a token for the signing key.

    `holders`: who open its questions, any two together; their own keys are theirs. `ValueError` for fewer than two.
    Raises `KeysUnusable` when there are keys already, `OSError`.
    """
    folder = vault.folder / "keys"
    if any(path.name != _NODE_KEY for path in folder.iterdir()):
        # whichever of them is missing: the others may be all that opens what is stored
        raise KeysUnusable(KeyFault.MADE_ONCE, file=str(folder))
    (folder / "epochs").mkdir(mode=0o700)
    named = holders_file(holders)
    make_signer(vault, folder / SIGNING, signing_token, random)
    secrets = {
        "sealing.key": SealingKey.generate(random).reveal(),
        "storage.key": StorageKey.generate(random).reveal(),
        "digest.key": random(_SECRET_BYTES),
        "pseudonym.key": random(_SECRET_BYTES),
        LOG: random(SEED_SIZE),
        WITNESS: random(SEED_SIZE),
    }
    for name, secret in secrets.items():
        vault.write(folder / name, secret)
    make_register_key(vault, random)
    write_whole(folder / HOLDERS, named)


@dataclass(frozen=True, repr=False)
class Keys:
    """The keys that a running node needs. Nothing of what opens past questions is among them: `holders` are public keys."""

    signers: Signers
    sealing: SealingKey
    storage: StorageKey
    holders: tuple[SealingPublicKey, ...]
    register: RegisterKey
    notes: NoteSigners
    _digest: bytes
    _pseudonym: bytes
    _vault: Vault

    @classmethod
    def read(cls, vault: Vault, register_socket: Path | None = None) -> Self:
        """From the key folder of the vault's node; the register's from the process behind a socket, if one is named.

        Raises `KeysUnusable`.
        """
        folder = vault.folder / "keys"
        try:
            return cls(
                signers=Signers(vault),
                sealing=SealingKey.from_bytes(_secret(vault, "sealing.key")),
                storage=StorageKey.from_bytes(_secret(vault, "storage.key")),
                holders=_holders(folder / HOLDERS),
                register=LocalKey(vault, os.urandom) if register_socket is None else ProcessKey(register_socket),
                notes=NoteSigners(vault),
                _digest=_secret(vault, "digest.key"),
                _pseudonym=_secret(vault, "pseudonym.key"),
                _vault=vault,
            )
        except CryptoError:
            raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(folder)) from None

    @property
    def signing(self) -> Signer:
        """What signs in the state's name now: ask anew for each signature, since it changes while the node runs."""
        return self.signers.current

    @property
    def log(self) -> Signer:
        """What signs this node's checkpoints: ask anew for each, since another key, and so another log, may follow."""
        return self.notes.current(LOG)

    @property
    def witness(self) -> Signer:
        """What cosigns others' checkpoints: ask anew for each."""
        return self.notes.current(WITNESS)

    def digest(self, purpose: str, value: bytes) -> str:
        """Keyed digest of a national value, 64 hex digits: equal values meet, and nobody without the key can guess them.

        Raises `BadInput` for a value of more than 65,535 bytes, such as a file: digest its SHA-256 then.
        """
        return keyed_digest(self._digest, length_prefixed(purpose.encode(), value), 32).hex()

    def pseudonym(self, officer_id: str, peer: Authority) -> bytes:
        """16 bytes that stand for an officer towards one peer: two peers cannot join theirs."""
        return keyed_digest(self._pseudonym, length_prefixed(b"officer", officer_id.encode(), peer.encode()), 16)

    def protected_mark(self, oprf_input: bytes) -> str:
        """k·H(x) of an identifier, 64 hex digits, under the key of the protected register."""
        return self.protected_marks([oprf_input])[0]

    def protected_marks(self, oprf_inputs: Sequence[bytes]) -> list[str]:
        """As `protected_mark`, of many, in their order."""
        return [bytes(mark).hex() for mark in self.register.mark([element_of(each) for each in oprf_inputs])]

    def protected_check(self) -> str:
        """The mark of `CHECK`."""
        return self.protected_mark(CHECK)

    def next_signing(self) -> bytes | None:
        """The public half of the signing key that is to follow, if one was made. Raises `KeysUnusable`."""
        public = self.signers.next_public()
        return None if public is None else bytes(public)

    def new_epoch(self, authority: Authority, list_id: str, epoch: int, random: RandomBytes) -> ServerKey:
        """Make the seed of an epoch and return its key. Raises `KeysUnusable` if the epoch has one."""
        path = self._seed_path(list_id, epoch)
        if path.exists():
            raise KeysUnusable(KeyFault.EXISTS, file=str(path))
        self._vault.write(path, random(_SECRET_BYTES))
        return self.epoch_key(authority, list_id, epoch)

    def has_epoch(self, list_id: str, epoch: int) -> bool:
        """Whether the seed of a list in an epoch is here: it is from the epoch's making to its end, and in no backup."""
        return self._seed_path(list_id, epoch).exists()

    def epoch_key(self, authority: Authority, list_id: str, epoch: int) -> ServerKey:
        """The OPRF key of a list in an epoch. Raises `KeysUnusable` if its seed is gone."""
        return ServerKey.derive(
            _secret(self._vault, f"epochs/{self._seed_path(list_id, epoch).name}"), epoch_info(authority, list_id, epoch)
        )

    def destroy_epoch(self, list_id: str, epoch: int) -> bool:
        """Destroy the seed of an epoch that is over. Returns whether there was one.

        What a disk keeps of a deleted file is beyond a program; that this folder stays out of backups keeps copies from lasting.
        """
        path = self._seed_path(list_id, epoch)
        held = path.exists()
        path.unlink(missing_ok=True)
        return held

    def _seed_path(self, list_id: str, epoch: int) -> Path:
        return self._vault.folder / "keys" / "epochs" / f"{list_id}-{epoch}.seed"


def _secret(vault: Vault, name: str) -> bytes:
    path = vault.folder / "keys" / name
    secret = vault.read(path)
    if len(secret) != _SECRET_BYTES:
        raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(path))
    return secret


def _holders(path: Path) -> tuple[SealingPublicKey, ...]:
    """The one file here that is no secret. Whoever could put others in their place could open what is asked from then on."""
    raw = read_private(path)
    try:
        return read_holders(raw)
    except ValueError:
        one = raw.count(b"\n") == 1
        raise KeysUnusable(KeyFault.TOO_FEW_HOLDERS if one else KeyFault.NOT_A_KEY, file=str(path)) from None
