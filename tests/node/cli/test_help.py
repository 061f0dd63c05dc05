"""Help in four languages, complete and without a word of another one."""

import re
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from node.cli.app import build
from node.language import catalogue, say
from protocol.vocabulary import Language, LegalBasis, Offence, RequestPurpose, Urgency
from tests.node.cli.program import Program


@pytest.fixture
def celosia() -> Program:
    """The program without a node: help needs none."""
    return Program("http://127.0.0.1:1")


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all commands."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def all_commands() -> list[tuple[str, ...]]:
    program = typer.main.get_command(build())
    assert isinstance(program, TyperGroup)
    return list(commands(program))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", all_commands(), ids="-".join)
def test_every_command_explains_itself(celosia: Program, path: tuple[str, ...], language: Language) -> None:
    result = celosia(*path, "--help", "--lang", language.value)
    assert result.code == 0
    assert result.out.startswith(say(language, "help.usage") + " celosia")
    assert say(language, "help.general.title") in result.text
    assert not re.search(r"\b(help|cli|usage)\.[a-z_]+\b", result.out)  # no key where a text should be


@pytest.mark.parametrize("language", [Language.ES, Language.PT])
def test_no_english_heading_stays(celosia: Program, language: Language) -> None:
    for path in all_commands():
        out = celosia(*path, "--help", "--lang", language.value).out
        assert not any(word in out for word in ("Usage", "Options:", "Arguments:", "Commands:", "required", "default:", "Show"))


@pytest.mark.parametrize("group", [(), ("publish",), ("officer",)])
def test_a_group_alone_shows_what_it_has(celosia: Program, group: tuple[str, ...]) -> None:
    assert celosia(*group).out == celosia(*group, "--help").out


def test_required_options_are_marked(celosia: Program) -> None:
    text = celosia("ask", "--help").text
    assert text.count(say(Language.ES, "help.required")) == 4


@pytest.mark.parametrize("language", Language)
def test_the_help_of_ask_lists_every_code_that_can_be_used_with_its_meaning(celosia: Program, language: Language) -> None:
    text = celosia("ask", "--help", "--lang", language.value, COLUMNS="300").text
    for codes in (RequestPurpose, LegalBasis, Offence, Urgency):
        for code in codes.all():
            meaning = f"{code} {code.label(language)}"
            hidden = code == "core_48h" or (isinstance(code, RequestPurpose) and not code.for_matching)
            assert (meaning in text) is not hidden, code


def metavars(group: TyperGroup) -> Iterator[str]:
    """What the program calls the values of all arguments and options."""
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            yield from metavars(command)
        yield from (each.metavar for each in command.params if each.metavar)


def test_every_value_has_a_name_in_the_officers_language_or_one_of_no_language() -> None:
    program = typer.main.get_command(build())
    assert isinstance(program, TyperGroup)
    neutral = {
        "ID",
        "URI",
        "PE",
        "PE,BR",
        "CO,BR",
        "es,en",
        "+…",
        "root",
        "directory-entry",
        "directory-member",
        '"1a2b 3c4d …"',
        "A",
        "B",
        "%d/%m/%Y",
    }
    named = {key.removeprefix("help.metavar.").upper() for key in catalogue(Language.ES) if key.startswith("help.metavar.")}
    assert {each.partition(".")[0] for each in metavars(program)} - neutral == named


def test_a_missing_argument_is_named_in_the_officers_language(celosia: Program) -> None:
    assert "EXPEDIENTE.csv" in celosia("ask").text
    assert "FOLDER" not in celosia("serve", "--help").text


def test_every_text_of_help_is_a_full_sentence() -> None:
    for language in Language:
        for key, text in catalogue(language).items():
            if key.startswith("help.") and key.endswith(".about"):
                assert text.endswith("."), (language, key)
