"""Signatures in one form: checked against another implementation, and every other form refused."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as other_jws
from joserfc.jwk import OKPKey

from crypto.signing import SigningKey, VerifyKey
from protocol import jws
from protocol.errors import Malformed, ProtocolError, SignatureRefused, TooLarge
from protocol.wire import to_base64url
from tests.protocol.federation import BR, CO, PE, signing_key

TYPE = "celosia-test+jws"
KEY = signing_key(CO)
PAYLOAD = b'{"v":1}'


def keys(*holders: SigningKey) -> Mapping[str, VerifyKey]:
    return {jws.key_id(key.public): key.public for key in holders}


def reopened(raw: bytes) -> jws.Unverified:
    return jws.open_form(raw, TYPE, limit=4096, where="test")


def with_header(**changes: object) -> bytes:
    header: dict[str, Any] = {"alg": "Ed25519", "kid": jws.key_id(KEY.public), "typ": TYPE, **changes}
    protected = to_base64url(rfc8785.dumps({name: value for name, value in header.items() if value is not None}))
    payload = to_base64url(PAYLOAD)
    signature = to_base64url(KEY.sign(f"{protected}.{payload}".encode()))
    return rfc8785.dumps({"payload": payload, "protected": protected, "signature": signature})


def test_what_was_signed_opens_and_verifies() -> None:
    form = reopened(jws.sign(PAYLOAD, TYPE, KEY))
    form.verify(keys(KEY, signing_key(PE)), "test")
    assert form.payload == PAYLOAD
    assert form.kid == jws.key_id(KEY.public)


def test_the_bytes_are_those_of_rfc_7515() -> None:
    assert jws.sign(PAYLOAD, TYPE, KEY) == with_header()


def test_another_implementation_verifies_it() -> None:
    public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": to_base64url(bytes(KEY.public))})
    registry = other_jws.JWSRegistry(algorithms=["Ed25519"])
    found = other_jws.deserialize_json(json.loads(jws.sign(PAYLOAD, TYPE, KEY)), public, registry=registry)
    assert found.payload == PAYLOAD


def test_a_key_id_is_the_start_of_the_keys_digest() -> None:
    zeros_and_one = VerifyKey.from_bytes(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    assert jws.key_id(zeros_and_one) == "21fe31dfa154a261"


def test_the_signature_does_not_hold_over_another_payload() -> None:
    document = json.loads(jws.sign(PAYLOAD, TYPE, KEY))
    document["payload"] = to_base64url(b'{"v":2}')
    with pytest.raises(SignatureRefused, match="does_not_hold"):
        reopened(rfc8785.dumps(document)).verify(keys(KEY), "test")


def test_the_signature_holds_under_the_named_key_only() -> None:
    form = reopened(with_header(kid=jws.key_id(signing_key(PE).public)))
    with pytest.raises(SignatureRefused, match="does_not_hold"):
        form.verify(keys(KEY, signing_key(PE)), "test")
    with pytest.raises(SignatureRefused, match="unknown_key"):
        form.verify(keys(KEY, signing_key(BR)), "test")


def test_a_signed_object_of_one_type_is_not_one_of_another() -> None:
    with pytest.raises(Malformed) as caught:
        reopened(jws.sign(PAYLOAD, "celosia-other+jws", KEY))
    assert caught.value.where == "test.protected.typ"
    assert caught.value.facts == {"expected": TYPE}


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"},
        {"alg": "EdDSA"},
        {"alg": "HS256"},
        {"alg": None},
        {"kid": None},
        {"kid": "0123456789ABCDEF"},
        {"kid": "somebody's name"},
        {"typ": None},
        {"typ": "JWT"},
        {"b64": False},
        {"crit": ["exp"]},
        {"jwk": {"kty": "OKP"}},
        {"jku": "https://invented.example"},
    ],
)
def test_a_header_with_anything_else_is_refused(changes: Mapping[str, object]) -> None:
    with pytest.raises(Malformed) as caught:
        reopened(with_header(**changes))
    assert caught.value.where.startswith("test.protected")


def test_a_header_longer_than_any_of_ours_is_refused() -> None:
    with pytest.raises(TooLarge):
        reopened(with_header(kid="0" * 600))


@pytest.mark.parametrize(
    "spoilt", ["padding", "left-over bits", "short signature", "general form", "unprotected header", "compact"]
)
def test_another_serialization_is_refused(spoilt: str) -> None:
    document = json.loads(jws.sign(PAYLOAD, TYPE, KEY))
    payload = document["payload"]
    assert base64.urlsafe_b64decode(payload + "==") == base64.urlsafe_b64decode(payload[:-1] + "R==")
    forms: dict[str, Any] = {
        "padding": {**document, "payload": payload + "=="},
        "left-over bits": {**document, "payload": payload[:-1] + "R"},
        "short signature": {**document, "signature": to_base64url(bytes(63))},
        "general form": {"payload": payload, "signatures": [document]},
        "unprotected header": {**document, "header": {}},
        "compact": f"{document['protected']}.{payload}.{document['signature']}",
    }
    with pytest.raises(Malformed):
        reopened(rfc8785.dumps(forms[spoilt]))


def test_an_unverified_object_does_not_show_its_payload() -> None:
    assert "payload" not in repr(reopened(jws.sign(PAYLOAD, TYPE, KEY)))


@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_never_verifies(payload: bytes, position: int, difference: int) -> None:
    raw = bytearray(jws.sign(payload, TYPE, KEY))
    raw[position % len(raw)] ^= difference
    with pytest.raises(ProtocolError):
        reopened(bytes(raw)).verify(keys(KEY), "test")


@given(st.binary(max_size=300))
def test_random_bytes_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        reopened(raw)
