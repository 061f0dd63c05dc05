"""Checksums of crypto-assets' addresses.

Source: Bitcoin's base58check, with other alphabets and prefixes for other chains; BIP 173 (bech32) and BIP 350 (bech32m);
Bitcoin Cash's CashAddr specification; TON's TEP 2 (CRC-16/XMODEM).
"""

import base64
import binascii
import hashlib

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
"""The order in which the XRP Ledger counts the same 58 characters."""

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_CONSTANT, _BECH32M_CONSTANT = 1, 0x2BC830A3
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CASHADDR_GENERATORS = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)


def base58_bytes(text: str, alphabet: str = BASE58) -> bytes:
    """What `text` says in base 58; leading zero digits are zero bytes. Its characters must be of the alphabet."""
    number = 0
    for character in text:
        number = number * 58 + alphabet.index(character)
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base58check_holds(address: str, payload: int = 21, alphabet: str = BASE58) -> bool:
    """Whether `payload` bytes, prefix and hash, are followed by the first four of their double SHA-256."""
    raw = base58_bytes(address, alphabet)
    digest = hashlib.sha256(hashlib.sha256(raw[:payload]).digest()).digest()
    return len(raw) == payload + 4 and digest[:4] == raw[payload:]


def _bech32_checksum(address: str) -> int:
    prefix, _, data = address.rpartition("1")
    checksum = 1
    for value in [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *map(_BECH32.index, data)]:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_BECH32_GENERATORS):
            checksum ^= generator if top >> i & 1 else 0
    return checksum


def segwit_checksum_holds(address: str) -> bool:
    """BIP 173 for witness version 0, BIP 350 for every later one. The address is in lower case."""
    version = _BECH32.index(address.rpartition("1")[2][0])
    return _bech32_checksum(address) == (_BECH32M_CONSTANT if version else _BECH32_CONSTANT)


def bech32_checksum_holds(address: str) -> bool:
    """BIP 173, as chains without witness versions use it. The address is in lower case."""
    return _bech32_checksum(address) == _BECH32_CONSTANT


def cashaddr_checksum_holds(address: str) -> bool:
    """CashAddr: `address` with its prefix and colon, in lower case."""
    prefix, _, data = address.partition(":")
    checksum = 1
    for value in [*(ord(c) & 31 for c in prefix), 0, *map(_BECH32.index, data)]:
        top = checksum >> 35
        checksum = (checksum & 0x07FFFFFFFF) << 5 ^ value
        for i, generator in enumerate(_CASHADDR_GENERATORS):
            checksum ^= generator if top >> i & 1 else 0
    return checksum == 1


def ton_account(address: str) -> tuple[str, bool]:
    """(account in TON's raw form "0:hex", whether the CRC holds) of a user-friendly address of 48 characters.

    One account has two spellings that begin with EQ and UQ, each in two alphabets: only the raw form is the same in all.
    """
    raw = base64.b64decode(address.replace("-", "+").replace("_", "/"))
    workchain = int.from_bytes(raw[1:2], "big", signed=True)
    return f"{workchain}:{raw[2:34].hex()}", binascii.crc_hqx(raw[:34], 0) == int.from_bytes(raw[34:], "big")
