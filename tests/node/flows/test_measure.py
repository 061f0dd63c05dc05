"""Levels are counts and times of the whole node. Nothing in them is of one person, one case or one peer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from node.federation import Federation
from node.flows.measure import Measure
from node.keys import Keys
from node.safeguards import budgets
from node.store import jobs
from node.store.database import Database
from node.store.jobs import Lane
from node.store.tables import AdoptedDirectory, Question, QuestionToPeer
from node.telemetry.words import METRICS, MetricName
from node.tls.certificates import create_authority, issue_leaf
from tests.node.conftest import ALICE, Clock
from tests.protocol.federation import BR, CO, EPOCH, NOW, PE, list_id, octets

OFFICER = octets("pseudonym of an officer")[:16]
Levels = dict[tuple[str, ...], float]


@pytest.fixture
def levels(monkeypatch: pytest.MonkeyPatch, database: Database) -> Levels:
    """What is told, by name and attributes."""
    told: Levels = {}

    def level(name: MetricName, value: float, **attributes: str) -> None:
        assert attributes.keys() == METRICS[name].attributes
        told[name, *attributes.values()] = value

    monkeypatch.setattr(database.telemetry, "level", level)
    return told


@pytest.fixture
def measure(database: Database, member: Federation, clock: Clock, tmp_path: Path) -> Iterator[Callable[[], None]]:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(NOW, UTC)
    leaf = issue_leaf(create_authority("Invented", at, 100), ["127.0.0.1"], "CO", at, 30)
    (tmp_path / "leaf.pem").write_bytes(leaf.certificate)
    yield Measure(database, member, tmp_path / "leaf.pem", clock).beat


def test_a_node_at_rest_says_so(measure: Callable[[], None], levels: Levels) -> None:
    measure()
    assert levels[MetricName.OUTBOX, "waiting"] == levels[MetricName.QUEUE_AGE, "outbox"] == 0
    assert levels[MetricName.QUEUE_AGE, "questions"] == 0
    assert levels[MetricName.BUDGET_LEFT, "asked"] == levels[MetricName.BUDGET_LEFT, "answered"] == 1
    assert levels[MetricName.CERTIFICATE_LEFT,] == 30
    assert levels[MetricName.DIRECTORY_LEFT,] > 0


def test_queues_age_and_the_directory_too(
    measure: Callable[[], None], levels: Levels, database: Database, member: Federation, clock: Clock
) -> None:
    ref = member.directory.ref
    with database.begin() as work:
        work.session.add(AdoptedDirectory(version=ref.version, hash=ref.hash, adopted=NOW))
        for peer, settle in ((PE, None), (BR, jobs.finish)):
            jobs.add(work, Lane.RECORD, peer, "r" * 32, 1)
            if settle is not None:
                lease = jobs.take(work, Lane.RECORD, peer)
                assert lease is not None
                settle(work, lease)
        work.session.add(
            Question(
                id="q" * 32, officer_id=ALICE, created=NOW, expires=NOW + 9, purpose="", basis="", offence="", urgency="",
                case_sealed=b"", peers="PE",
            )
        )  # fmt: skip
        work.session.flush()
        work.session.add(QuestionToPeer(question_id="q" * 32, peer=PE, state="asked", since=NOW))
    clock.now += 3600
    measure()
    assert levels[MetricName.OUTBOX, "waiting"] == levels[MetricName.OUTBOX, "accepted"] == 1
    assert levels[MetricName.QUEUE_AGE, "outbox"] == levels[MetricName.QUEUE_AGE, "questions"] == 3600
    assert levels[MetricName.DIRECTORY_AGE,] == 3600


def test_the_tightest_budget_is_told_and_not_whose(
    measure: Callable[[], None], levels: Levels, database: Database, member: Federation
) -> None:
    own = member.directory.member(CO).list_entry(list_id(CO))
    theirs = member.directory.member(PE).list_entry(list_id(PE))
    assert own is not None and theirs is not None
    with database.begin() as work:
        budgets.charge_asker(work, PE, OFFICER, own, EPOCH, own.daily_per_asker // 4)
        budgets.charge_asker(work, BR, OFFICER, own, EPOCH, own.daily_per_asker // 2)
        budgets.charge_asked(work, PE, OFFICER, theirs, EPOCH, theirs.daily_per_asker)
    measure()
    assert levels[MetricName.BUDGET_LEFT, "answered"] == pytest.approx(0.5)
    assert levels[MetricName.BUDGET_LEFT, "asked"] == 0


def test_before_a_directory_there_is_nothing_to_say_of_it(
    database: Database, clock: Clock, levels: Levels, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        Measure(database, Federation(CO, clock), tmp_path / "leaf.pem", clock).beat()
    assert MetricName.DIRECTORY_LEFT not in {name for name, *_ in levels}


def test_a_node_that_is_no_member_has_no_budget_to_give(
    measure: Callable[[], None], levels: Levels, keys: Keys, member: Federation
) -> None:
    member.adopt(type(member.directory)(**{**vars(member.directory), "members": {PE: member.directory.members[PE]}}))
    measure()
    assert (MetricName.BUDGET_LEFT, "answered") not in levels
