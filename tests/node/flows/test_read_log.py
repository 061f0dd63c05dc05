"""What overseers read of the log: which acts, opened one at a time, exported as they come."""

import json
import tracemalloc

import pytest
from sqlmodel import select

from node.flows.keep_log import KeepLog
from node.flows.read_log import FOR_PROTECTION, PAGE, ReadLog, UnknownAct, Wanted
from node.keys import Keys
from node.officers import Overseer, Role
from node.store import audit_log
from node.store.database import HERE, Database, ExchangeRef, Side
from node.store.tables import ExchangeKey, Intake
from protocol.journal import Act, check_opening, local_entry, read_entry
from tests.node.conftest import ALICE, Clock
from tests.node.safeguards.test_readings import noted
from tests.protocol.federation import CO, NOW, PE

X = "ab" * 16
AUDITOR = Overseer("au" * 16, "auditor", frozenset({Role.AUDITOR}))


def of_kind(database: Database, kind: Act) -> list[Intake]:
    with database.read() as work:
        return list(work.session.exec(select(Intake).where(Intake.kind == kind.value)).all())


@pytest.fixture
def read(database: Database) -> ReadLog:
    return ReadLog(database)


@pytest.fixture
def log(database: Database, keys: Keys, clock: Clock) -> KeepLog:
    """An opened log with four acts: those of one exchange at 2 to 4."""
    keep = KeepLog(database, keys, CO)
    with database.begin() as work:
        work.record(Act.IMPORTED, officer=ALICE, rows=3)
    clock.now += 1
    with database.begin() as work:
        work.record_envelope(Act.QUESTION_ASKED, ExchangeRef(X, PE, "out"), digest="d" * 64, salt=bytes(32), officer=ALICE)
        work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "out"), hits=[])
        work.record(Act.QUESTION_HELD, officer=ALICE, question="5e" * 16, lines=[1])
    keep.beat()
    return keep


def test_acts_come_newest_first_with_who_and_with_whom(log: KeepLog, read: ReadLog) -> None:
    page = read.page(AUDITOR, Wanted())
    assert page.before is None
    known = [act for act in page.acts if act.kind not in (Act.LOG_OPENED, Act.INTERVAL_STARTED)]
    assert [(act.kind, act.officer, act.peer, act.exchange) for act in known] == [
        ("question_held", "alice", None, None),
        ("outcome", None, "PE", X),
        ("question_asked", "alice", "PE", X),
        ("imported", "alice", None, None),
    ]
    assert [act.position for act in known] == [4, 3, 2, 1]
    assert not any(act.erased for act in page.acts)


def test_pages_can_be_narrowed_and_turned(log: KeepLog, read: ReadLog, database: Database) -> None:
    assert [act.kind for act in read.page(AUDITOR, Wanted(kind=Act.IMPORTED)).acts] == ["imported"]
    assert {act.kind for act in read.page(AUDITOR, Wanted(peer="PE")).acts} == {"question_asked", "outcome"}
    assert "imported" not in {act.kind for act in read.page(AUDITOR, Wanted(since=NOW + 1)).acts}
    assert [act.kind for act in read.page(AUDITOR, Wanted(until=NOW + 1)).acts] == ["imported"]
    with database.begin() as work:
        for _ in range(PAGE):
            work.record(Act.PUBLISHED)
    first = read.page(AUDITOR, Wanted())
    assert len(first.acts) == PAGE
    rest = read.page(AUDITOR, Wanted(), first.before)
    assert rest.before is None
    assert len({act.x for act in (*first.acts, *rest.acts)}) == PAGE + 6 + 4  # four readings above
    assert {act.position for act in first.acts} == {None}


def test_whoever_turns_pages_is_on_record_once_an_hour_for_what_is_wanted(
    log: KeepLog, read: ReadLog, database: Database, clock: Clock
) -> None:
    page = read.page(AUDITOR, Wanted())
    assert Act.PERSONAL_DATA_READ not in {act.kind for act in page.acts}
    for _ in range(3):
        read.page(AUDITOR, Wanted(), 4)
    assert noted(database) == [{"officer": AUDITOR.id, "wanted": {}, "what": "audit_log"}]
    assert read.page(AUDITOR, Wanted()).acts[0].kind == Act.PERSONAL_DATA_READ
    read.page(AUDITOR, Wanted(kind=Act.OUTCOME, peer=PE, since=NOW, until=NOW + 9))
    assert noted(database)[1]["wanted"] == {"kind": "outcome", "peer": "PE", "since": NOW, "until": NOW + 9}
    clock.now += 3600
    read.page(AUDITOR, Wanted())
    assert len(noted(database)) == 3


