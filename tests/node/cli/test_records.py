"""Records from the command line."""

import json

from node.inbound.national.models import FOR_PROGRAMS
from tests.node.cli import invented
from tests.node.cli.program import Node, Program


def test_records_are_listed_with_kind_and_authority(celosia: Program, node: Node) -> None:
    node.says("GET /v1/records", [invented.record(invented.NETWORK), invented.record(invented.ROUTE)])
    result = celosia("records", "--lang", "en")
    assert invented.NETWORK_ID in result.out  # unbroken: the next command takes it
    assert "Criminal network" in result.text
    assert "Records: 2" in result.text


def test_records_of_one_authority_and_kind_are_asked_for(celosia: Program, node: Node) -> None:
    node.says("GET /v1/records?authority=PE&kind=route", [])
    assert celosia("records", "--from", "pe", "--kind", "route").code == 0


def test_records_of_several_authorities_come_together(celosia: Program, node: Node) -> None:
    node.says("GET /v1/records?authority=PE", [invented.record(invented.NETWORK)])
    node.says("GET /v1/records?authority=BR", [invented.record(invented.ROUTE)])
    assert "Records: 2" in celosia("records", "--from", "PE,BR", "--lang", "en").text
    together = json.loads(celosia("records", "--from", "PE,BR", "--json").out)
    assert [record["record"]["id"] for record in together] == [invented.NETWORK_ID, invented.ROUTE_ID]


def test_a_withdrawn_record_says_so(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/records/{invented.NETWORK_ID}", invented.record(invented.WITHDRAWAL))
    assert "Withdrawn on 2026-11-18: do not use." in celosia("records", "show", invented.NETWORK_ID, "--lang", "en").text


def test_a_kind_that_does_not_exist_is_answered_with_those_that_do(celosia: Program, node: Node) -> None:
    result = celosia("records", "--kind", "person", "--lang", "en")
    assert result.code == 2
    assert "modus_operandi: Modus operandi" in result.text
    assert node.received == []


def test_a_record_is_shown_in_words_with_its_contact_and_its_deliveries(celosia: Program, node: Node) -> None:
    shown = invented.record(invented.NETWORK, CO="accepted", BR="quarantined", MX="waiting")
    node.says(f"GET /v1/records/{invented.NETWORK_ID}", shown)
    text = celosia("records", "show", invented.NETWORK_ID, "--lang", "en").text
    for words in (
        "Victims: 11 to 25; 18 or over",
        "Contact: +5115550100",
        "Colombia (CO) Received and signed for",
        "Brazil (BR) Put aside by that authority",
        "Mexico (MX) To be delivered",
        invented.DIGEST,
    ):
        assert words in text


def test_a_route_names_its_places_and_its_network(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/records/{invented.ROUTE_ID}", invented.record(invented.ROUTE))
    text = celosia("records", "show", invented.ROUTE_ID, "--lang", "en").text
    assert "Nariño, Colombia (Origin) → Brazil" in text
    assert f"Part of {invented.NETWORK_ID}, of Peru (PE)" in text


def test_records_in_json_come_as_the_node_gave_them(celosia: Program, node: Node) -> None:
    node.says("GET /v1/records", [invented.record(invented.NETWORK)])
    assert json.loads(celosia("records", "--json").out) == [
        invented.record(invented.NETWORK).model_dump(mode="json", context=FOR_PROGRAMS)
    ]
