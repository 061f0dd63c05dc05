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
    columns = {"heading_kind": "kind", "place_kind": 1, "heading_value": "value", "place_value": 2}
    assert refused.json()["facts"] == columns | {
        "line_3": "value:not_normalisable:wrong_characters",
        "line_4": "kind:unknown_kind",
    }
    assert "no number" not in refused.text
    assert investigator.get("/v1/questions").json() == []


def test_a_list_pasted_from_a_sheet_comes_back_with_its_own_headings_and_what_the_nodes_day_tells(
    investigator: TestClient,
) -> None:
    rows = [
        ("Nombres", "Apellidos", "Fecha de nacimiento", "Declara no protegido"),
        ("Rosa", "Quispe", "2099-12-31", "sí"),
        ("Ana", "Luna", "31/05/1990", "sí"),
        ("John", "Doe", "1990-05-31", "sí"),
    ]
    case_file = "\r\n".join("\t".join(cells) for cells in rows)
    refused = investigator.post("/v1/questions", json=question(peers=["PE"], case_file=case_file))
    assert (refused.status_code, refused.json()["code"]) == (422, "lines_not_readable")
    assert refused.json()["facts"] == {
        **{"line_2": "birth_date:not_comparable:future_birth_date", "line_4": ":not_comparable:unknown_name"},
        **{"heading_birth_date": "Fecha de nacimiento", "place_birth_date": 3},
    }


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


def test_what_is_doubtful_of_a_line_that_was_asked_is_told_with_its_line(investigator: TestClient) -> None:
    rows = [
        "kind,value,country,attests_not_protected",
        "tax_id_person,390.533.447-06,BR,yes",
        "tax_id_person,390.533.447-05,BR,yes",
    ]
    body = question(peers=["PE"], case_file="\n".join(rows))
    asked = investigator.post("/v1/questions", json=body).json()
    shown = investigator.get(f"/v1/questions/{asked['reference']}").json()
    assert shown["doubtful"] == [{"doubt": "check_digit_failed", "lines": "2"}]