def test_an_exchange_is_opened_whole_and_that_it_was_read_stands_before_the_answer(
    log: KeepLog, read: ReadLog, database: Database
) -> None:
    asked, outcome = read.show(AUDITOR, X)
    assert asked.entry is not None and asked.salt is not None and asked.payload is not None
    check_opening(read_entry(asked.entry), asked.salt, asked.payload)
    assert json.loads(outcome.payload or b"") == {"exchange": X, "hits": [], "peer": "PE"}
    (noted,) = of_kind(database, Act.PERSONAL_DATA_READ)
    assert noted.officer_id == AUDITOR.id
    (again,) = read.show(AUDITOR, noted.x)
    assert again.entry is None
    assert json.loads(again.payload or b"") == {"acts": [asked.act.x, outcome.act.x], "count": 2, "officer": AUDITOR.id}


def test_one_act_is_named_by_its_place_or_its_id(log: KeepLog, read: ReadLog) -> None:
    (by_place,) = read.show(AUDITOR, "1")
    assert json.loads(by_place.payload or b"")["rows"] == 3
    assert read.show(AUDITOR, by_place.act.x) == [by_place]


@pytest.mark.parametrize("name", ["0" * 32, "15000000", "9" * 19, "1" * 20, "²"])
def test_what_is_not_on_record_is_unknown_and_its_reading_is_not_on_record(
    log: KeepLog, read: ReadLog, database: Database, name: str
) -> None:
    with pytest.raises(UnknownAct):
        read.show(AUDITOR, name)
    assert of_kind(database, Act.PERSONAL_DATA_READ) == []


def test_before_there_is_a_log_a_place_names_nothing(read: ReadLog) -> None:
    with pytest.raises(UnknownAct):
        read.show(AUDITOR, "0")


def test_why_something_is_held_and_who_is_protected_opens_to_the_protection_liaison_only(log: KeepLog, read: ReadLog) -> None:
    (held,) = read.show(AUDITOR, "4")
    assert (held.withheld, held.salt, held.payload) == (True, None, None)
    both = Overseer(AUDITOR.id, "auditor", frozenset({Role.LIAISON, Role.PROTECTION}))
    (opened,) = read.show(both, "4")
    assert not opened.withheld
    assert json.loads(opened.payload or b"")["lines"] == [1]


def test_every_act_of_the_register_and_of_holds_is_kept_from_others() -> None:
    told = {act for act in Act if act.startswith("protected_") or "held" in act or "hold_" in act}
    assert told - FOR_PROTECTION == {Act.PROTECTED_KEY_TURNED, Act.LEGAL_HOLD_PLACED, Act.LEGAL_HOLD_LIFTED}


def test_of_what_was_erased_the_entry_stays(log: KeepLog, read: ReadLog, database: Database) -> None:
    with database.begin() as work:
        work.session.delete(work.session.get_one(ExchangeKey, (X, *Side(PE, "out"))))
    asked, outcome = read.show(AUDITOR, X)
    assert asked.act.erased and outcome.act.erased
    assert (asked.salt, asked.payload, asked.withheld) == (None, None, False)
    assert asked.entry is not None
    with database.read() as work:
        assert not work.can_open(X, HERE)


def test_an_export_has_every_entry_and_then_what_waits_and_is_on_record_first(
    log: KeepLog, read: ReadLog, database: Database
) -> None:
    with database.begin() as work:
        work.record(Act.PUBLISHED)
    rows = read.export(AUDITOR)
    assert len(of_kind(database, Act.EXPORTED)) == 1
    told = list(rows)
    assert [row["position"] for row in told] == [*range(16), None]
    assert [row["kind"] for row in told[:5]] == ["log_opened", "imported", "question_asked", "outcome", "question_held"]
    assert told[2]["exchange"] == X
    assert told[2]["entry"]["kind"] == "question_asked"
    assert (told[7]["kind"], told[7]["entry"]["kind"]) == (None, "pad")
    assert (told[-1]["kind"], told[-1]["entry"]) == ("published", None)
    assert not any("payload" in row for row in told)


def grow(database: Database, count: int) -> None:
    """So many entries more, which stand for no acts."""
    entry = local_entry(Act.PUBLISHED, x="0f" * 16, t=NOW, c="c" * 64).to_bytes()
    with database.begin() as work:
        held = audit_log.current(work, to_append=True)
        assert held is not None
        audit_log.append(work, held, [entry] * count)


def exported_within(read: ReadLog, entries: int, megabytes: int) -> None:
    """Take all rows, and no more memory than so much."""
    tracemalloc.start()
    try:
        assert sum(1 for row in read.export(AUDITOR) if row["entry"] is not None) >= entries
        assert tracemalloc.get_traced_memory()[1] < megabytes << 20
    finally:
        tracemalloc.stop()


def test_an_export_keeps_one_bundle_in_memory(read: ReadLog, log: KeepLog, database: Database) -> None:
    grow(database, 4000)
    exported_within(read, 4000, 4)


@pytest.mark.deep
def test_a_million_entries_are_exported_in_the_same_memory(read: ReadLog, log: KeepLog, database: Database) -> None:
    for _ in range(1_000_000 // 4000):
        grow(database, 4000)
    exported_within(read, 1_000_000, 4)
