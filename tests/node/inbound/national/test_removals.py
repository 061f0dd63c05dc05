"""Removals over the API: the protection liaison sees them, and nobody else does."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from node.officers import Role


def test_the_liaison_sees_that_nothing_is_open_and_others_see_nothing(officer: Callable[..., TestClient]) -> None:
    assert officer(Role.PROTECTION).get("/v1/protected/departures").json() == []
    assert officer(Role.PROTECTION).get("/v1/protected/departures?closed=true").json() == []
    for role in set(Role) - {Role.PROTECTION}:
        assert officer(role).get("/v1/protected/departures").status_code == 403
