"""What the search looks for: every form that an identifier or a name of somebody protected could leave in.

A form is a text (in clear, normalised, in other letters, reversed) or a value computed from it: a digest, an HMAC under a key, a
point, blinded or evaluated, a tag. How these stand in what left, in hex, base64 or percent signs, is the search's part.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from crypto.group import Scalar
from crypto.oprf import ServerKey, element_of
from protocol.index.entry import tag_of

_DIGESTS = ("md5", "sha1", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
PURPOSES = frozenset(
    {
        *("asked_number", "case", "case files", "content", "hold", "identifier", "network", "protected", "protected content"),
        *("protected feed", "protected file", "record", "review", "review season", "route", "staff_number", "subject"),
        *("victims_offset", "victims_wait"),
    }
)
"""For what a node digests something under its own key. `test_needles.py` compares it with the source."""
_RECORDS = 4
"""Of one identifier so many entries are looked for in a list: a network has no more records here."""
PREFIX = 12
"""Bytes of a computed value that are looked for: a shortened one is found too, and chance has no share in a find (2^-96)."""


@dataclass(frozen=True, repr=False)
class Canary:
    """Somebody's identifier or name, invented, and planted: as people write it, and as OPRF inputs."""

    name: str
    """What a report calls it: never what it is."""
    texts: tuple[str, ...]
    inputs: tuple[bytes, ...]
    whole: tuple[str, ...] = ()
    """Writings that may be hashed as one: in clear, each holds one of `texts`."""


@dataclass(frozen=True, repr=False)
class Secrets:
    """What the federation's nodes hold or drew: under any of it a derived form may stand."""

    keys: frozenset[bytes]
    scalars: Sequence[Scalar]
    """Blinding factors of everybody, and the keys of protected registers."""
    epochs: Sequence[ServerKey]
    digests: Sequence[Callable[[str, bytes], str]]
    """Each node's digest of a purpose and a value, in hex."""


def texts_of(canary: Canary) -> Iterator[tuple[str, bytes]]:
    """(what it is, bytes): written forms, their ASCII letters in lower case: so the search compares."""
    for text in canary.texts:
        for form in {text, _plain(text), text.casefold(), text.upper(), unicodedata.normalize("NFD", text)}:
            yield "clear", form.encode().lower()
            yield "reversed", form[::-1].encode().lower()
            yield "percent", quote(form, safe="").encode().lower()
            yield "utf-16", form.encode("utf-16-le").lower()
            yield "utf-16", form.encode("utf-16-be").lower()
            yield "latin-1", form.encode("latin-1", "replace").lower()
        if any(map(str.isdigit, text)):
            yield "digits", "".join(filter(str.isdigit, text)).encode()


def values_of(canary: Canary, secrets: Secrets) -> Iterator[tuple[str, bytes]]:
    """(what it is, value): everything that can be computed from it under what any node knows."""
    for raw in (*_written(canary), *canary.inputs):
        for name in _DIGESTS:
            yield name, hashlib.new(name, raw).digest()
        for key in secrets.keys:
            yield "hmac", hmac.digest(key, raw, "sha256")
            yield "keyed digest", hashlib.blake2b(raw, key=key, digest_size=32).digest()
        for digest in secrets.digests:
            yield from (("own digest", bytes.fromhex(digest(purpose, raw))) for purpose in PURPOSES)
    for value in canary.inputs:
        point = element_of(value)
        yield "point", bytes(point)
        for scalar in secrets.scalars:
            yield "blinded", bytes(point.multiply(scalar))
        for epoch in secrets.epochs:
            yield from _evaluated(epoch.evaluate_input(value))


def _evaluated(output: bytes) -> Iterator[tuple[str, bytes]]:
    yield "output", output
    for j in range(_RECORDS):
        yield "tag", tag_of(output, j)


def _written(canary: Canary) -> Iterable[bytes]:
    every = {form for text in (*canary.texts, *canary.whole) for form in (text, _plain(text))}
    return {form.encode() for text in every for form in (text, text.casefold(), text.upper())}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
