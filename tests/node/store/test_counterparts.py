"""What a peer may be told of our logs: its own other sides, a page at a time, one log after another."""

import pytest

from node.flows.keep_log import KeepLog
from node.keys import Keys
from node.store import counterparts
from node.store.database import Database, ExchangeRef, Work
from node.store.tables import Intake, Log
from protocol.authority import Authority
from protocol.journal import Act
from protocol.messages import Counterparts
from tests.protocol.federation import BR, CO, PE

FORMER = "celosia/CO/log/0f0f0f0f"


def ask(work: Work, number: int, peer: Authority = PE) -> str:
    x = f"{number:032x}"
    work.record_envelope(Act.QUESTION_ASKED, ExchangeRef(x, peer, "out"), digest="d" * 64, salt=bytes(32))
    return x


@pytest.fixture
def log(database: Database, keys: Keys) -> str:
    """Five entries with Peru and one with Brazil; the origin of the log that they are in."""
    keep = KeepLog(database, keys, CO)
    with database.begin() as work:
        for number in range(5):
            ask(work, number)
        ask(work, 7, BR)
        work.record(Act.PUBLISHED)
    keep.beat()
    with database.read() as work:
        origin = work.session.get_one(Intake, 1).log
    assert origin is not None
    return origin


def numbers(told: Counterparts) -> list[int]:
    return [each.seq for each in told.entries]


def test_entries_come_in_pages_each_with_what_its_other_side_can_be_found_by(
    log: str, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counterparts, "COUNTERPARTS_A_REPLY", 2)
    pages = [counterparts.page(work, PE, *place) for place in ((None, 0), (log, 2), (log, 4), (log, 5))]
    assert [(numbers(told), told.more) for told in pages] == [([1, 2], True), ([3, 4], True), ([5], False), ([], False)]
    first, act = pages[0].entries[0], work.session.get_one(Intake, 1)
    assert (first.x, first.kind, first.t, first.c) == (act.x, Act.QUESTION_ASKED, act.at, act.commitment)
    assert {told.log for told in pages} == {log}


def test_what_waits_for_the_log_is_not_told(log: str, work: Work) -> None:
    ask(work, 9)
    assert len(counterparts.page(work, PE, log, 0).entries) == 5


def test_a_log_comes_after_the_one_before_it_and_one_that_is_not_here_is_the_last(log: str, work: Work) -> None:
    work.session.add(Log(origin=FORMER, opened=1, closed=2, size=1))
    act = work.session.get_one(Intake, 1)
    ask(work, 10)
    work.session.flush()
    act.log, act.seq = FORMER, 1
    work.session.add(act)
    work.session.flush()
    told = [counterparts.page(work, PE, *place) for place in ((None, 0), (FORMER, 0), (FORMER, 1), ("elsewhere", 3))]
    assert [(each.log, numbers(each), each.more) for each in told] == [
        *((FORMER, [1], True), (FORMER, [1], True)),
        *((log, [2, 3, 4, 5], False), (log, [2, 3, 4, 5], False)),
    ]


def test_before_the_first_log_there_is_nothing(work: Work) -> None:
    assert counterparts.page(work, PE, None, 0) == Counterparts(more=False)


def test_an_entry_that_is_another_s_or_says_something_else_is_not_taken_for_ours(log: str, work: Work) -> None:
    told = counterparts.page(work, PE, log, 1)
    assert counterparts.are_ours(work, PE, told)
    assert counterparts.are_ours(work, PE, Counterparts(log=log, more=False))
    assert not counterparts.are_ours(work, BR, told)
    last = told.entries[-1].model_copy(update={"c": "0" * 64})
    assert not counterparts.are_ours(work, PE, told.model_copy(update={"entries": (*told.entries[:-1], last)}))
    far = told.entries[0].model_copy(update={"seq": 1 << 40})
    assert not counterparts.are_ours(work, PE, told.model_copy(update={"entries": (*told.entries, far)}))
