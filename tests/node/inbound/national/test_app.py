"""The national API as a whole: every route against every role, bodies of any size and kind, and its OpenAPI document."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from node.inbound.national import threshold
from node.officers import Role
from tests.node.inbound.conftest import Founded

EVERYBODY = frozenset(Role)
ANALYST = frozenset({Role.ANALYST})
INVESTIGATOR = frozenset({Role.INVESTIGATOR})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
LIAISON = frozenset({Role.LIAISON})
OVERSEERS = LIAISON | {Role.AUDITOR}
PROTECTION = frozenset({Role.PROTECTION})
LIAISON = frozenset({Role.LIAISON})
WATCHERS = frozenset({Role.LIAISON, Role.PROTECTION, Role.ADMINISTRATOR})
MATRIX = {
    ("GET", "/v1/me"): EVERYBODY,
    ("GET", "/v1/peers"): EVERYBODY,
    ("POST", "/v1/peers/{authority}/denial"): ADMINISTRATOR,
    ("DELETE", "/v1/peers/{authority}/denial"): ADMINISTRATOR,
    ("GET", "/v1/records"): EVERYBODY - ADMINISTRATOR,
    ("GET", "/v1/records/{record_id}"): EVERYBODY - ADMINISTRATOR,
    ("POST", "/v1/identifications"): INVESTIGATOR | ANALYST,
    ("POST", "/v1/imports"): ANALYST,
    ("GET", "/v1/imports/{import_id}"): ANALYST,
    ("POST", "/v1/revocations"): ADMINISTRATOR,
    ("POST", "/v1/exchanges/{name}/evidence"): frozenset({Role.LIAISON}),
    ("GET", "/v1/networks"): ANALYST,
    ("POST", "/v1/previews"): ANALYST,
    ("GET", "/v1/publications"): ANALYST,
    ("POST", "/v1/publications"): ANALYST,
    ("GET", "/v1/publications/{publication_id}"): ANALYST,
    ("POST", "/v1/publications/{publication_id}/approval"): ANALYST,
    ("POST", "/v1/publications/{publication_id}/refusal"): ANALYST,
    ("POST", "/v1/publications/{publication_id}/withdrawal"): ANALYST,
    ("GET", "/v1/protected/departures"): PROTECTION,
    ("GET", "/v1/alerts"): WATCHERS,
    ("POST", "/v1/alerts/{alert_id}/settlement"): WATCHERS,
    ("GET", "/v1/refusals"): OVERSEERS,
    ("GET", "/v1/protected"): PROTECTION,
    ("POST", "/v1/protected/entries"): PROTECTION,
    ("POST", "/v1/protected/removals"): PROTECTION,
    ("POST", "/v1/protected/imports"): PROTECTION,
    ("POST", "/v1/protected/feeds"): PROTECTION,
    ("GET", "/v1/protected/imports/{run_id}"): PROTECTION,
    ("DELETE", "/v1/protected/imports/{run_id}"): PROTECTION,
    ("GET", "/v1/holds"): PROTECTION,
    ("GET", "/v1/holds/{hold_id}"): PROTECTION,
    ("POST", "/v1/holds/{hold_id}/decisions"): PROTECTION,
    ("POST", "/v1/holds/unlockings"): PROTECTION,
    ("GET", "/v1/exchanges/{name}/ledger"): OVERSEERS,
    ("GET", "/v1/audit/acts"): OVERSEERS,
    ("GET", "/v1/audit/erasures"): OVERSEERS,
    ("POST", "/v1/audit/erasures"): LIAISON,
    ("POST", "/v1/audit/erasures/{subject}/decisions"): LIAISON,
    ("GET", "/v1/audit/legal-holds"): OVERSEERS,
    ("POST", "/v1/audit/legal-holds"): LIAISON,
    ("POST", "/v1/audit/legal-holds/{hold}/lifting"): LIAISON,
    ("GET", "/v1/audit/acts/{name}"): OVERSEERS,
    ("GET", "/v1/audit/verification"): OVERSEERS,
    ("POST", "/v1/audit/reconciliations/{authority}"): OVERSEERS,
    ("GET", "/v1/audit/export"): OVERSEERS,
    ("GET", "/v1/audit/proofs/{position}"): OVERSEERS,
    ("GET", "/v1/audit/forks"): OVERSEERS,
    ("GET", "/v1/audit/openings"): OVERSEERS,
    ("POST", "/v1/audit/openings"): LIAISON,
    ("GET", "/v1/audit/openings/exchanges/{name}"): LIAISON,
    ("POST", "/v1/audit/openings/{opening_id}/confirmation"): LIAISON,
    ("POST", "/v1/audit/openings/{opening_id}/outcome"): LIAISON,
    ("POST", "/v1/audit/tree"): OVERSEERS,
    ("GET", "/v1/audit/tree/{path}"): OVERSEERS,
    ("GET", "/v1/outbox"): ADMINISTRATOR,
    ("POST", "/v1/outbox/retries"): ADMINISTRATOR,
    ("GET", "/v1/questions"): INVESTIGATOR,
    ("POST", "/v1/questions"): INVESTIGATOR,
    ("GET", "/v1/questions/{question_id}"): INVESTIGATOR,
    ("GET", "/v1/questions/{question_id}/hits"): INVESTIGATOR,
}
"""Who may use which route. What is not here, or is here and not there, fails."""
OPEN = {("GET", "/healthz")}
"""Routes for anybody: they say nothing of the node but that it answers."""
CALLS = sorted(MATRIX)


@pytest.fixture(scope="module")
def clients(founded: Founded) -> dict[Role, TestClient]:
    return {role: founded.officer(role) for role in Role}


def routes(founded: Founded) -> Iterator[tuple[str, str]]:
    for path, operations in founded.node.national_app.openapi()["paths"].items():
        yield from ((method.upper(), path) for method in operations)


def call(client: TestClient, method: str, path: str) -> tuple[int, str | None]:
    """The status and the problem's code; what the path names does not exist, and the body is none."""
    values = {
        "authority": "PE",
        "record_id": "0" * 32,
        "import_id": "0",
        "publication_id": "0",
        "question_id": "0",
        "alert_id": "1",
        "run_id": "0",
        "hold_id": "0",
        "opening_id": "0" * 32,
        "name": "0" * 32,
        "subject": "0" * 32,
        "hold": "0" * 32,
        "position": "0",
        "path": "tile/0/000",
    }
    answer = client.request(method, path.format(**values))
    problem = answer.headers.get("Content-Type") == "application/problem+json"
    return answer.status_code, answer.json()["code"] if problem else None


