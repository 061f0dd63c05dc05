"""`celosia epoch`, `celosia list` and `celosia entry` on a founded node: what is said, in four languages, and what is made."""

import json
from pathlib import Path

import pytest

from node.language import say
from protocol.directory import WorkingEntry
from protocol.vocabulary import Language
from tests.node.cli.founded.conftest import STATE
from tests.node.cli.program import Program


@pytest.mark.parametrize("language", Language)
def test_the_lists_are_shown_with_what_there_is_to_do(celosia: Program, language: Language) -> None:
    result = celosia("epoch", "--lang", language.value)
    assert result.code == 0
    assert say(language, "cli.epoch.state.running") in result.text
    assert say(language, "cli.epoch.unlisted") in result.text
    assert " ".join(say(language, "epoch.epoch_not_in_directory.next").split()) in result.text


def test_the_next_epoch_is_made_and_stands_in_the_entry_that_is_written(celosia: Program, node: Path, tmp_path: Path) -> None:
    founded = WorkingEntry.from_bytes((node / "directory-entry.json").read_bytes())
    assert say(Language.EN, "cli.entry.same") in celosia("entry", "--lang", "en").text
    started = celosia("epoch", "start", "--lang", "en")
    assert started.code == 0
    assert "epoch 2 made" in started.text
    shown = celosia("entry", "--lang", "en")
    assert "What would change in the directory" in shown.text
    assert "epoch 2" in shown.text
    assert len(json.loads(celosia("entry", "--json").out)["new"]) == len(founded.lists)
    assert celosia("entry", "--write", str(tmp_path / "next.json")).code == 0
    written = WorkingEntry.from_bytes((tmp_path / "next.json").read_bytes())
    assert [[epoch.epoch for epoch in entry.epochs] for entry in written.lists] == [[1, 2]] * len(founded.lists)
    assert written.model_copy(update={"lists": founded.lists}) == founded
    again = celosia("entry", "--write", str(tmp_path / "next.json"))
    assert again.code == 2  # what holders read aloud is never overwritten


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("epoch", "start", "--list", "0" * 32), "unknown_list"),
        (("epoch", "start"), "epoch_waits"),
        (("list", "add", "BR,PE"), "list_exists"),
        (("list", "add", STATE), "own_authority"),
    ],
)
def test_what_cannot_be_started_is_said_with_what_to_do(
    celosia: Program, language: Language, words: tuple[str, ...], code: str
) -> None:
    assert celosia("epoch", "start").code == 0
    assert celosia("list", "add", "PE,BR").code == 0
    result = celosia(*words, "--lang", language.value)
    assert (result.code, result.out) == (1, "")
    assert say(language, f"local.{code}.title") in result.text


def test_a_list_number_that_is_none_is_refused_before_anything_is_made(celosia: Program, node: Path) -> None:
    before = sorted((node / "keys" / "epochs").iterdir())
    assert celosia("epoch", "start", "--list", "common").code == 2
    assert sorted((node / "keys" / "epochs").iterdir()) == before


def test_a_damaged_entry_is_named(celosia: Program, node: Path) -> None:
    (node / "directory-entry.json").write_text("{}")
    result = celosia("entry", "--lang", "en")
    assert result.code == 1
    assert "directory-entry.json" in result.text.replace(" ", "")
    assert "Traceback" not in result.text


def test_what_there_is_to_do_is_said_once_under_all_that_it_is_for(celosia: Program) -> None:
    assert celosia("list", "add", "BR").code == 0
    said = celosia("epoch", "--lang", "en").text
    title, rest = say(Language.EN, "epoch.epoch_not_in_directory.title", list="|", epoch=1, ends="").split("|")
    assert rest
    assert said.count(title) > 1
    assert said.count(" ".join(say(Language.EN, "epoch.epoch_not_in_directory.next").split())) == 1
