"""The search finds a canary in every form and wrapping that it says it knows, and nothing where nothing is."""

import base64
import gzip
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.group import Scalar
from crypto.oprf import BlindingFactor, ServerKey, blind, element_of
from protocol.index.entry import tag_of
from tests.proof.drawn import seeded
from tests.proof.needles import Canary, Secrets
from tests.proof.search import Search
from tests.proof.taps import Left

NUMBER, NAME = "+573015550123", "Quetzalina Ñuflo Iñárritu"
INPUT = b"phone, a version, " + NUMBER.encode()
CANARY = Canary("canary-1", (NUMBER, NAME), (INPUT,), (f"case of {NAME}", "+57 301 555 0123"))
KEY = b"k" * 32
FACTOR = Scalar.random(seeded(1))
EPOCH = ServerKey.derive(b"s" * 32, b"an epoch")
SECRETS = Secrets(
    frozenset({KEY}),
    [FACTOR],
    [EPOCH],
    [lambda purpose, value: hashlib.blake2b(purpose.encode() + b"|" + value, key=KEY, digest_size=32).hexdigest()],
)
SEARCH = Search({CANARY: 0}, SECRETS)
NOISE = seeded(2)(2000)

PLANTS: dict[str, bytes] = {
    "clear": NUMBER.encode(),
    "written with spaces": b"+57 301 555 0123",
    "written with dots and brackets": b"57 (301) 555.01-23",
    "a name in capitals": NAME.upper().encode(),
    "a name without accents": b"quetzalina nuflo inarritu",
    "a name in Latin-1": NAME.encode("latin-1"),
    "UTF-16": NAME.encode("utf-16-le"),
    "UTF-16, the other way": NAME.encode("utf-16-be"),
    "reversed": NUMBER[::-1].encode(),
    "percent signs": quote(NAME).encode(),
    "JSON escapes": json.dumps(NAME).encode(),
    "SHA-1": hashlib.sha1(NUMBER.encode(), usedforsecurity=False).digest(),
    "SHA-256": hashlib.sha256(NUMBER.encode()).digest(),
    "SHA-512, shortened": hashlib.sha512(INPUT).digest()[:16],
    "SHA-256 of a longer text": hashlib.sha256(f"case of {NAME}".encode()).digest(),
    "SHA-256 of a number with spaces": hashlib.sha256(b"+57 301 555 0123").digest(),
    "SHA-256 of a name without accents": hashlib.sha256(b"Quetzalina Nuflo Inarritu").digest(),
    "HMAC of a longer text": hmac.digest(KEY, f"CASE OF {NAME.upper()}".encode(), "sha256"),
    "HMAC": hmac.digest(KEY, NUMBER.encode(), "sha256"),
    "keyed digest": hashlib.blake2b(INPUT, key=KEY, digest_size=32).digest(),
    "own digest": hashlib.blake2b(b"identifier|" + INPUT, key=KEY, digest_size=32).digest(),
    "point": bytes(element_of(INPUT)),
    "blinded": bytes(blind(INPUT, BlindingFactor.from_bytes(FACTOR.reveal())).element),
    "output": EPOCH.evaluate_input(INPUT),
    "tag": tag_of(EPOCH.evaluate_input(INPUT), 2),
}
WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "bare": bytes,
    "hex": lambda raw: raw.hex().encode(),
    "capital hex": lambda raw: raw.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64url without padding": lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"="),
    "base64 of a longer text": lambda raw: base64.b64encode(b"x" + raw + b"yz"),
    "base64 in base64": lambda raw: base64.urlsafe_b64encode(b'{"a":"' + base64.urlsafe_b64encode(raw) + b'"}'),
    "hex in JSON in base64": lambda raw: base64.b64encode(json.dumps({"field": raw.hex()}).encode()),
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "base32": base64.b32encode,
    "base32 in small letters without padding": lambda raw: base64.b32encode(raw).rstrip(b"=").lower(),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("plant", PLANTS)
def test_every_form_is_found_in_every_wrapping(plant: str, wrapping: str) -> None:
    planted = NOISE + b' "' + WRAPPINGS[wrapping](PLANTS[plant]) + b'" ' + NOISE
    assert {name for name, _ in SEARCH.look(planted)} == {CANARY.name}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_nothing_is_found_where_nothing_is(wrapping: str) -> None:
    for at in range(20):
        noise = seeded(at)(5000)
        assert SEARCH.look(b' "' + WRAPPINGS[wrapping](noise) + b'" ') == frozenset()


@given(st.binary(max_size=300))
def test_whatever_the_bytes_the_search_ends_and_says_nothing_of_the_canary(noise: bytes) -> None:
    assert SEARCH.look(noise) == frozenset()


def test_what_left_before_somebody_was_protected_is_no_find() -> None:
    search = Search({CANARY: 5}, SECRETS)
    before, after = (Left(turn, "CO", "reply", NUMBER.encode()) for turn in (4, 6))  # type: ignore[arg-type]
    assert search.finds([before]) == []
    finds = search.finds([before, after])
    assert {(find.canary, find.form, find.way) for find in finds} >= {("canary-1", "clear", "reply")}
    assert NUMBER not in repr(finds)
