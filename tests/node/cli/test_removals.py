"""Removals from the command line: who has taken what left, and who is late. Everything shown is invented."""

import json
from typing import Any

import pytest

from node.inbound.national.models import FOR_PROGRAMS
from node.inbound.national.removal_models import PeersShareShown, TakenBackShown
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

PLACE = "GET /v1/protected/departures"


def removal(**changes: Any) -> TakenBackShown:
    peers = [
        PeersShareShown(peer=peer, taken=taken, position=4, heard=invented.SINCE, overdue=overdue)
        for peer, taken, overdue in (("PE", True, False), ("BR", False, True), ("AR", False, False))
    ]
    fields: dict[str, Any] = {
        **{"number": 7, "registration": "e1" * 16, "source": "officer", "registered": invented.SINCE, "audience": "all"},
        **{"entropy": "identifiers", "epoch": 3, "entries": 2, "position": 41, "left": invented.SINCE, "ends": invented.SINCE},
        **{"peers": peers},
    }
    return TakenBackShown.model_validate({**fields, **changes})


@pytest.mark.parametrize("language", Language)
def test_each_peer_has_taken_it_or_has_not_or_is_late(celosia: Program, node: Node, language: Language) -> None:
    node.says(PLACE, [removal()])
    result = celosia("protected", "removals", "--lang", language.value)
    assert result.code == 0
    for state in ("taken", "open", "overdue"):
        assert say(language, f"cli.removals.state.{state}")[:12] in result.text
    assert "e1e1" in result.text
    assert "41" in result.text


def test_before_the_beat_it_says_that_nothing_has_left(celosia: Program, node: Node) -> None:
    node.says(PLACE, [removal(position=None, left=None, registration=None)])
    text = celosia("protected", "removals", "--lang", "en").text
    assert say(Language.EN, "cli.removals.waits") in text
    assert say(Language.EN, "cli.removals.several") in text


def test_that_nothing_is_open_is_said_and_programs_get_what_the_node_gave(celosia: Program, node: Node) -> None:
    node.says(PLACE, [])
    assert celosia("protected", "removals", "--lang", "en").text == "Every authority has taken the removals."
    node.says(f"{PLACE}?closed=true", [removal()])
    told = [removal().model_dump(mode="json", context=FOR_PROGRAMS)]
    assert json.loads(celosia("protected", "removals", "--all", "--json").out) == told
