#!/usr/bin/env python3
"""Checks an evidence bundle of Celosia. One file, Python 3.9 or later, nothing else to install.

    python3 verify_bundle.py --root-sha256 DIGEST [--language es|en|pt|fr] BUNDLE

DIGEST is the SHA-256 of the current root of the directory of authorities, as its members publish it. Take neither it nor this
program from whoever handed you the bundle. Everything else stands in the bundle and is proved there: `docs/spec/evidence.md`.

Exit codes: 0 holds; 1 does not hold; 2 wrong usage; 3 holds, but something that should be said cannot be.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import io
import json
import re
import struct
import sys
import zlib
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

HOLDS, FAILS, USAGE, GAPS = 0, 1, 2, 3
BUNDLE_BYTES = 64 << 20
FILE_BYTES = 1 << 20
MOST_FILES = 4096
MOST_ENVELOPES = 16
MOST_ADOPTED = 8
MOST_OTHERS = 16
MOST_DIRECTORIES = 8
MOST_ROOTS = 64
MOST_SIGNATURES = 64
MOST_HASHES = 63
LATE = 3600
"""Seconds between what an entry says and the witnesses, past which the report says that they saw it late."""
LIFETIME = 600
LANGUAGES = ("es", "en", "pt", "fr")


class Refused(Exception):
    """The bundle does not hold: which sentence says why, and what stands in it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


# Ed25519 (RFC 8032, 5.1), for public values only: nothing here has to take the same time for all

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)


def _plus(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _twice(point: _Point) -> _Point:
    a, b, c = point[0] * point[0] % _P, point[1] * point[1] % _P, 2 * point[2] * point[2] % _P
    h = a + b
    e = h - (point[0] + point[1]) * (point[0] + point[1]) % _P
    g = a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point, other_scalar: int = 0, other: _Point = _NEUTRAL) -> _Point:
    """`scalar` of `point` and `other_scalar` of `other`, added."""
    both = _plus(point, other)
    result = _NEUTRAL
    for bit in range(max(scalar.bit_length(), other_scalar.bit_length()) - 1, -1, -1):
        result = _twice(result)
        taken = (scalar >> bit & 1) + 2 * (other_scalar >> bit & 1)
        if taken:
            result = _plus(result, (point, other, both)[taken - 1])
    return result


def _is_neutral(point: _Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0


def _encoded(point: _Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decoded(raw: bytes) -> _Point | None:
    """The point of its one encoding (RFC 8032, 5.1.3); None for any other 32 bytes."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if len(raw) != 32 or y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == -u % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if v * x * x % _P != u or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _decoded((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little")) or _NEUTRAL
_KEYS: dict[bytes, _Point | None] = {}
_CHECKED: dict[tuple[bytes, bytes, bytes], bool] = {}


def public_point(key: bytes) -> _Point | None:
    """The point of a public key; None unless it is canonical and of prime order (no small and no mixed order)."""
    if key not in _KEYS:
        point = _decoded(key)
        sound = point is not None and not _is_neutral(point) and _is_neutral(_times(_L, point))
        _KEYS[key] = point if sound else None
    return _KEYS[key]


def signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature holds (RFC 8032, 5.1.7, without cofactor): one encoding of R and S, no R of small order."""
    asked = (key, hashlib.sha256(message).digest(), signature)
    if asked not in _CHECKED:
        _CHECKED[asked] = _check(key, message, signature)
    return _CHECKED[asked]


def _check(key: bytes, message: bytes, signature: bytes) -> bool:
    point = public_point(key)
    if point is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    nonce = _decoded(signature[:32])
    if s >= _L or nonce is None or _is_neutral(_twice(_twice(_twice(nonce)))):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    negative = (-point[0] % _P, point[1], 1, -point[3] % _P)
    return _encoded(_times(s, _BASE, k, negative)) == signature[:32]


# Values in their one form


def sha256(raw: bytes) -> str:
    """The digest in lower-case hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()


def _base64(text: str, where: str, altchars: bytes | None = None) -> bytes:
    """Bytes of base64 (RFC 4648, 4 with padding; with `altchars` 5 without) that has no other form."""
    padded = text if altchars is None else text + "=" * (-len(text) % 4)
    try:
        raw = base64.b64decode(padded.encode("ascii"), altchars, validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Refused("malformed", where=where) from None
    again = base64.b64encode(raw, altchars).decode()
    if (again if altchars is None else again.rstrip("=")) != text:
        raise Refused("malformed", where=where)
    return raw


def _octets(value: object, where: str, size: int | None = None) -> bytes:
    raw = _base64(_text(value, where), where, b"-_")
    if size is not None and len(raw) != size:
        raise Refused("malformed", where=where)
    return raw


def _text(value: object, where: str, pattern: str = r"[\s\S]*") -> str:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Refused("malformed", where=where)
    return value


_LAST_INSTANT = 253402300799  # the end of the year 9999


def _number(value: object, where: str, least: int = 0, most: int = (1 << 53) - 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused("malformed", where=where)
    return value


def _hex(value: object, where: str, size: int = 32) -> str:
    return _text(value, where, f"[0-9a-f]{{{2 * size}}}")


def _object(value: object, where: str, needed: tuple[str, ...] = (), allowed: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object that has `needed` members and, if any are said, no others than those and `allowed`."""
    if not isinstance(value, dict) or not set(needed) <= set(value):
        raise Refused("malformed", where=where)
    if (needed or allowed) and not set(value) <= {*needed, *allowed}:
        raise Refused("malformed", where=where)
    return value


def _some(value: object, where: str, needed: tuple[str, ...]) -> dict[str, Any]:
    """An object that has `needed` members, and maybe others."""
    if not isinstance(value, dict) or not set(needed) <= set(value):
        raise Refused("malformed", where=where)
    return value


def _array(value: object, where: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Refused("malformed", where=where)
    return value


def _no_such_number(_text: str) -> None:
    raise ValueError("no fractions here")


def _whole_number(text: str) -> int:
    if len(text) > 20:
        raise ValueError("no number here is that long")
    return int(text)


def _json(raw: bytes, where: str, *, ascii_only: bool = False) -> Any:
    """JSON that would be printed to the same bytes again: canonical (RFC 8785), or as python-tuf prints it (`ascii_only`)."""
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_int=_whole_number, parse_float=_no_such_number, parse_constant=_no_such_number
        )
        again = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"), sort_keys=True).encode("utf-8")
    except (ValueError, RecursionError):
        raise Refused("malformed", where=where) from None
    if again != raw:
        raise Refused("malformed", where=where)
    return value


def _olpc(value: Any) -> str:
    """Canonical JSON as signatures of TUF are made over it: only quotes and backslashes are escaped."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(_olpc, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(_olpc(name) + ":" + _olpc(value[name]) for name in sorted(value)) + "}"
    return json.dumps(value)


def _when(seconds: int | None) -> str:
    """POSIX seconds as a date that people read. All times are bounded before."""
    if seconds is None or not 0 <= seconds <= _LAST_INSTANT:
        return "-"
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


# 1 The container: a ZIP that stores and never packs, in one form

_HEAD, _LISTED, _END = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_DATE = 1 << 5 | 1  # 1 January 1980
MIMETYPE, MANIFEST = "mimetype", "META-INF/ASiCManifest.xml"
ASIC_E = b"application/vnd.etsi.asic-e+zip"
_TYPES = {
    "txt": "text/plain",
    "json": "application/json",
    "entry": "application/json",
    "tlog-proof": "text/plain",
    "tst": "application/vnd.etsi.timestamp-token",
}
_CC = "[A-Z]{2}"
_ENTRY = rf"logs/{_CC}/(?:[0-9]{{2}}|directory-[1-8]|interval|local-[0-9]{{2}})"
NAMES = re.compile(
    "|".join(
        (
            r"mimetype|META-INF/ASiCManifest\.xml|cover\.(?:es|en|pt|fr)\.txt|envelopes/[0-9]{2}\.json",
            rf"{_ENTRY}\.(?:entry|tlog-proof|early\.tlog-proof|opening\.json|tst)",
            r"directory/roots/[1-9][0-9]{0,8}\.json",
            rf"directory/[1-9][0-9]{{0,15}}/(?:timestamp|snapshot|targets|policy|(?:roles|members|states)/{_CC})\.json",
        )
    ),
    re.ASCII,
)


def zip_of(files: list[tuple[str, bytes]]) -> bytes:
    """The one form of a ZIP with these files, in this order: stored, without dates, comments or anything that may vary."""
    body, listed = [], []
    at = 0
    for name, content in files:
        told = (20, 0, 0, 0, _DATE, zlib.crc32(content), len(content), len(content), len(name))
        head = struct.pack(_HEAD, b"PK\x03\x04", *told, 0) + name.encode()
        listed.append(struct.pack(_LISTED, b"PK\x01\x02", 20, *told, 0, 0, 0, 0, 0, at) + name.encode())
        body += [head, content]
        at += len(head) + len(content)
    size = sum(map(len, listed))
    end = struct.pack(_END, b"PK\x05\x06", 0, 0, len(files), len(files), size, at, 0)
    return b"".join((*body, *listed, end))


def manifest_of(files: list[tuple[str, bytes]]) -> bytes:
    """The ASiC manifest that names every file by its digest (ETSI EN 319 162-1)."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
    ]
    for name, content in files:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        lines += [
            f'<asic:DataObjectReference URI="{name}" MimeType="{_TYPES[name.rpartition(".")[2]]}">',
            '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>',
            f"<ds:DigestValue>{digest}</ds:DigestValue>",
            "</asic:DataObjectReference>",
        ]
    return "".join(f"{line}\n" for line in [*lines, "</asic:ASiCManifest>"]).encode()


class Files:
    """The files of a bundle. Each is taken once; what nobody takes does not belong there."""

    def __init__(self, bundle: bytes) -> None:
        if len(bundle) > BUNDLE_BYTES:
            raise Refused("too_large", most=BUNDLE_BYTES >> 20)
        found: list[tuple[str, bytes]] = []
        at = 0
        while bundle[at : at + 4] == b"PK\x03\x04" and at + 30 <= len(bundle) and len(found) <= MOST_FILES:
            # only what says where the file ends: every other field is compared below
            size, named, extra = struct.unpack("<I2H", bundle[at + 22 : at + 30])
            start = at + 30 + named + extra
            found.append((bundle[at + 30 : at + 30 + named].decode("latin-1"), bundle[start : start + size]))
            at = start + size
        for name, content in found:
            if not NAMES.fullmatch(name):
                raise Refused("bad_name", name=_shown(name))
            if len(content) > FILE_BYTES and name != MANIFEST:
                raise Refused("file_too_large", name=name, most=FILE_BYTES >> 20)
        names = [name for name, _ in found]
        if names != [MIMETYPE, MANIFEST, *sorted(set(names) - {MIMETYPE, MANIFEST})]:
            raise Refused("not_one_form")
        if zip_of(found) != bundle or found[0][1] != ASIC_E:
            raise Refused("not_one_form")
        if found[1][1] != manifest_of(found[2:]):
            raise Refused("other_manifest")
        self.count = len(found)
        self._left = dict(found[2:])

    def has(self, name: str) -> bool:
        """Whether there is such a file that was not taken yet."""
        return name in self._left

    def take(self, name: str) -> bytes:
        """The file, which has to be there."""
        if name not in self._left:
            raise Refused("missing", name=name)
        return self._left.pop(name)

    def versions(self) -> list[int]:
        """The numbers of the directories that have files here."""
        found = {name.split("/")[1] for name in self._left if name.startswith("directory/")} - {"roots"}
        return sorted(map(int, found))

    def end(self) -> None:
        """Everything was taken."""
        for name in sorted(self._left):
            raise Refused("surplus", name=name)


def _shown(name: str) -> str:
    """A name that is not ours, so that it cannot speak to a terminal."""
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in name[:80])


