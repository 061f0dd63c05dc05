"""A holder's key: only under its passphrase, readable by its owner only, and refused by name when it is anything else."""

import os
import stat
from pathlib import Path

import pytest

from crypto.stretching import Cost
from node.custody import KeyFault, KeysUnusable
from node.custody.holders import (
    holders_file,
    make_holder_key,
    public_line,
    read_holder_key,
    read_holders,
    read_public,
)
from node.custody.secrets import Passphrase
from tests.node.holders import DEPUTY, PUBLIC

WORDS = b"invented words of one holder"


def passphrase(words: bytes = WORDS) -> Passphrase:
    return Passphrase(words, os.urandom, Cost(1, 8 << 20))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "holder.key"


def fault(path: Path, words: bytes = WORDS) -> KeyFault:
    with pytest.raises(KeysUnusable) as caught:
        read_holder_key(path, passphrase(words))
    assert caught.value.facts == {"file": str(path)}
    return caught.value.fault


def test_a_key_is_read_again_under_its_passphrase_and_lies_nowhere_in_clear(path: Path) -> None:
    public = make_holder_key(path, passphrase(), os.urandom)
    held = read_holder_key(path, passphrase())
    assert held.public == public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert held.reveal() not in path.read_bytes() and held.reveal().hex().encode() not in path.read_bytes()


def test_a_key_is_never_overwritten_nor_sealed_under_a_short_passphrase(path: Path) -> None:
    with pytest.raises(KeysUnusable) as caught:
        make_holder_key(path, passphrase(b"short"), os.urandom)
    assert (caught.value.fault, path.exists()) == (KeyFault.PASSPHRASE_LENGTH, False)
    make_holder_key(path, passphrase(), os.urandom)
    with pytest.raises(KeysUnusable) as caught:
        make_holder_key(path, passphrase(), os.urandom)
    assert caught.value.fault is KeyFault.EXISTS


def test_another_passphrase_opens_nothing(path: Path) -> None:
    make_holder_key(path, passphrase(), os.urandom)
    assert fault(path, b"the words of another holder") is KeyFault.WRONG_PASSPHRASE


def test_a_key_under_another_public_key_is_refused(path: Path) -> None:
    make_holder_key(path, passphrase(), os.urandom)
    form, _, *rest = path.read_text("ascii").split()
    path.write_text(" ".join((form, bytes(DEPUTY.public).hex(), *rest)), "ascii")
    assert fault(path) is KeyFault.WRONG_PASSPHRASE


@pytest.mark.parametrize(
    "text", ["", "x y z", "celosia-audit-key-1 00 under AAAA", "{0} {1} nothing {3}", "other {1} {2} {3}", "{0} {1} {2} ?"]
)
def test_what_is_no_key_is_refused(path: Path, text: str) -> None:
    make_holder_key(path, passphrase(), os.urandom)
    path.write_text(text.format(*path.read_text("ascii").split()), "ascii")
    assert fault(path) is KeyFault.NOT_A_HOLDERS_KEY


def test_a_key_that_others_could_read_is_refused(path: Path) -> None:
    make_holder_key(path, passphrase(), os.urandom)
    path.chmod(0o644)
    assert fault(path) is KeyFault.OPEN_TO_OTHERS


def test_public_keys_have_one_form() -> None:
    raw = holders_file(PUBLIC)
    assert read_holders(raw) == PUBLIC
    assert read_public(public_line(PUBLIC[0])) == PUBLIC[0]
    one = public_line(PUBLIC[0])
    for bad in (b"", one, one + one, raw + b"\n", raw.upper(), raw[:-1], b"00" * 32 + b"\n" + one, b"\xff\n", b"00" * 40):
        with pytest.raises(ValueError, match=r".*"):
            read_holders(bad)
    for bad in (b"", one[:-1], one + b"\n", one.upper(), b"00" * 32 + b"\n", b"\xff" * 64, b"zz" * 32):
        with pytest.raises(ValueError, match=r".*"):
            read_public(bad)
