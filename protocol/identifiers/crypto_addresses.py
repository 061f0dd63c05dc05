"""Addresses of crypto-assets. Letters keep their case wherever case is part of the address.

Source: Bitcoin's base58check, BIP 173 (bech32) and BIP 350 (bech32m); EIP-55, whose case is only a checksum; TRON's
address format (base58check with prefix 0x41). An Ethereum key is the lower-case form: the address of every EVM chain.
"""

import hashlib
import re

from protocol.identifiers.characters import require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_CONSTANTS = {0: 1, 1: 0x2BC830A3}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)

# Prefix byte and first characters: bitcoin 0x00 and 0x05, litecoin 0x30 and 0x32, dogecoin 0x1e, dash 0x4c, tron 0x41.
_BASE58CHECK = r"[13LMDXT][1-9A-HJ-NP-Za-km-z]{25,34}"
_SEGWIT = r"(?:bc|ltc)1[ac-hj-np-z02-9]{11,87}"
_EVM = r"0x[\da-f]{40}"
_SCHEME = re.compile(r"(?:bitcoin|litecoin|dogecoin|dash|ethereum|tron|monero|solana):(?://)?(.+)", re.IGNORECASE)


def base58check_holds(address: str) -> bool:
    """Whether 21 bytes are followed by the first four of their double SHA-256."""
    number = 0
    for character in address:
        number = number * 58 + _BASE58.index(character)
    if number >> 200:
        return False
    raw = number.to_bytes(25, "big")
    leading = len(address) - len(address.lstrip("1"))
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return leading == zeros and hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def segwit_checksum_holds(address: str) -> bool:
    """BIP 173 for witness version 0, BIP 350 for every later one. The address is in lower case."""
    prefix, _, data = address.rpartition("1")
    values = [_BECH32.index(c) for c in data]
    checksum = 1
    for value in [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *values]:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATORS):
            checksum ^= generator if top >> i & 1 else 0
    return checksum == _BECH32_CONSTANTS[min(values[0], 1)]


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


def _doubt_unless(holds: bool) -> frozenset[Doubt]:
    return frozenset(() if holds else {Doubt.CHECK_DIGIT_FAILED})