# 2 Notes, checkpoints and proofs (C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof)


class NoteKey(NamedTuple):
    """A public key under a name: of a log (type 1) or of a witness (type 4)."""

    name: str
    type: int
    key: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that stand before its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.key).digest()[:4]


class Checkpoint(NamedTuple):
    """How large a log is and what its root is, and who is said to have signed that."""

    origin: str
    size: int
    root: bytes
    text: str
    lines: tuple[tuple[str, bytes, bytes], ...]

    def signature_of(self, key: NoteKey) -> bytes | None:
        """What stands under the name and id of a key; None if nothing does. Twice is refused where the lines are read."""
        return next((made for name, key_id, made in self.lines if (name, key_id) == (key.name, key.id)), None)

    def time_of(self, key: NoteKey) -> int | None:
        """When a witness cosigned; None if it did not. A signature under its name that does not hold is refused."""
        made = self.signature_of(key)
        if made is None:
            return None
        time = int.from_bytes(made[:8], "big")
        message = f"cosignature/v1\ntime {time}\n{self.text}".encode()
        if not 0 < time < 1 << 63 or not signed_by(key.key, message, made[8:]):
            raise Refused("cosignature", witness=key.name, origin=self.origin)
        return time

    def check_log(self, key: NoteKey) -> None:
        """The log signed."""
        made = self.signature_of(key)
        if made is None or not signed_by(key.key, self.text.encode(), made):
            raise Refused("log_signature", origin=self.origin)


def _line_number(text: str, where: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,18}", text) or int(text) >= 1 << 63:
        raise Refused("malformed", where=where)
    return int(text)


def _hash_of(text: str, where: str) -> bytes:
    raw = _base64(text, where)
    if len(raw) != 32:
        raise Refused("malformed", where=where)
    return raw


def read_checkpoint(raw: bytes, where: str) -> Checkpoint:
    """A checkpoint of the right form. Nobody's signature is checked yet."""
    try:
        text, parted, signed = raw.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError:
        raise Refused("malformed", where=where) from None
    told, lines = text.split("\n"), signed.split("\n")
    if not parted or lines.pop() or not 1 <= len(lines) <= MOST_SIGNATURES or len(told) != 3:
        raise Refused("malformed", where=where)
    made = []
    for line in lines:
        found = re.fullmatch("\u2014 ([^\x00-\x20+]+) ([A-Za-z0-9+/=]+)", line)
        raw_signature = _base64(found[2], where) if found else b""
        if not found or len(raw_signature) < 5 or any(char.isspace() for char in found[1]):
            raise Refused("malformed", where=where)
        made.append((found[1], raw_signature[:4], raw_signature[4:]))
    if len({(name, key_id) for name, key_id, _ in made}) != len(made) or any(char < " " for char in told[0]) or not told[0]:
        raise Refused("malformed", where=where)
    return Checkpoint(told[0], _line_number(told[1], where), _hash_of(told[2], where), text + "\n", tuple(made))


class Proof(NamedTuple):
    """The place of an entry, its path to the root, and the checkpoint."""

    position: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint


def read_proof(raw: bytes, where: str) -> Proof:
    """A `.tlog-proof` of the one form; it has no `extra` line, which nobody signs."""
    head, _, note = raw.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Refused("malformed", where=where) from None
    if lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) < 2 or not lines[1].startswith("index "):
        raise Refused("malformed", where=where)
    if len(lines) > 2 + MOST_HASHES:
        raise Refused("malformed", where=where)
    path = tuple(_hash_of(line, where) for line in lines[2:])
    return Proof(_line_number(lines[1][6:], where), path, read_checkpoint(note, where))


