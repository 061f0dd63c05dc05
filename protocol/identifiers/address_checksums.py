"""Checksums of crypto-assets' addresses. Source: Bitcoin's base58check, BIP 173 (bech32) and BIP 350 (bech32m)."""

import hashlib

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_CONSTANTS = {0: 1, 1: 0x2BC830A3}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


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
