"""The outbox for an administrator: ids, kinds and reasons, and another try on record."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func
from sqlmodel import delete, select

from node.flows.keep_outbox import SHOWN
from node.officers import Role
from node.store import jobs
from node.store.jobs import Lane, Lease
from node.store.tables import Intake, Job, Quarantined
from protocol.journal import Act
from tests.node.inbound.conftest import BR, PE, Founded

WAITING, ASIDE, ON_ITS_WAY, QUESTION = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
DIGEST = "e" * 64


@pytest.fixture
def owed(founded: Founded, monkeypatch: pytest.MonkeyPatch) -> Founded:
    """Something in every state; nothing is really sent."""
    monkeypatch.setattr(founded.node.deliver.__class__, "deliver_all", lambda _: [])
    monkeypatch.setattr(founded.node.ask.__class__, "resume", lambda _: None)
    with founded.node.database.begin() as work:
        work.session.exec(delete(Job))
        work.session.exec(delete(Quarantined))
        jobs.add(work, Lane.RECORD, PE, ASIDE, 1)
        jobs.put_aside(work, lease(jobs.take(work, Lane.RECORD, PE)), "other_kind")
        jobs.add(work, Lane.URGENT, PE, ON_ITS_WAY, 2)
        lease(jobs.take(work, Lane.URGENT, PE))
        jobs.add(work, Lane.QUESTION, BR, QUESTION, 1)
        jobs.put_off(work, lease(jobs.take(work, Lane.QUESTION, BR)), "unreachable", away=True)
        jobs.add(work, Lane.RECORD, BR, WAITING, 1)
        work.session.add(Quarantined(digest=DIGEST, peer=PE, reason="not_newer", x="f" * 32, received=1_795_000_000))
    return founded


def lease(taken: Lease | None) -> Lease:
    assert taken is not None
    return taken


def retries(founded: Founded) -> int:
    with founded.node.database.read() as work:
        return work.session.exec(select(func.count()).select_from(Intake).where(Intake.kind == Act.OUTBOX_RETRIED.value)).one()


def test_it_shows_what_is_not_done_what_was_put_aside_first_and_what_was_refused_here(
    officer: Callable[..., TestClient], owed: Founded
) -> None:
    shown = officer(Role.ADMINISTRATOR).get("/v1/outbox").json()
    assert [(job["subject"], job["lane"], job["peer"], job["state"], job["reason"]) for job in shown["jobs"]] == [
        (ASIDE, "record", "PE", "quarantined", "other_kind"),
        (ON_ITS_WAY, "urgent", "PE", "leased", None),
        (QUESTION, "question", "BR", "waiting", "unreachable"),
        (WAITING, "record", "BR", "waiting", None),
    ]
    assert shown["total"] == 4
    assert shown["refused"] == [{"peer": "PE", "digest": DIGEST, "reason": "not_newer", "received": 1_795_000_000}]


def test_it_can_be_narrowed_to_one_peer(officer: Callable[..., TestClient], owed: Founded) -> None:
    shown = officer(Role.ADMINISTRATOR).get("/v1/outbox", params={"peer": "BR"}).json()
    assert ({job["peer"] for job in shown["jobs"]}, shown["total"], shown["refused"]) == ({"BR"}, 2, [])


def test_a_backlog_is_told_by_its_number(officer: Callable[..., TestClient], owed: Founded) -> None:
    with owed.node.database.begin() as work:
        for number in range(SHOWN):
            jobs.add(work, Lane.RECORD, PE, f"{number:032x}", 1)
    shown = officer(Role.ADMINISTRATOR).get("/v1/outbox").json()
    assert (len(shown["jobs"]), shown["total"]) == (SHOWN, SHOWN + 4)
    assert shown["jobs"][0]["subject"] == ASIDE


@pytest.mark.parametrize(("body", "count"), [({"peer": "PE"}, 1), ({}, 3), ({"peer": "AR"}, 0)])
def test_another_try_makes_due_what_waits_or_was_put_aside_and_is_on_record(
    officer: Callable[..., TestClient], owed: Founded, body: dict[str, str], count: int
) -> None:
    before = retries(owed)
    answer = officer(Role.ADMINISTRATOR).post("/v1/outbox/retries", json=body)
    assert (answer.status_code, answer.json()) == (200, {"count": count})
    assert retries(owed) == before + 1


def test_one_job_is_tried_again_by_its_number_and_only_while_it_is_not_done(
    officer: Callable[..., TestClient], owed: Founded
) -> None:
    administrator = officer(Role.ADMINISTRATOR)
    first, on_its_way = administrator.get("/v1/outbox").json()["jobs"][:2]
    assert administrator.post("/v1/outbox/retries", json={"job": first["id"]}).json() == {"count": 1}
    assert {job["state"] for job in administrator.get("/v1/outbox").json()["jobs"]} == {"waiting", "leased"}
    for number in (on_its_way["id"], 999_999):
        refused = administrator.post("/v1/outbox/retries", json={"job": number})
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_job")


def test_an_empty_outbox_is_empty(officer: Callable[..., TestClient], founded: Founded) -> None:
    with founded.node.database.begin() as work:
        work.session.exec(delete(Job))
        work.session.exec(delete(Quarantined))
    assert officer(Role.ADMINISTRATOR).get("/v1/outbox").json() == {"jobs": [], "total": 0, "refused": []}
