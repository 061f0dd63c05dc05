"""What each holder does at the table. Holders and offices are invented."""

import json
import stat
from pathlib import Path

import pytest

from node.directory.errors import DirectoryError
from node.language import catalogue, say
from protocol.vocabulary import Language
from tests.node.cli.program import Program
from tests.node.cli.table import Table, laid, signed
from tests.protocol.federation import PE, working_entry


@pytest.fixture
def celosia() -> Program:
    """The program without a node: a ceremony needs none."""
    return Program("http://127.0.0.1:1")


@pytest.fixture
def table(tmp_path: Path, celosia: Program) -> Table:
    return laid(tmp_path, celosia)


def codes(error: type[DirectoryError]) -> set[str]:
    return {error.code} | {code for child in error.__subclasses__() for code in codes(child)}


def test_every_fault_of_a_ceremony_is_worded() -> None:
    worded = {key for key in catalogue(Language.ES) if key.startswith("ceremony.fault.")}
    assert worded == {f"ceremony.fault.{code}.{part}" for code in codes(DirectoryError) for part in ("title", "next")} | {
        "ceremony.fault.place"
    }


def test_a_key_is_its_holders_alone_and_its_public_half_is_handed_over(celosia: Program, tmp_path: Path) -> None:
    result = celosia("directory", "key", str(tmp_path / "root.pem"), "--json")
    facts = json.loads(result.out)
    assert stat.S_IMODE((tmp_path / "root.pem").stat().st_mode) == 0o600
    assert (tmp_path / "root.pub").read_text().startswith("-----BEGIN PUBLIC KEY-----")
    assert celosia("directory", "fingerprint", facts["public"]).out == facts["fingerprint"] + "\n"
    assert [len(group) for group in facts["fingerprint"].split(" ")] == [4] * 16


def test_a_key_is_never_made_over_another(celosia: Program, tmp_path: Path) -> None:
    path = str(tmp_path / "root.pem")
    assert celosia("directory", "key", path).code == 0
    before = (tmp_path / "root.pem").read_bytes()
    assert celosia("directory", "key", path).code == 2
    (tmp_path / "root.pub").unlink()
    result = celosia("directory", "key", path, "--lang", "en")
    assert result.code == 1
    assert "needs a name that is free" in result.text
    assert (tmp_path / "root.pem").read_bytes() == before
    assert not (tmp_path / "root.pub").exists()
    assert celosia("directory", "key", str(tmp_path / "other.pub")).code == 2
    assert celosia("directory", "key", str(tmp_path / "nowhere" / "root.pem")).code == 1


def test_no_private_key_is_ever_printed(table: Table) -> None:
    table.root()
    secret = (table.folder / "CO/root.pem").read_text().splitlines()[1]
    heard = table.run("fingerprint", table.at("1.root.json"))
    for argv in (
        ("sign", table.at("1.root.json"), "--key", table.at("CO/root.pem"), "--fingerprint", heard, "--out", table.at("a.sig")),
        ("sign", table.at("CO/root.pem"), "--key", table.at("CO/root.pem"), "--fingerprint", heard, "--out", table.at("b.sig")),
        ("show", table.at("CO/root.pem")),
        ("fingerprint", table.at("CO/root.pem")),
        ("publish", table.at("repository"), table.at("CO/root.pem"), "--online-key", table.at("online.pem")),
    ):
        for form in ((), ("--json",)):
            result = table.program("directory", *argv, *form)
            assert secret not in result.out + result.err


def test_a_fingerprint_is_the_same_before_and_after_signing(table: Table) -> None:
    table.root()
    before = table.run("fingerprint", table.at("1.root.json"))
    table.sign("1.root.json", "CO/root")
    assert table.run("fingerprint", table.at("1.root.json")) == before


def test_each_kind_of_file_has_a_fingerprint_and_anything_else_has_none(table: Table) -> None:
    signed(table)
    seen = {table.run("fingerprint", table.at(name)) for name in ("1.root.json", "1.CO.json", "CO/entry.json", "CO/root.pub")}
    assert len(seen) == 4
    (table.folder / "other").write_bytes(b"-----BEGIN PUBLIC KEY-----\nnone")
    for name in ("CO/root.pem", "other"):
        assert table.program("directory", "fingerprint", table.at(name)).code == 1
    assert table.program("directory", "fingerprint", table.at("missing")).code == 2


@pytest.mark.parametrize("language", Language)
def test_what_was_not_read_aloud_is_not_signed(table: Table, language: Language) -> None:
    table.root()
    table.root("swapped.json", "--days", "30")
    heard = table.run("fingerprint", table.at("1.root.json"))
    argv = ("--key", table.at("CO/root.pem"), "--fingerprint", heard, "--out", table.at("out.sig"), "--lang", language.value)

    result = table.program("directory", "sign", table.at("swapped.json"), *argv)

    assert result.code == 1
    assert say(language, "ceremony.fault.directory_not_read_aloud.title") in result.text
    assert not (table.folder / "out.sig").exists()
    assert table.program("directory", "sign", table.at("1.root.json"), *argv).code == 0


