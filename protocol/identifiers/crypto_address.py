"""Addresses of crypto-assets. Letters keep their case wherever case is part of the address.

Source: Bitcoin's base58check, BIP 173 (bech32) and BIP 350 (bech32m); EIP-55, whose case is only a checksum; TRON's
address format (base58check with prefix 0x41). An Ethereum key is the lower-case form: the address of every EVM chain.
"""

import re

from protocol.identifiers.address_checksums import base58check_holds, segwit_checksum_holds
from protocol.identifiers.characters import require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

# Prefix byte and first characters: bitcoin 0x00 and 0x05, litecoin 0x30 and 0x32, dogecoin 0x1e, dash 0x4c, tron 0x41.
_BASE58CHECK = r"[13LMDXT][1-9A-HJ-NP-Za-km-z]{25,34}"
_SEGWIT = r"(?:bc|ltc)1[ac-hj-np-z02-9]{11,87}"
_EVM = r"0x[\da-f]{40}"
_SCHEME = re.compile(r"(?:bitcoin|litecoin|dogecoin|dash|ethereum|tron|monero|solana):(?://)?(.+)", re.IGNORECASE)


def _doubt_unless(holds: bool) -> frozenset[Doubt]:
    return frozenset(() if holds else {Doubt.CHECK_DIGIT_FAILED})


def read_crypto_address(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The address without a payment URI around it. Raises the errors of form.

    A failed checksum gives check_digit_failed; a chain without a checksum that can be tested here (EVM chains,
    Monero, Solana and others), length_rule_only.
    """
    text = written(raw.kind, raw.value)
    uri = _SCHEME.fullmatch(text)
    if uri:
        text = re.split(r"[?@]", uri[1], maxsplit=1)[0]
    lowered = text.lower()
    if re.fullmatch(_EVM, lowered):
        return (Reading(raw.kind, lowered, frozenset({Doubt.LENGTH_RULE_ONLY})),)
    if re.fullmatch(_SEGWIT, lowered):
        # BIP 173: all upper (in QR codes) or all lower, never mixed.
        if text not in (lowered, text.upper()):
            raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
        return (Reading(raw.kind, lowered, _doubt_unless(segwit_checksum_holds(lowered))),)
    if re.fullmatch(_BASE58CHECK, text):
        return (Reading(raw.kind, text, _doubt_unless(base58check_holds(text))),)
    require(raw.kind, text, r"(?=.*\d)[A-Za-z\d_\-]+", 24, 128)
    return (Reading(raw.kind, text, frozenset({Doubt.LENGTH_RULE_ONLY})),)


RULE = Rule(
    Kind.CRYPTO_ADDRESS,
    1,
    None,
    read_crypto_address,
    (
        Example("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        Example("ethereum:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@1", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
    ),
)
