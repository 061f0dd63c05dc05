"""What can be asked of the register's key k: k·X, and while it is being replaced by k', (k'/k)·X.

The factor alone makes no mark of anything: only what is a mark under k becomes one under k'.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from crypto.errors import CryptoError
from crypto.group import Element, RandomBytes, Scalar
from node.custody import KeyFault, KeysUnusable, Vault

KEY_FILE, NEXT_FILE = "protected.key", "protected-next.key"


class RegisterKey(Protocol):
    """The key, wherever it lies."""

    def mark(self, elements: Sequence[Element]) -> list[Element]:
        """k·X of each, in their order."""

    @property
    def is_turning(self) -> bool:
        """Whether another key is about to take its place."""

    def begin_turn(self) -> None:
        """Make the next key, unless there is one."""

    def turn(self, marks: Sequence[Element]) -> list[Element]:
        """(k'/k)·X of each: marks under the next key of marks under this one. Raises `KeysUnusable` without a next key."""

    def end_turn(self) -> None:
        """Put the next key in the place of this one, which is destroyed with that. Nothing happens without a next key."""


class LocalKey:
    """The key in a sealed file of a vault's folder `keys/`, and the next one beside it."""

    def __init__(self, vault: Vault, random: RandomBytes) -> None:
        """Raises `KeysUnusable`."""
        self._vault, self._random = vault, random
        self._path, self._next_path = (vault.folder / "keys" / name for name in (KEY_FILE, NEXT_FILE))
        self._key = self._read(self._path)

    def mark(self, elements: Sequence[Element]) -> list[Element]:
        """See `RegisterKey`."""
        return [each.multiply(self._key) for each in elements]

    @property
    def is_turning(self) -> bool:
        """See `RegisterKey`."""
        return self._next_path.exists()

    def begin_turn(self) -> None:
        """See `RegisterKey`. Raises `OSError`."""
        if not self.is_turning:
            self._vault.write(self._next_path, Scalar.random(self._random).reveal())

    def turn(self, marks: Sequence[Element]) -> list[Element]:
        """See `RegisterKey`."""
        factor = self._read(self._next_path).multiply(self._key.inverse())
        return [each.multiply(factor) for each in marks]

    def end_turn(self) -> None:
        """See `RegisterKey`. Raises `KeysUnusable`, `OSError`."""
        if self.is_turning:
            self._vault.move(self._next_path, self._path)
            self._key = self._read(self._path)

    def _read(self, path: Path) -> Scalar:
        try:
            return Scalar.from_bytes(self._vault.read(path))
        except CryptoError:
            raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(path)) from None


def make_register_key(vault: Vault, random: RandomBytes) -> None:
    """Make the key of a new register in the folder `keys/` of a vault. Raises `OSError`."""
    vault.write(vault.folder / "keys" / KEY_FILE, Scalar.random(random).reveal())
