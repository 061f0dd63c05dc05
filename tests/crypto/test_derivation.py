"""Keys and digests derived from secrets and from structured input."""

import hmac
from collections.abc import Callable

import nacl.bindings
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.derivation import hkdf_sha256, hkdf_sha512, keyed_digest, length_prefixed, parted
from crypto.errors import BadInput

# RFC 5869, appendix A.1 to A.3: key material, salt, info, output
RFC5869 = [
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        "0b" * 22,
        "",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


def textbook_hkdf(name: str, ikm: bytes, info: bytes, length: int, salt: bytes) -> bytes:
    """RFC 5869 written from its formulas, as an oracle."""
    size = hmac.new(b"", b"", name).digest_size
    prk = hmac.new(salt or bytes(size), ikm, name).digest()
    block, output, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.new(prk, block + info + bytes((counter,)), name).digest()
        output, counter = output + block, counter + 1
    return output[:length]


@pytest.mark.parametrize(("ikm", "salt", "info", "output"), RFC5869)
def test_hkdf_sha256_gives_the_published_outputs(ikm: str, salt: str, info: str, output: str) -> None:
    expected = bytes.fromhex(output)
    derived = hkdf_sha256(bytes.fromhex(ikm), bytes.fromhex(info), len(expected), bytes.fromhex(salt))
    assert derived == expected


@given(ikm=st.binary(), info=st.binary(), length=st.integers(1, 300), salt=st.binary())
def test_both_hkdf_agree_with_the_formulas_of_the_rfc(ikm: bytes, info: bytes, length: int, salt: bytes) -> None:
    assert hkdf_sha256(ikm, info, length, salt) == textbook_hkdf("sha256", ikm, info, length, salt)
    assert hkdf_sha512(ikm, info, length, salt) == textbook_hkdf("sha512", ikm, info, length, salt)


@pytest.mark.parametrize(("hkdf", "longest"), [(hkdf_sha256, 255 * 32), (hkdf_sha512, 255 * 64)])
def test_hkdf_gives_at_most_255_blocks_and_at_least_a_byte(hkdf: Callable[..., bytes], longest: int) -> None:
    assert len(hkdf(b"key", b"use", longest)) == longest
    for length in (longest + 1, 0, -1):
        with pytest.raises(BadInput, match=f"1 to {longest}"):
            hkdf(b"key", b"use", length)


def test_length_prefixed_writes_each_length_in_two_bytes_big_endian() -> None:
    assert length_prefixed(b"phone", b"", b"x" * 258) == b"\x00\x05phone\x00\x00\x01\x02" + b"x" * 258
    assert length_prefixed() == b""


@given(st.lists(st.binary(max_size=6), max_size=4), st.lists(st.binary(max_size=6), max_size=4))
def test_different_parts_never_join_to_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (length_prefixed(*one) == length_prefixed(*other)) == (one == other)


def test_plain_joining_would_confuse_parts_and_prefixing_does_not() -> None:
    one, other = (b"plate", b"1AB"), (b"plate1", b"AB")
    assert b"".join(one) == b"".join(other)
    assert length_prefixed(*one) != length_prefixed(*other)


def test_a_part_longer_than_two_bytes_can_say_is_refused() -> None:
    assert len(length_prefixed(bytes(65535))) == 65537
    with pytest.raises(BadInput, match="part 1 has 65536 bytes"):
        length_prefixed(b"", bytes(65536))


@given(key=st.binary(min_size=16, max_size=64), message=st.binary(), size=st.integers(16, 64))
def test_keyed_digest_agrees_with_libsodium(key: bytes, message: bytes, size: int) -> None:
    expected = nacl.bindings.crypto_generichash_blake2b_salt_personal(message, size, key)
    assert keyed_digest(key, message, size) == expected


@pytest.mark.parametrize(("key_size", "size"), [(0, 32), (15, 32), (65, 32), (32, 0), (32, 15), (32, 65)])
def test_a_keyed_digest_refuses_sizes_that_would_not_protect(key_size: int, size: int) -> None:
    with pytest.raises(BadInput, match="16 to 64"):
        keyed_digest(bytes(key_size), b"message", size)


@given(st.lists(st.binary(max_size=300)))
def test_what_was_joined_comes_apart_again(parts: list[bytes]) -> None:
    assert parted(length_prefixed(*parts)) == tuple(parts)


@given(st.binary(max_size=12))
def test_bytes_come_apart_only_if_joining_gives_them_again(joined: bytes) -> None:
    try:
        assert length_prefixed(*parted(joined)) == joined
    except BadInput:
        assert joined


@pytest.mark.parametrize("joined", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00", b"number"])
def test_a_part_that_is_cut_short_is_refused(joined: bytes) -> None:
    with pytest.raises(BadInput, match="length-prefixed"):
        parted(joined)
