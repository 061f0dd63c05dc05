"""Publishing over the API: a preview of exactly what would leave, two persons, one decision."""

import json
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from tests.federation.cases import Suspect, export, phone, reference
from tests.serving import wait_until


@pytest.fixture
def imported(officer: Callable[..., TestClient]) -> str:
    """A network with one suspect, imported."""
    analyst, network = officer(Role.ANALYST), reference()
    take_in(analyst, export(network, Suspect([phone()])))
    return network


def take_in(analyst: TestClient, upload: list[tuple[str, tuple[str, bytes]]]) -> None:
    """Import an export and wait for its end."""
    place = f"/v1/imports/{analyst.post('/v1/imports', files=upload).json()['id']}"
    wait_until(lambda: analyst.get(place).json()["state"] != "running", "the import")
    assert analyst.get(place).json()["state"] == "done"


def propose(analyst: TestClient, network: str) -> str:
    answer = analyst.post("/v1/publications", json={"network": network, "audience": None})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_the_preview_is_byte_for_byte_what_two_persons_then_publish(officer: Callable[..., TestClient], imported: str) -> None:
    first, second = officer(Role.ANALYST), officer(Role.ANALYST)
    publication = propose(first, imported)
    preview = second.get(f"/v1/publications/{publication}").json()
    approved = second.post(f"/v1/publications/{publication}/approval").json()
    assert approved["state"] == "published"
    assert approved["records"] == preview["records"]
    in_force = {row["record"]["id"]: row["record"] for row in first.get("/v1/records").json()}
    for record in preview["records"]:
        assert json.loads(record["bytes"]) == in_force[record["id"]]
        assert {field["name"] for field in record["fields"]} == set(in_force[record["id"]])
        assert imported not in record["bytes"]


def test_a_look_shows_the_bytes_that_are_then_proposed_and_signed_and_proposes_nothing(
    officer: Callable[..., TestClient], imported: str
) -> None:
    first, second = officer(Role.ANALYST), officer(Role.ANALYST)
    body = {"network": imported, "audience": None}
    before = first.get("/v1/publications").json()
    looks = [first.post("/v1/previews", json=body).json() for _ in range(2)]
    assert looks[0] == looks[1]
    assert first.get("/v1/publications").json() == before
    publication = propose(first, imported)
    approved = second.post(f"/v1/publications/{publication}/approval").json()
    assert approved["records"] == looks[0]["records"]
    for shared in ("listed", "withheld", "left_out", "gone", "network", "audience"):
        assert approved[shared] == looks[0][shared]
    assert {record["changed"] for record in looks[0]["records"]} == {"new"}
    assert all(field["directives"] and field["ground"] for record in looks[0]["records"] for field in record["fields"])


def test_a_look_names_what_changes_against_the_version_in_force(officer: Callable[..., TestClient], imported: str) -> None:
    first, second = officer(Role.ANALYST), officer(Role.ANALYST)
    second.post(f"/v1/publications/{propose(first, imported)}/approval")
    again = first.post("/v1/previews", json={"network": imported}).json()
    assert {record["changed"] for record in again["records"]} == {"same"}
    take_in(first, export(imported, Suspect([phone()]), size="n11_25"))
    changed = first.post("/v1/previews", json={"network": imported}).json()
    of_network = next(record for record in changed["records"] if record["kind"] == "network")
    assert (of_network["changed"], of_network["version"]) == ("changed", 2)
    (size,) = (field for field in of_network["fields"] if field["name"] == "size")
    assert (size["value"], size["before"]) == ("n11_25", "n6_10")
    assert {record["changed"] for record in changed["records"] if record["kind"] != "network"} == {"same"}


def test_a_look_at_what_cannot_be_published_says_why(officer: Callable[..., TestClient], imported: str) -> None:
    analyst = officer(Role.ANALYST)
    assert analyst.post("/v1/previews", json={"network": "none"}).json()["code"] == "unknown_network"
    assert analyst.post("/v1/previews", json={"network": imported, "audience": ["AR"]}).json()["code"] == "no_list_for_audience"
    take_in(analyst, export(imported, tlp="red"))
    refused = analyst.post("/v1/previews", json={"network": imported})
    assert (refused.status_code, refused.json()["facts"]) == (422, {"reason": "red_to_all", "field": "network.tlp"})
    assert officer(Role.INVESTIGATOR).post("/v1/previews", json={"network": imported}).status_code == 403


def test_a_network_without_anybody_in_it_sends_its_records_and_lists_nothing(officer: Callable[..., TestClient]) -> None:
    analyst, empty = officer(Role.ANALYST), reference()
    take_in(analyst, export(empty))
    shown = analyst.post("/v1/previews", json={"network": empty}).json()
    assert (shown["listed"], shown["withheld"], len(shown["records"])) == ({}, {}, 3)


def test_who_proposed_cannot_approve_or_refuse(officer: Callable[..., TestClient], imported: str) -> None:
    first = officer(Role.ANALYST)
    publication = propose(first, imported)
    for decision in ("approval", "refusal"):
        refused = first.post(f"/v1/publications/{publication}/{decision}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_four_eyes")
    assert first.get(f"/v1/publications/{publication}").json()["state"] == "proposed"


def test_a_proposal_is_decided_once(officer: Callable[..., TestClient], imported: str) -> None:
    first, second = officer(Role.ANALYST), officer(Role.ANALYST)
    publication = propose(first, imported)
    again = first.post("/v1/publications", json={"network": imported})
    assert (again.status_code, again.json()["code"]) == (409, "decision_pending")
    assert second.post(f"/v1/publications/{publication}/refusal").json()["state"] == "refused"
    for decision in ("approval", "refusal"):
        assert second.post(f"/v1/publications/{publication}/{decision}").json()["code"] == "already_decided"
    assert second.post(f"/v1/publications/{publication}/withdrawal").json()["code"] == "not_published"


def test_what_does_not_exist_is_named_by_its_own_code(officer: Callable[..., TestClient], imported: str) -> None:
    analyst = officer(Role.ANALYST)
    assert analyst.post("/v1/publications", json={"network": "none"}).json()["code"] == "unknown_network"
    to_a_set = analyst.post("/v1/publications", json={"network": imported, "audience": ["AR"]})
    assert to_a_set.json()["code"] == "no_list_for_audience"
    assert analyst.get("/v1/publications/none").json()["code"] == "unknown_publication"


def test_networks_show_their_publications_by_audience_and_lists_filter_by_state(
    officer: Callable[..., TestClient], imported: str
) -> None:
    first, second = officer(Role.ANALYST), officer(Role.ANALYST)
    publication = propose(first, imported)
    assert {"reference": imported, "publications": {"all": "proposed"}} in first.get("/v1/networks").json()
    second.post(f"/v1/publications/{publication}/approval")
    assert publication in {row["id"] for row in first.get("/v1/publications", params={"state": "published"}).json()}
    assert publication not in {row["id"] for row in first.get("/v1/publications", params={"state": "proposed"}).json()}
    assert first.get("/v1/publications", params={"state": "nonsense"}).json()["code"] == "request_invalid"
