"""Asking over the API: a case file is taken whole or refused line by line, and a question without its grounds is none."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from tests.federation.cases import phone, question


@pytest.fixture
def investigator(officer: Callable[..., TestClient]) -> TestClient:
    return officer(Role.INVESTIGATOR)


def test_every_line_that_cannot_be_read_is_named_and_nothing_is_asked(investigator: TestClient) -> None:
    lines = ["kind,value,attests_not_protected", f"phone,{phone()},yes", "phone,no number,yes", "nonsense,1,yes"]
    refused = investigator.post("/v1/questions", json=question(peers=["PE"], case_file="\n".join(lines)))
    assert (refused.status_code, refused.json()["code"]) == (422, "lines_not_readable")
    assert set(refused.json()["facts"]) == {"line_3", "line_4"}
    assert "no number" not in refused.text
    assert investigator.get("/v1/questions").json() == []


def test_every_line_without_an_attestation_is_named_at_once(investigator: TestClient) -> None:
    words = ["yes", "no", "", "no", "yes", "no"]
    lines = [f"phone,+5730055501{number}7,{word}" for number, word in enumerate(words, 10)]
    case_file = "\n".join(["kind,value,attests_not_protected", *lines])
    refused = investigator.post("/v1/questions", json=question(peers=["PE"], case_file=case_file))
    assert (refused.status_code, refused.json()["code"]) == (422, "not_necessary")
    assert refused.json()["facts"] == {"reason": "line_not_attested", "line": 3, "lines": "3-5, 7"}


@pytest.mark.parametrize("missing", ["purpose", "basis", "offence", "case", "attested", "case_file"])
def test_a_question_without_its_grounds_is_refused(investigator: TestClient, missing: str) -> None:
    body = question(phone(), peers=["PE"])
    del body[missing]
    refused = investigator.post("/v1/questions", json=body)
    assert (refused.status_code, refused.json()["code"], refused.json()["where"]) == (422, "request_invalid", f"body.{missing}")


def test_a_run_of_neighbouring_numbers_is_a_search_and_no_case(investigator: TestClient) -> None:
    run = [f"+57301666{number:04}" for number in range(8)]
    refused = investigator.post("/v1/questions", json=question(*run, peers=["PE"]))
    assert refused.json()["facts"] == {"reason": "looks_like_enumeration", "kind": "phone", "run": 8}


def test_what_is_no_case_file_is_refused(investigator: TestClient) -> None:
    refused = investigator.post("/v1/questions", json=question(peers=["PE"], case_file="no header at all"))
    assert refused.json()["code"] == "case_file_refused"
