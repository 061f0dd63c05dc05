"""The other members, from the command line."""

import json

import pytest

from node.cli.render import country
from node.flows.show_federation import OwnAuthority, UnknownPeer
from node.inbound.national.models import FOR_PROGRAMS, DenialShown
from node.language import say
from protocol.vocabulary import Language
from tests.architecture.test_documents import rows_of
from tests.node.cli import invented
from tests.node.cli.program import Node, Program, says


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "In contact"),
        ({"last_success": None}, "No contact yet"),
        ({"last_error": "too_slow"}, "Took too long"),
        ({"last_error": "directory_mismatch"}, "The two nodes see different directories"),
        ({"last_error": "made_up"}, "No reason given (made_up)"),
        ({"denied": True, "last_error": "too_slow"}, "Suspended by this node"),
        ({"forked": True, "denied": True}, "Showed two histories: exchange stopped"),
    ],
)
def test_a_members_health_is_told_in_meaning(
    celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], words: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    node.says("GET /v1/peers", invented.federation(invented.peer("PE", **changes)))
    text = celosia("peers", "--lang", "en").text
    assert f"Peru (PE) {words}" in text
    assert "Directory: version 3" in text


def test_a_state_that_the_directory_leaves_out_is_shown_with_the_reason(celosia: Program, node: Node) -> None:
    shown = invented.federation(invented.peer("PE")).model_copy(
        update={"left_out": {"BR": "entry_malformed", "CL": "directory_expired"}}
    )
    node.says("GET /v1/peers", shown)
    text = celosia("peers", "--lang", "en").text
    assert "Left out: Brazil (BR). Its entry is not of the form that this node reads" in text
    assert f"Left out: Chile (CL). {say(Language.EN, 'ceremony.fault.directory_expired.title')}" in text


def test_a_member_never_reached_is_said_so(celosia: Program, node: Node) -> None:
    node.says("GET /v1/peers", invented.federation(invented.peer("PE", last_success=None)))
    assert say(Language.ES, "cli.peers.never") in celosia("peers").text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("command", "method", "state"), [("deny", "POST", "denied"), ("allow", "DELETE", "allowed")])
def test_exchange_is_suspended_and_resumed_and_twice_is_told(
    celosia: Program, node: Node, command: str, method: str, state: str, language: Language
) -> None:
    shown = [DenialShown(authority="PE", denied=state == "denied", changed=changed) for changed in (True, False)]
    node.says(f"{method} /v1/peers/PE/denial", *shown)
    for how in ("now", "already"):
        result = celosia("peers", command, "pe", "--lang", language.value)
        assert result.code == 0
        assert says(result, say(language, f"cli.peers.{how}_{state}", peer=country("PE", language), code="PE"))
        assert says(result, "celosia peers allow PE") is ((how, state) == ("now", "denied"))
    assert json.loads(celosia("peers", command, "PE", "--json").out) == shown[1].model_dump()


def test_the_code_of_an_error_is_told_with_its_words(celosia: Program, node: Node) -> None:
    node.says("POST /v1/peers/CO/denial", OwnAuthority())
    result = celosia("peers", "deny", "CO", "--lang", "en")
    assert result.code == 1
    assert "own_authority" in result.err
    assert "own_authority" in rows_of("errors.md")


def test_an_authority_that_is_no_member_is_refused_by_the_node(celosia: Program, node: Node) -> None:
    node.says("POST /v1/peers/US/denial", UnknownPeer())
    result = celosia("peers", "deny", "US", "--lang", "en")
    assert result.code == 1
    assert "unknown_peer" in result.err
    assert "peer" not in result.text.replace("unknown_peer", "").replace("celosia peers", "")


def test_peers_in_json_come_as_the_node_gave_them(celosia: Program, node: Node) -> None:
    shown = invented.federation(invented.peer("PE"))
    node.says("GET /v1/peers", shown)
    assert json.loads(celosia("peers", "--json").out) == shown.model_dump(mode="json", context=FOR_PROGRAMS)
