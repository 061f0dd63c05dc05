"""The sealed files of a node: every secret on disk lies under the node key or a passphrase, bound to its own name.

A file is one line: `celosia-sealed-1 <under> <sealed>`. `under` names what opens it: `key:<id>`, or
`argon2id:<rounds>:<memory>:<salt>`. `sealed` is base64url of nonce, ciphertext and tag (XChaCha20-Poly1305); name and `under`
are bound to it, so that of two files that somebody swaps neither opens.
"""

import base64
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from crypto.derivation import length_prefixed
from crypto.errors import SealBroken
from crypto.group import RandomBytes
from crypto.sealing import StorageKey
from crypto.stretching import MODERATE, Cost
from node.custody.errors import KeyFault, KeysUnusable
from node.custody.private_files import read_private
from node.custody.secrets import (
    DEFAULT_NODE_KEY,
    Ask,
    Custody,
    NodeKey,
    Passphrase,
    make_node_key,
    nobody,
    read_node_key,
    read_passphrase,
)
from node.custody.uri import parse_uri
from node.durable import write_whole

_FORM = "celosia-sealed-1"
_BOUND = b"celosia sealed file 1"

Wrapping: TypeAlias = NodeKey | Passphrase


class Vault:
    """Seals and opens the secret files in one node's folder. Safe for threads: what it learns, any order may learn."""

    def __init__(self, folder: Path, current: Wrapping, previous: Wrapping | None, random: RandomBytes) -> None:
        """`folder`: the node's; the names that files are bound to begin there. `previous` opens, and seals nothing."""
        self.folder, self._current, self._previous, self._random = folder, current, previous, random

    def read(self, path: Path) -> bytes:
        """The secret in a sealed file. Raises `KeysUnusable`, naming the file."""
        return self._open(path)[0]

    def write(self, path: Path, secret: bytes) -> None:
        """Seal `secret` into the file `path`, whole, over what may be there. Raises `OSError`."""
        under = self._current.under
        sealed = _key_of(self._current, under).seal(secret, self._bound(path, under), self._random)
        write_whole(path, _line(under, sealed))

    def move(self, source: Path, target: Path) -> None:
        """Give a sealed file another name: it is sealed anew under that, and then the old one is removed."""
        self.write(target, self.read(source))
        sys.audit("celosia.vault.moved")
        source.unlink()

    def is_current(self, path: Path) -> bool:
        """Whether a file is sealed under the key that new files are sealed under. Raises `KeysUnusable`."""
        under, _ = _parts(path)
        return under == self._current.under

    def custody(self, path: Path) -> str:
        """What a sealed file lies under: `node_key` or `passphrase`, and `previous` before it if not the current one."""
        _, wrapping = self._open(path)
        kind = "node_key" if isinstance(wrapping, NodeKey) else "passphrase"
        return kind if wrapping is self._current else f"previous_{kind}"

    def sealed_files(self) -> Iterator[Path]:
        """Every sealed file of the node, in order."""
        for place in ("keys", "keys/epochs", "tls"):
            yield from sorted(path for path in (self.folder / place).glob("*.*") if _is_sealed(path))

    def rewrap(self) -> Iterator[Path]:
        """Seal anew, one by one, every file that the current key does not seal yet. Yields each once it is done.

        Each is replaced whole, and opens under one key or the other at any moment: stopped anywhere, it goes on the next time.
        """
        self.need_strength()
        for path in self.sealed_files():
            secret = self.read(path)
            if not self.is_current(path):
                self.write(path, secret)
                sys.audit("celosia.vault.rewrapped")
                yield path

    def need_strength(self) -> None:
        """Raises `KeysUnusable` when files are to be sealed under a passphrase that is too short for it."""
        if isinstance(self._current, Passphrase):
            self._current.need_length()

    def _open(self, path: Path) -> tuple[bytes, Wrapping]:
        """The secret, and what opened it."""
        under, sealed = _parts(path)
        named: Wrapping | None = None
        for wrapping in (self._current, self._previous):
            key = None if wrapping is None else wrapping.key_for(under)
            if wrapping is None or key is None:
                continue
            named = named or wrapping
            try:
                secret = key.open(sealed, self._bound(path, under))
            except SealBroken:
                continue
            wrapping.opened(under)
            return secret, wrapping
        raise KeysUnusable(KeyFault.ANOTHER_KEY if named is None else named.fault, file=str(path))

    def _bound(self, path: Path, under: str) -> bytes:
        return length_prefixed(_BOUND, path.relative_to(self.folder).as_posix().encode(), under.encode())


def open_vault(
    folder: Path,
    custody: Custody,
    ask: Ask = nobody,
    random: RandomBytes = os.urandom,
    environment: Mapping[str, str] = os.environ,
    cost: Cost = MODERATE,
) -> Vault:
    """The vault of the node in `folder`, its key where `custody` says. Raises `KeysUnusable`."""

    def wrapping(node: str | None, passphrase: str | None, *, previous: bool) -> Wrapping:
        if passphrase is not None:
            return read_passphrase(parse_uri(passphrase), folder, environment, lambda: ask(previous), random, cost)
        return read_node_key(parse_uri(node or DEFAULT_NODE_KEY), folder, environment)

    current = wrapping(custody.node, custody.passphrase, previous=False)
    replaced = custody.previous_node or custody.previous_passphrase
    previous = wrapping(custody.previous_node, custody.previous_passphrase, previous=True) if replaced else None
    return Vault(folder, current, previous, random)


def new_vault(folder: Path, custody: Custody, ask: Ask = nobody, random: RandomBytes = os.urandom) -> Vault:
    """The vault of a node that is being founded: without another word, its node key is made, in `keys/node.key`.

    Raises `KeysUnusable`, also for a passphrase that is too short; `OSError`.
    """
    (folder / "keys").mkdir(mode=0o700, exist_ok=True)
    if custody.node is None and custody.passphrase is None:
        make_node_key(parse_uri(DEFAULT_NODE_KEY), folder, random)
    vault = open_vault(folder, custody, ask, random)
    vault.need_strength()
    return vault


def _key_of(wrapping: Wrapping, under: str) -> StorageKey:
    key = wrapping.key_for(under)
    assert key is not None  # noqa: S101  each wrapping has the key of its own name
    return key


def _line(under: str, sealed: bytes) -> bytes:
    return f"{_FORM} {under} {base64.urlsafe_b64encode(sealed).decode()}\n".encode()


def _parts(path: Path) -> tuple[str, bytes]:
    raw = read_private(path)
    try:
        _, under, encoded = raw.decode("ascii").split()
        sealed = base64.b64decode(encoded, b"-_", validate=True)
    except ValueError:
        raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(path)) from None
    if _line(under, sealed) != raw:  # one secret has one form
        raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(path))
    return under, sealed


def _is_sealed(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    with path.open("rb") as file:
        return file.read(len(_FORM) + 1) == f"{_FORM} ".encode()
