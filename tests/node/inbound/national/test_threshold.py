"""The threshold of the national API: who has no token sends no body, and wrong tokens of an address are counted."""

import socket
from contextlib import AbstractContextManager

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import func
from sqlmodel import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from node.inbound.national.threshold import WRONG_A_MINUTE, Threshold
from node.officers import NotAuthenticated, Role
from node.store.errors import StoreUnavailable
from node.store.tables import Intake
from protocol.journal import Act
from tests.node.inbound.conftest import Founded
from tests.serving import in_a_thread, wait_until

RIGHT = "celosia_right"


class Doorman:
    """Knows one token, and counts how often it was asked."""

    asked = 0
    right: str | None = RIGHT

    def __call__(self, token: str) -> None:
        self.asked += 1
        if token == "celosia_away":
            raise StoreUnavailable("OperationalError")
        if token != self.right:
            raise NotAuthenticated


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Reader:
    """An app that notes what it read."""

    def __init__(self) -> None:
        self.taken = 0
        self.app: ASGIApp = Starlette(routes=[Route("/v1/imports", self.take, methods=["POST"]), Route("/healthz", self.take)])

    async def take(self, request: Request) -> PlainTextResponse:
        async for chunk in request.stream():
            self.taken += len(chunk)
        return PlainTextResponse("read")


def client(app: ASGIApp, address: str = "192.0.2.1") -> TestClient:
    return TestClient(app, client=(address, 1))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_route_for_anybody_is_open_and_any_other_wants_a_token() -> None:
    reader = Reader()
    asking = client(Threshold(reader.app, Doorman()))
    assert asking.get("/healthz").status_code == 200
    for headers in ({}, bearer(""), bearer("  "), {"Authorization": "Basic Zm86YmFy"}, bearer("celosia_wrong")):
        answer = asking.post("/v1/imports", content=b"x" * 4096, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert reader.taken == 0
    assert asking.post("/v1/imports", content=b"x" * 4096, headers=bearer(RIGHT)).text == "read"
    assert reader.taken == 4096


def test_a_store_that_does_not_answer_is_said() -> None:
    answer = client(Threshold(Reader().app, Doorman())).post("/v1/imports", headers=bearer("celosia_away"))
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


def serving(app: ASGIApp) -> AbstractContextManager[int]:
    return in_a_thread(uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None)))


@pytest.mark.enable_socket
@pytest.mark.parametrize("guarded", [True, False], ids=["with the threshold", "without it"])
def test_an_upload_without_a_token_is_refused_before_its_body_has_come(guarded: bool) -> None:
    reader = Reader()
    with (
        serving(Threshold(reader.app, Doorman()) if guarded else reader.app) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as line,
    ):
        line.sendall(b"POST /v1/imports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 1000)
        if not guarded:  # the same app waits for all of it
            wait_until(lambda: reader.taken == 1000, "the body's beginning")
            return
        answer = line.recv(65536)
        assert answer.startswith(b"HTTP/1.1 401")
        assert b"connection: close" in answer.lower()
        assert reader.taken == 0


def test_wrong_tokens_of_an_address_are_looked_up_so_often_a_minute_and_no_officer_is_shut_out() -> None:
    doorman, clock = Doorman(), Clock()
    app = Threshold(Reader().app, doorman, clock)
    officer, stranger = client(app), client(app)
    assert officer.post("/v1/imports", headers=bearer(RIGHT)).status_code == 200
    for attempt in range(WRONG_A_MINUTE):
        assert stranger.post("/v1/imports", headers=bearer(f"celosia_{attempt}")).status_code == 401
    asked = doorman.asked
    refused = stranger.post("/v1/imports", headers=bearer("celosia_more"))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_wrong_tokens")
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert doorman.asked == asked
    assert officer.post("/v1/imports", headers=bearer(RIGHT)).status_code == 200
    assert client(app, "192.0.2.2").post("/v1/imports", headers=bearer("celosia_x")).status_code == 401
    clock.now += 60
    assert stranger.post("/v1/imports", headers=bearer("celosia_more")).status_code == 401


def test_a_token_that_was_right_and_is_not_any_more_counts_as_wrong() -> None:
    doorman = Doorman()
    app = Threshold(Reader().app, doorman, Clock())
    asking = client(app)
    assert asking.post("/v1/imports", headers=bearer(RIGHT)).status_code == 200
    doorman.right = None
    codes = [asking.post("/v1/imports", headers=bearer(RIGHT)).status_code for _ in range(WRONG_A_MINUTE + 1)]
    assert codes == [401] * WRONG_A_MINUTE + [429]


def test_addresses_and_tokens_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.inbound.national.threshold._ADDRESSES", 2)
    monkeypatch.setattr("node.inbound.national.threshold._KNOWN_TOKENS", 2)
    app = Threshold(Reader().app, lambda _: None, Clock())
    for number in range(5):
        client(app, f"192.0.2.{number}").post("/v1/imports", headers=bearer("celosia_a"))
        client(app, "192.0.2.9").post("/v1/imports", headers=bearer(f"celosia_{number}"))
    assert list(app._callers) == ["192.0.2.4", "192.0.2.9"]
    assert len(app._callers["192.0.2.9"].right) == 2


def test_the_node_s_own_api_asks_for_the_token_first_and_records_so_many_wrong_ones(founded: Founded) -> None:
    before = _refusals(founded)
    asking = founded.client("celosia_invented")
    codes = [asking.post("/v1/imports", content=b"x" * 1000).status_code for _ in range(WRONG_A_MINUTE + 5)]
    assert set(codes[WRONG_A_MINUTE:]) == {429}
    assert _refusals(founded) - before <= WRONG_A_MINUTE
    assert founded.officer(Role.AUDITOR).get("/healthz").status_code == 200


def _refusals(founded: Founded) -> int:
    with founded.node.database.read() as work:
        return work.session.exec(select(func.count()).select_from(Intake).where(Intake.kind == Act.LOGIN_REFUSED.value)).one()
