"""The container of an evidence bundle: a ZIP shaped as ASiC-E (ETSI EN 319 162-1), in one form.

    mimetype                     application/vnd.etsi.asic-e+zip
    META-INF/ASiCManifest.xml    every other file by its digest
    …                            sorted by name

Files are stored and never packed, so that what is read is as large as what came. Dates, attributes, comments and flags are
fixed: one content has one byte form. Any tool that opens ZIP files opens it.
"""

import base64
import struct
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from protocol import limits
from protocol.errors import Malformed, TooLarge

_HEAD, _LISTED, _END = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_HEAD_BYTES: Final = 30
_FIRST_DAY: Final = 1 << 5 | 1  # 1 January 1980, the first that a ZIP can name
_MIMETYPE, _MANIFEST = "mimetype", "META-INF/ASiCManifest.xml"
_ASIC_E: Final = b"application/vnd.etsi.asic-e+zip"
_TYPES: Final = {
    "txt": "text/plain",
    "json": "application/json",
    "entry": "application/json",
    "tlog-proof": "text/plain",
    "tst": "application/vnd.etsi.timestamp-token",
}


def pack(files: Mapping[str, bytes]) -> bytes:
    """The container of these files. Raises `TooLarge` past the limits, `Malformed` for a name with an unknown ending."""
    if len(files) > limits.EVIDENCE_FILES:
        raise TooLarge("evidence", limit=limits.EVIDENCE_FILES, count=len(files))
    content = sorted(files.items())
    whole = _zip([(_MIMETYPE, _ASIC_E), (_MANIFEST, _manifest(content)), *content])
    if len(whole) > limits.EVIDENCE_BYTES:
        raise TooLarge("evidence", limit=limits.EVIDENCE_BYTES, size=len(whole))
    return whole


def unpack(raw: bytes) -> dict[str, bytes]:
    """Back from `pack`. Raises `TooLarge`, `Malformed` for anything else: other order or fields, packed files, a byte more."""
    if len(raw) > limits.EVIDENCE_BYTES:
        raise TooLarge("evidence", limit=limits.EVIDENCE_BYTES, size=len(raw))
    found: dict[str, bytes] = {}
    at = 0
    while raw[at : at + 4] == b"PK\x03\x04" and at + _HEAD_BYTES <= len(raw) and len(found) <= limits.EVIDENCE_FILES + 2:
        # only what says where a file ends: packing again compares the rest
        size, named, extra = struct.unpack_from("<I2H", raw, at + 22)
        start = at + _HEAD_BYTES + named + extra
        found[raw[at + _HEAD_BYTES : at + _HEAD_BYTES + named].decode("latin-1")] = raw[start : start + size]
        at = start + size
    files = {name: content for name, content in found.items() if name not in (_MIMETYPE, _MANIFEST)}
    if any(not name.isascii() for name in files) or pack(files) != raw:
        raise Malformed("evidence", reason="not_canonical")
    return files


def _zip(files: list[tuple[str, bytes]]) -> bytes:
    """PKWARE's APPNOTE 6.3.10, 4.3.7, 4.3.12 and 4.3.16, with every field that may vary at its least."""
    body: list[bytes] = []
    listed: list[bytes] = []
    at = 0
    for name, content in files:
        told = (20, 0, 0, 0, _FIRST_DAY, zlib.crc32(content), len(content), len(content), len(name))
        head = struct.pack(_HEAD, b"PK\x03\x04", *told, 0) + name.encode()
        listed.append(struct.pack(_LISTED, b"PK\x01\x02", 20, *told, 0, 0, 0, 0, 0, at) + name.encode())
        body += [head, content]
        at += len(head) + len(content)
    size = sum(map(len, listed))
    return b"".join((*body, *listed, struct.pack(_END, b"PK\x05\x06", 0, 0, len(files), len(files), size, at, 0)))


def _manifest(files: list[tuple[str, bytes]]) -> bytes:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
    ]
    for name, content in files:
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is None:
            raise Malformed("evidence", reason="other_name")
        lines += [
            f'<asic:DataObjectReference URI="{name}" MimeType="{kind}">',
            '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>',
            f"<ds:DigestValue>{base64.b64encode(sha256(content).digest()).decode()}</ds:DigestValue>",
            "</asic:DataObjectReference>",
        ]
    return "".join(f"{line}\n" for line in [*lines, "</asic:ASiCManifest>"]).encode()
