"""The vocabulary from the command line, and where the documents send a reader to find a code."""

import json
import re
from pathlib import Path

import pytest

from protocol.vocabulary import Language, code_lists
from tests.node.cli.program import Program

CONFIGURATION = Path(__file__).parents[3] / "docs" / "configuration.md"


@pytest.fixture
def celosia() -> Program:
    """The program without a node: the vocabulary comes with it."""
    return Program("http://127.0.0.1:1")


def test_the_lists_are_named(celosia: Program) -> None:
    assert json.loads(celosia("codes", "--json").out) == {name: str(len(entries)) for name, entries in code_lists().items()}
    assert "legal_basis" in celosia("codes").out


@pytest.mark.parametrize("language", Language)
def test_a_list_is_shown_with_what_its_codes_mean(celosia: Program, language: Language) -> None:
    for name, entries in code_lists().items():
        shown = json.loads(celosia("codes", name, "--json", "--lang", language.value).out)
        assert shown == {code: entry[language.value] for code, entry in entries.items()}
    assert "Investig" in celosia("codes", "request_purpose", "--lang", "es").out


def test_the_documents_name_every_list_and_no_other() -> None:
    section = CONFIGURATION.read_text("utf-8").partition("\n## Codes\n")[2].partition("\n## ")[0]
    rows = "\n".join(line for line in section.splitlines() if line.startswith("| a ") or line.startswith("| for "))
    subjects = {"subjects", "networks", "routes"}
    assert set(re.findall(r"`([a-z_]+)`", rows)) - subjects == set(code_lists())
