"""What stands on a line of C2SP's text formats: numbers and hashes, each in one form only."""

import base64
import binascii
import re

from crypto.merkle import HASH_SIZE
from protocol.errors import Malformed

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
LARGEST = (1 << 63) - 1
"""No tree of any format here is larger, so that sixty-three hashes lead from any size to any other."""


def number_in(text: str, where: str) -> int:
    """A decimal number below 2**63, without leading zeros. Raises `Malformed`."""
    if not _NUMBER.fullmatch(text) or int(text) > LARGEST:
        raise Malformed(where, reason="not_a_number")
    return int(text)


def octets_in(text: str, where: str) -> bytes:
    """The bytes of canonical base64 with padding (RFC 4648 section 4). Raises `Malformed`."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(where, reason="not_base64") from None
    if base64_of(raw) != text:
        raise Malformed(where, reason="not_canonical")
    return raw


def hash_in(text: str, where: str) -> bytes:
    """A hash of 32 bytes in canonical base64. Raises `Malformed`."""
    raw = octets_in(text, where)
    if len(raw) != HASH_SIZE:
        raise Malformed(where, reason="length")
    return raw


def base64_of(raw: bytes) -> str:
    """`raw` in base64 with padding, as every hash and signature of these formats stands."""
    return base64.b64encode(raw).decode()
