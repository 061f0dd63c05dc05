import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers.address_checksums import (
    BASE58,
    RIPPLE58,
    base58_bytes,
    base58check_holds,
    bech32_checksum_holds,
    cashaddr_checksum_holds,
    segwit_checksum_holds,
    ton_account,
)


def base58(raw: bytes, alphabet: str) -> str:
    """`raw` in base 58: the other way round than the code goes."""
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return alphabet[0] * (len(raw) - len(raw.lstrip(b"\0"))) + text


@given(st.binary(max_size=40), st.sampled_from([BASE58, RIPPLE58]))
def test_base_58_gives_the_bytes_back(raw: bytes, alphabet: str) -> None:
    assert base58_bytes(base58(raw, alphabet), alphabet) == raw


@given(st.binary(min_size=21, max_size=22), st.integers(0, 3))
def test_a_checksum_holds_until_a_byte_of_it_changes(payload: bytes, at: int) -> None:
    check = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    assert base58check_holds(base58(payload + check, BASE58), len(payload))
    broken = bytearray(check)
    broken[at] ^= 1
    assert not base58check_holds(base58(payload + broken, BASE58), len(payload))


def test_a_number_beyond_25_bytes_or_with_other_leading_zeros_does_not_hold() -> None:
    assert not base58check_holds("z" * 35)
    assert not base58check_holds("1" + "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")


def test_the_xrp_ledger_s_genesis_account_holds_in_its_own_alphabet_only() -> None:
    assert base58check_holds("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", alphabet=RIPPLE58)
    assert not base58check_holds("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")


# BIP 173 and BIP 350, "Test vectors".
def test_a_segwit_checksum_is_that_of_its_witness_version() -> None:
    assert segwit_checksum_holds("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    assert segwit_checksum_holds("bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs")
    assert not segwit_checksum_holds("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd")


def test_bech32_without_a_witness_version_has_bip_173_s_checksum() -> None:
    assert bech32_checksum_holds("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")
    assert not bech32_checksum_holds("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxx")


# The CashAddr specification, "Examples of address translation".
@pytest.mark.parametrize(
    "address",
    [
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        "bitcoincash:qr95sy3j9xwd2ap32xkykttr4cvcu7as4y0qverfuy",
        "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
    ],
)
def test_cashaddr_s_examples_hold(address: str) -> None:
    assert cashaddr_checksum_holds(address)
    assert not cashaddr_checksum_holds(address[:-1] + ("q" if address[-1] != "q" else "p"))


# TEP 2, "Smart contract addresses".
def test_both_spellings_of_a_ton_account_have_one_raw_form() -> None:
    raw = "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e"
    assert ton_account("EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF") == (raw, True)
    assert ton_account("UQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff+W72r5gqPuwA") == (raw, True)
    assert ton_account("EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHG") == (raw, False)
