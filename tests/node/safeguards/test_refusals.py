"""Refusals are on record where they happen, counted without anybody's name, and some of them are alerts."""

from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from node.safeguards import refusals
from node.safeguards.errors import NotNecessary, OverBudget, Stopped
from node.safeguards.refusals import Refusals
from node.store.database import Database, ExchangeRef, Work
from node.store.tables import Alert, ExchangeKey
from protocol.errors import PurposeRefused
from protocol.journal import Act
from protocol.vocabulary import RequestPurpose
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.protocol.federation import BR, DAY, PE

NETWORK, FORBIDDEN = RequestPurpose("investigate_network"), RequestPurpose("prosecute_victim")
X = "0f" * 16


def of_peer(work: Work, purpose: str, cause: str, x: str | None = None) -> None:
    """As the inbox puts a declined question on record."""
    work.record(Act.POLICY_REFUSAL, about=ExchangeRef(x or work.new_id(), PE, "in"), cause=cause, purpose=purpose)


def month(clock: Clock) -> str:
    return f"{datetime.fromtimestamp(clock.now, UTC):%Y-%m}"


def test_they_are_counted_by_month_peer_purpose_and_cause(database: Database, clock: Clock) -> None:
    earlier = month(clock)
    with database.begin() as work:
        of_peer(work, FORBIDDEN, "purpose_refused")
        refusals.note_own(work, ALICE, FORBIDDEN, PurposeRefused("body.purpose"))
        refusals.note_own(work, BEATRIZ, FORBIDDEN, PurposeRefused("body.purpose"))
    clock.now += 32 * DAY
    with database.begin() as work:
        of_peer(work, NETWORK, "budget_spent")
        work.record(Act.POLICY_REFUSAL, peer=BR, cause="malformed", where="envelope")
    with database.read() as work:
        assert refusals.count(work, 0) == [
            Refusals(month(clock), "in", BR, None, "malformed", 1),
            Refusals(month(clock), "in", PE, NETWORK, "budget_spent", 1),
            Refusals(earlier, "out", None, FORBIDDEN, "purpose_refused", 2),
            Refusals(earlier, "in", PE, FORBIDDEN, "purpose_refused", 1),
        ]
        assert {each.month for each in refusals.count(work, clock.now)} == {month(clock)}


def test_of_an_erased_exchange_only_that_it_was_refused_is_known(work: Work, clock: Clock) -> None:
    of_peer(work, FORBIDDEN, "purpose_refused", X)
    work.session.delete(work.session.exec(select(ExchangeKey).where(col(ExchangeKey.x) == X)).one())
    work.session.flush()
    assert refusals.count(work, 0) == [Refusals(month(clock), "in", PE, None, "erased", 1)]


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (PurposeRefused("body.purpose"), "forbidden_purpose"),
        (NotNecessary("looks_like_sweep", kind="phone", days=30), "sweep_by_officer"),
        (NotNecessary("looks_like_enumeration", kind="phone", run=8), "sweep_by_officer"),
        (OverBudget("officer_day", left=0, needed=1), None),
    ],
)
def test_a_sweep_and_a_forbidden_purpose_are_alerts_about_the_officer(
    work: Work, refusal: PurposeRefused | Stopped, kind: str | None
) -> None:
    refusals.note_own(work, ALICE, NETWORK, refusal)
    assert [(row.kind, row.officer_id) for row in work.session.exec(select(Alert)).all()] == [(kind, ALICE)] * bool(kind)
