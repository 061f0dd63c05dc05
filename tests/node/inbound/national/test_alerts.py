"""Alerts over the national API."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import delete

from node.officers import Role
from node.safeguards.alerts import AlertKind, raise_alert
from node.store.tables import Alert
from tests.node.inbound.conftest import PE, Founded


@pytest.fixture
def noticed(founded: Founded) -> Iterator[Founded]:
    with founded.node.database.begin() as work:
        raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=PE)
        raise_alert(work, AlertKind.OFFICER_LOCKED)
    yield founded
    with founded.node.database.begin() as work:
        work.session.exec(delete(Alert))


def test_a_liaison_officer_sees_what_concerns_peers_and_settles_it(officer: Callable[..., TestClient], noticed: Founded) -> None:
    liaison = officer(Role.LIAISON)
    shown = liaison.get("/v1/alerts").json()
    (alert,) = shown["alerts"]
    assert (alert["kind"], alert["peer"], alert["officer"], alert["count"]) == ("sweep_by_peer", "PE", None, 1)
    assert shown["open"] == 2
    settled = liaison.post(f"/v1/alerts/{alert['id']}/settlement")
    assert (settled.status_code, settled.json()["settled"] is None) == (200, False)
    assert liaison.get("/v1/alerts").json() == {"alerts": [], "open": 1}
    assert [each["id"] for each in liaison.get("/v1/alerts", params={"settled": True}).json()["alerts"]] == [alert["id"]]
    again = liaison.post(f"/v1/alerts/{alert['id']}/settlement")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_alert")


def test_an_administrator_learns_that_there_are_some_and_no_more(officer: Callable[..., TestClient], noticed: Founded) -> None:
    assert officer(Role.ADMINISTRATOR).get("/v1/alerts").json() == {"alerts": [], "open": 2}


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.ANALYST, Role.AUDITOR])
def test_nobody_else_learns_anything(officer: Callable[..., TestClient], noticed: Founded, role: Role) -> None:
    refused = officer(role).get("/v1/alerts")
    assert (refused.status_code, refused.json()["facts"]) == (
        403,
        {"role": "liaison", "roles": "liaison protection administrator"},
    )