def test_every_route_stands_in_the_matrix_of_roles_or_is_open_to_anybody(founded: Founded) -> None:
    assert set(routes(founded)) == set(MATRIX) | OPEN


def test_no_route_is_left_out_of_the_openapi_document(founded: Founded) -> None:
    hidden = [
        route.path for route in founded.node.national_app.routes if isinstance(route, APIRoute) and not route.include_in_schema
    ]
    assert hidden == []


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("role", list(Role))
def test_a_route_serves_the_roles_that_it_names_and_refuses_all_others(
    clients: dict[Role, TestClient], method: str, path: str, role: Role
) -> None:
    status, code = call(clients[role], method, path)
    if role in MATRIX[method, path]:
        assert status not in (401, 403), code
    else:
        assert (status, code) == (403, "role_missing")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_route_without_a_token_or_with_a_made_up_one_serves_nobody(
    founded: Founded, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    # there are more routes than wrong tokens of one address are looked up in a minute (test_threshold.py)
    monkeypatch.setattr(threshold, "WRONG_A_MINUTE", 100_000)
    for client in (founded.client(), founded.client("celosia_invented"), founded.client("")):
        assert call(client, method, path) == (401, "not_authenticated")


def test_the_health_route_says_nothing_but_that_the_node_answers(founded: Founded) -> None:
    answer = founded.client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/v1/questions", "/v1/publications"])
def test_a_body_of_ten_megabytes_is_refused(clients: dict[Role, TestClient], path: str) -> None:
    client = clients[Role.INVESTIGATOR if path == "/v1/questions" else Role.ANALYST]
    answer = client.post(path, content=b"x" * (10 << 20), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_export_may_be_larger_than_a_question(clients: dict[Role, TestClient]) -> None:
    files = [("mapping", ("mapping.json", b"{}")), ("files", ("casos.csv", b"x" * (10 << 20)))]
    answer = clients[Role.ANALYST].post("/v1/imports", files=files)
    assert (answer.status_code, answer.json()["code"]) == (422, "case_file_refused")  # for what it says, not for its size


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"])
def test_a_body_of_another_content_type_is_refused(clients: dict[Role, TestClient], content_type: str) -> None:
    answer = clients[Role.INVESTIGATOR].post("/v1/questions", content=b'{"case": "c"}', headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


def test_an_unknown_route_and_a_wrong_method_get_problem_documents(clients: dict[Role, TestClient]) -> None:
    client = clients[Role.AUDITOR]
    assert call(client, "GET", "/v1/nothing") == (404, "not_found")
    assert call(client, "PATCH", "/v1/me") == (405, "method_not_allowed")
    assert call(client, "GET", "/docs") == (404, "not_found")


def test_the_openapi_document_describes_every_route_its_answer_and_its_problems(founded: Founded) -> None:
    document = founded.node.national_app.openapi()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = f"{method} {path}"
            assert operation["summary"], place
            assert len(operation["tags"]) == 1, place
            if (method.upper(), path) in OPEN:
                continue
            assert operation["security"] == [{"HTTPBearer": []}], place
            for status in ("401", "403", "413", "503"):
                assert "application/problem+json" in operation["responses"][status]["content"], place
            success = [status for status in operation["responses"] if status.startswith("2")]
            assert len(success) == 1, place
            content = operation["responses"][success[0]].get("content", {})
            assert success == ["204"] or (content and all(described["schema"] for described in content.values())), place


def test_every_reference_of_the_openapi_document_resolves(founded: Founded) -> None:
    document = founded.node.national_app.openapi()

    def walk(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for each in part:
                yield from walk(each)

    references = set(walk(document))
    assert references
    for reference in references:
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
