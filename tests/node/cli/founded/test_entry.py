"""`celosia entry` on a founded node: what it says of a stolen key, and what it does not make. Everything is invented."""

import json
from pathlib import Path

import pytest

from node.entry import EntryFault, key_id
from node.language import say
from protocol.directory import WorkingEntry
from protocol.vocabulary import Language
from tests.node.cli.founded.conftest import STATE
from tests.node.cli.program import Program, says, shown


def test_a_key_is_named_as_the_keys_are_shown_and_is_gone_from_the_file(celosia: Program, tmp_path: Path) -> None:
    stolen = shown(celosia)["keys/signing.key"]["fingerprint"]
    assert isinstance(stolen, str)
    assert celosia("keys", "next-signing").code == 0
    looked = celosia("entry", "--without", stolen, "--json")
    (gone,) = json.loads(looked.out)["gone"]
    (new,) = json.loads(looked.out)["new"]
    assert stolen in gone
    assert shown(celosia)["keys/next-signing.key"]["fingerprint"] in new
    assert celosia("entry", "--without", stolen, "--write", str(tmp_path / "next.json")).code == 0
    entry = WorkingEntry.from_bytes((tmp_path / "next.json").read_bytes())
    assert stolen not in {key_id(period.key) for period in entry.signing}


def test_a_certificate_can_be_named_by_its_pin_or_its_id(celosia: Program, tmp_path: Path) -> None:
    (pin,) = (row["pin"] for row in json.loads(celosia("tls", "show", "--json").out) if row["name"] == "leaf")
    made = json.loads(celosia("tls", "renew", "--json").out)["pin"]
    for number, name in enumerate((pin, pin[:16], f" {pin[:16].upper()}")):
        file = tmp_path / f"{number}.json"
        assert celosia("entry", "--without", name, "--write", str(file)).code == 0
        assert WorkingEntry.from_bytes(file.read_bytes()).tls_pins == (made,)


@pytest.mark.parametrize("language", Language)
def test_an_entry_without_its_last_key_is_not_made_and_what_to_make_first_is_said(
    celosia: Program, tmp_path: Path, language: Language
) -> None:
    keys = shown(celosia)
    for file, fault in (
        ("keys/signing.key", EntryFault.NO_SIGNING_KEY),
        ("tls/leaf.key", EntryFault.NO_TLS_KEY),
        ("keys/sealing.key", EntryFault.SEALING_KEY),
        (next(name for name in keys if name.endswith(".seed")), EntryFault.LIST_KEY),
    ):
        key = str(keys[file]["fingerprint"])
        result = celosia("entry", "--without", key, "--write", str(tmp_path / "next.json"), "--lang", language.value)
        assert result.code == 1
        facts = {"key": key} if fault in (EntryFault.LIST_KEY, EntryFault.SEALING_KEY) else {}
        assert says(result, say(language, f"entry.fault.{fault}", **facts))
        assert not (tmp_path / "next.json").exists()
        refused = celosia("entry", "--without", key, "--json")
        assert json.loads(refused.err)["facts"] == {"reason": fault.value, **facts}


@pytest.mark.parametrize("language", Language)
def test_of_two_stolen_signing_keys_the_next_one_is_replaced_first_and_each_step_names_the_one_after_it(
    celosia: Program, tmp_path: Path, language: Language
) -> None:
    old = str(shown(celosia)["keys/signing.key"]["fingerprint"])
    assert celosia("keys", "next-signing").code == 0
    new = str(shown(celosia)["keys/next-signing.key"]["fingerprint"])
    refused = celosia("entry", "--without", old, "--without", new, "--lang", language.value)
    assert refused.code == 1
    assert says(refused, say(language, "entry.fault.next_signing_key", key=new))
    assert f"celosia keys next-signing --replace {new}" in refused.text
    assert celosia("keys", "next-signing", "--replace", new).code == 0
    assert celosia("entry", "--without", old, "--write", str(tmp_path / "next.json")).code == 0
    ids = {key_id(period.key) for period in WorkingEntry.from_bytes((tmp_path / "next.json").read_bytes()).signing}
    assert ids == {shown(celosia)["keys/next-signing.key"]["fingerprint"]}


def test_what_names_no_key_is_a_matter_of_usage_and_an_unknown_key_is_not(celosia: Program) -> None:
    for wrong in ("", "signing.key", "0" * 15, "g" * 16, "0" * 63):
        assert celosia("entry", "--without", wrong).code == 2
    assert celosia("entry", "--keep-records").code == 2
    unknown = celosia("entry", "--without", "0" * 16, "--json")
    assert unknown.code == 1
    assert json.loads(unknown.err)["facts"]["reason"] == "unknown_key"


@pytest.mark.parametrize("language", Language)
def test_what_to_do_with_the_file_is_said_with_and_without_a_role_that_came_before(
    celosia: Program, node: Path, tmp_path: Path, language: Language
) -> None:
    first, next_ = str(tmp_path / "first.json"), str(tmp_path / "next.json")
    assert says(
        celosia("entry", "--write", first, "--lang", language.value), say(language, "cli.entry.written_first", file=first)
    )
    role = node / "directory" / "seen" / "metadata" / f"{STATE}.json"
    role.parent.mkdir(parents=True)
    role.write_bytes(b"a role that this node has adopted")
    written = celosia("entry", "--write", next_, "--lang", language.value)
    assert says(written, say(language, "cli.entry.written", file=next_, role=str(role)))
