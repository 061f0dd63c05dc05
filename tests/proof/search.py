"""The search: whether any form of a canary stands in bytes that left, in whatever layers it is wrapped.

Bytes are looked at as they are, and as what hex, base32, base64, base64url, percent signs, JSON's escapes, gzip and zlib in them
say, and so on within. Deflate without a head is not told from other bytes, and is not looked into.
Texts are compared in lower case, and numbers also without the signs that people write between digits. A computed value is
looked for by its first bytes, at every offset.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tests.proof.needles import PREFIX, Canary, Secrets, texts_of, values_of
from tests.proof.taps import Left

_DEPTH = 5
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_HEX = re.compile(rb"[0-9A-Fa-f]{8,}")
_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")
_BETWEEN_DIGITS = re.compile(rb"(?<=[0-9])[ ().\-/]+(?=[0-9])")
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
"""How gzip and zlib begin (RFC 1952, 2.3.1; RFC 1950, 2.2)."""
_GZIP_OR_ZLIB = 47
_BASE32 = re.compile(rb"[A-Z2-7]{16,}|[a-z2-7]{16,}")
"""Shorter runs stand in any base64 by chance."""
_FEWEST_DIGITS = 7
"""A shorter run of digits stands somewhere by chance."""
_ALIGNED_ANEW = 4096
"""Runs of base64 up to this long are read from each of four offsets: what was encoded may be a part of a longer text."""


@dataclass(frozen=True)
class Found:
    """A canary, in which form, by which way it left. Says nothing of what the canary is."""

    canary: str
    form: str
    node: str
    way: str


class Search:
    """Looks for some canaries in what left a node, each from its own turn on."""

    def __init__(self, canaries: Mapping[Canary, int], secrets: Secrets) -> None:
        """`canaries`: each with the turn since when its node must not let it out."""
        self._since = {canary.name: since for canary, since in canaries.items()}
        self._texts: dict[bytes, tuple[str, str]] = {}
        self._digits: dict[bytes, tuple[str, str]] = {}
        self._values: dict[bytes, tuple[str, str]] = {}
        for canary in canaries:
            for form, text in texts_of(canary):
                known = self._digits if form == "digits" else self._texts
                if form != "digits" or len(text) >= _FEWEST_DIGITS:
                    known.setdefault(text, (canary.name, form))
            for form, value in values_of(canary, secrets):
                self._values.setdefault(value[:PREFIX], (canary.name, form))
        self.bytes_searched = 0
        self._seen: dict[bytes, frozenset[tuple[str, str]]] = {}

    def finds(self, left: Iterable[Left]) -> list[Found]:
        """What was found of canaries that were protected when the bytes left."""
        finds = []
        for each in left:
            for name, form in self.look(each.data):
                if each.turn > self._since[name]:
                    finds.append(Found(name, form, each.node, each.way))
        return finds

    def look(self, data: bytes) -> frozenset[tuple[str, str]]:
        """(canary, form) of all that stands in some bytes. Equal bytes are looked at once."""
        if data not in self._seen:
            self.bytes_searched += len(data)
            self._seen[data] = frozenset(found for layer in layers(data) for found in self._in_layer(layer))
        return self._seen[data]

    def _in_layer(self, layer: bytes) -> Iterator[tuple[str, str]]:
        lower = layer.lower()
        yield from (known for text, known in self._texts.items() if text in lower)
        digits = _BETWEEN_DIGITS.sub(b"", layer)
        yield from (known for text, known in self._digits.items() if text in digits)
        windows = {layer[at : at + PREFIX] for at in range(len(layer) - PREFIX + 1)}
        yield from (self._values[prefix] for prefix in windows & self._values.keys())


def layers(data: bytes) -> Iterator[bytes]:
    """Some bytes, and all that can be read within them, each once."""
    seen, waiting = {data}, [(data, 0)]
    while waiting:
        layer, depth = waiting.pop()
        yield layer
        if depth < _DEPTH:
            for inner in _within(layer):
                if len(inner) >= _FEWEST_DIGITS and inner not in seen:
                    seen.add(inner)
                    waiting.append((inner, depth + 1))


def _within(layer: bytes) -> Iterator[bytes]:
    for run in _HEX.findall(layer):
        for offset in (0, 1):
            even = run[offset : offset + (len(run) - offset) // 2 * 2]
            yield binascii.unhexlify(even)
    for run in _BASE64.findall(layer):
        standard = run.translate(bytes.maketrans(b"-_", b"+/"))
        for offset in range(4 if len(run) <= _ALIGNED_ANEW else 1):
            whole = standard[offset : offset + (len(standard) - offset) // 4 * 4]
            rest = standard[offset + len(whole) :]
            yield base64.b64decode(whole) + (base64.b64decode(rest + b"=" * (4 - len(rest))) if len(rest) > 1 else b"")
    if b"%" in layer:
        yield unquote_to_bytes(layer)
    if b"\\u" in layer:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "replace"), layer)
    for run in _BASE32.findall(layer):
        whole = run[: len(run) - (len(run) % 8 in (1, 3, 6))]
        yield base64.b32decode(whole + b"=" * (-len(whole) % 8), casefold=True)
    for head in _PACKED.finditer(layer):
        with suppress(zlib.error):
            yield zlib.decompressobj(_GZIP_OR_ZLIB).decompress(layer[head.start() :])
