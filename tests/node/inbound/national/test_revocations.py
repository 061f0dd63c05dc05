"""Handing in a revocation, at the border: its form, and who may."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from protocol import limits
from protocol.wire import to_base64url

FILE = to_base64url(b"an invented file")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"role": FILE},
        {"role": FILE, "entry": FILE, "more": FILE},
        {"role": "not base64url!", "entry": FILE},
        {"role": FILE, "entry": ""},
        {"role": to_base64url(bytes(limits.DIRECTORY_ROLE_BYTES + 1)), "entry": FILE},
    ],
    ids=["empty", "one file", "a field more", "not base64url", "an empty file", "too large"],
)
def test_what_is_not_two_files_is_refused_by_its_form(officer: Callable[..., TestClient], body: dict[str, str]) -> None:
    answer = officer(Role.ADMINISTRATOR).post("/v1/revocations", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


def test_two_files_that_are_no_files_of_a_directory_are_refused_with_the_reason(officer: Callable[..., TestClient]) -> None:
    answer = officer(Role.ADMINISTRATOR).post("/v1/revocations", json={"role": FILE, "entry": FILE})
    assert (answer.status_code, answer.json()["code"]) == (422, "revocation_refused")
    assert answer.json()["facts"] == {"reason": "directory_malformed"}


def test_it_needs_an_administrator(officer: Callable[..., TestClient]) -> None:
    for role in set(Role) - {Role.ADMINISTRATOR}:
        answer = officer(role).post("/v1/revocations", json={"role": FILE, "entry": FILE})
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
