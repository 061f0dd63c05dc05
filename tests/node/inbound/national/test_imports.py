"""Importing over the API: progress and problems by place; what cannot be read at all is refused at once."""

import time
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from tests.federation.cases import Suspect, export, phone, reference


@pytest.fixture
def analyst(officer: Callable[..., TestClient]) -> TestClient:
    return officer(Role.ANALYST)


def test_an_import_is_told_row_by_row_and_its_bad_rows_by_place(analyst: TestClient) -> None:
    upload = export(reference(), Suspect([phone()]), Suspect(["INVENTED-NO-NUMBER"], subject="S-2"))
    begun = analyst.post("/v1/imports", files=upload)
    assert begun.status_code == 202
    deadline = time.monotonic() + 20
    while (shown := analyst.get(f"/v1/imports/{begun.json()['id']}").json())["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert (shown["state"], shown["rows_total"], shown["rows_read"]) == ("done", 6, 6)
    assert [(row["file"], row["line"], row["column"]) for row in shown["problems"]] == [("subjects.csv", 3, "phones")]
    assert "INVENTED-NO-NUMBER" not in str(shown)


def test_a_mapping_or_file_that_cannot_be_read_begins_nothing(analyst: TestClient) -> None:
    whole = export(reference(), Suspect([phone()]))
    for upload in ([("mapping", ("mapping.json", b"{}")), *whole[1:]], whole[:-1]):
        refused = analyst.post("/v1/imports", files=upload)
        assert (refused.status_code, refused.json()["code"]) == (422, "case_file_refused")


def test_an_import_that_does_not_exist_is_unknown(analyst: TestClient) -> None:
    assert analyst.get("/v1/imports/none").json()["code"] == "unknown_import"
