"""Retention: what is older than the policy's term goes by itself, what a hold keeps stays, and what went is on record."""

import json

import pytest
from sqlmodel import select

from node.federation import Federation
from node.flows import keep_retention
from node.flows.keep_retention import KeepRetention
from node.store.database import Database
from node.store.tables import Exchange, Hold, Intake, LegalHold, Question
from protocol.journal import Act
from tests.node.conftest import ALICE, Clock
from tests.node.on_record import payload_of
from tests.node.store.test_erasing import X, asked, said
from tests.protocol.federation import DAY, NOW, POLICY

OVER = POLICY.exchange_retention + DAY


@pytest.fixture
def story(database: Database, member: Federation) -> KeepRetention:
    with database.begin() as work:
        asked(work)
        said(work, "in", "6f" * 16)
        work.session.add(Hold(id="3" * 32, officer_id=ALICE, network="n" * 64, mark="m", created=NOW, facts_sealed=b"facts"))
    return KeepRetention(database, member)


def left(database: Database) -> tuple[int, int, int]:
    """How many exchanges, questions and holds are not erased."""
    with database.read() as work:
        return (
            len(work.session.exec(select(Exchange).where(Exchange.erased == None)).all()),  # noqa: E711
            len(work.session.exec(select(Question).where(Question.erased == None)).all()),  # noqa: E711
            len(work.session.exec(select(Hold)).all()),
        )


def erased(database: Database) -> list[dict[str, object]]:
    with database.read() as work:
        acts = work.session.exec(select(Intake).where(Intake.kind == Act.ERASED.value)).all()
        return [json.loads(payload_of(work, act)) for act in acts]


def test_what_is_within_the_term_stays(story: KeepRetention, database: Database) -> None:
    story.beat(NOW + POLICY.exchange_retention)
    assert left(database) == (2, 1, 2)
    assert erased(database) == []


def test_what_is_past_it_goes_once_and_is_on_record(story: KeepRetention, database: Database, clock: Clock) -> None:
    clock.now += OVER
    story.beat(clock.now)
    assert left(database) == (0, 0, 0)
    exchanges, questions = erased(database)
    assert exchanges == {"cause": "retention", "exchanges": [[X, "PE", "out"], ["6f" * 16, "PE", "in"]], "acts": 2}
    assert questions["cause"] == "retention"
    story.beat(clock.now)
    assert len(erased(database)) == 2


def test_many_go_in_several_units_of_work(
    story: KeepRetention, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_retention, "_AT_ONCE", 2)
    with database.begin() as work:
        for number in range(5):
            said(work, "in", f"{number:032x}")
    clock.now += OVER
    story.beat(clock.now)
    assert left(database) == (0, 0, 0)
    assert [len(str(each.get("exchanges", "")).split("], [")) for each in erased(database)[:-1]] == [2, 2, 2, 1]


def test_a_legal_hold_keeps_what_it_names_and_all_that_belongs_to_it(
    story: KeepRetention, database: Database, clock: Clock
) -> None:
    with database.begin() as work:
        work.session.add(LegalHold(id="7" * 32, subject=X, reference_sealed=b"", placed_by=ALICE, placed=NOW))
    clock.now += OVER
    story.beat(clock.now)
    assert left(database) == (1, 1, 1)
    with database.begin() as work:
        work.session.add(LegalHold(id="8" * 32, subject=None, reference_sealed=b"", placed_by=ALICE, placed=NOW))
        said(work, "in", "7f" * 16)
    clock.now += OVER
    story.beat(clock.now)
    assert left(database) == (2, 1, 1)
