"""The protected register over the national API: for its liaison alone, and without a word of anybody in any answer."""

import io
import time
from collections.abc import Callable
from hashlib import shake_256
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from node.flows.feed_register import FeedRegister
from node.officers import ProtectionLiaison, Role
from node.safeguards import protected
from node.store.tables import Officer
from tests.node.conftest import PHONE, phone
from tests.node.inbound.conftest import Founded
from tests.node.people import LUCIA

ENTRY: dict[str, Any] = {
    "reference": "R-INVENTED",
    "given_names": LUCIA.given,
    "surnames": LUCIA.surnames,
    "birth_date": LUCIA.born,
    "identifiers": [{"kind": "phone", "value": PHONE}],
}


@pytest.fixture
def liaison(officer: Callable[..., TestClient]) -> TestClient:
    return officer(Role.PROTECTION)


def done(liaison: TestClient, raw: bytes) -> dict[str, Any]:
    """A feeding as it is told when it has ended."""
    begun = liaison.post("/v1/protected/imports", files={"file": ("a name of somebody.csv", raw)})
    assert begun.status_code == 202
    deadline = time.monotonic() + 60
    while True:
        shown: dict[str, Any] = liaison.get(f"/v1/protected/imports/{begun.json()['id']}").json()
        if shown["state"] != "running":
            return shown
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROTECTION])
def test_nobody_else_sees_or_does_anything(officer: Callable[..., TestClient], role: Role) -> None:
    other = officer(role)
    answers = [
        other.get("/v1/protected"),
        other.post("/v1/protected/entries", json=ENTRY),
        other.post("/v1/protected/removals", json={"reference": "R-INVENTED"}),
        other.post("/v1/protected/imports", files={"file": ("register.csv", b"reference,phone")}),
        other.get("/v1/protected/imports/none"),
        other.delete("/v1/protected/imports/none"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "role_missing")}


def test_one_is_entered_counted_and_taken_out_by_two(
    officer: Callable[..., TestClient], liaison: TestClient, founded: Founded
) -> None:
    entered = liaison.post("/v1/protected/entries", json=ENTRY)
    assert (entered.status_code, entered.json()) == (200, {"fresh": 1})
    assert liaison.post("/v1/protected/entries", json=ENTRY).json() == {"fresh": 0}
    with founded.node.database.read() as work:
        assert protected.is_protected(work, founded.node.keys, phone().oprf_input())
    shown = liaison.get("/v1/protected").json()
    assert (shown["entries"], shown["identifiers"], shown["names"], shown["behind"]) == ({"officer": 1}, 1, 1, [])
    named = {"reference": "R-INVENTED"}
    assert liaison.post("/v1/protected/removals", json=named).json() == {"state": "proposed"}
    refused = liaison.post("/v1/protected/removals", json=named)
    assert (refused.status_code, refused.json()["facts"]["reason"]) == (403, "proposed_it_yourself")
    assert liaison.get("/v1/protected").json()["removals"] == 1
    assert officer(Role.PROTECTION).post("/v1/protected/removals", json=named).json() == {"state": "removed"}
    assert liaison.get("/v1/protected").json()["entries"] == {}
    unknown = liaison.post("/v1/protected/removals", json=named)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_entry")


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"identifiers": [{"kind": "phone", "value": "SECRET"}]}, {"phone": "not_normalisable:wrong_characters"}),
        ({"birth_date": "SECRET"}, {"birth_date": "not_comparable:bad_birth_date"}),
        ({"given_names": "", "surnames": "", "identifiers": []}, {"value": "nothing_to_protect"}),
        ({"reference": " "}, {"reference": "missing_reference"}),
    ],
)
def test_what_cannot_be_read_enters_nothing_and_is_told_by_place(
    liaison: TestClient, changes: dict[str, Any], facts: dict[str, str]
) -> None:
    refused = liaison.post("/v1/protected/entries", json={**ENTRY, **changes})
    assert (refused.status_code, refused.json()["code"], refused.json()["facts"]) == (422, "entry_not_readable", facts)
    assert not [each for each in ("SECRET", "Quispe", PHONE) if each in refused.text]
    assert liaison.get("/v1/protected").json()["entries"] == {}


def test_a_file_is_fed_and_its_bad_lines_are_told_by_place(liaison: TestClient) -> None:
    raw = f"reference,phone\nR-FILE-1,{PHONE}\nR-FILE-2,SECRET\nR-FILE-3,+573005550199\n".encode()
    shown = done(liaison, raw)
    assert (shown["state"], shown["rows_total"], shown["rows_read"], shown["rows_taken"]) == ("done", 3, 3, 2)
    assert [(row["line"], row["column"]) for row in shown["problems"]] == [(3, "phone"), (3, "value")]
    assert "SECRET" not in str(shown)
    assert liaison.get("/v1/protected/imports/none").json()["code"] == "unknown_import"


def workbook(table: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in table:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_file_of_more_than_64_kib_is_fed_as_csv_and_as_a_workbook(liaison: TestClient) -> None:
    numbers = [f"+5730055502{number}" for number in range(10, 90)]
    # what nobody is called, and what no packing makes small
    table = [
        ["reference", "surnames", "phone"],
        *([f"R-LARGE-{at}", shake_256(at.encode()).hexdigest(2000), at] for at in numbers),
    ]
    for raw in ("\n".join(map(",".join, table)).encode(), workbook(table)):
        assert len(raw) > 64 << 10
        shown = done(liaison, raw)
        assert (shown["state"], shown["rows_total"], shown["rows_read"], shown["rows_taken"]) == ("done", 80, 80, 80)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"name\nSECRET\n", b'reference,phone\x00\n"SECRET\n'])
def test_a_file_that_cannot_be_read_begins_nothing(liaison: TestClient, raw: bytes) -> None:
    refused = liaison.post("/v1/protected/imports", files={"file": ("register.csv", raw)})
    assert (refused.status_code, refused.json()["code"]) == (422, "case_file_refused")
    assert "SECRET" not in refused.text


def test_a_file_that_was_left_half_read_is_told_and_can_be_given_up(
    officer: Callable[..., TestClient], liaison: TestClient, founded: Founded
) -> None:
    who = liaison.get("/v1/me").json()["username"]
    feed = FeedRegister(founded.node.database, founded.node.keys)
    with founded.node.database.read() as work:
        held = work.session.exec(select(Officer).where(Officer.username == who)).one()
    ana = ProtectionLiaison(held.id, who, frozenset({Role.PROTECTION}))
    run_id = feed.begin(ana, b"reference,phone", 7)
    assert liaison.delete(f"/v1/protected/imports/{run_id}").json()["code"] == "unknown_import"
    feed.stop_unfinished()
    (left,) = liaison.get("/v1/protected").json()["unfinished"]
    left.pop("created")
    assert left == {"id": run_id, "officer": who, "rows_total": 7, "rows_read": 0, "reason": "node_stopped"}
    assert liaison.get(f"/v1/protected/imports/{run_id}").json()["reason"] == "node_stopped"
    assert officer(Role.ANALYST).delete(f"/v1/protected/imports/{run_id}").json()["code"] == "role_missing"
    assert liaison.delete(f"/v1/protected/imports/{run_id}").json()["state"] == "given_up"
    assert liaison.get("/v1/protected").json()["unfinished"] == []


def test_a_feed_is_refused_with_its_reason_where_no_national_system_is_known(liaison: TestClient) -> None:
    refused = liaison.post("/v1/protected/feeds", files={"signed": ("feed", b"{}")})
    assert (refused.status_code, refused.json()["code"], refused.json()["facts"]) == (422, "feed_refused", {"reason": "no_key"})
