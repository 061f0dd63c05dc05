"""The keys of exchanges as they lie in the database: each wrapped under the node's storage key, and bound to its row.

Whoever writes in the database can move a wrapped key to another row. It opens in its own only, so that a move is found when the
key is next used, and never makes one exchange readable with the key of another.
"""

from dataclasses import dataclass

from crypto.errors import SealBroken
from crypto.group import RandomBytes
from crypto.sealing import StorageKey
from node.store.tables import ExchangeKey


def wrap(under: StorageKey, key: StorageKey, x: str, peer: str, direction: str, random: RandomBytes) -> bytes:
    """`key` as the column `wrapped` of the row of `x`, `peer` and `direction` holds it."""
    return under.seal(key.reveal(), _place(x, peer, direction), random)


def unwrap(under: StorageKey, row: ExchangeKey) -> StorageKey:
    """Back from `wrap`. Raises `crypto.errors.SealBroken` when the value was changed, or is another row's."""
    return StorageKey.from_bytes(under.open(row.wrapped, _place(row.x, row.peer, row.direction)))


@dataclass(frozen=True, repr=False)
class Lent:
    """What a migration can do with the node's storage key, which only the node has.

    What does not open stays as it is, for whoever needs it to find out: one spoilt row must not keep a node from starting.
    """

    under: StorageKey
    random: RandomBytes

    def bind_anew(self, wrapped: bytes, before: bytes, after: bytes) -> bytes:
        """A wrapped key whose place was told as `before`, told as `after` from now on."""
        try:
            return self.under.seal(self.under.open(wrapped, before), after, self.random)
        except SealBroken:
            return wrapped

    def seal(self, wrapped: bytes, at: bytes, value: bytes, place: bytes) -> bytes | None:
        """`value` under the key that is `wrapped` and bound to `at`, itself bound to `place`; None if that key does not open."""
        try:
            return StorageKey.from_bytes(self.under.open(wrapped, at)).seal(value, place, self.random)
        except SealBroken:
            return None

    def open(self, wrapped: bytes, at: bytes, value: bytes, place: bytes) -> bytes | None:
        """Back from `seal`; None if the key or the value does not open."""
        try:
            return StorageKey.from_bytes(self.under.open(wrapped, at)).open(value, place)
        except SealBroken:
            return None


def _place(x: str, peer: str, direction: str) -> bytes:
    # hex digits, two letters, a word: none has a colon, so no two rows read the same
    return f"exchange_keys.wrapped:{x}:{peer}:{direction}".encode()
