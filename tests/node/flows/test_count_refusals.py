"""The months that a count of refusals goes back."""

from datetime import UTC, datetime

import pytest

from node.flows.count_refusals import CountRefusals
from node.officers import Overseer, Role
from node.store.database import Database
from protocol.journal import Act
from tests.node.conftest import ALICE, Clock
from tests.protocol.federation import BR

AUDITOR = Overseer(ALICE, "alice", frozenset({Role.AUDITOR}))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(("months", "counted"), [(1, 1), (2, 2), (3, 3), (12, 4), (120, 5)])
def test_a_month_is_counted_whole_and_this_one_is_the_first(database: Database, clock: Clock, months: int, counted: int) -> None:
    moments = ("2026-01-15", "2025-12-31T23:59:59", "2025-11-01T00:00:00", "2025-10-31T23:59:59", "2019-06-01")
    for moment in moments:
        clock.now = at(moment)
        with database.begin() as work:
            work.record(Act.POLICY_REFUSAL, peer=BR, cause="malformed")
    clock.now = at("2026-01-31T12:00:00")
    shown = CountRefusals(database).count(AUDITOR, months)
    assert [each.month for each in shown] == ["2026-01", "2025-12", "2025-11", "2025-10", "2019-06"][:counted]
