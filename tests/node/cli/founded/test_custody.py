"""`celosia keys` on a founded node: what is shown holds no secret, and what is sealed anew opens under the new key alone."""

import json
import time
from pathlib import Path

import pytest

from node.custody import Custody, KeysUnusable, open_vault
from node.custody.holders import public_line
from node.doctor.chart import Chart
from node.durable import serving
from node.entry import MEMBER_FILE, key_id
from node.keys import Keys
from node.language import say
from node.settings import Settings
from protocol.directory import Member, SigningPeriod
from protocol.members import MemberKeys
from protocol.vocabulary import Language
from tests.node.cli.founded.conftest import STATE
from tests.node.cli.program import Program, says, shown
from tests.node.holders import DEPUTY, SECOND
from tests.protocol.federation import DAY, member_entry, working_entry

WORDS = "six invented words of no meaning"


def custody(node: Path, lines: str) -> None:
    """Write `[keys]` into the settings, in place of what stood there."""
    settings = node / "node.toml"
    settings.write_text(settings.read_text().partition("\n[keys]\n")[0] + f"\n[keys]\n{lines}")


@pytest.mark.parametrize("language", Language)
def test_every_key_is_shown_by_name_and_none_by_its_secret(celosia: Program, node: Path, language: Language) -> None:
    result = celosia("keys", "show", "--lang", language.value)
    assert result.code == 0
    vault = open_vault(node, Custody())
    for path in vault.sealed_files():
        assert says(result, path.relative_to(node).as_posix())
        assert vault.read(path).hex() not in result.text
    assert says(result, say(language, "cli.custody.node_key"))
    assert (node / "keys" / "node.key").read_text().strip() not in result.text


def test_fingerprints_are_those_of_the_public_halves(celosia: Program, node: Path) -> None:
    rows = shown(celosia)
    assert rows["keys/signing.key"]["fingerprint"] != rows["keys/sealing.key"]["fingerprint"]
    assert rows["keys/storage.key"]["fingerprint"] is None
    told = MemberKeys.from_bytes((node / MEMBER_FILE).read_bytes())
    for name, key in (("log", told.log.key), ("witness", told.witness.key)):
        assert rows[f"keys/{name}.key"]["fingerprint"] == key_id(key)
    assert {row["custody"] for row in rows.values()} == {"node_key"}
    assert {row["days"] for row in rows.values()} == {0}
    made = celosia("keys", "next-signing", "--json")
    assert shown(celosia)["keys/next-signing.key"]["fingerprint"] == json.loads(made.out)["fingerprint"]


