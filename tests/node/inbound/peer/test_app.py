"""The peer API's own border: nobody without a certificate, no other form, and a document that says all of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from starlette.types import ASGIApp, Receive, Scope, Send

from node.inbound.peer.app import REQUEST_MEDIA_TYPE
from node.store.tables import PeerUse
from node.tls.certificates import create_authority, issue_leaf
from node.tls.trust import PeerIdentity
from protocol.limits import DAILY_QUOTAS, ENVELOPE_BYTES, LOG_READING, Quota
from tests.node.inbound.conftest import PE, Founded

HEADERS = {"Content-Type": REQUEST_MEDIA_TYPE}


def on_connection(app: ASGIApp, chain: list[str]) -> ASGIApp:
    """The app as the TLS server serves it to a caller who has shown this chain (ASGI TLS extension)."""

    async def with_tls(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {"tls": {"client_cert_chain": chain}}}, receive, send)

    return with_tls


@pytest.fixture(scope="module")
def peru(founded: Founded) -> Iterator[TestClient]:
    """Peru's node on its own connection: its real certificate."""
    working = founded.node.federation.directory.member(PE).working
    founded.node.adopt.trust.replace([PeerIdentity(PE, working.tls_authority.encode(), frozenset(working.tls_pins))])
    leaf = (founded.folder / PE / "tls" / "leaf.pem").read_text("ascii")
    with TestClient(on_connection(founded.node.peer_app, [leaf])) as client:
        yield client


def test_a_caller_without_a_certificate_is_nobody(founded: Founded) -> None:
    with TestClient(founded.node.peer_app) as client:
        for answer in (client.post("/v1/envelopes", content=b"{}", headers=HEADERS), client.get("/v1/index/" + "0" * 64)):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_a_peer")


def test_a_certificate_of_no_member_is_nobody_s_even_if_it_claims_a_state(founded: Founded, peru: TestClient) -> None:
    assert peru.get("/v1/index/" + "0" * 64).json()["code"] == "wrong_question"
    stranger = issue_leaf(create_authority("Celosia PE", datetime.now(UTC), 9), ["127.0.0.1"], "PE", datetime.now(UTC), 9)
    with TestClient(on_connection(founded.node.peer_app, [stranger.certificate.decode()])) as client:
        assert client.get("/v1/index/" + "0" * 64).json()["code"] == "not_a_peer"


@pytest.mark.parametrize("content_type", ["application/json", "application/jose", "", f"{REQUEST_MEDIA_TYPE}; charset=utf-8"])
def test_another_content_type_is_refused(peru: TestClient, content_type: str) -> None:
    answer = peru.post("/v1/envelopes", content=b"{}", headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["where"]) == (400, "request.content_type")


def test_a_body_beyond_an_envelope_is_not_read(peru: TestClient) -> None:
    answer = peru.post("/v1/envelopes", content=b"x" * (ENVELOPE_BYTES + 1), headers=HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    at_the_limit = peru.post("/v1/envelopes", content=b"x" * ENVELOPE_BYTES, headers=HEADERS)
    assert at_the_limit.json()["code"] == "malformed"


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "A" * 64, "..%2f..%2fkeys%2fsigning.key", "g" * 64])
def test_an_index_file_is_named_by_a_digest_and_nothing_else(peru: TestClient, digest: str) -> None:
    answer = peru.get(f"/v1/index/{digest}")
    assert answer.json()["code"] in ("request_invalid", "not_found")


def test_a_refusal_is_in_the_language_of_who_reads_it(peru: TestClient) -> None:
    titles = {
        peru.post("/v1/envelopes", content=b"{}", headers={**HEADERS, "Accept-Language": language}).json()["title"]
        for language in ("es", "en", "pt", "fr")
    }
    assert len(titles) == 4


def test_the_openapi_document_describes_all_endpoints_and_no_other(founded: Founded) -> None:
    document = founded.node.peer_app.openapi()
    assert {(method, path) for path, each in document["paths"].items() for method in each} == {
        ("post", "/v1/envelopes"),
        ("get", "/v1/index/{digest}"),
        ("get", "/v1/log/checkpoint"),
        ("get", "/v1/log/witnessed"),
        ("get", "/v1/log/consistency/{origin}/{old}/{new}"),
        ("get", "/v1/log/exchanges/{x}"),
        ("get", "/v1/log/exchanges/{x}/half"),
        ("get", "/v1/directories/{snapshot}"),
        ("post", "/v1/witness/add-checkpoint"),
        ("get", "/v1/witness/{origin}/checkpoint"),
    }
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            for status in ("400", "403", "404", "409", "413", "503"):
                assert "application/problem+json" in operation["responses"][status]["content"], path
    request = document["paths"]["/v1/envelopes"]["post"]["requestBody"]
    assert request["required"] is True
    assert set(request["content"]) == {REQUEST_MEDIA_TYPE}


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/log/exchanges/{'0' * 32}",
        f"/v1/log/exchanges/{'0' * 32}/half",
        f"/v1/directories/{'0' * 64}",
        "/v1/log/witnessed",
        f"/v1/log/consistency/{'0' * 64}/1/2",
    ],
)
def test_asking_for_what_is_not_in_the_log_costs_a_request_and_looks_the_same_until_the_day_is_spent(
    founded: Founded, peru: TestClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert peru.get(path).json()["code"] == "wrong_question"
    used = _log_requests(founded)
    assert peru.get(path).json()["code"] == "wrong_question"
    assert _log_requests(founded) == used + 1
    monkeypatch.setitem(DAILY_QUOTAS, LOG_READING, Quota(used + 2, 1 << 20))
    codes = [peru.get(path).json()["code"] for _ in range(3)]
    assert codes == ["wrong_question", "quota_spent", "quota_spent"]
    assert _log_requests(founded) == used + 2


def _log_requests(founded: Founded) -> int:
    with founded.node.database.read() as work:
        rows = work.session.exec(select(PeerUse).where(PeerUse.peer == PE, PeerUse.type == LOG_READING)).all()
        return sum(row.requests for row in rows)
