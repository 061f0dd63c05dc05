"""A bundle with one byte changed, each byte in its turn: refused, as it came and when it is packed anew around the change.

Nothing in it is meaningless. Two things could be, and are not: fields of a ZIP that nobody reads (the file is printed again and
compared), and signatures beyond those that are needed (here there are none; where there are, see `docs/spec/evidence.md`).
"""

import random
from collections.abc import Iterable

import pytest

from deploy.verify_bundle import verify
from protocol.asic import unpack
from tests.protocol.bundles import ROOT_DIGEST, bundle, repacked

SAMPLE = 60
FILES = unpack(bundle())


def changed(raw: bytes, at: int, by: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :]


def survivors(places: Iterable[int], by: int) -> list[int]:
    """Where a byte of the file could be changed without being noticed."""
    return [at for at in places if verify(changed(bundle(), at, by), ROOT_DIGEST).exit_code != 1]


def survivors_packed_anew(places: Iterable[tuple[str, int]], by: int) -> list[tuple[str, int]]:
    """Where a byte of a file in it could be changed by somebody who makes the container and its manifest anew."""
    return [
        (name, at)
        for name, at in places
        if verify(repacked(bundle(), {name: changed(FILES[name], at, by)}), ROOT_DIGEST).exit_code != 1
    ]


def inside() -> list[tuple[str, int]]:
    return [(name, at) for name, content in FILES.items() for at in range(len(content))]


def test_a_sample_of_bytes() -> None:
    assert survivors(random.Random(1).sample(range(len(bundle())), SAMPLE), 1) == []  # noqa: S311  which bytes is no secret


def test_a_sample_of_bytes_packed_anew() -> None:
    assert survivors_packed_anew(random.Random(2).sample(inside(), SAMPLE), 1) == []  # noqa: S311


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("by", [1, 0x20, 0x80])
def test_every_byte(by: int) -> None:
    assert survivors(range(len(bundle())), by) == []


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("by", [1, 0x20])
def test_every_byte_packed_anew(by: int) -> None:
    assert survivors_packed_anew(inside(), by) == []


def test_a_byte_more_and_a_byte_less_at_each_seam() -> None:
    whole = bundle()
    seams = [at for at in range(len(whole)) if whole[at : at + 2] == b"PK"]
    for at in seams:
        assert verify(whole[:at] + b"\0" + whole[at:], ROOT_DIGEST).exit_code == 1
        assert verify(whole[: at - 1] + whole[at:], ROOT_DIGEST).exit_code == 1