def root_from(index: int, size: int, leaf: bytes, path: tuple[bytes, ...]) -> bytes | None:
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2); None for a path of another length."""
    if not 0 <= index < size:
        return None
    position, last, reached, rest = index, size - 1, leaf, list(path)
    while last > 0:
        if position % 2 == 1 or position < last:
            if not rest:
                return None
            sibling = rest.pop(0)
            pair = sibling + reached if position % 2 == 1 else reached + sibling
            reached = hashlib.sha256(b"\x01" + pair).digest()
        position, last = position // 2, last // 2
    return None if rest else reached


def check_inclusion(proof: Proof, entry: bytes, where: str) -> None:
    """The entry stands in the tree of the checkpoint, at the place that the proof names."""
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    if root_from(proof.position, proof.checkpoint.size, leaf, proof.path) != proof.checkpoint.root:
        raise Refused("not_in_tree", where=where)


# 3 The directory of authorities (TUF 1.0, sections 4 and 5), and the shape that this directory has


class Role(NamedTuple):
    """Whose signatures a role needs: public keys by key id, and how many of them."""

    keys: dict[str, bytes]
    threshold: int


class Metadata(NamedTuple):
    """One signed file: what is signed, the bytes that are signed, signatures by key id, the file's own bytes."""

    signed: dict[str, Any]
    covered: bytes
    signatures: dict[str, bytes]
    raw: bytes
    where: str

    def holders(self, role: Role) -> int:
        """How many different keys of the role have signed."""
        signed = (keyid for keyid in self.signatures if keyid in role.keys)
        return len({role.keys[each] for each in signed if signed_by(role.keys[each], self.covered, self.signatures[each])})

    def check(self, role: Role) -> None:
        """As many as the role needs have signed."""
        if self.holders(role) < role.threshold:
            raise Refused("too_few_signed", where=self.where, have=self.holders(role), need=role.threshold)

    @property
    def version(self) -> int:
        """Which version of its role it is."""
        return int(self.signed["version"])

    @property
    def expires(self) -> int:
        """The date at which it ends, in POSIX seconds."""
        return int(datetime.strptime(self.signed["expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())


def read_metadata(raw: bytes, kind: str, where: str) -> Metadata:
    """Signed metadata of TUF of one type. Nobody's signature is checked yet."""
    whole = _object(_json(raw, where, ascii_only=True), where, ("signatures", "signed"))
    signed = _some(whole["signed"], where, ("_type", "version", "expires", "spec_version"))
    if signed["_type"] != kind:
        raise Refused("malformed", where=where)
    _number(signed["version"], where, 1)
    _text(signed["expires"], where, "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
    signatures: dict[str, bytes] = {}
    for each in _array(whole["signatures"], where, 256):
        made = _object(each, where, ("keyid", "sig"))
        keyid = _hex(made["keyid"], where)
        if keyid in signatures:
            raise Refused("malformed", where=where)
        signatures[keyid] = bytes.fromhex(_text(made["sig"], where, "(?:[0-9a-f]{2}){0,128}"))
    try:
        metadata = Metadata(signed, _olpc(signed).encode("utf-8"), signatures, raw, where)
        metadata.expires  # noqa: B018  a day that no month has is refused here, where it is read
    except (ValueError, OverflowError, RecursionError):
        raise Refused("malformed", where=where) from None
    return metadata


def _role(told: object, keys: object, where: str) -> Role:
    """A role of root or a delegation: only Ed25519, no key twice under two ids."""
    role = _some(told, where, ("keyids", "threshold"))
    known = _some(keys, where, ())
    named: dict[str, bytes] = {}
    for keyid in _array(role["keyids"], where, 64):
        key = _some(known.get(_hex(keyid, where)), where, ("keytype", "scheme", "keyval"))
        if (key["keytype"], key["scheme"]) != ("ed25519", "ed25519"):
            raise Refused("malformed", where=where)
        named[keyid] = bytes.fromhex(_hex(_some(key["keyval"], where, ("public",))["public"], where))
    threshold = _number(role["threshold"], where, 1, 64)
    if len(set(named.values())) != len(named) or len(named) < threshold:
        raise Refused("shape", where=where)
    return Role(named, threshold)


def _floor(role: Role, online: dict[bytes, str], where: str) -> Role:
    """Two holders at least, none of them a key of the Secretariat's: a floor of this directory, whatever was signed."""
    if role.threshold < 2 or any(key in online for key in role.keys.values()):
        raise Refused("shape", where=where)
    return role


class Root(NamedTuple):
    """A root of the directory: who may sign for the four top-level roles."""

    metadata: Metadata
    roles: dict[str, Role]

    @property
    def online(self) -> dict[bytes, str]:
        """The Secretariat's keys."""
        return {key: name for name in ("snapshot", "timestamp") for key in self.roles[name].keys.values()}


def read_root(raw: bytes, where: str) -> Root:
    """A root of the directory's shape."""
    metadata = read_metadata(raw, "root", where)
    told = _some(metadata.signed.get("roles"), where, ("root", "targets", "snapshot", "timestamp"))
    if metadata.signed.get("consistent_snapshot") is not True:
        raise Refused("shape", where=where)
    names = ("root", "targets", "snapshot", "timestamp")
    root = Root(metadata, {name: _role(told[name], metadata.signed.get("keys"), where) for name in names})
    for name in ("root", "targets"):
        _floor(root.roles[name], root.online, where)
    return root


def read_roots(files: Files, digest: str) -> list[Root]:
    """All roots from the first to the one with the digest that was given, each signed by itself and by the one before."""
    roots: list[Root] = []
    while files.has(f"directory/roots/{len(roots) + 1}.json") and len(roots) < MOST_ROOTS:
        where = f"directory/roots/{len(roots) + 1}.json"
        root = read_root(files.take(where), where)
        for judge in (root, *roots[-1:]):
            root.metadata.check(judge.roles["root"])
        roots.append(root)
        if root.metadata.version != len(roots):
            raise Refused("other_version", where=where)
    if not roots:
        raise Refused("missing", name="directory/roots/1.json")
    # the digest of the file, or of what is signed in it: the fingerprint that is read aloud at its signing
    if digest not in (sha256(roots[-1].metadata.raw), sha256(roots[-1].metadata.covered)):
        raise Refused("other_root", found=sha256(roots[-1].metadata.raw), given=digest)
    return roots


class Log(NamedTuple):
    """A log's key; of a former log also the size and root at which it was frozen."""

    key: NoteKey
    frozen: tuple[int, bytes] | None


class Period(NamedTuple):
    """An envelope key, and from when to when (exclusive) envelopes under it are taken."""

    key: bytes
    not_before: int
    not_after: int


class Member(NamedTuple):
    """What the member states say together of one of them: its logs, in their order, the one in use last; its witness."""

    logs: tuple[Log, ...]
    witness: NoteKey


class Directory(NamedTuple):
    """One verified directory. `signing` has the envelope keys of the two states of the exchange."""

    version: int
    digest: str
    members: dict[str, Member]
    listed: int
    """How many members there are, whether their entries are here or not."""
    signing: dict[str, tuple[Period, ...]]
    own_until: dict[str, int]
    """Of those two, the date that their officers gave what they say of themselves."""
    faults: int
    tolerance: int
    until: int
    """Its date, in POSIX seconds."""
    grace: int

    @property
    def ends(self) -> int:
        """When it stops to serve."""
        return self.until + self.grace

    def witnesses_of(self, state: str) -> tuple[NoteKey, ...]:
        """All other members."""
        return tuple(member.witness for name, member in sorted(self.members.items()) if name != state)

    def quorum_of(self, state: str) -> int:
        """How many of them have to cosign: so many that two such groups share an honest one."""
        others = self.listed - 1
        return min(others, (others + self.faults) // 2 + 1)


def _named(meta: dict[str, Any], name: str, raw: bytes, where: str) -> int:
    """The version that `meta` names for a file, whose length and digest it has to have."""
    told = _some(meta.get(name), where, ("version", "hashes", "length"))
    hashes = _some(told["hashes"], where, ("sha256",))
    if hashes["sha256"] != sha256(raw) or told["length"] != len(raw):
        raise Refused("other_file", where=where)
    return _number(told["version"], where, 1)


def _listed(signed: dict[str, Any], path: str, raw: bytes, where: str) -> bytes:
    """A target file, as the role lists it."""
    told = _some(_some(signed.get("targets"), where, ()).get(path), where, ("hashes", "length"))
    if _some(told["hashes"], where, ("sha256",))["sha256"] != sha256(raw) or told["length"] != len(raw):
        raise Refused("other_file", where=where)
    return raw


def read_directory(files: Files, version: int, states: tuple[str, str], roots: list[Root]) -> Directory:
    """The directory of a version, under the newest of `roots` that it holds under."""
    at = f"directory/{version}"
    timestamp = read_metadata(files.take(f"{at}/timestamp.json"), "timestamp", f"{at}/timestamp.json")
    snapshot = read_metadata(files.take(f"{at}/snapshot.json"), "snapshot", f"{at}/snapshot.json")
    targets = read_metadata(files.take(f"{at}/targets.json"), "targets", f"{at}/targets.json")
    # 1 the three top-level roles, under one root
    root = _root_of(roots, timestamp, snapshot, targets)
    # 2 each names the next by version, length and digest
    meta = _some(timestamp.signed.get("meta"), timestamp.where, ("snapshot.json",))
    listed = _some(snapshot.signed.get("meta"), snapshot.where, ("targets.json",))
    if _named(meta, "snapshot.json", snapshot.raw, snapshot.where) != snapshot.version or snapshot.version != version:
        raise Refused("other_version", where=snapshot.where)
    if _named(listed, "targets.json", targets.raw, targets.where) != targets.version:
        raise Refused("other_version", where=targets.where)
    # 3 what the member states say together: the members, and the policy
    paths = _some(targets.signed.get("targets"), targets.where, ("policy.json",))
    members: dict[str, Member] = {}
    for path in sorted(set(paths) - {"policy.json"}):
        state = _text(path, targets.where, rf"members/{_CC}\.json")[8:10]
        # a member that nodes leave out has no file here; it is counted all the same, so that nobody makes a quorum small
        if files.has(f"{at}/{path}") or state in states:
            raw = _listed(targets.signed, path, files.take(f"{at}/{path}"), f"{at}/{path}")
            members[state] = _member(raw, state, f"{at}/{path}")
    members = _apart(members)
    where = f"{at}/policy.json"
    policy = _some(
        _json(_listed(targets.signed, "policy.json", files.take(where), where), where),
        where,
        ("clock_tolerance", "directory_grace", "witness_faults"),
    )
    # 4 what each of the two states says of itself, signed by its own officers
    working = {state: _working(files, at, state, root, targets, listed) for state in states}
    if not set(states) <= set(members):
        raise Refused("shape", where=targets.where)
    return Directory(
        version,
        sha256(snapshot.raw),
        members,
        len(paths) - 1,
        {state: periods for state, (periods, _) in working.items()},
        {state: until for state, (_, until) in working.items()},
        _number(policy["witness_faults"], where, 0, 64),
        _number(policy["clock_tolerance"], where, 1, 900),
        min(each.expires for each in (root.metadata, timestamp, snapshot, targets)),
        _number(policy["directory_grace"], where, 0, 30 * 86400),
    )


def _root_of(roots: list[Root], *signed: Metadata) -> Root:
    """The newest root under which all of them hold; otherwise it is said what is wrong under the first."""
    for root in roots[:0:-1]:
        if all(each.holders(root.roles[each.signed["_type"]]) >= root.roles[each.signed["_type"]].threshold for each in signed):
            return root
    for each in signed:
        each.check(roots[0].roles[each.signed["_type"]])
    return roots[0]


def _working(
    files: Files, at: str, state: str, root: Root, targets: Metadata, listed: dict[str, Any]
) -> tuple[tuple[Period, ...], int]:
    """The envelope keys of a state, and until when: its own delegation, for its own path, by two of its officers."""
    where, path = f"{at}/roles/{state}.json", f"states/{state}.json"
    delegations = _some(targets.signed.get("delegations"), targets.where, ("keys", "roles"))
    found = [each for each in _array(delegations["roles"], targets.where, 65) if _some(each, where, ("name",))["name"] == state]
    if len(found) != 1 or found[0].get("paths") != [path] or found[0].get("terminating") is not True:
        raise Refused("shape", where=where)
    own = read_metadata(files.take(where), "targets", where)
    own.check(_floor(_role(found[0], delegations["keys"], where), root.online, where))
    if _named(listed, f"{state}.json", own.raw, where) != own.version or set(_some(own.signed.get("targets"), where, ())) != {
        path
    }:
        raise Refused("other_version", where=where)
    where = f"{at}/{path}"
    entry = _some(_json(_listed(own.signed, path, files.take(where), where), where), where, ("authority", "signing"))
    if entry["authority"] != state:
        raise Refused("shape", where=where)
    periods = []
    for each in _array(entry["signing"], where, 8):
        told = _object(each, where, ("key", "not_before", "not_after"))
        ends = (_number(told["not_before"], where, 0, _LAST_INSTANT), _number(told["not_after"], where, 0, _LAST_INSTANT))
        periods.append(Period(_octets(told["key"], where, 32), *ends))
    return tuple(periods), own.expires


def _member(raw: bytes, state: str, where: str) -> Member:
    told = _some(_json(raw, where), where, ("authority", "log", "witness", "former_logs"))
    log = _object(told["log"], where, ("origin", "key"))
    witness = _object(told["witness"], where, ("name", "key"))
    if told["authority"] != state:
        raise Refused("shape", where=where)
    logs = []
    for each in _array(told["former_logs"], where, 16):
        former = _object(each, where, ("origin", "key", "size", "root"))
        frozen = (_number(former["size"], where), _octets(former["root"], where, 32))
        logs.append(Log(_note_key(state, "log", former["origin"], former["key"], where), frozen))
    logs.append(Log(_note_key(state, "log", log["origin"], log["key"], where), None))
    return Member(tuple(logs), _note_key(state, "witness", witness["name"], witness["key"], where))


def _note_key(state: str, use: str, name: object, key: object, where: str) -> NoteKey:
    """A key with the one name that it can have: a log's is its origin."""
    raw = _octets(key, where, 32)
    if name != f"celosia/{state}/{use}/{sha256(raw)[:8]}" or public_point(raw) is None:
        raise Refused("shape", where=where)
    return NoteKey(str(name), 1 if use == "log" else 4, raw)


def _apart(members: dict[str, Member]) -> dict[str, Member]:
    """Without those that share a key: one holder would count as two witnesses, or witness its own log."""
    held = {state: {log.key.key for log in member.logs} | {member.witness.key} for state, member in members.items()}
    return {
        state: member
        for state, member in members.items()
        if len(held[state]) == len(member.logs) + 1
        and not any(held[state] & keys for other, keys in held.items() if other != state)
    }


# 4 The exchange: envelopes, each signed whole


class Sent(NamedTuple):
    """What an envelope leaves: its sender's kind of entry, whose exchange it is for the sender, what its receiver enters."""

    kind: str
    direction: str
    receivers: tuple[str, ...]


SENT = {
    "record_delivery": Sent("record_sent", "out", ("record_received", "record_quarantined")),
    "record_receipt": Sent("record_receipted", "in", ("record_acknowledged",)),
    "match_request": Sent("question_asked", "out", ("question_received",)),
    "match_answer": Sent("question_answered", "in", ("answer_received",)),
    "match_refusal": Sent("question_declined", "in", ("refusal_received",)),
    "key_revocation": Sent("revocation_sent", "out", ("revocation_received",)),
    "revocation_receipt": Sent("revocation_receipted", "in", ("revocation_acknowledged",)),
    "opening_told": Sent("opening_told", "out", ("opening_heard",)),
    "erasure_request": Sent("erasure_asked", "out", ("erasure_requested",)),
    "erasure_confirmation": Sent("erasure_confirmed", "in", ("erasure_confirmation_received",)),
}
"""By an envelope's type. Envelopes of other types leave no entries with two sides: they are no evidence."""
_ENVELOPE = ("v", "type", "x", "from", "to", "iat", "exp", "salt", "directory", "heads", "body")


class Envelope(NamedTuple):
    """A signed message. Whether its signature holds is not known yet."""

    where: str
    digest: str
    kid: str
    covered: bytes
    signature: bytes
    type: str
    x: str
    sender: str
    to: str
    iat: int
    exp: int
    salt: bytes
    directory: tuple[int, str]
    re: str | None

    @property
    def commitment(self) -> str:
        """The `c` of its two entries."""
        payload = b'{"envelope":"' + self.digest.encode() + b'"}'
        return hashlib.sha256(b"celosia/entry/1" + self.salt + payload).hexdigest()


def read_envelope(raw: bytes, where: str) -> Envelope:
    """An envelope of the right form."""
    outer = _object(_json(raw, where), where, ("payload", "protected", "signature"))
    protected = _octets(outer["protected"], where)
    header = _object(_json(protected, where), where, ("alg", "kid", "typ"))
    if (header["alg"], header["typ"]) != ("Ed25519", "celosia-envelope+jws"):
        raise Refused("malformed", where=where)
    payload = _json(_octets(outer["payload"], where), where)
    told = _object(payload, where, _ENVELOPE, ("re",))
    cited = _object(told["directory"], where, ("version", "hash"))
    body = _object(told["body"], where)
    iat, exp = _number(told["iat"], where, 0, _LAST_INSTANT), _number(told["exp"], where, 0, _LAST_INSTANT)
    _number(told["v"], where, 1, 1)
    if not iat < exp <= iat + LIFETIME:
        raise Refused("malformed", where=where)
    if _text(told["type"], where, "[a-z_]{3,40}") not in SENT or not body:
        raise Refused("no_evidence", where=where)
    return Envelope(
        where,
        sha256(raw),
        _hex(header["kid"], where, 8),
        f"{outer['protected']}.{outer['payload']}".encode("ascii"),
        _octets(outer["signature"], where, 64),
        told["type"],
        _hex(told["x"], where, 16),
        _text(told["from"], where, _CC),
        _text(told["to"], where, _CC),
        iat,
        exp,
        _octets(told["salt"], where, 32),
        (_number(cited["version"], where, 1), _hex(cited["hash"], where)),
        None if "re" not in told else _hex(told["re"], where),
    )


def read_envelopes(files: Files) -> list[Envelope]:
    """One exchange: every message of one `x` and salt between two states, and every reply to a request that is here."""
    found: list[Envelope] = []
    while files.has(f"envelopes/{len(found) + 1:02d}.json") and len(found) < MOST_ENVELOPES:
        where = f"envelopes/{len(found) + 1:02d}.json"
        found.append(read_envelope(files.take(where), where))
    if not found:
        raise Refused("missing", name="envelopes/01.json")
    first = found[0]
    requests: dict[str, Envelope] = {}
    for each in found:
        if (each.x, each.salt, {each.sender, each.to}) != (first.x, first.salt, {first.sender, first.to}):
            raise Refused("not_one_exchange", where=each.where)
        if each.re is None:
            requests[each.digest] = each
        asked = requests.get(each.re or each.digest)
        if asked is None or (each.re is not None and each.sender != asked.to):
            raise Refused("not_the_reply", where=each.where)
        # what is asked goes out from its sender, and what is answered goes in
        if (each.re is None) != (SENT[each.type].direction == "out"):
            raise Refused("not_the_reply", where=each.where)
    if len({each.digest for each in found}) != len(found) or first.sender == first.to or first.re is not None:
        raise Refused("not_one_exchange", where=first.where)
    return found


# 5 The two logs


class Entry(NamedTuple):
    """An entry of a log, proved. `rank` says which of the state's logs it is, `witnessed` when the federation had seen it."""

    where: str
    kind: str
    t: int
    c: str
    rank: int
    position: int
    size: int
    witnessed: int | None
    early: bool
    told: dict[str, Any]

    @property
    def place(self) -> tuple[int, int]:
        """Its order among the entries of the state's logs."""
        return self.rank, self.position


class Adopted(NamedTuple):
    """That a log says that a directory was adopted."""

    entry: Entry
    version: int
    digest: str


def read_entry(raw: bytes, where: str) -> dict[str, Any]:
    """An entry's members, by the rules of its kind."""
    two_sided = {each.kind for each in SENT.values()} | {kind for each in SENT.values() for kind in each.receivers}
    told = _some(_json(raw, where), where, ("v", "x", "kind", "t", "c"))
    paired = ("seq", "peer", "dir") if _text(told["kind"], where, "[a-z_]{1,40}") in two_sided else ()
    _object(told, where, ("v", "x", "kind", "t", "c", *paired))
    _hex(told["x"], where, 16)
    _hex(told["c"], where)
    _number(told["v"], where, 1, 1)
    _number(told["t"], where, 0, _LAST_INSTANT)
    if paired:
        _number(told["seq"], where, 1)
    if len(raw) > 65_535:
        raise Refused("malformed", where=where)
    return told


_IMPRINTS = tuple(map(bytes.fromhex, ("3031300d060960864801650304020105000420", "302f300b06096086480165030402010420")))
"""What stands before the digest in a MessageImprint of SHA-256 (RFC 3161, 2.4.1), with and without the algorithm's NULL."""


class LogReader:
    """Reads and proves the entries of one state, under the newest directory and those that are trusted by then."""

    def __init__(self, files: Files, state: str, directories: dict[int, Directory], seen: dict[tuple[str, int], bytes]) -> None:
        self._files, self._state, self._directories, self._seen = files, state, directories, seen
        self._newest = directories[max(directories)]
        self.adopted: list[Adopted] = []
        """Set once they are read: an early proof is judged by no older directory than the one that was in force."""
        self.tokens: list[str] = []

    def has(self, name: str) -> bool:
        """Whether there is such an entry."""
        return self._files.has(f"logs/{self._state}/{name}.entry")

    def entry(self, name: str) -> Entry:
        """The entry with its proofs; raises what does not hold."""
        where = f"logs/{self._state}/{name}"
        raw = self._files.take(f"{where}.entry")
        told = read_entry(raw, f"{where}.entry")
        proof = read_proof(self._files.take(f"{where}.tlog-proof"), f"{where}.tlog-proof")
        # 1 the entry is in the log as the newest directory knows it
        rank = self._check_log(proof.checkpoint)
        check_inclusion(proof, raw, f"{where}.tlog-proof")
        frozen = self._newest.members[self._state].logs[rank].frozen
        witnessed: int | None = None
        if frozen is None:
            witnessed = self._witnessed(proof.checkpoint, self._newest)
        elif (proof.checkpoint.size, proof.checkpoint.root) != frozen:
            raise Refused("not_frozen", where=f"{where}.tlog-proof", size=frozen[0])
        timed, early = proof, self._files.has(f"{where}.early.tlog-proof")
        # 2 and it was there when the witnesses of that time saw it first
        if early:
            at = f"{where}.early.tlog-proof"
            timed = read_proof(self._files.take(at), at)
            if timed.position != proof.position or self._check_log(timed.checkpoint) != rank:
                raise Refused("other_place", where=at)
            if timed.checkpoint.size > proof.checkpoint.size:
                raise Refused("other_place", where=at)
            check_inclusion(timed, raw, at)
            witnessed = self._witnessed_then(timed.checkpoint, (rank, proof.position))
        self._check_token(f"{where}.tst", timed.checkpoint)
        return Entry(
            where, told["kind"], told["t"], told["c"], rank, proof.position, proof.checkpoint.size, witnessed, early, told
        )

    def opening(self, entry: Entry) -> bytes:
        """The payload that the entry committed to."""
        where = f"{entry.where}.opening.json"
        told = _object(_json(self._files.take(where), where), where, ("v", "salt", "payload"))
        payload = _octets(told["payload"], where)
        c = hashlib.sha256(b"celosia/entry/1" + _octets(told["salt"], where, 32) + payload).hexdigest()
        _number(told["v"], where, 1, 1)
        if c != entry.c:
            raise Refused("other_opening", where=where)
        return payload

    def _check_log(self, checkpoint: Checkpoint) -> int:
        """Which of the state's logs it is; its key signed, and it has no other root for one size."""
        logs = self._newest.members[self._state].logs
        rank = next((at for at, log in enumerate(logs) if log.key.name == checkpoint.origin), None)
        if rank is None:
            raise Refused("other_log", state=self._state, origin=_shown(checkpoint.origin))
        checkpoint.check_log(logs[rank].key)
        if self._seen.setdefault((checkpoint.origin, checkpoint.size), checkpoint.root) != checkpoint.root:
            raise Refused("fork", origin=checkpoint.origin, size=checkpoint.size)
        # nobody vouches for a line of a key that no directory here has: it could be anything
        witnesses = {key for directory in self._directories.values() for key in directory.witnesses_of(self._state)}
        known = {(key.name, key.id) for key in (logs[rank].key, *witnesses)}
        if any((name, key_id) not in known for name, key_id, _ in checkpoint.lines):
            raise Refused("unknown_line", origin=checkpoint.origin)
        # and what a witness is said to have signed it did sign, whether its signature is needed here or not
        for key in sorted(witnesses):
            checkpoint.time_of(key)
        return rank

    def _witnessed(self, checkpoint: Checkpoint, directory: Directory) -> int:
        """When the quorum was reached: the time of the last cosignature that it needed. No entry under it is later."""
        times = sorted(_times_of(checkpoint, directory, self._state))
        need = directory.quorum_of(self._state)
        if len(times) < need:
            raise Refused("too_few_witnesses", origin=checkpoint.origin, have=len(times), need=need)
        return times[need - 1]

    def _witnessed_then(self, checkpoint: Checkpoint, place: tuple[int, int]) -> int:
        in_force = max((each.version for each in self.adopted if each.entry.place < place), default=1)
        refused: Refused | None = None
        for version in sorted(self._directories):
            if version >= in_force and self._state in self._directories[version].members:
                try:
                    return self._witnessed(checkpoint, self._directories[version])
                except Refused as error:
                    refused = error
        raise refused or Refused("too_few_witnesses", origin=checkpoint.origin, have=0, need=1)

    def _check_token(self, name: str, checkpoint: Checkpoint) -> None:
        """A time-stamp token (RFC 3161) about the checkpoint's text. Its own signature is not checked here."""
        if self._files.has(name):
            digest = hashlib.sha256(checkpoint.text.encode()).digest()
            token = self._files.take(name)
            if not any(imprint + digest in token for imprint in _IMPRINTS):
                raise Refused("other_token", name=name)
            self.tokens.append(name)

    def bound(self, entry: Entry) -> int | None:
        """Before when the interval cannot have begun: the newest cosignatures that it begins with could not be foreseen."""
        where = f"{entry.where}.opening.json"
        told = _some(_json(self.opening(entry), where), where, ("checkpoints",))
        times = []
        for note in _array(told["checkpoints"], where, 64):
            checkpoint = read_checkpoint(_octets(note, where), where)
            times += [time for time in (self._not_before(checkpoint, each) for each in self._directories.values()) if time]
        return max(times, default=None)

    def _not_before(self, checkpoint: Checkpoint, directory: Directory) -> int | None:
        """The latest time that at least one honest witness gave: with f colluding, the (f + 1)-th from the end."""
        owner = next(
            (
                (state, log)
                for state, member in directory.members.items()
                for log in member.logs
                if log.key.name == checkpoint.origin
            ),
            None,
        )
        if owner is None:
            return None
        checkpoint.check_log(owner[1].key)
        if self._seen.setdefault((checkpoint.origin, checkpoint.size), checkpoint.root) != checkpoint.root:
            raise Refused("fork", origin=checkpoint.origin, size=checkpoint.size)
        times = sorted(_times_of(checkpoint, directory, owner[0]), reverse=True)
        return times[directory.faults] if len(times) > directory.faults else None


def _times_of(checkpoint: Checkpoint, directory: Directory, state: str) -> list[int]:
    """When each witness of a state's log cosigned."""
    found = (checkpoint.time_of(key) for key in directory.witnesses_of(state))
    return [time for time in found if time is not None]


# 6 What all of it shows


class Line(NamedTuple):
    """One sentence of the report: `holds`, `fails`, `unsaid` or `note`."""

    status: str
    code: str
    facts: dict[str, object]


class Report:
    """What was found, in the order in which it was."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def say(self, status: str, code: str, **facts: object) -> None:
        """One more sentence, once."""
        line = Line(status, code, facts)
        if line not in self.lines:
            self.lines.append(line)

    @property
    def exit_code(self) -> int:
        """0, 1 or 3."""
        told = {line.status for line in self.lines}
        return FAILS if "fails" in told else GAPS if "unsaid" in told else HOLDS

    def to_text(self, language: str) -> str:
        """The report as people read it."""
        words = WORDS[language]
        lines = [f"[{words[line.status]}] {words[line.code].format(**line.facts)}" for line in self.lines]
        verdict = {HOLDS: "verdict_holds", FAILS: "verdict_fails", GAPS: "verdict_gaps"}[self.exit_code]
        return "\n".join([words["title"], "", *lines, "", words[verdict], ""])


class LogOf(NamedTuple):
    """All that the bundle has of one state's log."""

    state: str
    envelopes: list[Entry]
    adopted: list[Adopted]
    opened: list[Entry]
    began: tuple[int, int] | None
    """Where the interval begins that the messages are in, if it is shown."""
    bound: int | None

    def in_force(self, entry: Entry) -> Adopted:
        """The directory that the log adopted last before an entry."""
        before = [each for each in self.adopted if each.entry.place < entry.place]
        if not before:
            raise Refused("no_adoption", state=self.state)
        return before[-1]

    def later(self) -> list[Adopted]:
        """What it adopted after the exchange."""
        last = max(each.place for each in self.envelopes)
        return [each for each in self.adopted if each.entry.place > last]


def verify(bundle: bytes, root_digest: str) -> Report:
    """The report on a bundle, under the root of this digest: 64 lower-case digits."""
    report = Report()
    try:
        _examine(bundle, root_digest, report)
    except Refused as refused:
        report.say("fails", refused.code, **refused.facts)
        report.say("note", "not_looked_at")
    return report


def _examine(bundle: bytes, root_digest: str, report: Report) -> None:
    # 1 the container
    files = Files(bundle)
    report.say("holds", "container", files=files.count)
    # 2 the messages' form, and that they are one exchange
    envelopes = read_envelopes(files)
    states = (envelopes[0].sender, envelopes[0].to)
    # 3 the directories: the newest under the root that was named, the others under it or one before
    roots = read_roots(files, root_digest)
    versions = files.versions()
    if not 1 <= len(versions) <= MOST_DIRECTORIES:
        raise Refused("missing", name="directory/*/timestamp.json")
    directories = {
        version: read_directory(files, version, states, roots[-1:] if version == versions[-1] else roots) for version in versions
    }
    newest = directories[versions[-1]]
    if not set(states) <= set(newest.members):
        raise Refused("shape", where=f"directory/{newest.version}/targets.json")
    report.say("holds", "directory", versions=", ".join(map(str, versions)), until=_when(newest.until))
    # 4 both logs
    seen: dict[tuple[str, int], bytes] = {}
    logs = {state: _read_log(files, state, directories, seen, envelopes, report) for state in states}
    _check_adopted(directories, logs, report)
    # 5 each message: its signature, both entries, its times
    for position, envelope in enumerate(envelopes):
        _check_signature(position, envelope, directories, logs, report)
        _check_pair(position, envelope, directories, logs, report)
    for log in logs.values():
        _check_times(log, directories, report)
        _check_opened(log, directories, report)
    # 6 the pages for people say what was just proved, and nothing is left over
    covers = [language for language in LANGUAGES if files.has(f"cover.{language}.txt")]
    for language in covers:
        if files.take(f"cover.{language}.txt") != cover_of(language, envelopes[0], len(envelopes)):
            raise Refused("other_cover", name=f"cover.{language}.txt")
    if not covers:
        raise Refused("missing", name="cover.es.txt")
    files.end()
    for code in ("note_content", "note_others", "note_sides"):
        report.say("note", code)
    report.say("note", "note_later", until=_when(newest.until))


def _read_log(
    files: Files,
    state: str,
    directories: dict[int, Directory],
    seen: dict[tuple[str, int], bytes],
    envelopes: list[Envelope],
    report: Report,
) -> LogOf:
    reader = LogReader(files, state, directories, seen)
    while reader.has(f"directory-{len(reader.adopted) + 1}") and len(reader.adopted) < MOST_ADOPTED:
        entry = reader.entry(f"directory-{len(reader.adopted) + 1}")
        where = f"{entry.where}.opening.json"
        told = _some(_json(reader.opening(entry), where), where, ("version", "hash"))
        if entry.kind != "directory_adopted":
            raise Refused("other_kind", where=entry.where, kind=entry.kind)
        reader.adopted.append(Adopted(entry, _number(told["version"], where, 1), _hex(told["hash"], where)))
    found = [reader.entry(f"{number + 1:02d}") for number in range(len(envelopes))]
    began = bound = None
    if reader.has("interval"):
        interval = reader.entry("interval")
        began, bound = interval.place, reader.bound(interval)
        if interval.kind != "interval_started" or interval.place >= min(each.place for each in found):
            raise Refused("other_kind", where=interval.where, kind=interval.kind)
    report.say("holds", "log", state=state, need=directories[max(directories)].quorum_of(state))
    opened = [reader.entry(f"local-{number:02d}") for number in range(1, MOST_OTHERS + 1) if reader.has(f"local-{number:02d}")]
    of_this = (envelopes[0].x, envelopes[0].to if state == envelopes[0].sender else envelopes[0].sender)
    for entry in opened:
        where = f"{entry.where}.opening.json"
        about = _some(_json(reader.opening(entry), where), where, ())
        # what a node says of one exchange is not handed to a court as if it were said of another
        if "exchange" in about and (about["exchange"], about.get("peer")) != of_this:
            raise Refused("other_exchange", where=entry.where)
    for name in reader.tokens:
        report.say("note", "token", name=name)
    return LogOf(state, found, reader.adopted, opened, began, bound)


def _check_adopted(directories: dict[int, Directory], logs: dict[str, LogOf], report: Report) -> None:
    """Each log adopted, before the exchange and after it, directories that are here."""
    named = {max(directories)}
    for log in logs.values():
        places = [each.entry.place for each in log.adopted]
        ordered = [each.version for each in log.adopted]
        if places != sorted(set(places)) or ordered != sorted(ordered):
            raise Refused("adopted_order", state=log.state)
        for each in log.adopted:
            here = directories.get(each.version)
            if here is None:
                raise Refused("missing", name=f"directory/{each.version}/snapshot.json")
            if here.digest != each.digest:
                raise Refused("other_directory", state=log.state, version=each.version)
        named |= set(ordered)
        before = log.in_force(min(log.envelopes, key=lambda entry: entry.place))
        later = log.later()
        if later:
            report.say("holds", "adopted", state=log.state, before=before.version, after=later[0].version)
        else:
            report.say("unsaid", "no_later_adoption", state=log.state, before=before.version)
    for version in sorted(set(directories) - named):
        raise Refused("surplus", name=f"directory/{version}/snapshot.json")


def _period(envelope: Envelope, directory: Directory) -> Period | None:
    """The sender's key, valid when the message was made."""
    return next(
        (
            period
            for period in directory.signing[envelope.sender]
            if sha256(period.key)[:16] == envelope.kid and period.not_before <= envelope.iat < period.not_after
        ),
        None,
    )


def _check_signature(
    position: int, envelope: Envelope, directories: dict[int, Directory], logs: dict[str, LogOf], report: Report
) -> None:
    number = position + 1
    sender, receiver = logs[envelope.sender], logs[envelope.to]
    own, other = sender.envelopes[position], receiver.envelopes[position]
    # the message cites a directory that its sender had adopted by then
    if envelope.directory not in [(each.version, each.digest) for each in sender.adopted if each.entry.place < own.place]:
        raise Refused("cited_other", where=envelope.where, version=envelope.directory[0])
    # its key is valid by that directory, and by the one that its receiver went by
    for version in (envelope.directory[0], sender.in_force(own).version, receiver.in_force(other).version):
        period = _period(envelope, directories[version])
        if period is None:
            raise Refused("key_not_valid", where=envelope.where, state=envelope.sender, version=version, iat=_when(envelope.iat))
        if not signed_by(period.key, envelope.covered, envelope.signature):
            raise Refused("signature", where=envelope.where, state=envelope.sender)
        seen = [entry.witnessed for entry in (own, other) if entry.early and entry.witnessed is not None]
        if seen and min(seen) >= period.not_after:
            report.say("unsaid", "key_over", number=number, until=_when(period.not_after))
    facts = {"number": number, "type": envelope.type, "sender": envelope.sender, "to": envelope.to, "iat": _when(envelope.iat)}
    report.say("holds", "signed", **facts)
    last = max(directories[each.version].version for log in logs.values() for each in log.adopted)
    for version in sorted({last, max(directories)} | {each.version for log in logs.values() for each in log.later()}):
        if _period(envelope, directories[version]) is None:
            report.say("unsaid", "key_gone", number=number, state=envelope.sender, version=version)
    for version in sorted({envelope.directory[0], receiver.in_force(other).version}):
        if envelope.iat > directories[version].ends:
            report.say("unsaid", "directory_over", number=number, version=version, until=_when(directories[version].ends))
        # nodes leave out a state whose own role is past its date, and give it no grace
        own_until = directories[version].own_until[envelope.sender]
        if envelope.iat >= own_until:
            report.say("unsaid", "role_over", number=number, state=envelope.sender, version=version, until=_when(own_until))


def _check_pair(
    position: int, envelope: Envelope, directories: dict[int, Directory], logs: dict[str, LogOf], report: Report
) -> None:
    """Both logs have the message, as what it is, under one `x` and one `c`, dated while it was valid."""
    left = SENT[envelope.type]
    sides = (
        (envelope.sender, envelope.to, (left.kind,), left.direction),
        (envelope.to, envelope.sender, left.receivers, "in" if left.direction == "out" else "out"),
    )
    for state, peer, kinds, direction in sides:
        entry = logs[state].envelopes[position]
        told = (entry.told["x"], entry.c, entry.told.get("peer"), entry.told.get("dir"))
        if entry.kind not in kinds or told != (envelope.x, envelope.commitment, peer, direction):
            raise Refused("other_entry", where=entry.where, number=position + 1)
        tolerance = directories[logs[state].in_force(entry).version].tolerance
        if not envelope.iat - tolerance <= entry.t <= envelope.exp + tolerance:
            raise Refused("dated_otherwise", where=entry.where, t=_when(entry.t), iat=_when(envelope.iat))
    times = {state: _when(logs[state].envelopes[position].t) for state in (envelope.sender, envelope.to)}
    facts = {"number": position + 1, "sender": envelope.sender, "to": envelope.to}
    report.say("holds", "paired", **facts, sent=times[envelope.sender], received=times[envelope.to])


def _check_times(log: LogOf, directories: dict[int, Directory], report: Report) -> None:
    """No entry is later than the witnesses saw it, nor earlier than its interval began; the log counts as it grows."""
    counted = [entry.told["seq"] for entry in sorted(log.envelopes, key=lambda entry: entry.place)]
    if counted != sorted(set(counted)):
        raise Refused("order", state=log.state)
    for entry in log.envelopes:
        _check_dated(entry, log.bound, directories[log.in_force(entry).version].tolerance)
        if entry.witnessed is not None and entry.early and entry.witnessed - entry.t > LATE:
            report.say("unsaid", "late", state=log.state, hours=(entry.witnessed - entry.t) // 3600)
    if not all(entry.early for entry in log.envelopes):
        report.say("unsaid", "no_early", state=log.state)
    elif log.bound is None:
        latest = max(entry.witnessed or 0 for entry in log.envelopes)
        report.say("holds", "latest", state=log.state, latest=_when(latest))
    else:
        latest = max(entry.witnessed or 0 for entry in log.envelopes)
        report.say("holds", "between", state=log.state, bound=_when(log.bound), latest=_when(latest))
    if log.bound is None:
        report.say("unsaid", "no_bound", state=log.state)


def _check_dated(entry: Entry, bound: int | None, tolerance: int) -> None:
    """The entry's own date is neither after the witnesses saw it nor before `bound`."""
    if entry.witnessed is not None and entry.t > entry.witnessed + tolerance:
        raise Refused("dated_ahead", where=entry.where, t=_when(entry.t), witnessed=_when(entry.witnessed))
    if bound is not None and entry.t < bound - tolerance:
        raise Refused("backdated", where=entry.where, t=_when(entry.t), bound=_when(bound))


def _check_opened(log: LogOf, directories: dict[int, Directory], report: Report) -> None:
    """An opened entry's own date is told as it stands only where the witnesses of that time and the interval bear it out."""
    for entry in log.opened:
        # what stands before every adoption that is here goes by the first
        before = [each for each in log.adopted if each.entry.place < entry.place] or log.adopted[:1]
        bound = log.bound if log.began is not None and entry.place > log.began else None
        _check_dated(entry, bound, directories[before[-1].version].tolerance)
        facts = {"state": log.state, "kind": entry.kind}
        if entry.early and entry.witnessed is not None and entry.witnessed - entry.t <= LATE and bound is not None:
            report.say("holds", "opened", **facts, t=_when(entry.t))
            continue
        if entry.witnessed is not None:
            report.say("holds", "opened_latest", **facts, latest=_when(entry.witnessed))
        else:
            report.say("holds", "opened_undated", **facts)
        report.say("unsaid", "opened_date", **facts, t=_when(entry.t))


def cover_of(language: str, first: Envelope, count: int) -> bytes:
    """The page for people, in one of the four languages."""
    facts = {"x": first.x, "sender": first.sender, "to": first.to, "date": _when(first.iat), "count": count}
    return COVERS[language].format(**facts).encode("utf-8")


# 7 The words, in the four languages of the OAS

COVERS = {
    "es": """\
PAQUETE DE PRUEBA
Intercambio {x}, entre {sender} y {to}. Primer mensaje: {date}. Mensajes: {count}.

Este paquete contiene los mensajes firmados, las entradas de los registros de las dos autoridades con la prueba de que
están en ellos, y el directorio firmado por los Estados miembros que dice qué claves valían entonces.

Esta página no prueba nada por sí sola. Para comprobar el paquete:
1. Obtenga el programa verify_bundle.py de la autoridad nacional o de la Secretaría General, no de quien le dio el paquete.
2. Obtenga de ellas también el SHA-256 de la raíz vigente del directorio.
3. Ejecute: python3 verify_bundle.py --root-sha256 SHA256 --language es PAQUETE
El programa dice qué se sostiene, qué no se sostiene y qué no se puede decir.
""",
    "en": """\
EVIDENCE BUNDLE
Exchange {x}, between {sender} and {to}. First message: {date}. Messages: {count}.

This bundle has the signed messages, the entries of both authorities' logs with the proof that they are in them, and the
directory signed by the member states, which says what keys were valid then.

This page proves nothing by itself. To check the bundle:
1. Get the program verify_bundle.py from the national authority or the General Secretariat, not from who gave you the bundle.
2. Get from them, too, the SHA-256 of the current root of the directory.
3. Run: python3 verify_bundle.py --root-sha256 SHA256 --language en BUNDLE
The program says what holds, what does not hold and what cannot be said.
""",
    "pt": """\
PACOTE DE PROVA
Intercâmbio {x}, entre {sender} e {to}. Primeira mensagem: {date}. Mensagens: {count}.

Este pacote contém as mensagens assinadas, as entradas dos registros das duas autoridades com a prova de que estão neles, e
o diretório assinado pelos Estados membros, que diz quais chaves valiam então.

Esta página não prova nada por si só. Para verificar o pacote:
1. Obtenha o programa verify_bundle.py da autoridade nacional ou da Secretaria-Geral, não de quem lhe deu o pacote.
2. Obtenha delas também o SHA-256 da raiz vigente do diretório.
3. Execute: python3 verify_bundle.py --root-sha256 SHA256 --language pt PACOTE
O programa diz o que se sustenta, o que não se sustenta e o que não se pode dizer.
""",
    "fr": """\
DOSSIER DE PREUVE
Échange {x}, entre {sender} et {to}. Premier message : {date}. Messages : {count}.

Ce dossier contient les messages signés, les entrées des journaux des deux autorités avec la preuve qu'elles y figurent, et
l'annuaire signé par les États membres, qui dit quelles clés étaient valables alors.

Cette page ne prouve rien à elle seule. Pour vérifier le dossier :
1. Obtenez le programme verify_bundle.py de l'autorité nationale ou du Secrétariat général, non de qui vous a remis le dossier.
2. Obtenez d'eux aussi le SHA-256 de la racine en vigueur de l'annuaire.
3. Exécutez : python3 verify_bundle.py --root-sha256 SHA256 --language fr DOSSIER
Le programme dit ce qui tient, ce qui ne tient pas et ce qui ne peut pas être dit.
""",
}

WORDS: dict[str, dict[str, str]] = {
    "es": {
        "title": "Comprobación de un paquete de prueba de Celosia",
        "holds": "se sostiene",
        "fails": "no se sostiene",
        "unsaid": "no se puede decir",
        "note": "nota",
        "verdict_holds": "RESULTADO: el paquete se sostiene.",
        "verdict_fails": "RESULTADO: el paquete NO se sostiene.",
        "verdict_gaps": "RESULTADO: el paquete se sostiene, con lo que arriba no se puede decir.",
        "usage": "Uso: python3 verify_bundle.py --root-sha256 SHA256 [--language es|en|pt|fr] PAQUETE",
        "codes": "Código de salida: 0 se sostiene; 1 no se sostiene; 2 uso incorrecto; 3 se sostiene, con algo que no se puede decir.",
        "no_file": "El archivo no se puede leer: {name}",
        "no_digest": "--root-sha256 tiene que ser un SHA-256: 64 dígitos hexadecimales.",
        # se sostiene
        "container": "El archivo está entero: {files} ficheros, cada uno con su resumen del índice, en la única forma permitida.",
        "directory": "El directorio de autoridades se sostiene bajo la raíz indicada: versiones {versions}; la última, hasta {until}.",
        "log": "Las entradas de {state} están en su registro, y al menos {need} de los otros miembros lo atestiguaron.",
        "opened": "Entrada abierta de {state}: {kind}, {t}.",
        "opened_latest": "Entrada abierta de {state}: {kind}; existía a más tardar el {latest}.",
        "opened_undated": "Entrada abierta de {state}: {kind}.",
        "adopted": "{state} había adoptado el directorio {before} antes del intercambio, y adoptó el {after} después.",
        "signed": "El mensaje {number} ({type}) lo firmó {sender}, para {to}, el {iat}, con una clave válida entonces.",
        "paired": "Los dos registros tienen el mensaje {number}: {sender}, {sent}; {to}, {received}.",
        "latest": "Las entradas de {state} existían a más tardar el {latest}.",
        "between": "Las entradas de {state} no son anteriores al {bound} y existían a más tardar el {latest}.",
        # no se puede decir
        "no_later_adoption": "Si {state} siguió con el directorio {before}: no hay una adopción posterior al intercambio.",
        "no_early": "Cuándo existían las entradas de {state}: falta la prueba de lo que los testigos vieron entonces.",
        "no_bound": "Que las entradas de {state} no son anteriores a lo que dicen: falta el comienzo de su intervalo.",
        "late": "La fecha de una entrada de {state}: los testigos la vieron {hours} horas más tarde.",
        "opened_date": "Si la entrada abierta de {state} ({kind}) es de la fecha que se da, {t}: nada de lo que hay aquí lo sostiene.",
        "key_gone": "Por qué la clave del mensaje {number} ya no está en la entrada de {state} del directorio {version}: ¿se revocó?",
        "key_over": "Que el mensaje {number} se firmó mientras su clave valía: los testigos lo vieron cuando ya no valía ({until}).",
        "directory_over": "Si valía el directorio {version} para el mensaje {number}: su plazo, con la gracia, acabó el {until}.",
        "role_over": "Si valía lo que {state} dice de sí en el directorio {version} para el mensaje {number}: su plazo acabó el {until}.",
        # notas
        "not_looked_at": "Lo que sigue a esta comprobación no se miró.",
        "note_content": "Se prueba quién dijo qué y cuándo, no que lo dicho sea cierto.",
        "note_others": "No se prueba que no haya otros mensajes ni otros intercambios sobre el mismo asunto.",
        "note_sides": "Si las dos autoridades y bastantes testigos mintieran juntos, no se vería aquí.",
        "note_later": "Lo que cambió en el directorio después del {until} no está en el paquete.",
        "token": "{name}: el sello de tiempo dice ser sobre este registro; su firma no se comprobó aquí, sino con openssl ts -verify.",
        # no se sostiene
        "too_large": "El archivo pasa de {most} MiB.",
        "file_too_large": "Un fichero pasa de {most} MiB: {name}",
        "bad_name": "Hay un fichero con un nombre que no puede estar: {name}",
        "not_one_form": "El archivo no tiene la única forma permitida.",
        "other_manifest": "El índice no nombra los ficheros que hay, con sus resúmenes.",
        "missing": "Falta un fichero: {name}",
        "surplus": "Sobra un fichero: {name}",
        "other_cover": "La página para personas dice otra cosa que lo que se prueba: {name}",
        "malformed": "No tiene la forma que exige la especificación: {where}",
        "other_root": "La raíz del paquete no es la indicada: SHA-256 {found}, se indicó {given}",
        "other_version": "No es la versión que tiene que estar aquí: {where}",
        "other_file": "No es el fichero que nombra el directorio firmado: {where}",
        "too_few_signed": "Firmaron {have} de los {need} titulares que hacen falta: {where}",
        "shape": "El directorio no tiene la forma que puede tener: {where}",
        "no_evidence": "Un mensaje de un tipo que no deja entradas en los dos registros: {where}",
        "not_one_exchange": "Los mensajes no son de un mismo intercambio: {where}",
        "not_the_reply": "Una respuesta no cita la solicitud que está aquí: {where}",
        "cited_other": "El mensaje cita el directorio {version}, que su remitente no había adoptado: {where}",
        "key_not_valid": "La clave del mensaje no era válida para {state} el {iat}, según el directorio {version}: {where}",
        "signature": "La firma de {state} no se sostiene: {where}",
        "other_log": "Una prueba es de un registro que no es de {state}: {origin}",
        "log_signature": "El registro no firmó su estado: {origin}",
        "cosignature": "La firma del testigo {witness} no se sostiene: {origin}",
        "unknown_line": "Hay una firma de alguien que no está en el directorio: {origin}",
        "too_few_witnesses": "Atestiguaron {have} de los {need} miembros que hacen falta: {origin}",
        "not_in_tree": "La entrada no está en el registro: {where}",
        "not_frozen": "El registro se cerró con {size} entradas y otra raíz: {where}",
        "fork": "El registro tiene dos historias con {size} entradas: {origin}",
        "other_place": "Las dos pruebas de la entrada son de lugares distintos: {where}",
        "other_entry": "La entrada no es la del mensaje {number}: {where}",
        "other_kind": "La entrada es de otro tipo ({kind}) o está en otro lugar: {where}",
        "other_opening": "Lo abierto no es lo que la entrada comprometió: {where}",
        "other_exchange": "La entrada abierta es de otro intercambio: {where}",
        "other_token": "El sello de tiempo es sobre otra cosa: {name}",
        "no_adoption": "Falta qué directorio había adoptado {state} antes del intercambio.",
        "adopted_order": "Las adopciones de {state} no están en orden.",
        "other_directory": "{state} adoptó otro directorio con el número {version}.",
        "dated_otherwise": "La entrada se fecha el {t}, fuera del tiempo del mensaje ({iat}): {where}",
        "dated_ahead": "La entrada se fecha el {t}, después de que los testigos la vieran ({witnessed}): {where}",
        "backdated": "La entrada se fecha el {t} y no puede ser anterior al {bound}: {where}",
        "order": "El registro de {state} no cuenta sus entradas en orden.",
    },
    "en": {
        "title": "Check of an evidence bundle of Celosia",
        "holds": "holds",
        "fails": "does not hold",
        "unsaid": "cannot be said",
        "note": "note",
        "verdict_holds": "OUTCOME: the bundle holds.",
        "verdict_fails": "OUTCOME: the bundle does NOT hold.",
        "verdict_gaps": "OUTCOME: the bundle holds, but for what cannot be said above.",
        "usage": "Usage: python3 verify_bundle.py --root-sha256 SHA256 [--language es|en|pt|fr] BUNDLE",
        "codes": "Exit code: 0 holds; 1 does not hold; 2 wrong usage; 3 holds, but something cannot be said.",
        "no_file": "The file cannot be read: {name}",
        "no_digest": "--root-sha256 has to be a SHA-256: 64 hexadecimal digits.",
        # holds
        "container": "The file is whole: {files} files, each with its digest in the manifest, in the only form allowed.",
        "directory": "The directory of authorities holds under the root that was named: versions {versions}; the newest until {until}.",
        "log": "The entries of {state} are in its log, and at least {need} of the other members witnessed it.",
        "opened": "Opened entry of {state}: {kind}, {t}.",
        "opened_latest": "Opened entry of {state}: {kind}; it existed at the latest on {latest}.",
        "opened_undated": "Opened entry of {state}: {kind}.",
        "adopted": "{state} had adopted directory {before} before the exchange, and adopted {after} after it.",
        "signed": "Message {number} ({type}) was signed by {sender}, for {to}, on {iat}, with a key that was valid then.",
        "paired": "Both logs have message {number}: {sender}, {sent}; {to}, {received}.",
        "latest": "The entries of {state} existed at the latest on {latest}.",
        "between": "The entries of {state} are not earlier than {bound} and existed at the latest on {latest}.",
        # cannot be said
        "no_later_adoption": "Whether {state} went on with directory {before}: there is no adoption after the exchange.",
        "no_early": "When the entries of {state} existed: the proof of what witnesses saw then is not here.",
        "no_bound": "That the entries of {state} are not earlier than they say: the beginning of their interval is not here.",
        "late": "The date of an entry of {state}: witnesses saw it {hours} hours later.",
        "opened_date": "Whether the opened entry of {state} ({kind}) is of the date that it gives itself, {t}: nothing here bears it out.",
        "key_gone": "Why the key of message {number} is not in the entry of {state} in directory {version} any more: was it revoked?",
        "key_over": "That message {number} was signed while its key was valid: witnesses saw it when it was over ({until}).",
        "directory_over": "Whether directory {version} was valid for message {number}: its time, with the grace, ended on {until}.",
        "role_over": "Whether what {state} says of itself in directory {version} was valid for message {number}: its time ended on {until}.",
        # notes
        "not_looked_at": "What comes after this check was not looked at.",
        "note_content": "It is proved who said what and when, not that it is true.",
        "note_others": "It is not proved that there are no other messages or exchanges about the same matter.",
        "note_sides": "If both authorities and enough witnesses lied together, it would not be seen here.",
        "note_later": "What changed in the directory after {until} is not in the bundle.",
        "token": "{name}: the time stamp claims to be about this log; its signature was not checked here: openssl ts -verify does that.",
        # does not hold
        "too_large": "The file has more than {most} MiB.",
        "file_too_large": "A file has more than {most} MiB: {name}",
        "bad_name": "There is a file with a name that cannot be here: {name}",
        "not_one_form": "The file is not in the only form allowed.",
        "other_manifest": "The manifest does not name the files that are here, with their digests.",
        "missing": "A file is missing: {name}",
        "surplus": "A file does not belong here: {name}",
        "other_cover": "The page for people says something else than what is proved: {name}",
        "malformed": "It is not in the form that the specification asks for: {where}",
        "other_root": "The root of the bundle is not the one that was named: SHA-256 {found}, named was {given}",
        "other_version": "It is not the version that has to be here: {where}",
        "other_file": "It is not the file that the signed directory names: {where}",
        "too_few_signed": "{have} of the {need} holders that are needed signed: {where}",
        "shape": "The directory is not of the shape that it can have: {where}",
        "no_evidence": "A message of a type that leaves no entries in both logs: {where}",
        "not_one_exchange": "The messages are not of one exchange: {where}",
        "not_the_reply": "A reply does not cite the request that is here: {where}",
        "cited_other": "The message cites directory {version}, which its sender had not adopted: {where}",
        "key_not_valid": "The message's key was not valid for {state} on {iat}, by directory {version}: {where}",
        "signature": "The signature of {state} does not hold: {where}",
        "other_log": "A proof is of a log that is not one of {state}: {origin}",
        "log_signature": "The log did not sign its state: {origin}",
        "cosignature": "The signature of the witness {witness} does not hold: {origin}",
        "unknown_line": "There is a signature of somebody who is not in the directory: {origin}",
        "too_few_witnesses": "{have} of the {need} members that are needed witnessed: {origin}",
        "not_in_tree": "The entry is not in the log: {where}",
        "not_frozen": "The log was closed with {size} entries and another root: {where}",
        "fork": "The log has two histories with {size} entries: {origin}",
        "other_place": "The two proofs of the entry are of two places: {where}",
        "other_entry": "The entry is not that of message {number}: {where}",
        "other_kind": "The entry is of another kind ({kind}) or stands elsewhere: {where}",
        "other_opening": "What was opened is not what the entry committed to: {where}",
        "other_exchange": "The opened entry is about another exchange: {where}",
        "other_token": "The time stamp is about something else: {name}",
        "no_adoption": "Which directory {state} had adopted before the exchange is not here.",
        "adopted_order": "The adoptions of {state} are not in order.",
        "other_directory": "{state} adopted another directory under number {version}.",
        "dated_otherwise": "The entry is dated {t}, outside the time of the message ({iat}): {where}",
        "dated_ahead": "The entry is dated {t}, after witnesses saw it ({witnessed}): {where}",
        "backdated": "The entry is dated {t} and cannot be earlier than {bound}: {where}",
        "order": "The log of {state} does not count its entries in order.",
    },
    "pt": {
        "title": "Verificação de um pacote de prova do Celosia",
        "holds": "sustenta-se",
        "fails": "não se sustenta",
        "unsaid": "não se pode dizer",
        "note": "nota",
        "verdict_holds": "RESULTADO: o pacote se sustenta.",
        "verdict_fails": "RESULTADO: o pacote NÃO se sustenta.",
        "verdict_gaps": "RESULTADO: o pacote se sustenta, salvo o que acima não se pode dizer.",
        "usage": "Uso: python3 verify_bundle.py --root-sha256 SHA256 [--language es|en|pt|fr] PACOTE",
        "codes": "Código de saída: 0 se sustenta; 1 não se sustenta; 2 uso incorreto; 3 se sustenta, com algo que não se pode dizer.",
        "no_file": "O arquivo não pode ser lido: {name}",
        "no_digest": "--root-sha256 tem de ser um SHA-256: 64 dígitos hexadecimais.",
        # sustenta-se
        "container": "O arquivo está inteiro: {files} ficheiros, cada um com seu resumo no índice, na única forma permitida.",
        "directory": "O diretório de autoridades se sustenta sob a raiz indicada: versões {versions}; a última, até {until}.",
        "log": "As entradas de {state} estão em seu registro, e pelo menos {need} dos outros membros o testemunharam.",
        "opened": "Entrada aberta de {state}: {kind}, {t}.",
        "opened_latest": "Entrada aberta de {state}: {kind}; existia o mais tardar em {latest}.",
        "opened_undated": "Entrada aberta de {state}: {kind}.",
        "adopted": "{state} havia adotado o diretório {before} antes do intercâmbio, e adotou o {after} depois.",
        "signed": "A mensagem {number} ({type}) foi assinada por {sender}, para {to}, em {iat}, com uma chave válida então.",
        "paired": "Os dois registros têm a mensagem {number}: {sender}, {sent}; {to}, {received}.",
        "latest": "As entradas de {state} existiam o mais tardar em {latest}.",
        "between": "As entradas de {state} não são anteriores a {bound} e existiam o mais tardar em {latest}.",
        # não se pode dizer
        "no_later_adoption": "Se {state} continuou com o diretório {before}: não há adoção posterior ao intercâmbio.",
        "no_early": "Quando existiam as entradas de {state}: falta a prova do que as testemunhas viram então.",
        "no_bound": "Que as entradas de {state} não são anteriores ao que dizem: falta o começo de seu intervalo.",
        "late": "A data de uma entrada de {state}: as testemunhas a viram {hours} horas mais tarde.",
        "opened_date": "Se a entrada aberta de {state} ({kind}) é da data que dá a si mesma, {t}: nada aqui o sustenta.",
        "key_gone": "Por que a chave da mensagem {number} já não está na entrada de {state} do diretório {version}: foi revogada?",
        "key_over": "Que a mensagem {number} foi assinada enquanto sua chave valia: as testemunhas a viram quando já não valia ({until}).",
        "directory_over": "Se valia o diretório {version} para a mensagem {number}: seu prazo, com a tolerância, acabou em {until}.",
        "role_over": "Se valia o que {state} diz de si no diretório {version} para a mensagem {number}: seu prazo acabou em {until}.",
        # notas
        "not_looked_at": "O que vem depois desta verificação não foi olhado.",
        "note_content": "Prova-se quem disse o quê e quando, não que o dito seja verdade.",
        "note_others": "Não se prova que não haja outras mensagens nem outros intercâmbios sobre o mesmo assunto.",
        "note_sides": "Se as duas autoridades e testemunhas suficientes mentissem juntas, não se veria aqui.",
        "note_later": "O que mudou no diretório depois de {until} não está no pacote.",
        "token": "{name}: o carimbo do tempo diz ser sobre este registro; sua assinatura não se verificou aqui, e sim com openssl ts -verify.",
        # não se sustenta
        "too_large": "O arquivo passa de {most} MiB.",
        "file_too_large": "Um ficheiro passa de {most} MiB: {name}",
        "bad_name": "Há um ficheiro com um nome que não pode estar: {name}",
        "not_one_form": "O arquivo não tem a única forma permitida.",
        "other_manifest": "O índice não nomeia os ficheiros que há, com seus resumos.",
        "missing": "Falta um ficheiro: {name}",
        "surplus": "Sobra um ficheiro: {name}",
        "other_cover": "A página para pessoas diz outra coisa do que se prova: {name}",
        "malformed": "Não tem a forma que a especificação exige: {where}",
        "other_root": "A raiz do pacote não é a indicada: SHA-256 {found}, indicou-se {given}",
        "other_version": "Não é a versão que tem de estar aqui: {where}",
        "other_file": "Não é o ficheiro que o diretório assinado nomeia: {where}",
        "too_few_signed": "Assinaram {have} dos {need} titulares necessários: {where}",
        "shape": "O diretório não tem a forma que pode ter: {where}",
        "no_evidence": "Uma mensagem de um tipo que não deixa entradas nos dois registros: {where}",
        "not_one_exchange": "As mensagens não são de um mesmo intercâmbio: {where}",
        "not_the_reply": "Uma resposta não cita a solicitação que está aqui: {where}",
        "cited_other": "A mensagem cita o diretório {version}, que seu remetente não havia adotado: {where}",
        "key_not_valid": "A chave da mensagem não era válida para {state} em {iat}, segundo o diretório {version}: {where}",
        "signature": "A assinatura de {state} não se sustenta: {where}",
        "other_log": "Uma prova é de um registro que não é de {state}: {origin}",
        "log_signature": "O registro não assinou seu estado: {origin}",
        "cosignature": "A assinatura da testemunha {witness} não se sustenta: {origin}",
        "unknown_line": "Há uma assinatura de alguém que não está no diretório: {origin}",
        "too_few_witnesses": "Testemunharam {have} dos {need} membros necessários: {origin}",
        "not_in_tree": "A entrada não está no registro: {where}",
        "not_frozen": "O registro foi fechado com {size} entradas e outra raiz: {where}",
        "fork": "O registro tem duas histórias com {size} entradas: {origin}",
        "other_place": "As duas provas da entrada são de lugares distintos: {where}",
        "other_entry": "A entrada não é a da mensagem {number}: {where}",
        "other_kind": "A entrada é de outro tipo ({kind}) ou está em outro lugar: {where}",
        "other_opening": "O que se abriu não é o que a entrada comprometeu: {where}",
        "other_exchange": "A entrada aberta é de outro intercâmbio: {where}",
        "other_token": "O carimbo do tempo é sobre outra coisa: {name}",
        "no_adoption": "Falta qual diretório {state} havia adotado antes do intercâmbio.",
        "adopted_order": "As adoções de {state} não estão em ordem.",
        "other_directory": "{state} adotou outro diretório com o número {version}.",
        "dated_otherwise": "A entrada tem a data {t}, fora do tempo da mensagem ({iat}): {where}",
        "dated_ahead": "A entrada tem a data {t}, depois de as testemunhas a verem ({witnessed}): {where}",
        "backdated": "A entrada tem a data {t} e não pode ser anterior a {bound}: {where}",
        "order": "O registro de {state} não conta suas entradas em ordem.",
    },
    "fr": {
        "title": "Vérification d'un dossier de preuve de Celosia",
        "holds": "tient",
        "fails": "ne tient pas",
        "unsaid": "ne peut être dit",
        "note": "note",
        "verdict_holds": "RÉSULTAT : le dossier tient.",
        "verdict_fails": "RÉSULTAT : le dossier NE tient PAS.",
        "verdict_gaps": "RÉSULTAT : le dossier tient, sauf ce qui ne peut être dit ci-dessus.",
        "usage": "Usage : python3 verify_bundle.py --root-sha256 SHA256 [--language es|en|pt|fr] DOSSIER",
        "codes": "Code de sortie : 0 tient ; 1 ne tient pas ; 2 mauvais usage ; 3 tient, sauf quelque chose qui ne peut être dit.",
        "no_file": "Le fichier ne peut être lu : {name}",
        "no_digest": "--root-sha256 doit être un SHA-256 : 64 chiffres hexadécimaux.",
        # tient
        "container": "Le dossier est entier : {files} fichiers, chacun avec son empreinte dans l'index, dans la seule forme permise.",
        "directory": "L'annuaire des autorités tient sous la racine indiquée : versions {versions} ; la dernière jusqu'au {until}.",
        "log": "Les entrées de {state} sont dans son journal, et au moins {need} des autres membres en ont témoigné.",
        "opened": "Entrée ouverte de {state} : {kind}, {t}.",
        "opened_latest": "Entrée ouverte de {state} : {kind} ; elle existait au plus tard le {latest}.",
        "opened_undated": "Entrée ouverte de {state} : {kind}.",
        "adopted": "{state} avait adopté l'annuaire {before} avant l'échange, et a adopté le {after} après.",
        "signed": "Le message {number} ({type}) a été signé par {sender}, pour {to}, le {iat}, avec une clé valable alors.",
        "paired": "Les deux journaux ont le message {number} : {sender}, {sent} ; {to}, {received}.",
        "latest": "Les entrées de {state} existaient au plus tard le {latest}.",
        "between": "Les entrées de {state} ne sont pas antérieures au {bound} et existaient au plus tard le {latest}.",
        # ne peut être dit
        "no_later_adoption": "Si {state} a continué avec l'annuaire {before} : il n'y a pas d'adoption après l'échange.",
        "no_early": "Quand existaient les entrées de {state} : la preuve de ce que les témoins ont vu alors manque.",
        "no_bound": "Que les entrées de {state} ne sont pas antérieures à ce qu'elles disent : le début de leur intervalle manque.",
        "late": "La date d'une entrée de {state} : les témoins l'ont vue {hours} heures plus tard.",
        "opened_date": "Si l'entrée ouverte de {state} ({kind}) est de la date qu'elle se donne, {t} : rien ici ne l'appuie.",
        "key_gone": "Pourquoi la clé du message {number} n'est plus dans l'entrée de {state} de l'annuaire {version} : révoquée ?",
        "key_over": "Que le message {number} a été signé quand sa clé valait : les témoins l'ont vu quand elle ne valait plus ({until}).",
        "directory_over": "Si l'annuaire {version} valait pour le message {number} : son délai, avec la grâce, a pris fin le {until}.",
        "role_over": "Si ce que {state} dit d'elle-même dans l'annuaire {version} valait pour le message {number} : son délai a pris fin le {until}.",
        # notes
        "not_looked_at": "Ce qui vient après cette vérification n'a pas été regardé.",
        "note_content": "Il est prouvé qui a dit quoi et quand, non que ce soit vrai.",
        "note_others": "Il n'est pas prouvé qu'il n'y ait pas d'autres messages ni d'autres échanges sur la même affaire.",
        "note_sides": "Si les deux autorités et assez de témoins mentaient ensemble, cela ne se verrait pas ici.",
        "note_later": "Ce qui a changé dans l'annuaire après le {until} n'est pas dans le dossier.",
        "token": "{name} : l'horodatage dit porter sur ce journal ; sa signature n'a pas été vérifiée ici : openssl ts -verify le fait.",
        # ne tient pas
        "too_large": "Le dossier dépasse {most} Mio.",
        "file_too_large": "Un fichier dépasse {most} Mio : {name}",
        "bad_name": "Il y a un fichier dont le nom ne peut être ici : {name}",
        "not_one_form": "Le dossier n'a pas la seule forme permise.",
        "other_manifest": "L'index ne nomme pas les fichiers présents, avec leurs empreintes.",
        "missing": "Un fichier manque : {name}",
        "surplus": "Un fichier est de trop : {name}",
        "other_cover": "La page pour les personnes dit autre chose que ce qui est prouvé : {name}",
        "malformed": "N'a pas la forme qu'exige la spécification : {where}",
        "other_root": "La racine du dossier n'est pas celle qui a été indiquée : SHA-256 {found}, indiqué {given}",
        "other_version": "Ce n'est pas la version qui doit être ici : {where}",
        "other_file": "Ce n'est pas le fichier que nomme l'annuaire signé : {where}",
        "too_few_signed": "{have} des {need} titulaires nécessaires ont signé : {where}",
        "shape": "L'annuaire n'a pas la forme qu'il peut avoir : {where}",
        "no_evidence": "Un message d'un type qui ne laisse pas d'entrées dans les deux journaux : {where}",
        "not_one_exchange": "Les messages ne sont pas d'un même échange : {where}",
        "not_the_reply": "Une réponse ne cite pas la demande qui est ici : {where}",
        "cited_other": "Le message cite l'annuaire {version}, que son expéditeur n'avait pas adopté : {where}",
        "key_not_valid": "La clé du message n'était pas valable pour {state} le {iat}, selon l'annuaire {version} : {where}",
        "signature": "La signature de {state} ne tient pas : {where}",
        "other_log": "Une preuve est d'un journal qui n'est pas de {state} : {origin}",
        "log_signature": "Le journal n'a pas signé son état : {origin}",
        "cosignature": "La signature du témoin {witness} ne tient pas : {origin}",
        "unknown_line": "Il y a une signature de quelqu'un qui n'est pas dans l'annuaire : {origin}",
        "too_few_witnesses": "{have} des {need} membres nécessaires ont témoigné : {origin}",
        "not_in_tree": "L'entrée n'est pas dans le journal : {where}",
        "not_frozen": "Le journal a été clos avec {size} entrées et une autre racine : {where}",
        "fork": "Le journal a deux histoires de {size} entrées : {origin}",
        "other_place": "Les deux preuves de l'entrée sont de deux endroits : {where}",
        "other_entry": "L'entrée n'est pas celle du message {number} : {where}",
        "other_kind": "L'entrée est d'une autre sorte ({kind}) ou se trouve ailleurs : {where}",
        "other_opening": "Ce qui est ouvert n'est pas ce que l'entrée a engagé : {where}",
        "other_exchange": "L'entrée ouverte est d'un autre échange : {where}",
        "other_token": "L'horodatage porte sur autre chose : {name}",
        "no_adoption": "Quel annuaire {state} avait adopté avant l'échange manque.",
        "adopted_order": "Les adoptions de {state} ne sont pas dans l'ordre.",
        "other_directory": "{state} a adopté un autre annuaire sous le numéro {version}.",
        "dated_otherwise": "L'entrée est datée du {t}, hors du temps du message ({iat}) : {where}",
        "dated_ahead": "L'entrée est datée du {t}, après que les témoins l'ont vue ({witnessed}) : {where}",
        "backdated": "L'entrée est datée du {t} et ne peut être antérieure au {bound} : {where}",
        "order": "Le journal de {state} ne compte pas ses entrées dans l'ordre.",
    },
}


class _Parser(argparse.ArgumentParser):
    """A command line that says what is wrong with it in the reader's language."""

    words = WORDS["es"]

    def format_help(self) -> str:
        return f"{self.words['usage']}\n\n{self.words['codes']}\n"

    def error(self, message: str) -> NoReturn:
        # argparse's own messages are in English only
        self.exit(USAGE, self.words["usage"] + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Reads the command line, prints the report, and returns the exit code."""
    told = sys.argv[1:] if arguments is None else arguments
    named = [language for language in LANGUAGES if f"--language={language}" in told or f"--language {language}" in " ".join(told)]
    words = WORDS[named[0] if named else "es"]
    # consoles of courts are not all in UTF-8, and a sentence with a hole is better than none
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    parser = _Parser(prog="verify_bundle.py", allow_abbrev=False)
    parser.words = words
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--root-sha256", required=True)
    parser.add_argument("--language", choices=LANGUAGES, default="es")
    given = parser.parse_args(told)
    digest = "".join(given.root_sha256.split()).lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        sys.stderr.write(words["no_digest"] + "\n")
        return USAGE
    try:
        with given.bundle.open("rb") as file:
            bundle = file.read(BUNDLE_BYTES + 1)
    except OSError:
        sys.stderr.write(words["no_file"].format(name=_shown(str(given.bundle))) + "\n")
        return USAGE
    report = verify(bundle, digest)
    sys.stdout.write(report.to_text(given.language))
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
