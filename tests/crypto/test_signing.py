"""Ed25519 signatures."""

import os

import nacl.bindings
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import BadElement, BadInput, BadSignature
from crypto.signing import SigningKey, VerifyKey

# RFC 8032, 7.1, TEST 1 to 3 and TEST SHA(abc): seed, public key, message, signature
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]

# Every encoding, canonical or not, of the eight points of small order.
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]
IDENTITY = bytes.fromhex(SMALL_ORDER[2])
ORDER_EIGHT = bytes.fromhex(SMALL_ORDER[4])
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

KEY = SigningKey.from_seed(bytes(range(32)))


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC8032)
def test_keys_and_signatures_are_the_published_ones(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey.from_seed(bytes.fromhex(seed))
    assert bytes(key.public).hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    VerifyKey.from_bytes(bytes.fromhex(public)).verify(bytes.fromhex(message), bytes.fromhex(signature))


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary())
def test_another_implementation_makes_and_accepts_the_same_signatures(seed: bytes, message: bytes) -> None:
    key = SigningKey.from_seed(seed)
    other = Ed25519PrivateKey.from_private_bytes(seed)
    assert key.sign(message) == other.sign(message)
    other.public_key().verify(key.sign(message), message)
    key.public.verify(message, other.sign(message))


@given(message=st.binary(), position=st.integers(0, 511))
def test_a_signature_with_one_bit_turned_is_refused(message: bytes, position: int) -> None:
    signature = bytearray(KEY.sign(message))
    signature[position // 8] ^= 1 << position % 8
    with pytest.raises(BadSignature):
        KEY.public.verify(message, bytes(signature))


@given(message=st.binary(), other=st.binary())
def test_a_signature_holds_for_its_message_only(message: bytes, other: bytes) -> None:
    signature = KEY.sign(message)
    KEY.public.verify(message, signature)
    if other != message:
        with pytest.raises(BadSignature):
            KEY.public.verify(other, signature)


def test_a_signature_holds_for_its_key_only() -> None:
    with pytest.raises(BadSignature, match="does not belong"):
        SigningKey.generate(os.urandom).public.verify(b"message", KEY.sign(b"message"))


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_of_another_length_is_refused_even_where_bytes_move_to_the_message(size: int) -> None:
    signed = KEY.sign(b"message") + b"message"
    with pytest.raises(BadSignature, match="64 bytes"):
        KEY.public.verify(signed[size:], signed[:size])


def test_a_second_signature_cannot_be_made_from_the_first() -> None:
    signature = KEY.sign(b"message")
    moved = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    with pytest.raises(BadSignature):
        KEY.public.verify(b"message", signature[:32] + moved.to_bytes(32, "little"))


def test_under_a_key_of_small_order_one_signature_would_hold_for_every_message() -> None:
    forged = IDENTITY + bytes(32)
    careless = Ed25519PublicKey.from_public_bytes(IDENTITY)
    careless.verify(forged, b"the route runs north")
    careless.verify(forged, b"the route runs south")
    with pytest.raises(BadElement, match="prime-order"):
        VerifyKey.from_bytes(IDENTITY)


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_every_key_of_small_order_is_refused_at_birth(encoding: str) -> None:
    with pytest.raises(BadElement, match="prime-order"):
        VerifyKey.from_bytes(bytes.fromhex(encoding))


def test_a_key_with_a_component_of_small_order_is_refused_at_birth() -> None:
    mixed = nacl.bindings.crypto_core_ed25519_add(bytes(KEY.public), ORDER_EIGHT)
    with pytest.raises(BadElement, match="prime-order"):
        VerifyKey.from_bytes(mixed)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(BadInput, match="32 bytes"):
        VerifyKey.from_bytes(bytes(size))
    with pytest.raises(BadInput, match="32 bytes"):
        SigningKey.from_seed(bytes(size))
    with pytest.raises(BadInput, match="32 bytes"):
        SigningKey.generate(lambda _: bytes(size))


def test_a_generated_key_comes_back_from_its_seed() -> None:
    key = SigningKey.generate(os.urandom)
    assert SigningKey.from_seed(key.seed()).public == key.public
    assert key.public != KEY.public


def test_public_keys_are_values() -> None:
    again = VerifyKey.from_bytes(bytes(KEY.public))
    assert {KEY.public, again} == {again}
    assert KEY.public != bytes(KEY.public)
    assert bytes(KEY.public).hex() in repr(KEY.public)
