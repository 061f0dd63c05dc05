"""What signs in the state's name: a key in this process or in a token, and the change from one to the next.

`keys/signing.key` holds the seed of an Ed25519 key, or the URI of one in a token. A key that is to follow lies next to it as
`keys/next-signing.key` until the directory has it, its time has come, and the one before is out. The keys of log and witness
follow each other at once: the member states name one of each, and another one is another log.
"""

import sys
import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from crypto.errors import CryptoError
from crypto.group import RandomBytes
from crypto.signing import SEED_SIZE, Signer, SigningKey, VerifyKey
from node.custody import KeyFault, KeysUnusable, Vault
from node.custody.tokens import TokenSigner, make_signing_key
from node.custody.uri import TokenObject, parse_uri
from protocol import jws
from protocol.directory import Member, WorkingEntry

SIGNING, NEXT = "signing.key", "next-signing.key"
LOG, WITNESS = "log.key", "witness.key"
"""What signs this node's checkpoints, and what cosigns those of others. The member states sign their public halves together."""


class NextKeyFault(StrEnum):
    """Why no next signing key is made. The text under `next_key.fault.<code>` says it."""

    WAITING = "waiting"
    NONE = "none"
    ANOTHER = "another"


class NextKeyRefused(Exception):
    """No next signing key is made: `fault` says why. What was there stays as it was."""

    code = "next_key_refused"

    def __init__(self, fault: NextKeyFault, **facts: str) -> None:
        self.fault, self.facts = fault, facts
        super().__init__(f"{fault}: {', '.join(f'{name}={value}' for name, value in facts.items())}")


class Signers:
    """The signing key in use and the one that may follow, of one node. Safe for threads."""

    def __init__(self, vault: Vault) -> None:
        """Raises `KeysUnusable`."""
        self._vault, self._folder, self._lock = vault, vault.folder / "keys", threading.Lock()
        self._current = self._held = open_signer(vault, self._folder / SIGNING)

    @property
    def current(self) -> Signer:
        """What signs now."""
        with self._lock:
            return self._current

    @property
    def held(self) -> VerifyKey:
        """The public half of what lies in `keys/signing.key`: the key in use, or the one before it."""
        with self._lock:
            return self._held.public

    def next_public(self) -> VerifyKey | None:
        """The public half of the key that is to follow, if there is one. Raises `KeysUnusable`."""
        path = self._folder / NEXT
        return open_signer(self._vault, path).public if path.exists() else None

    def turn(self, entry: WorkingEntry, now: int) -> VerifyKey | None:
        """Take what our adopted `entry` asks for at `now`: the next key signs while its period runs, or else the one before.

        The latter also once the officers have taken a stolen next key out, or its file holds another one by now. Returns the next
        key for as long as it signs and has its own file: it has to go on record, and then `settle`. Raises `KeysUnusable`.
        """
        running = _periods(entry, now)
        with self._lock:
            path = self._folder / NEXT
            following = open_signer(self._vault, path) if path.exists() else None
            if following is None or not running.get(following.public):
                self._current = self._held
                return None
            self._current = following
        sys.audit("celosia.signers.taken")
        return following.public

    def settle(self, entry: WorkingEntry, now: int) -> None:
        """The key that `turn` returned is on record: it takes the file of the one before, once nobody needs that one any more.

        That is when its period is over, or the entry does not have it; until then both are kept. If the same key has both files,
        a crash cut this short. Raises `KeysUnusable`, `OSError`.
        """
        with self._lock:
            if self._held.public == self._current.public or not _periods(entry, now).get(self._held.public):
                self._vault.move(self._folder / NEXT, self._folder / SIGNING)
                self._held = self._current


