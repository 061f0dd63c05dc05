"""Pasted text over the API: who may send it, a row a line with the summary last, and nothing of it anywhere else."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.case_files.limits import PASTED_BYTES
from node.officers import Role
from tests.node.inbound.conftest import Founded
from tests.node.safeguards.test_planted import PLANTED, SUSPECT_PHONE, VICTIM_PHONE, found

PATH = "/v1/identifications"
PASTED = "celular 300 555 0147 y placa ABC 123\n\nseñal 300 555 0158"


@pytest.fixture
def analyst(officer: Callable[..., TestClient]) -> TestClient:
    return officer(Role.ANALYST)


def rows(client: TestClient, text: bytes, query: str = "") -> list[dict[str, Any]]:
    answer = client.post(PATH + query, content=text, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_every_line_has_a_row_and_the_summary_is_the_last(analyst: TestClient) -> None:
    *lines, last = rows(analyst, PASTED.encode())
    assert [(row["line"], row["state"]) for row in lines] == [(1, "recognised"), (2, "empty"), (3, "to_confirm")]
    assert [each["canonical"] for each in lines[0]["candidates"]] == ["+573005550147", "CO:ABC123"]
    assert (last["summary"]["lines"], last["summary"]["encodings"]) == (3, {"utf-8": 3})


def test_what_the_text_calls_a_victims_says_so_and_has_no_form_to_ask_with(analyst: TestClient) -> None:
    (row, last) = rows(analyst, "La víctima: celular 300 555 0147".encode(), "?country=CO")
    assert [(each["protected_as"], each["canonical"]) for each in row["candidates"]] == [("victim", None)]
    assert last["summary"]["states"]["protected"] == 1


def test_the_nodes_own_state_reads_what_names_none_unless_another_is_given(analyst: TestClient) -> None:
    (peruvian, _) = rows(analyst, b"celular 987 654 321", "?country=PE")
    assert peruvian["candidates"][0]["canonical"] == "+51987654321"


def test_a_birth_that_cannot_be_is_told_by_the_nodes_day(analyst: TestClient) -> None:
    (row, _) = rows(analyst, b"Nombres: Rosa; Apellidos: Quispe; FN 01/01/1901")
    assert [each["needs"] for each in row["candidates"]] == ["distant_birth_date"]


def test_bytes_of_another_encoding_are_read_and_it_may_be_told(analyst: TestClient) -> None:
    (row, last) = rows(analyst, "niño".encode("latin-1"))
    assert (row["input"], row["encoding"]) == ("niño", "windows-1252")
    assert last["summary"]["encodings"] == {"windows-1252": 1}
    assert rows(analyst, "ñ".encode(), "?encoding=windows-1252")[0]["input"] == "Ã±"


def test_an_empty_text_has_no_line(analyst: TestClient) -> None:
    (last,) = rows(analyst, b"")
    assert last["summary"]["lines"] == 0


def test_many_lines_come_in_pieces_and_all_of_them(analyst: TestClient) -> None:
    assert len(rows(analyst, b"nobody@example.org\n" * 450)) == 451


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.INVESTIGATOR, 200),
        (Role.ANALYST, 200),
        (Role.LIAISON, 403),
        (Role.ADMINISTRATOR, 403),
        (Role.AUDITOR, 403),
    ],
)
def test_only_who_works_on_cases_may_paste(officer: Callable[..., TestClient], role: Role, status: int) -> None:
    answer = officer(role).post(PATH, content=PASTED.encode())
    assert answer.status_code == status
    if status == 403:
        assert (answer.json()["code"], answer.json()["facts"]) == (
            "role_missing",
            {"role": "investigator", "roles": "investigator analyst"},
        )
        assert "555" not in answer.text


def test_a_text_longer_than_a_node_reads_at_once_is_refused_before_any_row(analyst: TestClient) -> None:
    answer = analyst.post(PATH, content=b"x" * (PASTED_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_what_is_no_text_is_refused_before_any_row(analyst: TestClient) -> None:
    answer = analyst.post(PATH, content=b"%PDF-1.7\ncelular 300 555 0147")
    assert (answer.status_code, answer.json()["code"]) == (422, "case_file_refused")
    assert answer.json()["facts"] == {"reason": "pdf_document", "file": "text"}
    assert "555" not in answer.text


@pytest.mark.parametrize("query", ["?country=ZZ", "?country=+573005550147", "?encoding=ebcdic"])
def test_what_is_no_country_or_encoding_is_refused_and_not_repeated(analyst: TestClient, query: str) -> None:
    answer = analyst.post(PATH + query, content=PASTED.encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert "555" not in answer.text


def test_nothing_of_the_text_goes_to_a_log(analyst: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        rows(analyst, PASTED.encode())
        analyst.post(PATH + "?country=ZZ", content=PASTED.encode())
    assert "555" not in caplog.text
    assert "ABC" not in caplog.text


def test_nothing_planted_in_a_text_stays_with_the_node(
    analyst: TestClient, founded: Founded, caplog: pytest.LogCaptureFixture
) -> None:
    text = "\n".join([*PLANTED.values(), f"celular {SUSPECT_PHONE.canonical}", f"tel {VICTIM_PHONE.canonical}"])
    with caplog.at_level(logging.DEBUG):
        answer = analyst.post(PATH, content=text.encode())
    assert found(answer.content) >= {"suspect's phone", "victim's phone"}
    kept = b"".join(path.read_bytes() for path in founded.folder.rglob("*") if path.is_file())
    assert len(kept) > 100_000
    assert found(kept) == set()
    assert found(caplog.text.encode()) == set()
