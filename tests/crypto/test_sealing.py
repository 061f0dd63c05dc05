"""Sealing for a public key, and for storage."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, SealedBox

from crypto.errors import BadElement, BadInput, SealBroken
from crypto.sealing import SEAL_OVERHEAD, SealingKey, SealingPublicKey, StorageKey, seal_to

RECIPIENT = SealingKey.from_bytes(bytes(range(32)))
STORAGE = StorageKey.from_bytes(bytes(range(32)))
NONCE = bytes(range(24))

# The canonical points of small order on Curve25519, in u-coordinates: 0, 1, two of order 8, and -1.
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@given(st.binary())
def test_the_recipient_opens_what_was_sealed_for_it(plaintext: bytes) -> None:
    sealed = seal_to(RECIPIENT.public, plaintext)
    assert len(sealed) == len(plaintext) + SEAL_OVERHEAD
    assert RECIPIENT.open(sealed) == plaintext


def test_sealed_messages_are_the_sealed_boxes_of_libsodium_both_ways() -> None:
    theirs = SealedBox(PrivateKey(RECIPIENT.reveal()))
    assert theirs.decrypt(seal_to(RECIPIENT.public, b"to them")) == b"to them"
    assert RECIPIENT.open(theirs.encrypt(b"from them")) == b"from them"


def test_the_same_plaintext_never_seals_to_the_same_bytes() -> None:
    assert seal_to(RECIPIENT.public, b"twice") != seal_to(RECIPIENT.public, b"twice")


def test_nobody_else_opens_a_sealed_message() -> None:
    with pytest.raises(SealBroken, match="another key"):
        SealingKey.generate(os.urandom).open(seal_to(RECIPIENT.public, b"text"))


@given(st.integers(0, 8 * (SEAL_OVERHEAD + 4) - 1))
def test_a_sealed_message_with_one_bit_turned_does_not_open(position: int) -> None:
    sealed = bytearray(seal_to(RECIPIENT.public, b"text"))
    sealed[position // 8] ^= 1 << position % 8
    # The top bit of an X25519 coordinate is ignored, but libsodium hashes the key as sent into the nonce.
    with pytest.raises(SealBroken):
        RECIPIENT.open(bytes(sealed))


@pytest.mark.parametrize("size", [0, 1, SEAL_OVERHEAD - 1])
def test_a_sealed_message_that_is_too_short_is_refused_before_the_library_sees_it(size: int) -> None:
    with pytest.raises(SealBroken, match=f"at least {SEAL_OVERHEAD}"):
        RECIPIENT.open(bytes(size))


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_a_public_key_of_small_order_is_refused_at_birth(encoding: str) -> None:
    with pytest.raises(BadElement, match="small order"):
        SealingPublicKey.from_bytes(bytes.fromhex(encoding))


@pytest.mark.parametrize("value", [2**255 - 19, 2**255 - 1, 2**255 + 9, 2**256 - 1])
def test_a_public_key_has_one_encoding_only(value: int) -> None:
    with pytest.raises(BadElement, match="canonical"):
        SealingPublicKey.from_bytes(value.to_bytes(32, "little"))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_length_are_refused(size: int) -> None:
    for read in (SealingPublicKey.from_bytes, SealingKey.from_bytes, StorageKey.from_bytes):
        with pytest.raises(BadInput, match="32 bytes"):
            read(bytes(size))
    for generate in (SealingKey.generate, StorageKey.generate):
        with pytest.raises(BadInput, match="32 bytes"):
            generate(lambda _: bytes(size))


def test_generated_keys_come_back_from_their_bytes() -> None:
    sealing, storage = SealingKey.generate(os.urandom), StorageKey.generate(os.urandom)
    assert SealingKey.from_bytes(sealing.reveal()).public == sealing.public
    sealed = storage.seal(b"text", b"", os.urandom)
    assert StorageKey.from_bytes(storage.reveal()).open(sealed, b"") == b"text"


def test_public_keys_are_values() -> None:
    again = SealingPublicKey.from_bytes(bytes(RECIPIENT.public))
    assert {RECIPIENT.public, again} == {again}
    assert RECIPIENT.public != bytes(RECIPIENT.public)
    assert bytes(RECIPIENT.public).hex() in repr(RECIPIENT.public)


def test_storage_sealing_gives_the_bytes_of_the_xchacha_draft() -> None:
    # draft-irtf-cfrg-xchacha-03, appendix A.3.1
    key = StorageKey.from_bytes(bytes(range(0x80, 0xA0)))
    plaintext = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    )
    sealed = key.seal_with_nonce(plaintext, bytes.fromhex("50515253c0c1c2c3c4c5c6c7"), bytes(range(0x40, 0x58)))
    assert sealed.hex() == (
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
        "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52e"
        "c0875924c1c7987947deafd8780acf49"
    )


@given(plaintext=st.binary(), aad=st.binary())
def test_what_storage_sealed_storage_opens(plaintext: bytes, aad: bytes) -> None:
    sealed = STORAGE.seal(plaintext, aad, lambda size: NONCE[:size])
    assert sealed == NONCE + STORAGE.seal_with_nonce(plaintext, aad, NONCE)
    assert len(sealed) == len(plaintext) + 40
    assert STORAGE.open(sealed, aad) == plaintext
    assert STORAGE.open_with_nonce(sealed[24:], aad, NONCE) == plaintext


@given(st.integers(0, 8 * (40 + 4) - 1))
def test_a_stored_value_with_one_bit_turned_does_not_open(position: int) -> None:
    sealed = bytearray(STORAGE.seal(b"text", b"row 7", os.urandom))
    sealed[position // 8] ^= 1 << position % 8
    with pytest.raises(SealBroken, match="altered"):
        STORAGE.open(bytes(sealed), b"row 7")


def test_a_stored_value_moved_to_another_row_does_not_open() -> None:
    sealed = STORAGE.seal(b"text", b"row 7", os.urandom)
    with pytest.raises(SealBroken, match="associated data"):
        STORAGE.open(sealed, b"row 8")


def test_a_stored_value_does_not_open_under_another_key_or_nonce() -> None:
    ciphertext = STORAGE.seal_with_nonce(b"text", b"", NONCE)
    with pytest.raises(SealBroken):
        StorageKey.generate(os.urandom).open_with_nonce(ciphertext, b"", NONCE)
    with pytest.raises(SealBroken):
        STORAGE.open_with_nonce(ciphertext, b"", bytes(24))


@pytest.mark.parametrize("size", [0, 39])
def test_a_stored_value_that_is_too_short_is_refused_before_the_library_sees_it(size: int) -> None:
    with pytest.raises(SealBroken, match="at least 40"):
        STORAGE.open(bytes(size), b"")
    with pytest.raises(SealBroken, match="at least 16"):
        STORAGE.open_with_nonce(bytes(15), b"", NONCE)


@pytest.mark.parametrize("size", [0, 12, 23, 25])
def test_a_nonce_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(BadInput, match="24 bytes"):
        STORAGE.seal_with_nonce(b"text", b"", bytes(size))
    with pytest.raises(BadInput, match="24 bytes"):
        STORAGE.open_with_nonce(bytes(16), b"", bytes(size))
    with pytest.raises(BadInput, match="24 bytes"):
        STORAGE.seal(b"text", b"", lambda _: bytes(size))
