"""This node's own leaf: read once, and exchanged for the next one while connections live.

`leaf.pem` and `leaf.key` are in use; `next-leaf.pem` and `next-leaf.key` wait until the directory has their pin. Keys are sealed
files of the vault; certificates are public.
"""

import threading
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from node.custody import Vault
from node.durable import write_whole
from node.tls.certificates import Credential, in_force, load_certificate, spki_pin
from node.tls.errors import BadMaterial

LEAF, NEXT, AUTHORITY = "leaf", "next-leaf", "authority"


class OwnLeaf:
    """The leaf that this node serves and calls with. Safe for threads: a story takes `current` and keeps to it."""

    def __init__(self, vault: Vault) -> None:
        """Raises `BadMaterial`, `KeysUnusable`, `OSError`."""
        self._vault, self._folder, self._lock = vault, vault.folder / "tls", threading.Lock()
        self._finish_change()
        self._current = read_credential(vault, LEAF)

    @property
    def current(self) -> Credential:
        """Certificate and key in use."""
        with self._lock:
            return self._current

    def turn(self, pins: Collection[str], now: datetime) -> str | None:
        """Take the next leaf into use if its pin is among `pins`, those that our directory entry lists, and it is in force.

        The leaf before, and its key, are gone then. Returns the pin of the leaf now in use if it was exchanged.
        Raises `BadMaterial`, `KeysUnusable`, `OSError`; the leaf before stays in use.
        """
        if not is_complete(self._folder, NEXT):
            return None
        following = read_credential(self._vault, NEXT)
        pin = spki_pin(following.certificate)
        if pin not in pins or not in_force(load_certificate(following.certificate), now):
            return None
        with self._lock:
            self._put_in_place(following)
            self._current = following
        return pin

    def _put_in_place(self, following: Credential) -> None:
        """Key first: a crash in between leaves a next pair that is whole, and a leaf whose key is the next one's."""
        self._vault.write(self._folder / f"{LEAF}.key", following.key)
        self._put_certificate_in_place()

    def _put_certificate_in_place(self) -> None:
        following = self._folder / f"{NEXT}.pem"
        if following.exists():
            write_whole(self._folder / f"{LEAF}.pem", following.read_bytes())
            following.unlink()
        (self._folder / f"{NEXT}.key").unlink()

    def _finish_change(self) -> None:
        """Go on with an exchange that a crash cut: then the next key stands in both places."""
        following = self._folder / f"{NEXT}.key"
        if following.exists() and self._vault.read(self._folder / f"{LEAF}.key") == self._vault.read(following):
            self._put_certificate_in_place()


def is_complete(folder: Path, name: str) -> bool:
    """Whether certificate and key of that name are both there: a request to an outside authority has a key only."""
    return (folder / f"{name}.pem").exists() and (folder / f"{name}.key").exists()


def read_credential(vault: Vault, name: str) -> Credential:
    """A certificate and its key from the node's `tls/`. Raises `BadMaterial` if they do not belong together, `KeysUnusable`."""
    key = vault.read(vault.folder / "tls" / f"{name}.key")
    certificate = read_certificate(vault.folder, name)
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError):
        raise BadMaterial(f"{name}.key: not a private key in PEM; restore it from its backup") from None
    if private.public_key() != load_certificate(certificate).public_key():
        raise BadMaterial(f"{name}.pem: it does not belong to {name}.key; restore both from one backup")
    return Credential(certificate, key)


def read_certificate(node: Path, name: str) -> bytes:
    """The PEM of a certificate in a node's `tls/`. Raises `BadMaterial`."""
    try:
        return (node / "tls" / f"{name}.pem").read_bytes()
    except OSError as error:
        raise BadMaterial(f"{name}.pem: {error.strerror}; restore it from its backup") from None


def write_credential(vault: Vault, name: str, credential: Credential) -> None:
    """Put a certificate and its key into the node's `tls/`. Raises `OSError`."""
    folder = vault.folder / "tls"
    vault.write(folder / f"{name}.key", credential.key)
    write_whole(folder / f"{name}.pem", credential.certificate)