def test_a_wrong_fingerprint_differs_by_as_little_as_one_digit(table: Table) -> None:
    table.root()
    heard = table.run("fingerprint", table.at("1.root.json")).strip()
    argv = ("sign", table.at("1.root.json"), "--key", table.at("CO/root.pem"), "--out", table.at("out.sig"))
    for wrong in (heard[:-1], heard[:-1] + ("0" if heard[-1] != "0" else "1"), heard[5:], "", heard + " 0"):
        result = table.program("directory", *argv, "--fingerprint", wrong, "--json")
        assert (result.code, json.loads(result.err)["code"]) == (1, "directory_not_read_aloud")
    assert table.program("directory", *argv, "--fingerprint", heard.upper().replace(" ", "\n")).code == 0


def test_a_signature_is_never_written_over_another_file(table: Table) -> None:
    table.root()
    heard = table.run("fingerprint", table.at("1.root.json"))
    argv = ("sign", table.at("1.root.json"), "--key", table.at("CO/root.pem"), "--fingerprint", heard)
    before = (table.folder / "PE/root.pub").read_bytes()
    assert table.program("directory", *argv, "--out", table.at("PE/root.pub")).code == 2
    assert (table.folder / "PE/root.pub").read_bytes() == before
    result = table.program("directory", *argv, "--out", table.at("nowhere/a.sig"), "--lang", "en")
    assert (result.code, "cannot be read or written" in result.text) == (1, True)


def test_a_key_that_others_can_read_signs_nothing(table: Table) -> None:
    table.root()
    (table.folder / "CO/root.pem").chmod(0o644)
    heard = table.run("fingerprint", table.at("1.root.json"))
    argv = ("sign", table.at("1.root.json"), "--key", table.at("CO/root.pem"), "--fingerprint", heard, "--out", table.at("x"))
    assert "chmod 600" in table.program("directory", *argv, "--lang", "en").text


def test_missing_signatures_are_counted(table: Table) -> None:
    table.sign(table.root(), "CO/root")
    result = table.program("directory", "check", table.at("1.root.json"), "--lang", "en")
    assert result.code == 1
    assert "signed by 1 of 2 holders needed" in result.text
    table.sign("1.root.json", "PE/root")
    assert "good: role root, version 1." in table.run("check", table.at("1.root.json"))


def test_a_signature_of_somebody_else_or_over_something_else_does_not_count(table: Table) -> None:
    table.sign(table.root(), "CO/root", "CO/targets", "online")
    assert table.program("directory", "check", table.at("1.root.json")).code == 1
    table.sign(table.root("other.json", "--days", "30"), "PE/root")
    table.run("merge", table.at("1.root.json"), table.at("other.json.PE-root.sig"))
    assert table.program("directory", "check", table.at("1.root.json")).code == 1


def test_a_file_changed_after_signing_is_not_good(table: Table) -> None:
    table.sign(table.root(), "CO/root", "PE/root")
    path = table.folder / "1.root.json"
    before = path.read_bytes()
    path.write_bytes(before.replace(b'"version":1', b'"version":2', 1))
    assert path.read_bytes() != before
    table.sign(table.root("before.json"), "CO/root", "PE/root")
    argv = ("check", table.at("1.root.json"), "--appointed-by", table.at("before.json"), "--lang", "en")
    assert "signed by 0 of 2 holders needed" in table.program("directory", *argv).text


def test_who_appoints_has_to_be_given_and_has_to_be_the_right_one(table: Table) -> None:
    signed(table)
    table.run("check", table.at("1.targets.json"), "--appointed-by", table.at("1.root.json"))
    table.run("check", table.at("1.PE.json"), "--appointed-by", table.at("1.targets.json"))
    for name in ("1.targets.json", "1.PE.json"):
        assert "--appointed-by" in table.program("directory", "check", table.at(name), "--lang", "en").text
    wrong = table.program("directory", "check", table.at("1.PE.json"), "--appointed-by", table.at("1.root.json"))
    assert wrong.code == 1


def test_a_state_cannot_sign_for_another(table: Table) -> None:
    signed(table)
    table.sign(table.state(PE, "by-colombia.json"), "CO/officer-1", "CO/officer-2")
    argv = ("check", table.at("by-colombia.json"), "--appointed-by", table.at("1.targets.json"), "--lang", "en")
    result = table.program("directory", *argv)
    assert (result.code, "signed by 0 of 2 holders needed" in result.text) == (1, True)
    table.sign("by-colombia.json", "PE/officer-1", "PE/officer-2")
    assert table.program("directory", *argv).code == 0


def test_what_is_no_signature_or_not_signable_is_refused(table: Table) -> None:
    table.root()
    before = (table.folder / "1.root.json").read_bytes()
    assert table.program("directory", "merge", table.at("1.root.json"), table.at("CO/root.pub")).code == 1
    assert (table.folder / "1.root.json").read_bytes() == before
    (table.folder / "entry.json").write_bytes(working_entry(PE).to_bytes())
    argv = ("--key", table.at("CO/root.pem"), "--fingerprint", "00", "--out", table.at("x.sig"))
    assert table.program("directory", "sign", table.at("entry.json"), *argv).code == 1


def test_with_json_every_result_and_every_fault_is_a_document(table: Table) -> None:
    table.sign(table.root(), "CO/root")
    fault = table.program("directory", "check", table.at("1.root.json"), "--json")
    assert json.loads(fault.err)["code"] == "directory_forged"
    table.sign("1.root.json", "PE/root")
    found = json.loads(table.program("directory", "check", table.at("1.root.json"), "--json").out)
    assert (found["role"], found["version"]) == ("root", 1)
