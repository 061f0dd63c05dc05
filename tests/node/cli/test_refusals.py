"""The count of refusals, from the command line."""

import json

import pytest

from node.inbound.national.oversight_models import RefusalsShown
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli.program import Node, Program

SHOWN = [
    RefusalsShown(month="2026-11", direction="in", peer="BR", purpose="prosecute_victim", cause="purpose_refused", count=3),
    RefusalsShown(month="2026-11", direction="out", peer=None, purpose="investigate_network", cause="over_budget", count=2),
    RefusalsShown(month="2026-10", direction="in", peer="PE", purpose=None, cause="erased", count=1),
]


@pytest.mark.parametrize("language", Language)
def test_each_line_says_when_whose_what_for_and_why(
    celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    node.says("GET /v1/refusals?months=12", SHOWN)
    text = celosia("refusals", "--lang", language.value).text
    assert "2026-11" in text
    assert "(BR)" in text
    for key in ("cli.refusals.own", "problem.purpose_refused.title", "problem.over_budget.title", "cli.refusals.erased"):
        assert say(language, key) in text
    assert "prosecute_victim" not in text


def test_that_there_are_none_is_said_and_programs_get_the_list(celosia: Program, node: Node) -> None:
    node.says("GET /v1/refusals?months=1", [])
    assert celosia("refusals", "--months", "1", "--lang", "en").text == "Nothing was refused in these months."
    node.says("GET /v1/refusals?months=12", SHOWN)
    assert json.loads(celosia("refusals", "--json").out)[0]["count"] == 3
