"""Publishing from the command line: what leaves and why, two people, and no surprises."""

import json

import pytest

from node.inbound.national.models import FOR_PROGRAMS
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


@pytest.mark.parametrize("language", Language)
def test_a_preview_shows_what_would_leave_with_ground_and_directives_and_proposes_nothing(
    celosia: Program, node: Node, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    node.says("POST /v1/previews", invented.look())
    result = celosia("preview", "RED-INVENTADA", "--audience", "PE", "--lang", language.value)
    assert result.code == 0
    assert json.loads(node.received[0].body) == {"network": "RED-INVENTADA", "audience": ["PE"]}
    assert say(language, "ground.band") in result.text
    assert "83, 105, 112, 114" in result.text
    assert say(language, "cli.publish.changed.changed") in result.text
    assert say(language, "cli.publish.instead_of", value="", before="")[2:6] in result.text
    assert "celosia publish approve" not in result.text
    assert "celosia publish propose RED-INVENTADA --to PE" in result.text


def test_a_preview_quotes_the_network_for_the_shell(celosia: Program, node: Node) -> None:
    node.says("POST /v1/previews", invented.look())
    result = celosia("preview", "RED INVENTADA; 2", "--lang", "en")
    assert result.text.rstrip().endswith("celosia publish propose 'RED INVENTADA; 2'")


def test_a_preview_can_be_had_as_bytes_and_as_the_node_gave_it(celosia: Program, node: Node) -> None:
    node.says("POST /v1/previews", invented.look())
    assert invented.look().records[0].bytes in celosia("preview", "RED-INVENTADA", "--bytes").out
    told = invented.look().model_dump(mode="json", context=FOR_PROGRAMS)
    assert json.loads(celosia("preview", "RED-INVENTADA", "--json").out) == told


def test_the_list_warns_of_what_will_be_taken_back_soon(celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    node.says("GET /v1/publications", [invented.publication("published").model_copy(update={"review": "2020-01-31"})])
    assert "2020-01-31: expires soon" in celosia("publish", "list", "--lang", "en").text
    node.says("GET /v1/publications", [invented.publication("expired").model_copy(update={"review": "2020-01-31"})])
    assert "expires soon" not in celosia("publish", "list", "--lang", "en").text


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
    told = invented.publication().model_dump(mode="json", context=FOR_PROGRAMS)
    assert json.loads(celosia("publish", "propose", "RED-INVENTADA", "--json").out) == told


def test_the_preview_names_each_field_of_which_less_is_said_and_until_when(celosia: Program, node: Node) -> None:
    node.says(f"GET {PUBLICATION}", invented.publication())
    text = " ".join(celosia("publish", "show", invented.PUBLICATION_ID, "--lang", "en").text.split())
    assert say(Language.EN, "cli.publish.less") in text
    assert "A change is waiting" in text
    assert "2026-11-18" in text
    assert "Fewer than eleven victims" in text
