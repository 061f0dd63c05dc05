"""Alerts, from the command line."""

import json
from typing import Any

import pytest

from node.flows.keep_alerts import UnknownAlert
from node.inbound.national.oversight_models import AlertShown, AlertsShown
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program


def alert(number: int, kind: str, **changes: Any) -> AlertShown:
    fields: dict[str, Any] = {
        **{"officer": None, "peer": None, "first": invented.SINCE, "last": invented.SINCE + 60},
        **{"count": 3, "settled": None, "settled_by": None},
    }
    return AlertShown(id=number, kind=kind, **{**fields, **changes})


@pytest.mark.parametrize("language", Language)
def test_each_says_what_was_noticed_about_whom_how_often_and_what_to_do(celosia: Program, node: Node, language: Language) -> None:
    of_peer, of_officer = alert(7, "sweep_by_peer", peer="BR"), alert(8, "sweep_by_officer", officer="fulana")
    node.says("GET /v1/alerts", AlertsShown(alerts=[of_peer, of_officer], open=3))
    result = celosia("alerts", "list", "--lang", language.value)
    assert result.code == 0
    for kind in ("sweep_by_peer", "sweep_by_officer"):
        for part in ("what", "next"):
            assert say(language, f"alert.{kind}.{part}") in result.text
    assert "(BR)" in result.text
    assert "fulana" in result.text
    assert say(language, "cli.alerts.of_others", count=1) in result.text


def test_that_none_is_open_is_said(celosia: Program, node: Node) -> None:
    node.says("GET /v1/alerts", AlertsShown(alerts=[], open=0))
    assert celosia("alerts", "list", "--lang", "en").text == "No alert is open that you deal with."


def test_settled_ones_say_by_whom(celosia: Program, node: Node) -> None:
    settled = alert(7, "forbidden_purpose", settled=invented.SINCE + 90, settled_by="beatriz")
    node.says("GET /v1/alerts?settled=true", AlertsShown(alerts=[settled], open=0))
    text = celosia("alerts", "list", "--all", "--lang", "en").text
    assert "Settled by beatriz" in text
    assert say(Language.EN, "alert.forbidden_purpose.next") not in text


def test_one_is_settled_by_its_number(celosia: Program, node: Node) -> None:
    node.says("POST /v1/alerts/7/settlement", alert(7, "officer_locked", settled=invented.SINCE, settled_by="beatriz"))
    result = celosia("alerts", "settle", "7", "--json")
    assert (result.code, json.loads(result.out)["settled_by"]) == (0, "beatriz")
    assert celosia("alerts", "settle", "7", "--lang", "en").text.startswith("Settled: 7. An officer was locked")


def test_one_that_is_not_there_says_what_to_do(celosia: Program, node: Node) -> None:
    node.says("POST /v1/alerts/9/settlement", UnknownAlert())
    result = celosia("alerts", "settle", "9", "--lang", "en")
    assert result.code != 0
    assert "celosia alerts list" in result.text
