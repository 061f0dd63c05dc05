"""A bundle of evidence over the national API: who may have one made, and what is refused. What it holds: `tests/federation/`."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from deploy.verify_bundle import Report
from node.flows.gather_evidence import (
    BundleFails,
    ExchangeErased,
    Gathered,
    GatherEvidence,
    NoBundle,
    NotInLogYet,
    PeerHalfMissing,
    Wanted,
)
from node.flows.prove_entry import NotWitnessedYet
from node.inbound.national.evidence import LEFT_OUT, MEDIA_TYPE
from node.officers import Liaison, Role
from protocol.vocabulary import Language
from tests.node.inbound.conftest import PE, Founded

X = "5c" * 16
PLACE = f"/v1/exchanges/{X}/evidence"
BODY = {"reason": "Court order 12/2026 (invented)"}


@pytest.fixture(scope="module")
def liaison(founded: Founded) -> TestClient:
    return founded.officer(Role.LIAISON)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Wanted]]:
    """What the story is asked for; it gives a file of three bytes."""
    found: list[Wanted] = []

    def gather(_story: GatherEvidence, officer: Liaison, wanted: Wanted) -> Gathered:
        assert Role.LIAISON in officer.roles
        found.append(wanted)
        return Gathered(b"abc", Report(), 2)

    monkeypatch.setattr(GatherEvidence, "gather", gather)
    yield found


def test_the_file_comes_with_how_many_messages_are_not_in_it(liaison: TestClient, asked: list[Wanted]) -> None:
    answer = liaison.post(PLACE, json={**BODY, "languages": ["fr"], "peer": "PE"})
    assert (answer.status_code, answer.content) == (200, b"abc")
    assert (answer.headers["Content-Type"], answer.headers[LEFT_OUT]) == (MEDIA_TYPE, "2")
    assert liaison.post(PLACE, json=BODY).status_code == 200
    named = Wanted(X, BODY["reason"], frozenset({Language.FR}), PE)
    assert asked == [named, Wanted(X, BODY["reason"], frozenset(Language))]


@pytest.mark.parametrize(
    "change", [{"reason": "no"}, {"reason": "x" * 201}, {"languages": []}, {"languages": ["de"]}, {"peer": "XX"}]
)
def test_without_a_reason_or_in_a_language_that_there_is_not_nothing_is_asked(
    liaison: TestClient, asked: list[Wanted], change: dict[str, object]
) -> None:
    assert liaison.post(PLACE, json={**BODY, **change}).json()["code"] == "request_invalid"
    assert liaison.post("/v1/exchanges/12/evidence", json=BODY).json()["code"] == "request_invalid"
    assert asked == []


@pytest.mark.parametrize(
    ("refusal", "status", "facts"),
    [
        (NotInLogYet(), 409, None),
        (NotWitnessedYet(), 409, None),
        (ExchangeErased(), 409, None),
        (NoBundle(reason="leaves_none"), 409, {"reason": "leaves_none"}),
        (PeerHalfMissing(peer=PE, reason="unreachable"), 502, {"peer": "PE", "reason": "unreachable"}),
        (BundleFails(check="fork", size=7, origin="o"), 409, {"check": "fork", "size": 7, "origin": "o"}),
    ],
)
def test_why_there_is_none_is_told(
    liaison: TestClient, monkeypatch: pytest.MonkeyPatch, refusal: NoBundle, status: int, facts: dict[str, object] | None
) -> None:
    def gather(*_: object) -> Gathered:
        raise refusal

    monkeypatch.setattr(GatherEvidence, "gather", gather)
    answer = liaison.post(PLACE, json=BODY)
    assert (answer.status_code, answer.json()["code"], answer.json().get("facts")) == (status, refusal.code, facts)


def test_an_exchange_that_never_was_is_unknown(liaison: TestClient) -> None:
    assert liaison.post(PLACE, json=BODY).json()["code"] == "unknown_exchange"
