"""The bundle verifier's own Ed25519, against what others published."""

import json
from pathlib import Path

import pytest

from crypto.errors import BadElement
from crypto.signing import SigningKey, VerifyKey
from deploy.verify_bundle import public_point, signed_by
from tests.crypto.test_signing import RFC8032
from tests.protocol.federation import octets

WYCHEPROOF = json.loads((Path(__file__).parents[1] / "vectors/wycheproof-ed25519.json").read_text("utf-8"))
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("_seed", "public", "message", "signature"), RFC8032)
def test_the_signatures_of_rfc_8032_hold(_seed: str, public: str, message: str, signature: str) -> None:
    assert signed_by(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


def test_wycheproof_is_whole() -> None:
    assert sum(len(group["tests"]) for group in WYCHEPROOF["testGroups"]) == WYCHEPROOF["numberOfTests"] == 210


@pytest.mark.parametrize("group", WYCHEPROOF["testGroups"], ids=lambda group: f"{group['tests'][0]['tcId']}")
def test_wycheproof(group: dict[str, object]) -> None:
    key, tests = bytes.fromhex(str(group["pk"])), group["tests"]
    assert isinstance(tests, list)
    for test in tests:
        # "acceptable" are public keys of small and of mixed order: under those a signature may hold for many messages
        held = signed_by(key, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
        assert held == (test["result"] == "valid"), (test["tcId"], test["comment"])


def test_it_takes_what_the_nodes_take_and_no_more() -> None:
    for number in range(20):
        raw = octets(f"not always a point {number}")
        try:
            VerifyKey.from_bytes(raw)
        except BadElement:
            assert public_point(raw) is None
        else:
            assert public_point(raw) is not None


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_size_is_none(size: int) -> None:
    assert public_point(bytes(size)) is None


def test_a_larger_s_and_another_size_are_refused() -> None:
    key = SigningKey.from_seed(octets("a key of this test"))
    made = key.sign(b"message")
    larger = made[:32] + (int.from_bytes(made[32:], "little") + ORDER).to_bytes(32, "little")
    public = bytes(key.public)
    assert signed_by(public, b"message", made)
    assert not signed_by(public, b"message", larger)
    assert not signed_by(public, b"message", made + b"\0")
    assert not signed_by(public, b"another", made)
    assert not signed_by(public, b"message", bytes([1, *bytes(31)]) + made[32:])  # R is the neutral element
