"""`celosia audit key`, `open`, `confirm`, `check`, from the command line."""

import json
import stat
from pathlib import Path

import pytest

from crypto.stretching import Cost
from node.cli import opening
from node.custody.holders import read_holder_key, read_public
from node.custody.secrets import Passphrase
from node.entry import key_id
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli.program import Program

CHEAP = Cost(1, 8 << 20)
WORDS = "invented words of one person"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MODERATE", CHEAP)


@pytest.fixture
def words(tmp_path: Path) -> str:
    file = tmp_path / "words"
    file.write_text(WORDS + "\n", "utf-8")
    file.chmod(0o600)
    return f"file:{file}"


def made(path: Path, words: str = WORDS) -> Passphrase:
    return Passphrase(words.encode(), bytes, CHEAP)


@pytest.mark.parametrize("language", Language)
def test_a_holder_s_key_is_made_under_the_holder_s_own_words(
    celosia: Program, tmp_path: Path, words: str, language: Language
) -> None:
    file = tmp_path / "holder.key"
    result = celosia("audit", "key", str(file), "--passphrase", words, "--lang", language.value)
    assert result.code == 0
    held = read_holder_key(file, made(file))
    assert read_public(file.with_suffix(".pub").read_bytes()) == held.public
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    fingerprint = key_id(bytes(held.public))
    told = say(language, "cli.audit.key_made", file=str(file), public=str(file.with_suffix(".pub")), fingerprint=fingerprint)
    assert "".join(told.split()) in "".join(result.text.split())
    assert held.reveal().hex() not in result.text + result.err


def test_a_holder_s_key_is_never_overwritten_and_has_a_name(celosia: Program, tmp_path: Path, words: str) -> None:
    file = tmp_path / "holder.key"
    assert json.loads(celosia("audit", "key", str(file), "--passphrase", words, "--json").out)["file"] == str(file)
    before = file.read_bytes()
    assert celosia("audit", "key", str(file), "--passphrase", words).code == 2  # its .pub is there
    file.with_suffix(".pub").unlink()
    assert celosia("audit", "key", str(file), "--passphrase", words).code == 1
    assert file.read_bytes() == before
    assert celosia("audit", "key", str(tmp_path / "holder.pub"), "--passphrase", words).code == 2
    assert celosia("audit", "key", str(tmp_path / "other.key")).code == 1  # nobody types here
