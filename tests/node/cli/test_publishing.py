"""Publishing from the command line: what leaves and why, two people, and no surprises."""

import json

import pytest

from node.language import say
from node.safeguards.errors import NotFourEyes
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

PUBLICATION = f"/v1/publications/{invented.PUBLICATION_ID}"


def test_networks_show_where_each_publication_stands(celosia: Program, node: Node) -> None:
    node.says("GET /v1/networks", invented.networks())
    text = celosia("publish", "networks", "--lang", "en").text
    assert "RED-INVENTADA All authorities Published" in text
    assert "Brazil (BR), Colombia (CO)" in text
    assert "OTRA-RED Not published" in text


@pytest.mark.parametrize("language", Language)
def test_a_proposal_shows_every_field_with_its_ground_in_the_officers_language(
    celosia: Program, node: Node, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    node.says("POST /v1/publications", invented.publication())
    result = celosia("publish", "propose", "RED-INVENTADA", "--lang", language.value)
    assert result.code == 0
    for name in invented.NETWORK:
        assert say(language, f"field.{name}")[:20] in result.text
    for ground in ("code", "band", "month", "office"):
        assert say(language, f"ground.{ground}")[:20] in result.text
    assert json.loads(node.received[0].body) == {"network": "RED-INVENTADA", "audience": None}


def test_a_proposal_says_that_a_second_officer_must_approve_and_how(celosia: Program, node: Node) -> None:
    node.says("POST /v1/publications", invented.publication(audience="BR PE", waiting=9))
    result = celosia("publish", "propose", "RED-INVENTADA", "--to", "pe, BR", "--lang", "en")
    assert json.loads(node.received[0].body)["audience"] == ["PE", "BR"]
    assert "Brazil (BR), Peru (PE)" in result.text
    assert f"celosia publish approve {invented.PUBLICATION_ID}" in result.out
    assert "Index changes that leave with the next sending: 9" in result.text


def test_identifiers_are_counted_by_kind_and_by_reason_to_withhold(celosia: Program, node: Node) -> None:
    node.says(f"GET {PUBLICATION}", invented.publication("published"))
    result = celosia("publish", "show", invented.PUBLICATION_ID, "--lang", "en")
    for line in (
        "Phone number 12",
        "Vehicle plate 3",
        "Held for review 2",
        "Victim screening missing, or it found an indicator 4",
    ):
        assert line in result.text
    assert "publish approve" not in result.text


def test_nothing_listed_and_nothing_withheld_is_said(celosia: Program, node: Node) -> None:
    node.says(f"GET {PUBLICATION}", invented.publication().model_copy(update={"listed": {}, "withheld": {}}))
    assert celosia("publish", "show", invented.PUBLICATION_ID, "--lang", "en").text.count("None 0") == 2


def test_the_exact_bytes_are_shown_unbroken(celosia: Program, node: Node) -> None:
    publication = invented.publication()
    node.says(f"GET {PUBLICATION}", publication)
    lines = celosia("publish", "show", invented.PUBLICATION_ID, "--bytes").out.splitlines()
    assert [record.bytes for record in publication.records] == [line for line in lines if line.startswith("{")]


def test_publications_are_listed_by_state(celosia: Program, node: Node) -> None:
    node.says("GET /v1/publications?state=proposed", [invented.publication()])
    node.says("GET /v1/publications", [])
    assert invented.PUBLICATION_ID in celosia("publish", "list", "--state", "proposed").out
    assert invented.PUBLICATION_ID not in celosia("publish", "list").out


@pytest.mark.parametrize(
    ("command", "decision", "state"),
    [("approve", "approval", "published"), ("refuse", "refusal", "refused"), ("withdraw", "withdrawal", "withdrawn")],
)
def test_a_decision_is_made_and_confirmed(celosia: Program, node: Node, command: str, decision: str, state: str) -> None:
    node.says(f"POST {PUBLICATION}/{decision}", invented.publication(state))
    result = celosia("publish", command, invented.PUBLICATION_ID)
    assert result.code == 0
    everyone = say(Language.ES, "cli.audience.all")
    expected = say(Language.ES, f"cli.publish.after.{decision}", network="RED-INVENTADA", audience=everyone, records=2)
    assert expected in result.text


def test_whoever_proposed_cannot_approve(celosia: Program, node: Node) -> None:
    node.says(f"POST {PUBLICATION}/approval", NotFourEyes("second_officer"))
    result = celosia("publish", "approve", invented.PUBLICATION_ID, "--lang", "en")
    assert result.code == 1
    assert "You proposed it; another person has to decide." in result.text


def test_with_json_a_proposal_comes_as_the_node_gave_it(celosia: Program, node: Node) -> None:
    node.says("POST /v1/publications", invented.publication())
    assert json.loads(celosia("publish", "propose", "RED-INVENTADA", "--json").out) == invented.publication().model_dump()
