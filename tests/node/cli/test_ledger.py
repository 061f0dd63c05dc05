"""The ledger, from the command line."""

import json

import pytest

from node.flows.tell_ledger import UnknownExchange
from node.inbound.national.oversight_models import ExchangeTold, StatementShown
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

X = "5c" * 16


def told(**changes: object) -> ExchangeTold:
    statement = [StatementShown(code="no_hits", facts={"hits": 0}, text="No hit [in] this list.")]
    fields = {
        **{"x": X, "peer": "PE", "direction": "out", "type": "match_request", "began": invented.SINCE, "answered": None},
        **{"we_learnt": statement, "they_learnt": statement, "we_may_infer": [], "they_may_infer": statement},
    }
    return ExchangeTold.model_validate(fields | changes)


@pytest.mark.parametrize("language", Language)
def test_it_says_whose_when_and_what_each_side_learnt_and_could_infer(celosia: Program, node: Node, language: Language) -> None:
    node.says(f"GET /v1/exchanges/{X}/ledger", [told(), told(direction="in", answered=invented.SINCE + 1)])
    result = celosia("ledger", X, "--lang", language.value)
    assert result.code == 0
    for part in ("we_learnt", "they_learnt", "they_may_infer"):
        assert result.text.count(say(language, f"cli.ledger.{part}")) == 2
    assert say(language, "cli.ledger.we_may_infer") not in result.text
    assert result.text.count("No hit [in] this list.") == 6
    assert "(PE)" in result.text
    assert {each.headers["accept-language"] for each in node.received} == {language.value}


def test_programs_get_codes_and_numbers(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/exchanges/{X}/ledger", [told()])
    (entry,) = json.loads(celosia("ledger", X, "--json").out)
    assert entry["we_learnt"][0] == {"code": "no_hits", "facts": {"hits": 0}, "text": "No hit [in] this list."}


def test_an_exchange_that_is_not_there_says_what_a_number_looks_like(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/exchanges/{X}/ledger", UnknownExchange())
    result = celosia("ledger", X, "--lang", "en")
    assert result.code != 0
    assert "32 digits" in result.text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", ["zzz", "../../x", "", "5c5c/", f"{X}0", f"../{X}"])
def test_what_names_no_exchange_is_told_without_asking_the_node(
    celosia: Program, node: Node, name: str, language: Language
) -> None:
    result = celosia("ledger", name, "--lang", language.value)
    assert result.code == 2
    assert say(language, "usage.exchange") in result.text
    assert node.received == []
