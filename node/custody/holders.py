"""The key of one who, with a second one, opens past questions: a file under its holder's own passphrase, and never on a node.

A file is one line: `celosia-audit-key-1 <public key> <under> <sealed>`, the last two as in `node/custody/vault.py`, with the
public key bound to them. It is no file of a node: the node knows the public halves alone, and only the holder can open one.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

from crypto.derivation import length_prefixed
from crypto.errors import CryptoError
from crypto.group import RandomBytes
from crypto.sealing import SealingKey, SealingPublicKey
from node.custody.errors import KeyFault, KeysUnusable
from node.custody.private_files import read_private
from node.custody.secrets import Passphrase
from node.durable import write_whole
from protocol.sealed_openings import check_holders

_FORM = "celosia-audit-key-1"
_BOUND = b"celosia audit key 1"


def make_holder_key(path: Path, passphrase: Passphrase, random: RandomBytes) -> SealingPublicKey:
    """Make a new key in the file `path`, readable by its owner only. Raises `KeysUnusable` when there is one, `OSError`."""
    if path.exists():
        raise KeysUnusable(KeyFault.EXISTS, file=str(path))
    passphrase.need_length()
    made, under = SealingKey.generate(random), passphrase.under
    key = passphrase.key_for(under)
    assert key is not None  # noqa: S101  a passphrase has a key for the name that it gives
    sealed = key.seal(made.reveal(), _bound(made.public, under), random)
    write_whole(path, f"{_FORM} {bytes(made.public).hex()} {under} {base64.urlsafe_b64encode(sealed).decode()}\n".encode())
    return made.public


def read_holder_key(path: Path, passphrase: Passphrase) -> SealingKey:
    """The key in a file. Raises `KeysUnusable`, naming the file: a wrong passphrase and a changed file cannot be told apart."""
    raw = read_private(path)
    try:
        form, public, under, encoded = raw.decode("ascii").split()
        named, sealed = SealingPublicKey.from_bytes(bytes.fromhex(public)), base64.b64decode(encoded, b"-_", validate=True)
    except (ValueError, CryptoError):
        raise KeysUnusable(KeyFault.NOT_A_HOLDERS_KEY, file=str(path)) from None
    key = passphrase.key_for(under) if form == _FORM else None
    if key is None:
        raise KeysUnusable(KeyFault.NOT_A_HOLDERS_KEY, file=str(path))
    try:
        held = SealingKey.from_bytes(key.open(sealed, _bound(named, under)))
    except CryptoError:
        raise KeysUnusable(KeyFault.WRONG_PASSPHRASE, file=str(path)) from None
    if held.public != named:
        raise KeysUnusable(KeyFault.NOT_A_HOLDERS_KEY, file=str(path))
    return held


def public_line(public: SealingPublicKey) -> bytes:
    """What a holder hands over: 64 hex digits and a line end."""
    return bytes(public).hex().encode() + b"\n"


def read_holders(raw: bytes) -> tuple[SealingPublicKey, ...]:
    """Public keys, a line each. Raises `ValueError` for anything else, and for one key alone or one that stands twice."""
    try:
        found = tuple(map(_of_line, raw.decode("ascii").splitlines()))
    except CryptoError:
        raise ValueError("not a public key") from None
    if b"".join(map(public_line, found)) != raw:
        raise ValueError("not the one form of public keys")
    check_holders(found)
    return found


def holders_file(holders: Sequence[SealingPublicKey]) -> bytes:
    """The file of a node that names its holders. `ValueError` as `check_holders`."""
    check_holders(holders)
    return b"".join(map(public_line, holders))


def read_public(raw: bytes) -> SealingPublicKey:
    """What one holder has handed over. Raises `ValueError`."""
    try:
        public = _of_line(raw.decode("ascii").removesuffix("\n"))
    except CryptoError:
        raise ValueError("not a public key") from None
    if public_line(public) != raw:
        raise ValueError("not the one form of a public key")
    return public


def _of_line(line: str) -> SealingPublicKey:
    return SealingPublicKey.from_bytes(bytes.fromhex(line))


def _bound(public: SealingPublicKey, under: str) -> bytes:
    return length_prefixed(_BOUND, bytes(public), under.encode())