@pytest.mark.parametrize("language", Language)
def test_the_key_that_signs_is_marked_before_and_after_the_directory_has_the_next_one(
    celosia: Program, node: Path, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    """The entry that the node has adopted decides, and the clock; without a directory it is the key in signing.key."""
    mark = say(language, "cli.keys.signs")

    def signing() -> list[str]:
        shown_now = shown(celosia)
        named = [name for name, row in shown_now.items() if row["signs"]]
        lines = celosia("keys", "show", "--lang", language.value).text
        assert lines.count(mark) == len(named)
        for name in named:
            assert f"{shown_now[name]['fingerprint']} · {mark}" in lines
        return named

    assert signing() == ["keys/signing.key"]
    assert celosia("keys", "next-signing").code == 0
    assert signing() == ["keys/signing.key"]
    keys = Keys.read(open_vault(node, Custody()))
    old, new = bytes(keys.signing.public), keys.next_signing()
    assert new is not None
    now = int(time.time())
    for periods, in_use in (
        ([(old, -DAY, DAY)], "keys/signing.key"),
        ([(old, -DAY, DAY), (new, -DAY, DAY)], "keys/next-signing.key"),
        ([(old, -DAY, DAY), (new, DAY, 2 * DAY)], "keys/signing.key"),
        ([(new, -DAY, DAY)], "keys/next-signing.key"),
    ):
        signing_keys = tuple(SigningPeriod(key=key, not_before=now + begin, not_after=now + end) for key, begin, end in periods)
        entry = Member.of(member_entry(STATE), working_entry(STATE, signing=signing_keys))
        monkeypatch.setattr(Chart, "entry", entry)
        assert signing() == [in_use]


@pytest.mark.parametrize("language", Language)
def test_the_next_signing_key_is_made_once_and_who_makes_it_again_is_told_what_to_do_with_it(
    celosia: Program, node: Path, language: Language
) -> None:
    made = json.loads(celosia("keys", "next-signing", "--json").out)["fingerprint"]
    before = (node / "keys" / "next-signing.key").read_bytes()
    again = celosia("keys", "next-signing", "--lang", language.value)
    assert again.code == 1
    assert says(again, say(language, "local.next_key_refused.title"))
    assert says(again, say(language, "next_key.fault.waiting", key=made))
    assert (node / "keys" / "next-signing.key").read_bytes() == before


@pytest.mark.parametrize("language", Language)
def test_a_stolen_next_signing_key_is_replaced_by_its_id_while_the_node_does_not_serve(
    celosia: Program, node: Path, language: Language
) -> None:
    file = node / "keys" / "next-signing.key"
    none = celosia("keys", "next-signing", "--replace", "0" * 16, "--lang", language.value)
    assert (none.code, file.exists()) == (1, False)
    assert says(none, say(language, "next_key.fault.none"))
    stolen = json.loads(celosia("keys", "next-signing", "--json").out)["fingerprint"]
    before = file.read_bytes()
    other = celosia("keys", "next-signing", "--replace", "0" * 16, "--lang", language.value)
    assert says(other, say(language, "next_key.fault.another", key="0" * 16, held=stolen))
    assert celosia("keys", "next-signing", "--replace", "signing.key").code == 2
    with serving(node):
        served = celosia("keys", "next-signing", "--replace", stolen, "--lang", language.value)
        assert says(served, say(language, "local.served_already.title"))
    assert {result.code for result in (other, served)} == {1}
    assert file.read_bytes() == before
    done = celosia("keys", "next-signing", "--replace", f" {stolen.upper()}", "--lang", language.value)
    fresh = str(shown(celosia)["keys/next-signing.key"]["fingerprint"])
    assert fresh != stolen
    assert (done.code, says(done, say(language, "cli.keys.next_replaced", fingerprint=fresh, replaced=stolen))) == (0, True)
    told = json.loads(celosia("keys", "next-signing", "--replace", fresh, "--json").out)
    assert told == {"fingerprint": shown(celosia)["keys/next-signing.key"]["fingerprint"], "replaced": fresh}


def test_a_node_key_is_replaced_and_the_old_one_opens_nothing(celosia: Program, node: Path, tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    mount.mkdir(mode=0o700)
    signing = Keys.read(open_vault(node, Custody())).signing.public
    assert celosia("keys", "node-key", f"file:{mount}/node.key").code == 0
    again = celosia("keys", "node-key", f"file:{mount}/node.key", "--lang", "en")
    assert again.code == 1
    custody(node, f'node = "file:{mount}/node.key"\nprevious_node = "file:keys/node.key"\n')
    assert {row["custody"] for row in shown(celosia).values()} == {"previous_node_key"}
    done = celosia("keys", "rewrap", "--json")
    assert json.loads(done.out)["files"] == len(shown(celosia))
    assert json.loads(celosia("keys", "rewrap", "--json").out)["files"] == 0
    custody(node, f'node = "file:{mount}/node.key"\n')
    assert {row["custody"] for row in shown(celosia).values()} == {"node_key"}
    assert Keys.read(open_vault(node, Settings.read(node).keys)).signing.public == signing
    with pytest.raises(KeysUnusable):
        Keys.read(open_vault(node, Custody()))


def test_a_passphrase_takes_the_place_of_a_node_key(celosia: Program, node: Path, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text(WORDS)
    words.chmod(0o600)
    custody(node, f'passphrase = "file:{words}"\nprevious_node = "file:keys/node.key"\n')
    assert celosia("keys", "rewrap").code == 0
    (node / "keys" / "node.key").unlink()
    custody(node, f'passphrase = "file:{words}"\n')
    assert {row["custody"] for row in shown(celosia).values()} == {"passphrase"}


@pytest.mark.parametrize("language", Language)
def test_keys_that_were_carried_away_are_named_before_the_old_key_is_destroyed(
    celosia: Program, node: Path, tmp_path: Path, language: Language
) -> None:
    assert celosia("keys", "node-key", f"file:{tmp_path}/node.key").code == 0
    (node / "tls" / "authority.key").rename(tmp_path / "authority.key")
    custody(node, f'node = "file:{tmp_path}/node.key"\nprevious_node = "file:keys/node.key"\n')
    done = celosia("keys", "rewrap", "--lang", language.value)
    assert done.code == 0
    assert says(done, say(language, "cli.keys.carried_away", files="tls/authority.key"))
    (tmp_path / "authority.key").rename(node / "tls" / "authority.key")
    assert json.loads(celosia("keys", "rewrap", "--json").out)["files"] == 1


@pytest.mark.parametrize("language", Language)
def test_who_opens_questions_is_named_while_the_node_does_not_serve(
    celosia: Program, node: Path, tmp_path: Path, language: Language
) -> None:
    files = [str(tmp_path / f"{number}.pub") for number in range(2)]
    for file, holder in zip(files, (SECOND, DEPUTY), strict=True):
        Path(file).write_bytes(public_line(holder.public))
    with serving(node):
        served = celosia("keys", "audit-holders", *files, "--lang", language.value)
    assert (served.code, says(served, say(language, "local.served_already.next"))) == (1, True)
    one = celosia("keys", "audit-holders", files[0], files[0], "--lang", language.value)
    assert (one.code, says(one, say(language, "usage.holders", most=6))) == (2, True)
    none = celosia("keys", "audit-holders", files[0], str(node / "node.toml"), "--lang", language.value)
    assert (none.code, says(none, say(language, "usage.holder", file=str(node / "node.toml")))) == (2, True)
    done = celosia("keys", "audit-holders", *files, "--lang", language.value)
    named = ", ".join(key_id(bytes(holder.public)) for holder in (SECOND, DEPUTY))
    assert says(done, say(language, "cli.keys.holders_named", holders=named, sealed_anew=0, unreadable=0))
    assert Keys.read(open_vault(node, Custody())).holders == (SECOND.public, DEPUTY.public)


@pytest.mark.parametrize("language", Language)
def test_a_folder_that_is_no_node_gets_no_node_key_and_what_to_do_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    program = Program("http://127.0.0.1:1")
    for words in (["file:node.key"], ["file:node.key", "--node", "."], [f"file:{tmp_path}/node.key", "--node", str(folder)]):
        result = program("keys", "node-key", *words, "--lang", language.value)
        assert result.code == 1
        assert says(
            result, say(language, "settings.fault.no_file", file=str(Path(words[-1] if len(words) > 1 else "") / "node.toml"))
        )
        assert says(result, say(language, "local.settings_unusable.next"))
    assert list(tmp_path.rglob("*")) == [folder]
    apart = program("keys", "node-key", f"file:{tmp_path}/node.key")  # for `celosia init --node-key`
    assert apart.code == 0
    assert (tmp_path / "node.key").exists()


def test_where_no_node_key_can_be_made_is_said(celosia: Program) -> None:
    for uri in ("env:A", "prompt:", "hunter2"):
        result = celosia("keys", "node-key", uri, "--lang", "en")
        assert result.code == 1
        assert says(result, say(Language.EN, "keys.fault.uri_unusable"))
        assert "hunter2" not in result.text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("which", ["log", "witness"])
def test_a_next_log_or_witness_key_is_made_once_and_told_to_the_member_states(
    celosia: Program, node: Path, language: Language, which: str
) -> None:
    before = MemberKeys.from_bytes((node / MEMBER_FILE).read_bytes())
    made = celosia("keys", f"next-{which}", "--lang", language.value)
    assert made.code == 0
    fingerprint = str(shown(celosia)[f"keys/next-{which}.key"]["fingerprint"])
    file = str(node / MEMBER_FILE)
    assert says(made, say(language, "cli.keys.next_note_made", fingerprint=fingerprint, file=file))
    told = MemberKeys.from_bytes((node / MEMBER_FILE).read_bytes())
    kept, changed = (told.witness, told.log) if which == "log" else (told.log, told.witness)
    assert kept == (before.witness if which == "log" else before.log)
    assert key_id(changed.key) == fingerprint
    again = celosia("keys", f"next-{which}", "--lang", language.value)
    assert (again.code, MemberKeys.from_bytes((node / MEMBER_FILE).read_bytes())) == (1, told)
