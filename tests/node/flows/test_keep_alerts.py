"""Who sees which alert, and who settles it: for everybody else it is a number."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from node.flows.keep_alerts import KeepAlerts, UnknownAlert
from node.officers import AlertWatcher, Role
from node.safeguards.alerts import SEEN_BY, AlertKind, raise_alert
from node.store.database import Database
from node.store.tables import Intake
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.protocol.federation import PE


def watcher(*roles: Role) -> AlertWatcher:
    return AlertWatcher(BEATRIZ, "beatriz", frozenset(roles))


@pytest.fixture
def keep(database: Database, clock: Clock) -> KeepAlerts:
    """One alert of each kind, a minute apart."""
    for kind in AlertKind:
        clock.now += 60
        with database.begin() as work:
            raise_alert(work, kind, officer=ALICE)
    return KeepAlerts(database)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(roles=st.frozensets(st.sampled_from(Role)))
def test_an_officer_sees_the_alerts_of_its_roles_newest_first_and_of_all_only_the_number(
    keep: KeepAlerts, roles: frozenset[Role]
) -> None:
    shown = keep.show(watcher(Role.ADMINISTRATOR, *roles))
    assert [each.kind for each in shown.alerts] == [kind for kind in reversed(AlertKind) if SEEN_BY[kind] in roles]
    assert shown.open == len(AlertKind)


def test_an_alert_tells_its_officer_by_name_and_how_often(keep: KeepAlerts, database: Database) -> None:
    with database.begin() as work:
        raise_alert(work, AlertKind.SWEEP_BY_OFFICER, officer=ALICE)
        raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=PE)
    of_officer, of_peer = (
        next(
            each
            for each in keep.show(watcher(Role.LIAISON)).alerts
            if each.kind == kind and (kind != "sweep_by_peer" or each.peer)
        )
        for kind in ("sweep_by_officer", "sweep_by_peer")
    )
    assert (of_officer.officer, of_officer.peer, of_officer.count) == ("alice", None, 2)
    assert (of_peer.officer, of_peer.peer, of_peer.count) == (None, PE, 1)


def test_who_settles_an_alert_stands_with_it_and_is_on_record(keep: KeepAlerts, database: Database, clock: Clock) -> None:
    liaison = watcher(Role.LIAISON)
    first = keep.show(liaison).alerts[0]
    settled = keep.settle(liaison, first.id)
    assert (settled.settled, settled.settled_by) == (clock.now, "beatriz")
    assert first.id not in {each.id for each in keep.show(liaison).alerts}
    assert keep.show(liaison, settled=True).alerts[-1] == settled
    assert keep.show(liaison).open == len(AlertKind) - 1
    with database.read() as work:
        act = work.session.exec(select(Intake).where(Intake.kind == Act.ALERT_SETTLED.value)).one()
    assert act.officer_id == BEATRIZ


def test_an_alert_of_another_role_a_settled_one_and_none_at_all_look_alike(keep: KeepAlerts) -> None:
    protection, liaison = watcher(Role.PROTECTION), watcher(Role.LIAISON)
    of_protection = keep.show(protection).alerts[0].id
    settled = keep.settle(liaison, keep.show(liaison).alerts[0].id).id
    for number in (of_protection, settled, 999_999):
        with pytest.raises(UnknownAlert):
            keep.settle(liaison, number)
    assert of_protection in {each.id for each in keep.show(protection).alerts}


def test_an_administrator_settles_nothing(keep: KeepAlerts) -> None:
    for number in range(1, len(AlertKind) + 1):
        with pytest.raises(UnknownAlert):
            keep.settle(watcher(Role.ADMINISTRATOR), number)
