"""The options that every command takes, the language of a call, and the token."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.cli.session import General, UsageProblem, language_from
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import TOKEN, Node, Program

WORDS = st.lists(st.text(alphabet="abcxyz0123", min_size=1, max_size=8), max_size=6)


@given(WORDS, st.data())
def test_general_options_stand_anywhere_and_leave_the_rest_as_it_was(words: list[str], data: st.DataObject) -> None:
    argv = list(words)
    for option in (["--json"], ["--lang", "pt"], ["--url=https://node.example"]):
        place = data.draw(st.sampled_from([i for i in range(len(argv) + 1) if i == 0 or argv[i - 1] != "--lang"]))
        argv[place:place] = option
    general = General.of(argv)
    assert (general.rest, general.json, general.language, general.url) == (tuple(words), True, "pt", "https://node.example")


def test_after_two_dashes_words_are_taken_as_they_stand() -> None:
    general = General.of(["publish", "propose", "--", "--json"])
    assert general.rest == ("publish", "propose", "--", "--json")
    assert not general.json


@pytest.mark.parametrize("option", ["--lang", "--url", "--token-file"])
def test_an_option_without_its_value_is_named(option: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        General.of(["whoami", option])
    assert refused.value.facts == {"option": option}


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "es"),
        ({"LANG": "C.UTF-8"}, "es"),
        ({"LANG": "pt_BR.UTF-8"}, "pt"),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "fr_HT"}, "fr"),
        ({"LANG": "pt_BR.UTF-8", "LC_MESSAGES": "en_US"}, "en"),
        ({"LC_ALL": "fr_HT", "CELOSIA_LANG": "en"}, "en"),
        ({"LC_ALL": "de_DE", "LANG": "fr_CA"}, "fr"),
    ],
)
def test_the_environment_gives_the_language_and_spanish_is_the_default(environment: dict[str, str], language: str) -> None:
    assert language_from(None, environment) is Language(language)
    assert language_from("es", environment) is Language.ES


def test_a_language_that_is_not_ours_is_refused_in_the_language_of_the_environment(celosia: Program) -> None:
    result = celosia("whoami", "--lang", "de", CELOSIA_LANG="fr")
    assert result.code == 2
    assert "« de »" in result.err


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("before", [True, False])
def test_the_language_stands_before_or_after_the_command(celosia: Program, node: Node, language: Language, before: bool) -> None:
    node.says("GET /v1/me", invented.ME)
    argv = ["whoami"]
    argv[0 if before else 1 : 0 if before else 1] = ["--lang", language.value]
    result = celosia(*argv)
    assert say(language, "cli.role.analyst") in result.out
    assert node.received[-1].headers["accept-language"] == language.value


def test_without_a_token_the_program_says_where_to_put_one(celosia: Program) -> None:
    result = celosia("whoami", CELOSIA_TOKEN=" ")
    assert result.code == 2
    assert "CELOSIA_TOKEN" in result.err
    assert "--token-file" in result.err


def test_a_token_file_goes_before_the_environment(celosia: Program, node: Node, tmp_path: Path) -> None:
    node.says("GET /v1/me", invented.ME)
    (tmp_path / "token").write_text("celosia_another-invented-one\n")
    assert celosia("whoami", "--token-file", str(tmp_path / "token")).code == 0
    assert node.received[-1].headers["authorization"] == "Bearer celosia_another-invented-one"


def test_a_token_file_that_cannot_be_read_is_named(celosia: Program, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("missing", "binary"):
        result = celosia("whoami", "--token-file", str(tmp_path / name))
        assert result.code == 2
        assert name in result.text.replace(" ", "")


def test_there_is_no_option_that_takes_the_token_itself(celosia: Program) -> None:
    """Arguments can be seen by every user of the machine."""
    result = celosia("whoami", "--token", TOKEN)
    assert result.code == 2
    assert TOKEN not in result.out + result.err


def test_what_is_not_a_terminal_gets_no_colours_and_no_control_codes(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/publications/{invented.PUBLICATION_ID}", invented.publication())
    node.says("GET /v1/me", ValueError("invented fault"))
    for result in (celosia("publish", "show", invented.PUBLICATION_ID), celosia("ask")):
        assert "\x1b" not in result.out + result.err


def test_eighty_columns_are_enough(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/publications/{invented.PUBLICATION_ID}", invented.publication())
    node.says("GET /v1/publications", [invented.publication()])
    node.says("GET /v1/records", [invented.record(invented.NETWORK)])
    for argv in (["publish", "show", invented.PUBLICATION_ID], ["publish", "list"], ["records"], ["--help"], ["ask", "--help"]):
        assert max(len(line) for line in celosia(*argv).out.splitlines()) <= 80


def test_what_goes_into_a_file_is_not_broken_into_lines(celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.says("GET /v1/publications", [invented.publication(audience="AR BO BR CL CO EC PY UY VE")])
    broken = celosia("publish", "list").out.splitlines()
    monkeypatch.delenv("COLUMNS")
    whole = celosia("publish", "list").out.splitlines()
    assert len(broken) > len(whole) == 3
    assert celosia("publish", "list", COLUMNS="none").out.splitlines() == whole
