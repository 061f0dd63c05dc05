"""Keys in a PKCS #11 token (a hardware module, or SoftHSM): a node key derived in it, and a signing key that never leaves it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import (
    MultipleTokensReturned,
    NoSuchToken,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
)
from pkcs11.types import SignMixin

from crypto.errors import CryptoError
from crypto.signing import VERIFY_KEY_SIZE, VerifyKey
from node.custody.errors import KeyFault, KeysUnusable
from node.custody.private_files import read_private
from node.custody.uri import TokenObject

_NODE_KEY_LABEL = b"celosia node key 1"
_PROBE = b"celosia signing key, tried at its opening"
_PARAMETERS = b"\x13\x0cedwards25519"
"""CKA_EC_PARAMS of Ed25519: the curve's name as a PrintableString (PKCS #11 version 3.0, section 2.3.10)."""
_NODE_KEY_BITS = 256


def derive_node_key(where: TokenObject, folder: Path) -> bytes:
    """32 bytes: HMAC-SHA-256, made in the token under its secret key, of a fixed label. The token's key itself is never read.

    Raises `KeysUnusable`. `folder`: where a relative path of the PIN's file begins.
    """
    with _session(where, folder) as session:
        return _sign(_object(session, where, ObjectClass.SECRET_KEY), _NODE_KEY_LABEL, Mechanism.SHA256_HMAC, where)


def make_node_key(where: TokenObject, folder: Path) -> None:
    """Make the secret key in the token, not extractable. Raises `KeysUnusable`, also when there is one under that label."""
    with _session(where, folder, writing=True) as session:
        _need_none(session, where)
        session.generate_key(
            KeyType.GENERIC_SECRET,
            _NODE_KEY_BITS,
            label=where.label,
            store=True,
            template={
                **{Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True},
                **{Attribute.SIGN: True, Attribute.VERIFY: False, Attribute.ENCRYPT: False, Attribute.DECRYPT: False},
                **{Attribute.WRAP: False, Attribute.UNWRAP: False, Attribute.DERIVE: False},
            },
        )


def make_signing_key(where: TokenObject, folder: Path) -> None:
    """Make an Ed25519 key pair in the token, not extractable. Raises `KeysUnusable` as `make_node_key` does."""
    with _session(where, folder, writing=True) as session:
        _need_none(session, where)
        parameters = session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _PARAMETERS}, local=True)
        parameters.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            store=True,
            label=where.label,
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True},
        )


class TokenSigner:
    """An Ed25519 key that signs in its token (CKM_EDDSA, RFC 8032). Safe for threads."""

    def __init__(self, where: TokenObject, folder: Path) -> None:
        """Opens the token, and tries the key once. Raises `KeysUnusable`."""
        self._where, self._folder, self._lock = where, folder, threading.Lock()
        with _session(where, folder) as session:
            public = _object(session, where, ObjectClass.PUBLIC_KEY)
            self.public = _public_key(bytes(public[Attribute.EC_POINT]), where)
        try:
            self.public.verify(_PROBE, self.sign(_PROBE))
        except CryptoError:
            raise KeysUnusable(KeyFault.TOKEN_FAILED, token=where.token) from None

    def sign(self, message: bytes) -> bytes:
        """64 bytes. Raises `KeysUnusable` when the token does not answer as it should.

        A session is opened for each signature: a token that was pulled and put back, or restarted, signs again.
        """
        with self._lock, _session(self._where, self._folder) as session:
            return _sign(_object(session, self._where, ObjectClass.PRIVATE_KEY), message, Mechanism.EDDSA, self._where)


@contextmanager
def _session(where: TokenObject, folder: Path, *, writing: bool = False) -> Iterator[pkcs11.Session]:
    """A session of the token's user. The library's errors end here: some of them quote what they were given."""
    pin = read_private(folder / where.pin.path).decode("utf-8", "replace").strip()
    try:
        library = pkcs11.lib(str(folder / where.module))
    except (PKCS11Error, RuntimeError, OSError):
        raise KeysUnusable(KeyFault.MODULE_UNUSABLE, file=str(where.module)) from None
    with _LOGGED_IN:
        try:
            with library.get_token(token_label=where.token).open(user_pin=pin, rw=writing) as session:
                yield session
        except (NoSuchToken, MultipleTokensReturned):
            raise KeysUnusable(KeyFault.TOKEN_MISSING, token=where.token) from None
        except (PinIncorrect, PinInvalid, PinLenRange, PinLocked):
            raise KeysUnusable(KeyFault.PIN_REFUSED, token=where.token, file=str(where.pin.path)) from None
        except PKCS11Error:
            raise KeysUnusable(KeyFault.TOKEN_FAILED, token=where.token) from None


_LOGGED_IN = threading.RLock()
"""One session at a time: a process is logged in to a token or not (PKCS #11, "session states"), and closing logs out."""


def _object(session: pkcs11.Session, where: TokenObject, kind: ObjectClass) -> pkcs11.Object:
    found = list(session.get_objects({Attribute.LABEL: where.label, Attribute.CLASS: kind}))
    if len(found) != 1:
        raise KeysUnusable(KeyFault.OBJECT_MISSING, token=where.token, object=where.label)
    return found[0]


def _sign(key: pkcs11.Object, message: bytes, mechanism: Mechanism, where: TokenObject) -> bytes:
    if not isinstance(key, SignMixin):  # the token says that this key does not sign
        raise KeysUnusable(KeyFault.TOKEN_FAILED, token=where.token)
    return key.sign(message, mechanism=mechanism)


def _need_none(session: pkcs11.Session, where: TokenObject) -> None:
    if any(True for _ in session.get_objects({Attribute.LABEL: where.label})):
        raise KeysUnusable(KeyFault.EXISTS, file=where.label)


def _public_key(point: bytes, where: TokenObject) -> VerifyKey:
    """CKA_EC_POINT: the 32 bytes of RFC 8032, alone or as a DER octet string; modules differ."""
    try:
        return VerifyKey.from_bytes(point[-VERIFY_KEY_SIZE:])
    except CryptoError:
        raise KeysUnusable(KeyFault.TOKEN_FAILED, token=where.token) from None
