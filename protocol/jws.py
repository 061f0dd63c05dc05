"""JSON Web Signature in the one form that Celosia speaks: flattened JSON (RFC 7515 section 7.2.2), `Ed25519` (RFC 9864).

    {"payload": <base64url>, "protected": <base64url>, "signature": <base64url>}

The protected header is exactly `{"alg":"Ed25519","kid":<key id>,"typ":<what this is>}` in canonical JSON, and the whole object
is canonical JSON too: one signed content has one byte form, so a digest of the bytes is a name for it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints

from crypto.errors import BadSignature
from crypto.signing import Signer, VerifyKey
from protocol.errors import Malformed, SignatureRefused
from protocol.wire import Octets, Octets64, WireModel, canonical, parse, to_base64url


class _Flattened(WireModel):
    payload: Octets
    protected: Octets
    signature: Octets64


class _Header(WireModel):
    alg: Literal["Ed25519"]
    kid: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    typ: Annotated[str, StringConstraints(pattern=r"^celosia-[a-z]{1,32}\+jws$")]


def key_id(key: VerifyKey) -> str:
    """The `kid` of a key: the first 16 hex digits of SHA-256 over its 32 bytes."""
    return hashlib.sha256(bytes(key)).hexdigest()[:16]


def sign(payload: bytes, typ: str, key: Signer) -> bytes:
    """`payload` signed as a `typ`: the bytes of the flattened JWS."""
    header = _Header(alg="Ed25519", kid=key_id(key.public), typ=typ)
    protected = canonical(header)
    return canonical(_Flattened(payload=payload, protected=protected, signature=key.sign(_signing_input(protected, payload))))


def _signing_input(protected: bytes, payload: bytes) -> bytes:
    """RFC 7515 section 5.1, step 5."""
    return f"{to_base64url(protected)}.{to_base64url(payload)}".encode()


@dataclass(frozen=True, repr=False)
class Unverified:
    """A JWS of the right form whose signature nobody has checked yet; `payload` may be read to learn whose keys to use."""

    payload: bytes
    kid: str
    _protected: bytes
    _signature: bytes

    def verify(self, keys: Mapping[str, VerifyKey], where: str) -> None:
        """Return if the signature holds under the key named by `kid`; raise `SignatureRefused` otherwise.

        `keys` are the signer's valid keys by key id.
        """
        key = keys.get(self.kid)
        if key is None:
            raise SignatureRefused(where, reason="unknown_key")
        try:
            key.verify(_signing_input(self._protected, self.payload), self._signature)
        except BadSignature:
            raise SignatureRefused(where, reason="does_not_hold") from None


def open_form(raw: bytes, typ: str, *, limit: int, where: str) -> Unverified:
    """The form checks of a JWS. Raises `TooLarge`, `Malformed`; says nothing yet about who signed."""
    outer = parse(_Flattened, raw, limit=limit, where=where)
    header = parse(_Header, outer.protected, limit=512, where=f"{where}.protected")
    if header.typ != typ:
        raise Malformed(f"{where}.protected.typ", expected=typ)
    return Unverified(outer.payload, header.kid, outer.protected, outer.signature)
