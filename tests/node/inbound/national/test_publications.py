"""Publishing over the API: a preview of exactly what would leave, two persons, one decision."""

import json
import time
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from tests.federation.cases import Suspect, export, phone, reference


@pytest.fixture
def imported(officer: Callable[..., TestClient]) -> str:
    """A network with one suspect, imported."""
    analyst, network = officer(Role.ANALYST), reference()
    place = f"/v1/imports/{analyst.post('/v1/imports', files=export(network, Suspect([phone()]))).json()['id']}"
    deadline = time.monotonic() + 20
    while analyst.get(place).json()["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return network


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
