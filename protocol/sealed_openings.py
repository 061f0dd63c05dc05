"""What opens a question, sealed so that it takes any two of its holders, and no machine ever has the keys of both.

    {"body":<sealed openings>,"boxes":[{"box":…,"first":<key>,"second":<key>}, …],"check":<digest>,"v":1}

For every two holders, in either order, a box has the key of the body: sealed to the second one, and that again to the first. The
first one takes the outer seal off with `hand_on`; only the second one can read what is left, in `open_openings`.
Source: libsodium `crypto_box_seal`, XChaCha20-Poly1305, and `docs/spec/matching.md`.
"""

import hashlib
from collections.abc import Sequence
from itertools import permutations
from typing import Annotated, Final, Literal

from pydantic import Field

from crypto.errors import SealBroken
from crypto.group import RandomBytes
from crypto.sealing import SealingKey, SealingPublicKey, StorageKey, seal_to
from protocol import limits
from protocol.errors import Malformed
from protocol.matching import OpeningRefused, Openings
from protocol.wire import Digest, Octets, Octets32, WireModel, canonical, parse

_CHECK: Final = b"celosia/openings/key/1"
_BOUND: Final = b"celosia/openings/1"
_HANDED_BYTES: Final = 32 + 48
_BOX_BYTES: Final = _HANDED_BYTES + 48
_PAIRS: Final = limits.AUDIT_HOLDERS * (limits.AUDIT_HOLDERS - 1)


class Handed(WireModel):
    """A box without its outer seal: what a first holder hands on to one second holder. Nobody else can read it."""

    first: Octets32
    second: Octets32
    box: Annotated[Octets, Field(min_length=_HANDED_BYTES, max_length=_HANDED_BYTES)]


class Box(WireModel):
    """The key of the body, for two holders by their public keys: `first` opens before `second`."""

    first: Octets32
    second: Octets32
    box: Annotated[Octets, Field(min_length=_BOX_BYTES, max_length=_BOX_BYTES)]


class Boxes(WireModel):
    """The boxes of one question, as a first holder gets them."""

    boxes: Annotated[tuple[Box, ...], Field(min_length=2, max_length=_PAIRS)]


class HandedOn(WireModel):
    """What one first holder hands on; nothing where the boxes turned out to be altered."""

    boxes: Annotated[tuple[Handed, ...], Field(max_length=limits.AUDIT_HOLDERS - 1)]


class SealedOpenings(WireModel):
    """The openings of one question as they are kept. `check` tells the key of the body, and nothing of it."""

    v: Literal[1] = 1
    boxes: Annotated[tuple[Box, ...], Field(min_length=2, max_length=_PAIRS)]
    check: Digest
    body: Octets


def check_holders(holders: Sequence[SealingPublicKey]) -> None:
    """Return if so many different holders can share openings; raise `ValueError` otherwise."""
    if not 2 <= len(holders) <= limits.AUDIT_HOLDERS or len(set(holders)) != len(holders):
        raise ValueError(f"2 to {limits.AUDIT_HOLDERS} different holders keep openings")


def seal_openings(openings: Openings, x: str, holders: Sequence[SealingPublicKey], random: RandomBytes) -> bytes:
    """The openings of the question of exchange `x`, for any two of `holders`. `ValueError` as `check_holders`."""
    check_holders(holders)
    key = StorageKey.generate(random)
    boxes = tuple(
        Box(first=bytes(first), second=bytes(second), box=seal_to(first, seal_to(second, key.reveal())))
        for first, second in permutations(holders, 2)
    )
    body = key.seal(canonical(openings), _BOUND + x.encode(), random)
    return canonical(SealedOpenings(boxes=boxes, check=_check(key.reveal()), body=body))


def read_sealed(raw: bytes) -> SealedOpenings:
    """What `seal_openings` gave. Raises `TooLarge`, `Malformed`."""
    return parse(SealedOpenings, raw, limit=limits.SEALED_OPENINGS_BYTES, where="openings")


def read_boxes(raw: bytes) -> tuple[Box, ...]:
    """The boxes in the canonical JSON of `Boxes`. Raises `TooLarge`, `Malformed`."""
    return parse(Boxes, raw, limit=limits.AUDIT_BOXES_BYTES, where="openings").boxes


def read_handed(raw: bytes) -> tuple[Handed, ...]:
    """What is in the canonical JSON of `HandedOn`. Raises `TooLarge`, `Malformed`."""
    return parse(HandedOn, raw, limit=limits.AUDIT_BOXES_BYTES, where="openings").boxes


def hand_on(boxes: Sequence[Box], holder: SealingKey) -> tuple[Handed, ...]:
    """What `holder` hands on, for each holder who may come second.

    Raises `OpeningRefused` at `openings.holder` for who is no holder, at `openings.boxes` for boxes that were altered.
    """
    own = [box for box in boxes if box.first == bytes(holder.public)]
    if not own:
        raise OpeningRefused("openings.holder")
    try:
        return tuple(Handed(first=box.first, second=box.second, box=holder.open(box.box)) for box in own)
    except SealBroken:
        raise OpeningRefused("openings.boxes") from None


def open_openings(sealed: SealedOpenings, x: str, handed: Sequence[Handed], holder: SealingKey) -> Openings:
    """The openings, for the second holder, by what a first one has handed on.

    Raises `OpeningRefused` at `openings.holder` where nothing was handed on to this holder, at `openings.handed` for what is not
    of these openings; and at `openings.body`, a breach, where the key is the right one and what it seals was altered, is
    another question's, or are no openings.
    """
    key = _handed_key(handed, holder)
    if _check(key) != sealed.check:
        raise OpeningRefused("openings.handed")
    try:
        raw = StorageKey.from_bytes(key).open(sealed.body, _BOUND + x.encode())
        return parse(Openings, raw, limit=limits.SEALED_OPENINGS_BYTES, where="openings")
    except (SealBroken, Malformed):
        raise OpeningRefused("openings.body") from None


def _handed_key(handed: Sequence[Handed], holder: SealingKey) -> bytes:
    own = [each for each in handed if each.second == bytes(holder.public)]
    if not own:
        raise OpeningRefused("openings.holder")
    try:
        return holder.open(own[0].box)
    except SealBroken:
        raise OpeningRefused("openings.handed") from None


def _check(key: bytes) -> str:
    return hashlib.sha256(_CHECK + key).hexdigest()
