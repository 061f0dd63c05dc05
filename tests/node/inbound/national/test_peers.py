"""The federation as officers see it, and the switch of an administrator."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from node.officers import Role
from tests.node.inbound.conftest import Founded


def test_everybody_sees_who_they_are_and_who_the_members_are(officer: Callable[..., TestClient]) -> None:
    auditor = officer(Role.AUDITOR)
    assert auditor.get("/v1/me").json()["authority"] == "CO"
    shown = auditor.get("/v1/peers").json()
    assert [peer["authority"] for peer in shown["peers"]] == ["BR", "PE"]
    assert set(shown["peers"][0]["names"]) == {"es", "en", "pt", "fr"}


def test_a_denial_is_seen_at_once_and_can_be_taken_back(officer: Callable[..., TestClient], founded: Founded) -> None:
    administrator = officer(Role.ADMINISTRATOR)
    for changed in (True, False):  # twice is once, and is told
        answer = administrator.post("/v1/peers/PE/denial")
        assert (answer.status_code, answer.json()) == (200, {"authority": "PE", "denied": True, "changed": changed})
    assert [peer["denied"] for peer in administrator.get("/v1/peers").json()["peers"]] == [False, True]
    for changed in (True, False):
        answer = administrator.delete("/v1/peers/PE/denial")
        assert (answer.status_code, answer.json()) == (200, {"authority": "PE", "denied": False, "changed": changed})
    assert [peer["denied"] for peer in administrator.get("/v1/peers").json()["peers"]] == [False, False]


def test_only_another_member_can_be_denied(officer: Callable[..., TestClient]) -> None:
    administrator = officer(Role.ADMINISTRATOR)
    stranger = administrator.post("/v1/peers/AR/denial")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_peer")
    assert "where" not in stranger.json()  # the path names the state already
    assert administrator.delete("/v1/peers/AR/denial").json()["changed"] is False  # it may have left while it was denied
    for own in (administrator.post("/v1/peers/CO/denial"), administrator.delete("/v1/peers/CO/denial")):
        assert (own.status_code, own.json()["code"]) == (409, "own_authority")
    assert administrator.post("/v1/peers/XX/denial").json()["code"] == "request_invalid"
