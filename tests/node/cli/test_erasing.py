"""Erasures and legal holds from the command line. What the node says: `tests/node/inbound/national/test_erasures.py`."""

import io
import json
import sys
from typing import Any

import pytest

from node.flows.erase_exchanges import ErasureRefused
from node.inbound.national.erasure_models import ErasureShown, LegalHoldShown
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

X, HOLD = "5e" * 16, "7f" * 16
ORDER = "JUZGADO-INVENTADO-9/2026"


def erasure(**changes: Any) -> ErasureShown:
    fields: dict[str, Any] = {
        **{"x": X, "subject": X, "peer": "PE", "direction": "out", "since": invented.SINCE, "proposed_by": "alice"},
        **{"peer_asked": None, "decision": None, "decided_by": None, "decided": None, "erased": None},
        **{"outcome": None, "outcome_at": None, "overdue": False},
    }
    return ErasureShown.model_validate(fields | changes)


def hold(**changes: Any) -> LegalHoldShown:
    fields = {"id": HOLD, "subject": X, "reference": ORDER, "placed_by": "alice", "placed": invented.SINCE}
    return LegalHoldShown.model_validate({**fields, "lifted_by": None, "lifted": None, **changes})


@pytest.mark.parametrize("language", Language)
def test_what_is_proposed_is_for_another_to_decide(celosia: Program, node: Node, language: Language) -> None:
    node.says("POST /v1/audit/erasures", [erasure()])
    result = celosia("audit", "erase", X, "--lang", language.value)
    assert (result.code, json.loads(node.received[-1].body)) == (0, {"subject": X})
    assert say(language, "cli.audit.erasure.proposed", count=1, subject=X) in result.text


@pytest.mark.parametrize("decision", ["erase", "keep"])
@pytest.mark.parametrize("language", Language)
def test_a_decision_is_taken(celosia: Program, node: Node, language: Language, decision: str) -> None:
    node.says(f"POST /v1/audit/erasures/{X}/decisions", [erasure(decision=decision)])
    result = celosia("audit", "decide", X, decision, "--lang", language.value)
    assert result.text == say(language, f"cli.audit.erasure.now.{decision}", count=1)


@pytest.mark.parametrize("words", [("decide", X, "forget"), ("erase", "x"), ("hold",), ("hold", X, "--all"), ("lift", "1")])
def test_what_cannot_be_asked_for_is_said(celosia: Program, words: tuple[str, ...]) -> None:
    assert celosia("audit", *words).code == 2


@pytest.mark.parametrize("reason", ["question_open", "held_by_law", "erased", "not_proposed"])
@pytest.mark.parametrize("language", Language)
def test_why_it_cannot_be_erased_is_said(celosia: Program, node: Node, language: Language, reason: str) -> None:
    node.says("POST /v1/audit/erasures", ErasureRefused(reason))
    result = celosia("audit", "erase", X, "--lang", language.value)
    assert result.code == 1
    assert say(language, f"cli.audit.erasure.refused.{reason}") in result.text


@pytest.mark.parametrize("language", Language)
def test_where_each_side_stands_is_shown(celosia: Program, node: Node, language: Language) -> None:
    at = invented.SINCE
    shown = [
        erasure(decision="erase", erased=at, outcome="pending", outcome_at=at, overdue=True),
        erasure(decision="erase", erased=at, outcome="erased", outcome_at=at),
        erasure(peer=None, direction=None, decision="keep"),
        erasure(proposed_by=None, peer_asked=at, overdue=True),
    ]
    node.says("GET /v1/audit/erasures", shown)
    result = celosia("audit", "erasures", "--lang", language.value, COLUMNS="240")
    said = {key: say(language, f"cli.audit.erasure.{key}") for key in ("question", "state.erased", "state.kept", "state.asked")}
    assert all(text in result.text for text in said.values())
    assert say(language, "cli.audit.erasure.overdue", state=said["state.asked"]) in result.text


@pytest.mark.parametrize("language", Language)
def test_nothing_to_show_is_said(celosia: Program, node: Node, language: Language) -> None:
    node.says("GET /v1/audit/erasures", [])
    node.says("GET /v1/audit/legal-holds", [])
    assert celosia("audit", "erasures", "--lang", language.value).text == say(language, "cli.audit.erasure.none")
    assert celosia("audit", "holds", "--lang", language.value).text == say(language, "cli.audit.hold.none")


@pytest.mark.parametrize("language", Language)
def test_a_hold_is_placed_with_the_reference_that_is_typed(
    celosia: Program, node: Node, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.says("POST /v1/audit/legal-holds", hold())
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ORDER}\n"))
    result = celosia("audit", "hold", X, "--lang", language.value)
    assert json.loads(node.received[-1].body) == {"subject": X, "reference": ORDER}
    assert say(language, "cli.audit.hold.placed", id=HOLD) in result.text


@pytest.mark.parametrize("language", Language)
def test_holds_are_shown_and_lifted(celosia: Program, node: Node, language: Language) -> None:
    node.says("GET /v1/audit/legal-holds", [hold(), hold(subject=None, lifted_by="beatriz", lifted=invented.SINCE)])
    result = celosia("audit", "holds", "--lang", language.value)
    for part in (ORDER, "alice", "beatriz", say(language, "cli.audit.hold.everything"), say(language, "cli.audit.hold.over")):
        assert part in result.text
    node.says(f"POST /v1/audit/legal-holds/{HOLD}/lifting", hold(lifted_by="beatriz", lifted=invented.SINCE))
    assert celosia("audit", "lift", HOLD, "--lang", language.value).text == say(language, "cli.audit.hold.lifted")
