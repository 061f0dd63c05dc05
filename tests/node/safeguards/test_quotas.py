"""Quotas: a day of one peer ends, by type, and the next one begins; what is beyond is on record once."""

import json

import pytest
from sqlmodel import select

from node.safeguards import quotas
from node.store.database import Database, Work
from node.store.tables import Intake, PeerUse
from protocol import limits
from protocol.errors import Malformed, QuotaSpent
from protocol.journal import Act
from protocol.limits import Quota
from protocol.messages import REQUESTS
from tests.node.conftest import Clock
from tests.node.on_record import payload_of
from tests.protocol.federation import BR, CO

DAY = 86400


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotas that a test can use up."""
    monkeypatch.setattr(
        quotas,
        "DAILY_QUOTAS",
        {"match_request": Quota(3, 1000), "index_file": Quota(2, 1 << 30), quotas.REFUSED: Quota(2, 1000)},
    )


def recorded(work: Work) -> list[dict[str, str]]:
    rows = work.session.exec(select(Intake).where(Intake.kind == Act.POLICY_REFUSAL.value)).all()
    return [json.loads(payload_of(work, row)) for row in rows]


def test_every_type_of_request_has_a_quota() -> None:
    pages = {"index_file", limits.REMOVALS, limits.LOG_READING, limits.ADD_CHECKPOINT, limits.SEEN_CHECKPOINT}
    assert set(limits.DAILY_QUOTAS) == {*REQUESTS, limits.WITHDRAWAL, *pages, quotas.REFUSED}


def test_so_many_requests_a_day_and_then_none_until_midnight(database: Database, clock: Clock) -> None:
    with database.begin() as work:
        for _ in range(3):
            quotas.charge(work, CO, "match_request", 1)
        with pytest.raises(QuotaSpent) as caught:
            quotas.charge(work, CO, "match_request", 1)
        assert caught.value.facts == {"type": "match_request", "retry_seconds": DAY - clock() % DAY}
    clock.now += DAY - clock() % DAY
    with database.begin() as work:
        quotas.charge(work, CO, "match_request", 1)


def test_bytes_count_with_those_of_the_replies(work: Work) -> None:
    quotas.charge(work, CO, "match_request", 400)
    quotas.add_octets(work, CO, "match_request", 500)
    with pytest.raises(QuotaSpent):
        quotas.charge(work, CO, "match_request", 101)
    quotas.charge(work, CO, "match_request", 100)


def test_neither_another_peer_nor_another_type_is_charged(work: Work) -> None:
    for _ in range(3):
        quotas.charge(work, BR, "match_request", 1)
    quotas.charge(work, CO, "match_request", 1)
    quotas.charge(work, BR, "index_file", 1)


def test_refusals_are_on_record_one_by_one_as_long_as_they_are_few_and_then_once(database: Database) -> None:
    with database.begin() as work:
        told = [quotas.note_refusal(work, CO, Malformed("envelope", reason="not_canonical")) for _ in range(9)]
    assert told == [True, True, True, False, False, False, False, False, False]
    with database.read() as work:
        malformed = {"cause": "malformed", "where": "envelope", "peer": CO}
        assert recorded(work) == [malformed, malformed, {"cause": "quota_spent", "type": "refused", "peer": CO}]


def test_a_spent_quota_is_on_record_once_a_day_and_type(database: Database, clock: Clock) -> None:
    spent = [QuotaSpent("request", type=type_, retry_seconds=1) for type_ in ("match_request", "index_file", "match_request")]
    with database.begin() as work:
        assert [quotas.note_refusal(work, CO, each) for each in spent] == [True, True, False]
        assert quotas.note_refusal(work, BR, spent[0])
    clock.now += DAY
    with database.begin() as work:
        assert quotas.note_refusal(work, CO, spent[0])


def test_what_a_peer_used_is_kept_a_month(database: Database, clock: Clock) -> None:
    for _ in range(3):
        with database.begin() as work:
            quotas.charge(work, CO, "index_file", 1)
            quotas.charge(work, BR, "index_file", 1)
        clock.now += 20 * DAY
    with database.read() as work:
        days = work.session.exec(select(PeerUse.day).where(PeerUse.peer == CO).order_by(PeerUse.day)).all()  # type: ignore[arg-type]
    assert len(days) == 2
