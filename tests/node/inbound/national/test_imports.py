"""Importing over the API: progress and problems by place; what cannot be read at all is refused at once."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from tests.federation.cases import Suspect, export, phone, reference


@pytest.fixture
def analyst(officer: Callable[..., TestClient]) -> TestClient:
    return officer(Role.ANALYST)


def done(analyst: TestClient, upload: list[tuple[str, tuple[str, bytes]]]) -> dict[str, Any]:
    """An import as it is told when it has ended."""
    begun = analyst.post("/v1/imports", files=upload)
    assert begun.status_code == 202
    deadline = time.monotonic() + 20
    while True:
        shown: dict[str, Any] = analyst.get(f"/v1/imports/{begun.json()['id']}").json()
        if shown["state"] != "running":
            return shown
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_import_is_told_row_by_row_and_its_bad_rows_by_place(analyst: TestClient) -> None:
    shown = done(analyst, export(reference(), Suspect([phone()]), Suspect(["INVENTED-NO-NUMBER"], subject="S-2")))
    assert (shown["state"], shown["rows_total"], shown["rows_read"]) == ("done", 6, 6)
    assert [(row["file"], row["line"], row["column"]) for row in shown["problems"]] == [("subjects.csv", 3, "phones")]
    assert "INVENTED-NO-NUMBER" not in str(shown)


def test_what_no_person_can_be_is_told_by_the_nodes_day_and_the_row_is_taken(analyst: TestClient) -> None:
    people = [
        ("Rosa", "Quispe", "2099-12-31"),
        ("J0sé", "Luna", "1990-05-31"),
        ("NN", "Condori", "1900-01-01"),
        ("Ana", "Luz", "1990"),
    ]
    shown = done(
        analyst, export(reference(), *(Suspect([phone()], subject=f"S-{at}", name=name) for at, name in enumerate(people)))
    )
    assert [(row["line"], row["column"], row["reason"]) for row in shown["problems"]] == [
        (2, "birth_date", "not_comparable:future_birth_date"),
        (3, "given_names", "not_comparable:wrong_characters"),
        (4, "given_names", "not_comparable:unknown_name"),
        (4, "birth_date", "not_comparable:distant_birth_date"),
    ]
    assert shown["rows_new"] == 5


def test_a_mapping_or_file_that_cannot_be_read_begins_nothing(analyst: TestClient) -> None:
    whole = export(reference(), Suspect([phone()]))
    for upload in ([("mapping", ("mapping.json", b"{}")), *whole[1:]], whole[:-1]):
        refused = analyst.post("/v1/imports", files=upload)
        assert (refused.status_code, refused.json()["code"]) == (422, "case_file_refused")


def test_an_import_that_does_not_exist_is_unknown(analyst: TestClient) -> None:
    assert analyst.get("/v1/imports/none").json()["code"] == "unknown_import"
