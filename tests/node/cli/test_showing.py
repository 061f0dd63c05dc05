"""A file in words before anybody signs it. Holders and offices are invented."""

import json
from pathlib import Path

import pytest

from protocol.directory import Contact, WorkingEntry
from protocol.vocabulary import Language
from tests.node.cli.program import Program
from tests.node.cli.table import Table, laid, signed
from tests.protocol.federation import CO, PE, member_entry, working_entry


@pytest.fixture
def celosia() -> Program:
    """The program without a node: showing needs none."""
    return Program("http://127.0.0.1:1")


@pytest.fixture
def table(tmp_path: Path, celosia: Program) -> Table:
    made = laid(tmp_path, celosia)
    signed(made)
    return made


def words(table: Table, *argv: str) -> str:
    return " ".join(table.run("show", *argv).split())


def test_a_root_says_who_holds_what_and_who_has_signed(table: Table) -> None:
    table.sign(table.root("new.json"), "PE/root")
    text = words(table, table.at("new.json"), "--holders", str(table.folder))
    fingerprint = table.run("fingerprint", table.at("CO/root.pub")).strip()
    assert table.run("fingerprint", table.at("new.json")).strip() in text
    assert f"Holder for the root: CO/root · {fingerprint}" in text
    assert "The members' list needs 2 of 2 holders" in text
    assert "Online key of the Secretariat: online ·" in text
    assert "Signatures are missing. Signed: 1. Needed: 2." in text
    assert f"has not signed: CO/root · {fingerprint}" in text and "has signed: PE/root ·" in text


def test_a_new_root_counts_by_the_old_holders_and_by_its_own(table: Table) -> None:
    table.key("BR/root")
    argv = ["draft", "root", "--root-holder", table.at("CO/root.pub"), "--root-holder", table.at("BR/root.pub")]
    argv += ["--targets-holder", table.at("CO/targets.pub"), "--targets-holder", table.at("PE/targets.pub")]
    argv += ["--online", table.at("online.pub"), "--out", table.at("2.root.json"), "--after", table.at("1.root.json")]
    table.run(*argv)
    table.sign("2.root.json", "CO/root", "PE/root")
    result = table.program("directory", "show", table.at("2.root.json"), "--appointed-by", table.at("1.root.json"), "--json")
    old, new = json.loads(result.out)["standings"]
    assert ([len(each["signed"]) for each in (old, new)], [len(each["awaited"]) for each in (old, new)]) == ([2, 1], [0, 1])


def test_a_members_list_says_who_they_are_and_what_changes(table: Table) -> None:
    (table.folder / "table/members/PE.json").unlink()
    for path in (table.folder / "table/officers/PE").iterdir():
        path.unlink()
    (table.folder / "table/officers/PE").rmdir()
    table.targets("2.targets.json", "--after", table.at("1.targets.json"))
    argv = [table.at("2.targets.json"), "--appointed-by", table.at("1.root.json"), "--holders", str(table.folder)]
    text = words(table, *argv, "--against", table.at("1.targets.json"))
    before, changes = text.split("Changes against")
    assert "Member: Colombia (CO)" in before and "Officer of Colombia (CO): CO/officer-1" in before
    assert "Peru" not in before and "- Member: Peru (PE)" in changes and "- Officer of Peru (PE): PE/officer-2" in changes
    assert "Colombia" not in changes


def test_a_states_role_names_the_entry_by_the_fingerprint_that_the_entry_has(table: Table) -> None:
    argv = (table.at("1.CO.json"), "--appointed-by", table.at("1.targets.json"))
    assert f"Entry: {table.run('fingerprint', table.at('CO/entry.json')).strip()}" in words(table, *argv)
    assert "Enough holders have signed: 2. Needed: 2." in words(table, *argv)
    assert "It says the same as" in words(table, *argv, "--against", table.at("1.CO.json"))


def test_what_must_not_be_signed_is_not_put_into_words(table: Table) -> None:
    path = table.folder / "1.targets.json"
    path.write_bytes(path.read_bytes().replace(b'"states/PE.json"', b'"states/CO.json"'))
    result = table.program("directory", "show", str(path), "--appointed-by", table.at("1.root.json"), "--lang", "en")
    assert (result.code, result.out) == (1, "")
    assert "Do not sign it" in result.text


ENTRY_CHANGES = {
    "peer_url": "https://moved.example:8443",
    "tls_authority": "another invented certificate",
    "tls_pins": ("0" * 64,),
    "signing": working_entry(PE).signing,
    "sealing_key": working_entry(PE).sealing_key,
    "lists": (
        working_entry(CO).lists[0].model_copy(update={"daily_per_officer": 1}),
        working_entry(CO).lists[1],
    ),
    "contacts": (Contact(id="cp-1", email="new@co.example", phone="+00000000000", languages=("es",)),),
}


def test_no_field_of_an_entry_can_change_unseen(table: Table) -> None:
    assert set(ENTRY_CHANGES) == set(WorkingEntry.model_fields) - {"v", "authority"}
    for name, value in ENTRY_CHANGES.items():
        path = table.folder / f"{name}.json"
        path.write_bytes(working_entry(CO, **{name: value}).to_bytes())
        result = table.program("directory", "show", str(path), "--against", table.at("CO/entry.json"), "--json")
        shown = json.loads(result.out)
        assert shown["gone"] and shown["new"], name
    for name in ("not_before", "not_after", "key"):
        first, *others = working_entry(CO).lists
        changed = first.epochs[0].model_copy(update={name: others[0].epochs[0].key if name == "key" else 1})
        lists = (first.model_copy(update={"epochs": (changed,)}), *others)
        path = table.folder / f"epoch-{name}.json"
        path.write_bytes(working_entry(CO, lists=lists).to_bytes())
        assert json.loads(table.program("directory", "show", str(path), "--against", table.at("CO/entry.json"), "--json").out)[
            "new"
        ], name


@pytest.mark.parametrize("language", Language)
def test_every_kind_of_file_is_told_in_four_languages(table: Table, language: Language) -> None:
    shown = [(name, ()) for name in ("CO/entry.json", "table/members/CO.json", "table/policy.json", "CO/root.pub", "1.root.json")]
    for name, judge in [*shown, ("1.targets.json", ("1.root.json",)), ("1.CO.json", ("1.targets.json",))]:
        options = [word for each in judge for word in ("--appointed-by", table.at(each))]
        result = table.program("directory", "show", table.at(name), *options, "--lang", language.value)
        assert (result.code, result.err) == (0, ""), name
        assert table.run("fingerprint", table.at(name)).strip() in result.text


def test_files_of_two_kinds_are_not_compared(table: Table) -> None:
    argv = ("show", table.at("CO/entry.json"), "--against")
    assert table.program("directory", *argv, table.at("PE/entry.json")).code == 2
    assert table.program("directory", *argv, table.at("1.root.json")).code == 2
    assert table.program("directory", *argv, table.at("1.targets.json")).code == 1


def test_a_name_cannot_steer_the_terminal(table: Table) -> None:
    entry = member_entry(CO)
    hostile = entry.model_copy(update={"names": entry.names.model_copy(update={"en": "Invented\x1b[2Joffice"})})
    (table.folder / "hostile.json").write_bytes(hostile.to_bytes())
    assert "\x1b" not in table.run("show", table.at("hostile.json"))
