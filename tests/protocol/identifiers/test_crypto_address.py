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


@pytest.mark.parametrize(
    "written",
    [
        "https://etherscan.io/address/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed#tokentxns",
        "bscscan.com/address/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "ethereum:pay-0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "xdc5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    ],
)
def test_an_address_is_taken_out_of_an_explorer_s_page_and_a_payment_link(written: str) -> None:
    assert canonical(ADDRESS, written) == "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"


# CashAddr's, the XRP Ledger's, BIP 173's and TEP 2's own examples; Dogecoin's and Dash's published donation addresses.
@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
        ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
        ("ripple:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
        ("DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"),
        (
            "ton://transfer/EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF",
            "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e",
        ),
    ],
)
def test_further_chains_have_one_key_and_a_checksum(written: str, key: str) -> None:
    assert canonical(ADDRESS, written) == key
    assert doubts(ADDRESS, written) == frozenset()


def test_a_failed_checksum_of_any_chain_is_shown() -> None:
    for broken in (
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6p",
        "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTj",
        "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHG",
        "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrlq",
    ):
        assert doubts(ADDRESS, broken) == {Doubt.CHECK_DIGIT_FAILED}


@pytest.mark.parametrize("written", ["So11111111111111111111111111111111111111112", "0:" + "ab" * 32])
def test_what_no_checksum_speaks_for_is_said(written: str) -> None:
    assert canonical(ADDRESS, written) == written
    assert doubts(ADDRESS, written) == {Doubt.LENGTH_RULE_ONLY}


@pytest.mark.parametrize("written", ["0x5aAe...1BeAed", "bc1q…f3t4", "TJRab****kjpRTv8"])
def test_a_shortened_address_is_refused_with_the_reason(written: str) -> None:
    assert refusal(ADDRESS, written) == (Reason.MASKED, None)


def test_what_is_no_address_is_refused() -> None:
    assert refusal(ADDRESS, "0x1234") == (Reason.WRONG_LENGTH, None)
    assert refusal(ADDRESS, "nadie@correo.example.invalido1") == (Reason.WRONG_CHARACTERS, None)
