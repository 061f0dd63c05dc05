"""What is held for review, over the national API. What the answers mean, `tests/federation/test_holds.py` tells."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role

HOLD = "7f" * 16


def test_a_liaison_without_holds_is_shown_none(officer: Callable[..., TestClient]) -> None:
    assert officer(Role.PROTECTION).get("/v1/holds").json() == []


def test_a_hold_that_is_not_there_is_unknown_to_look_at_and_to_decide_on(officer: Callable[..., TestClient]) -> None:
    liaison = officer(Role.PROTECTION)
    for answer in (
        liaison.get(f"/v1/holds/{HOLD}"),
        liaison.post(f"/v1/holds/{HOLD}/decisions", json={"decision": "release"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_hold")


@pytest.mark.parametrize(
    "body", [{}, {"decision": "publish"}, {"decision": "keep", "note": "x" * 201}, {"decision": "keep", "cause": "protected"}]
)
def test_a_decision_of_another_form_is_refused(officer: Callable[..., TestClient], body: dict[str, str]) -> None:
    answer = officer(Role.PROTECTION).post(f"/v1/holds/{HOLD}/decisions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROTECTION])
def test_nobody_else_sees_decides_or_unlocks(officer: Callable[..., TestClient], role: Role) -> None:
    other = officer(role)
    for answer in (
        other.get("/v1/holds"),
        other.get(f"/v1/holds/{HOLD}"),
        other.post(f"/v1/holds/{HOLD}/decisions", json={"decision": "release"}),
        other.post("/v1/holds/unlockings", json={"username": "alice"}),
    ):
        assert (answer.status_code, answer.json()["facts"]) == (403, {"role": "protection"})
