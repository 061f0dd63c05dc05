"""Alerts: one is open of a kind and a subject, and the machine's log learns that there is one, not of what."""

import logging
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from node.officers import Role
from node.safeguards.alerts import SEEN_BY, AlertKind, raise_alert
from node.store.database import Database, Work
from node.store.tables import Alert, Intake
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.protocol.federation import BR, PE


def alerts(work: Work) -> list[Alert]:
    return list(work.session.exec(select(Alert).order_by(col(Alert.id))).all())


def test_what_happens_again_is_counted_in_the_alert_that_is_open(database: Database, clock: Clock) -> None:
    began = clock.now
    for _ in range(3):
        with database.begin() as work:
            raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=PE)
        clock.now += 60
    with database.read() as work:
        (alert,) = alerts(work)
        assert (alert.count, alert.first, alert.last, alert.settled) == (3, began, began + 120, None)
        raised = select(func.count()).select_from(Intake).where(Intake.kind == Act.ALERT_RAISED.value)
        assert work.session.exec(raised).one() == 1


def test_every_subject_and_every_kind_has_an_alert_of_its_own(work: Work) -> None:
    for peer in (PE, BR, PE):
        raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=peer)
    for officer in (ALICE, BEATRIZ, ALICE):
        raise_alert(work, AlertKind.FORBIDDEN_PURPOSE, officer=officer)
    raise_alert(work, AlertKind.FORBIDDEN_PURPOSE, peer=PE)
    raise_alert(work, AlertKind.REMOVAL_OVERDUE)
    raise_alert(work, AlertKind.REMOVAL_OVERDUE)
    assert [(each.kind, each.officer_id or each.peer, each.count) for each in alerts(work)] == [
        ("sweep_by_peer", PE, 2),
        ("sweep_by_peer", BR, 1),
        ("forbidden_purpose", ALICE, 2),
        ("forbidden_purpose", BEATRIZ, 1),
        ("forbidden_purpose", PE, 1),
        ("removal_overdue", None, 2),
    ]


def test_after_it_was_settled_the_next_time_opens_a_new_one(work: Work) -> None:
    raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=PE)
    (settled,) = alerts(work)
    settled.settled = work.now()
    work.session.add(settled)
    raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=PE)
    assert [(each.count, each.settled is None) for each in alerts(work)] == [(1, False), (1, True)]


def test_what_is_rolled_back_raised_no_alert(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as work:
        raise_alert(work, AlertKind.SWEEP_BY_PEER, peer=PE)
        raise ZeroDivisionError
    with database.read() as work:
        assert alerts(work) == []


@pytest.mark.parametrize("kind", AlertKind)
def test_the_log_has_the_same_line_for_every_kind_once(
    database: Database, caplog: pytest.LogCaptureFixture, kind: AlertKind
) -> None:
    with caplog.at_level(logging.INFO, "celosia"):
        for _ in range(2):
            with database.begin() as work:
                raise_alert(work, kind, officer=ALICE)
    (line,) = caplog.records
    told = {name: value for name, value in vars(line).items() if name in ("act", "authority", "alert", "officer")}
    assert told == {"act": "alert_raised"}


def test_the_runbook_says_of_every_kind_who_deals_with_it_and_what_to_do() -> None:
    page = (Path(__file__).parents[3] / "docs" / "runbook" / "alerts.md").read_text("utf-8")
    for kind, role in SEEN_BY.items():
        assert f"| `{kind.value}` | {role.value} |" in page


def test_every_kind_is_dealt_with_by_a_role_that_sees_cases() -> None:
    assert SEEN_BY.keys() == set(AlertKind)
    assert set(SEEN_BY.values()) == {Role.LIAISON, Role.PROTECTION}
