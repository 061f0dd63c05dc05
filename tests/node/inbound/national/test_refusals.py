"""The count of refusals over the national API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from protocol.journal import Act
from tests.node.inbound.conftest import PE, Founded


@pytest.mark.parametrize("role", [Role.LIAISON, Role.AUDITOR])
def test_who_oversees_reads_what_was_refused_and_nobody_s_name(
    officer: Callable[..., TestClient], founded: Founded, role: Role
) -> None:
    asked = {"case_file": "x", "basis": "untoc_police", "offence": "tip", "case": "INVENTED", "attested": True, "peers": ["PE"]}
    officer(Role.INVESTIGATOR).post("/v1/questions", json={**asked, "purpose": "prosecute_victim"})
    with founded.node.database.begin() as work:
        work.record(Act.POLICY_REFUSAL, peer=PE, cause="malformed")
    shown = officer(role).get("/v1/refusals").json()
    assert {(each["direction"], each["peer"], each["purpose"], each["cause"]) for each in shown} >= {
        ("in", "PE", None, "malformed")
    }
    assert all(set(each) == {"month", "direction", "peer", "purpose", "cause", "count"} for each in shown)
    assert officer(role).get("/v1/refusals", params={"months": 0}).status_code == 422


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.ANALYST, Role.PROTECTION, Role.ADMINISTRATOR])
def test_nobody_else_does(officer: Callable[..., TestClient], role: Role) -> None:
    assert officer(role).get("/v1/refusals").json()["code"] == "role_missing"
