from protocol.identifiers.address_checksums import base58check_holds, segwit_checksum_holds


def test_a_number_beyond_25_bytes_or_with_other_leading_zeros_does_not_hold() -> None:
    assert not base58check_holds("z" * 35)
    assert not base58check_holds("1" + "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")


# BIP 173 and BIP 350, "Test vectors".
def test_a_segwit_checksum_is_that_of_its_witness_version() -> None:
    assert segwit_checksum_holds("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    assert segwit_checksum_holds("bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs")
    assert not segwit_checksum_holds("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd")
