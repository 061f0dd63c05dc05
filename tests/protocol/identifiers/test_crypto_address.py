import pytest

from protocol.identifiers import Doubt, Kind, Reason
from protocol.identifiers.address_checksums import segwit_checksum_holds
from tests.protocol.identifiers.reading import canonical, doubts, refusal

ADDRESS = Kind.CRYPTO_ADDRESS


# BIP 173 and BIP 350, "Test vectors".
@pytest.mark.parametrize(
    "address",
    [
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
        "BC1SW50QGDZ25J",
        "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ],
)
def test_the_segwit_vectors_hold(address: str) -> None:
    assert segwit_checksum_holds(address.lower())
    assert canonical(ADDRESS, address) == address.lower()
    assert doubts(ADDRESS, address) == frozenset()


# BIP 350: the checksum of the other version.
@pytest.mark.parametrize(
    "address",
    [
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq54wk9q",
    ],
)
def test_a_checksum_of_the_wrong_witness_version_is_shown(address: str) -> None:
    assert doubts(ADDRESS, address) == {Doubt.CHECK_DIGIT_FAILED}


def test_upper_and_lower_case_do_not_mix_in_a_segwit_address() -> None:
    mixed = "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert refusal(ADDRESS, mixed) == (Reason.WRONG_CHARACTERS, None)


@pytest.mark.parametrize(
    "address", ["1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "1111111111111111111114oLvT2", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"]
)
def test_base58_addresses_keep_their_case_and_pass_their_checksum(address: str) -> None:
    assert canonical(ADDRESS, f"  {address} ") == address
    assert doubts(ADDRESS, address) == frozenset()


def test_a_base58_address_in_another_case_is_another_address() -> None:
    assert doubts(ADDRESS, "1bvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2") == {Doubt.CHECK_DIGIT_FAILED}


def test_an_ethereum_address_has_one_key_in_every_case() -> None:
    # EIP-55's vector; its capitals are a checksum only.
    address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    for written in (address, address.lower(), "0X" + address[2:].upper(), f"ethereum:{address}@1?value=1"):
        assert canonical(ADDRESS, written) == address.lower()
    assert doubts(ADDRESS, address) == {Doubt.LENGTH_RULE_ONLY}


def test_a_chain_without_a_rule_is_kept_as_written() -> None:
    invented = "4" + "AbCdEfGh1" * 10 + "wxyz"
    assert canonical(ADDRESS, f"monero:{invented}") == invented
    assert doubts(ADDRESS, invented) == {Doubt.LENGTH_RULE_ONLY}


def test_what_is_no_address_is_refused() -> None:
    assert refusal(ADDRESS, "0x1234") == (Reason.WRONG_LENGTH, None)
    assert refusal(ADDRESS, "nadie@correo.example.invalido1") == (Reason.WRONG_CHARACTERS, None)
