"""This node's own leaf: read once, and exchanged for the next one while connections live.

`leaf.pem` and `leaf.key` are in use; `next-leaf.pem` and `next-leaf.key` wait until the directory has their pin, and stay until
the exchange is on record. Keys are sealed files of the vault; certificates are public.
"""

import sys
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

        The leaf before, and its key, are gone then. Returns the pin of the leaf now in use if it was exchanged, and again until
        `settle`: it has to go on record. Raises `BadMaterial`, `KeysUnusable`, `OSError`; the leaf before stays in use.
        """
        if not is_complete(self._folder, NEXT):
            return None
        following = read_credential(self._vault, NEXT)
        pin = spki_pin(following.certificate)
        if following == self.current:
            return pin
        if pin not in pins or not in_force(load_certificate(following.certificate), now):
            return None
        with self._lock:
            self._put_in_place(following)
            self._current = following
        return pin

    def settle(self) -> None:
        """What `turn` exchanged is on record: it is the next leaf no more. Raises `OSError`."""
        (self._folder / f"{NEXT}.pem").unlink(missing_ok=True)
        sys.audit("celosia.own.certificate_gone")
        (self._folder / f"{NEXT}.key").unlink(missing_ok=True)

    def _put_in_place(self, following: Credential) -> None:
        """Key first: a crash in between leaves a next pair that is whole, and a leaf whose key is the next one's."""
        self._vault.write(self._folder / f"{LEAF}.key", following.key)
        sys.audit("celosia.own.key_in_place")
        write_whole(self._folder / f"{LEAF}.pem", following.certificate)
        sys.audit("celosia.own.in_place")

    def _finish_change(self) -> None:
        """Go on with an exchange that a crash cut: then the next key stands in both places.

        Without a next certificate it was on record already, and only this key was left to go.
        """
        following = self._folder / f"{NEXT}.key"
        if not following.exists() or self._vault.read(self._folder / f"{LEAF}.key") != self._vault.read(following):
            return
        if is_complete(self._folder, NEXT):
            write_whole(self._folder / f"{LEAF}.pem", read_certificate(self._vault.folder, NEXT))
        else:
            following.unlink(missing_ok=True)


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
    """Put a certificate and its key into the node's `tls/`. Raises `OSError`.

    Key last: a key without its certificate is a request that waits, and a certificate without its key is only what a crash left.
    """
    folder = vault.folder / "tls"
    write_whole(folder / f"{name}.pem", credential.certificate)
    sys.audit("celosia.own.certificate_written")
    vault.write(folder / f"{name}.key", credential.key)
