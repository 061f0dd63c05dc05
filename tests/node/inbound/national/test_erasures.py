"""Erasures and legal holds over the national API: who may, and what comes back. What it does: `tests/node/flows/`."""

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from node.store.archive import archive_request
from tests.node.inbound.conftest import PE, Founded

X = "5e" * 16
ORDER = "JUZGADO-INVENTADO-9/2026"


@pytest.fixture(scope="module")
def liaisons(founded: Founded) -> tuple[TestClient, TestClient]:
    with founded.node.database.begin() as work:
        archive_request(work, X, PE, "in", "manifests_wanted", b"what was said", "a" * 64)
    return founded.officer(Role.LIAISON), founded.officer(Role.LIAISON)


def test_from_the_proposal_to_the_end(liaisons: tuple[TestClient, TestClient], founded: Founded) -> None:
    first, second = liaisons
    (proposed,) = first.post("/v1/audit/erasures", json={"subject": X}).json()
    assert (proposed["x"], proposed["peer"], proposed["decision"]) == (X, "PE", None)
    decision = {"decision": "erase"}
    alone = first.post(f"/v1/audit/erasures/{X}/decisions", json=decision)
    assert (alone.status_code, alone.json()["facts"]) == (403, {"reason": "proposed_erasure"})
    held = first.post("/v1/audit/legal-holds", json={"subject": X, "reference": ORDER}).json()
    kept = second.post(f"/v1/audit/erasures/{X}/decisions", json=decision)
    assert (kept.status_code, kept.json()["code"], kept.json()["facts"]) == (409, "erasure_refused", {"reason": "held_by_law"})
    assert first.post(f"/v1/audit/legal-holds/{held['id']}/lifting").json()["facts"] == {"reason": "placed_hold"}
    assert second.post(f"/v1/audit/legal-holds/{held['id']}/lifting").json()["lifted"] is not None
    (erased,) = second.post(f"/v1/audit/erasures/{X}/decisions", json=decision).json()
    assert erased["erased"] is not None
    auditor = founded.officer(Role.AUDITOR)
    assert [each["x"] for each in auditor.get("/v1/audit/erasures").json()] == [X]
    assert [each["reference"] for each in auditor.get("/v1/audit/legal-holds").json()] == [ORDER]


def test_what_is_not_here_is_unknown(liaisons: tuple[TestClient, TestClient]) -> None:
    officer, unknown = liaisons[0], "9a" * 16
    for answer, code in (
        (officer.post("/v1/audit/erasures", json={"subject": unknown}), "unknown_exchange"),
        (officer.post(f"/v1/audit/erasures/{unknown}/decisions", json={"decision": "keep"}), "unknown_exchange"),
        (officer.post("/v1/audit/legal-holds", json={"subject": unknown, "reference": ORDER}), "unknown_exchange"),
        (officer.post(f"/v1/audit/legal-holds/{unknown}/lifting"), "unknown_legal_hold"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, code)
