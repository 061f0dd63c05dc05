"""Opening a past question over the national API: forms and refusals. The story: `tests/federation/test_openings.py`."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role

X = "5c" * 16
PROPOSAL = {"exchange": X, "ground": "court", "order": "Auto 17/2026", "telling": "told", "handed": '{"boxes":[]}'}


@pytest.fixture(scope="module")
def liaison(officer: Callable[..., TestClient]) -> TestClient:
    return officer(Role.LIAISON)


def test_what_is_not_there_is_unknown(liaison: TestClient) -> None:
    assert liaison.get("/v1/audit/openings").json() == {"ours": [], "of_peers": []}
    for answer in (
        liaison.get(f"/v1/audit/openings/exchanges/{X}"),
        liaison.post("/v1/audit/openings", json=PROPOSAL),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_exchange")
    nothing = {"identifiers": 0, "dummies": 0, "breaches": []}
    for answer in (
        liaison.post(f"/v1/audit/openings/{X}/confirmation"),
        liaison.post(f"/v1/audit/openings/{X}/outcome", json=nothing),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_opening")


def test_an_auditor_sees_openings_and_makes_none(officer: Callable[..., TestClient]) -> None:
    auditor = officer(Role.AUDITOR)
    assert auditor.get("/v1/audit/openings").json() == {"ours": [], "of_peers": []}
    assert auditor.post("/v1/audit/openings", json=PROPOSAL).status_code == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ground": "curiosity"}, "request_invalid"),
        ({"order": ""}, "request_invalid"),
        ({"telling": "perhaps"}, "request_invalid"),
        ({"handed": "{}"}, "malformed"),
        ({"half": "ab"}, "request_invalid"),
    ],
)
def test_what_has_no_form_is_refused_and_not_repeated(liaison: TestClient, change: dict[str, str], code: str) -> None:
    answer = liaison.post("/v1/audit/openings", json=PROPOSAL | change)
    assert answer.json()["code"] == code
    assert "curiosity" not in answer.text