class NoteSigners:
    """What signs this node's checkpoints and what cosigns others', and the keys that may follow. Safe for threads."""

    def __init__(self, vault: Vault) -> None:
        """Raises `KeysUnusable`."""
        self._vault, self._folder, self._lock = vault, vault.folder / "keys", threading.Lock()
        self._current = {name: open_signer(vault, self._folder / name) for name in (LOG, WITNESS)}

    def current(self, name: str) -> Signer:
        """The key of `LOG` or `WITNESS`, whatever the directory says."""
        with self._lock:
            return self._current[name]

    def next_public(self, name: str) -> VerifyKey | None:
        """The public half of the key that is to follow, if there is one. Raises `KeysUnusable`."""
        path = _following(self._folder / name)
        return open_signer(self._vault, path).public if path.exists() else None

    def make_next(self, name: str, random: RandomBytes) -> VerifyKey:
        """Make the key that is to follow. Raises `KeysUnusable` if there is one, `OSError`."""
        return make_signer(self._vault, _following(self._folder / name), None, random).public

    def due(self, member: Member) -> Mapping[str, VerifyKey]:
        """The keys that our entry names and that wait here, by name: each has to go on record, then `take` it."""
        named = {LOG: member.log.key, WITNESS: member.witness.key}
        return {name: key for name, key in named.items() if key == self.next_public(name)}

    def take(self, name: str) -> None:
        """The key that follows takes the place of the one before, which is gone then: nothing counts that it would sign.

        Raises `KeysUnusable`, `OSError`.
        """
        with self._lock:
            self._vault.move(_following(self._folder / name), self._folder / name)
            self._current[name] = open_signer(self._vault, self._folder / name)


def _following(path: Path) -> Path:
    return path.with_name(f"next-{path.name}")


def _periods(entry: WorkingEntry, now: int) -> Mapping[VerifyKey, bool]:
    """The entry's signing keys, and whether the period of each runs."""
    return {VerifyKey.from_bytes(period.key): period.not_before <= now < period.not_after for period in entry.signing}


def open_signer(vault: Vault, path: Path) -> Signer:
    """The key that a sealed file holds, or names. Raises `KeysUnusable`."""
    secret = vault.read(path)
    if secret.startswith(b"pkcs11:"):
        where = parse_uri(secret.decode("utf-8", "replace"))
        if not isinstance(where, TokenObject):
            raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(path))
        return TokenSigner(where, vault.folder)
    try:
        return SigningKey.from_seed(secret)
    except CryptoError:
        raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(path)) from None


def make_signer(vault: Vault, path: Path, token: str | None, random: RandomBytes) -> Signer:
    """Make a signing key in the new file `path`: in the token that a `pkcs11:` URI names, or else the key itself, sealed.

    Raises `KeysUnusable`, also when there is a file; `OSError`.
    """
    if path.exists():
        raise KeysUnusable(KeyFault.EXISTS, file=str(path))
    return _write_signer(vault, path, token, random)


def make_next_signer(vault: Vault, token: str | None, random: RandomBytes, replaced: str | None = None) -> Signer:
    """Make the signing key that is to follow, as `make_signer` does; in place of the one with the id `replaced`, if one is named.

    That id has to be given so that nobody gives up another key than the stolen one. The file holds the one key or the other at
    any moment. Replace while no node serves from the folder: it would settle a key that is no longer there.

    Raises `NextKeyRefused`, `KeysUnusable`, `OSError`.
    """
    path = vault.folder / "keys" / NEXT
    held = jws.key_id(open_signer(vault, path).public) if path.exists() else None
    if held is None and replaced is not None:
        raise NextKeyRefused(NextKeyFault.NONE)
    if held is not None and replaced is None:
        raise NextKeyRefused(NextKeyFault.WAITING, key=held)
    if held is not None and replaced is not None and held != replaced:
        raise NextKeyRefused(NextKeyFault.ANOTHER, key=replaced, held=held)
    return _write_signer(vault, path, token, random)


def _write_signer(vault: Vault, path: Path, token: str | None, random: RandomBytes) -> Signer:
    if token is None:
        vault.write(path, random(SEED_SIZE))
    else:
        where = parse_uri(token)
        if not isinstance(where, TokenObject) or where.kind != "private":
            raise KeysUnusable(KeyFault.URI_UNUSABLE)
        make_signing_key(where, vault.folder)
        vault.write(path, token.encode())
    return open_signer(vault, path)
