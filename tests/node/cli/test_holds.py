"""What is held for review, from the protection liaison's command line."""

import io
import json
import sys
from typing import Any

import pytest

from node.flows.decide_holds import HoldRefused, NotLocked, UnknownHold
from node.inbound.national.oversight_models import HoldDecisionShown, HoldShown, UnlockShown
from node.language import say
from node.safeguards.holds import Cause
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

HOLD = "7f" * 16
DECISIONS = f"POST /v1/holds/{HOLD}/decisions"


def hold(cause: str = "review", **changes: Any) -> HoldShown:
    fields: dict[str, Any] = {
        **{"id": HOLD, "officer": "fulana", "created": invented.SINCE, "released": None, "question": "0a1b2c3d", "line": 7},
        **{
            "network": None,
            "kind": "phone",
            "written": "+57 300 555 0147",
            "case": "CASO-INVENTADO",
            "purpose": "investigate_network",
        },
        "decisions": [],
    }
    return HoldShown(cause=cause, **{**fields, **changes})


def decided(what: str, note: str = "") -> list[HoldDecisionShown]:
    return [HoldDecisionShown(liaison="beatriz", what=what, at=invented.SINCE, note=note)]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("cause", [cause.value for cause in Cause])
def test_a_hold_says_the_cause_what_was_asked_by_whom_for_what_and_what_to_do(
    celosia: Program, node: Node, language: Language, cause: str
) -> None:
    node.says(f"GET /v1/holds/{HOLD}", hold(cause))
    text = celosia("holds", "show", HOLD, "--lang", language.value).text
    for part in (say(language, f"hold.cause.{cause}"), say(language, f"hold.next.{cause}"), "+57 300 555 0147", "fulana"):
        assert part in text
    assert "CASO-INVENTADO" in text


def test_a_hold_of_a_publication_names_the_network_and_neither_question_nor_line(celosia: Program, node: Node) -> None:
    of_network = hold("weak", question=None, line=None, network="RED-INVENTADA", case="", purpose=None)
    node.says(f"GET /v1/holds/{HOLD}", of_network)
    text = celosia("holds", "show", HOLD, "--lang", "en").text
    assert "RED-INVENTADA" in text
    assert "line" not in text.partition("RED-INVENTADA")[2].lower()
    assert "Who proposed it" in text
    assert "asked" not in text.lower()


def test_a_released_hold_of_a_publication_sends_the_analyst_to_propose_again(celosia: Program, node: Node) -> None:
    released = {"released": invented.SINCE, "decisions": decided("release")}
    node.says(DECISIONS, hold("weak", question=None, line=None, network="RED-INVENTADA", case="", purpose=None, **released))
    text = celosia("holds", "release", HOLD, "--lang", "en").text
    assert text == say(Language.EN, "cli.holds.now.released_network")
    assert "question" not in text


def test_a_number_that_is_none_points_to_the_list_of_holds(celosia: Program, node: Node) -> None:
    result = celosia("holds", "release", "7f", "--lang", "en")
    assert (result.code, "celosia holds list" in result.text, node.received) == (2, True, [])


def test_the_list_shows_each_and_says_when_there_is_none(celosia: Program, node: Node) -> None:
    node.says("GET /v1/holds", [hold(), hold("protected", id="8a" * 16)])
    text = celosia("holds", "list", "--lang", "en").text
    assert HOLD in text
    assert "8a" * 16 in text
    node.says("GET /v1/holds", [])
    assert celosia("holds", "list", "--lang", "en").text == "Nothing is held that waits for your decision."


def test_what_was_decided_is_shown_with_the_note(celosia: Program, node: Node) -> None:
    released = hold(released=invented.SINCE, decisions=decided("release", "No es ella"))
    node.says("GET /v1/holds?decided=true", [released])
    text = celosia("holds", "list", "--all", "--lang", "en").text
    assert "Released by beatriz" in text
    assert "No es ella" in text
    assert "Not held any more since" in text


@pytest.mark.parametrize(
    ("command", "answer", "words"),
    [
        ("release", hold(released=invented.SINCE, decisions=decided("release")), "Released."),
        ("release", hold("review_by_two", decisions=decided("release")), "A second liaison"),
        ("keep", hold(decisions=decided("keep")), "It stays held."),
    ],
)
def test_a_decision_says_what_it_brought_about(celosia: Program, node: Node, command: str, answer: HoldShown, words: str) -> None:
    node.says(DECISIONS, answer)
    assert celosia("holds", command, HOLD, "--lang", "en").text.startswith((words, "Noted. " + words))
    assert json.loads(celosia("holds", command, HOLD, "--json").out)["id"] == HOLD


def test_a_note_is_asked_for_and_stands_in_no_argument(celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.says(DECISIONS, hold(decisions=decided("keep", "apunte")))
    monkeypatch.setattr(sys, "stdin", io.StringIO("apunte inventado\n"))
    assert celosia("holds", "keep", HOLD, "--note").code == 0
    assert json.loads(node.received[-1].body) == {"decision": "keep", "note": "apunte inventado"}


@pytest.mark.parametrize("reason", ["protected", "released", "second_liaison", "not_readable"])
@pytest.mark.parametrize("language", Language)
def test_a_refused_release_says_why(celosia: Program, node: Node, reason: str, language: Language) -> None:
    node.says(DECISIONS, HoldRefused(reason))
    result = celosia("holds", "release", HOLD, "--lang", language.value)
    assert result.code != 0
    assert say(language, f"hold.refused.{reason}") in result.text


def test_an_officer_is_unlocked_by_user_name(celosia: Program, node: Node) -> None:
    node.says("POST /v1/holds/unlockings", UnlockShown(username="fulana"))
    assert "fulana can ask again." in celosia("holds", "unlock", "fulana", "--lang", "en").text
    node.says("POST /v1/holds/unlockings", NotLocked())
    assert "celosia alerts list" in celosia("holds", "unlock", "fulano", "--lang", "en").text


def test_what_is_not_there_or_no_number_says_what_to_do(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/holds/{HOLD}", UnknownHold())
    assert "celosia holds list" in celosia("holds", "show", HOLD, "--lang", "en").text
    assert celosia("holds", "show", "7").code != 0
