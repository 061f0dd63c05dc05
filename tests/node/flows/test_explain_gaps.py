"""What is gone is no fault where an act on record explains it, and is one where somebody took it out of the database."""

from typing import Any

import pytest
from sqlmodel import delete, select

from node.flows.keep_log import KeepLog
from node.flows.verify_log import Found, LogFault
from node.keys import Keys
from node.store import archive
from node.store.database import Database
from node.store.erasing import erase_exchange
from node.store.tables import Exchange, ExchangeKey, Intake
from protocol.checkpoint import origin_of
from protocol.journal import Act
from tests.node.flows.verified_log import REF, X, change_act, keep_log, repeat, verify
from tests.protocol.federation import CO, NOW, PE


@pytest.fixture
def keep(database: Database, keys: Keys) -> KeepLog:
    return keep_log(database, keys)


def erase(keep: KeepLog, *, said: bool = False) -> None:
    """As the policy's term does, with the act that says so or without."""
    with keep.database.begin() as work:
        if work.session.get(Exchange, REF) is None:
            archive.archive_request(work, X, PE, "out", "match_request", b"what was said", "d" * 64)
        acts = erase_exchange(work, REF)
        if said:
            work.record(Act.ERASED, cause="retention", exchanges=[list(REF)], acts=acts)


OF_X = [Found(place, LogFault.OPENING_GONE) for place in (2, 3, 16)]


def test_what_an_act_says_was_erased_is_counted_and_the_log_holds(keep: KeepLog) -> None:
    erase(keep, said=True)
    for waiting in (1, 0):
        verdict = verify(keep)
        assert (verdict.faults, verdict.erased, verdict.lost, verdict.waiting) == ([], 3, 0, waiting)
        keep.beat()


def test_an_erasure_from_before_they_said_of_how_many_acts_explains_them_all(keep: KeepLog) -> None:
    erase(keep)
    with keep.database.begin() as work:
        work.record(Act.ERASED, cause="retention", exchanges=[list(REF)])
    assert (verify(keep).faults, verify(keep).erased) == ([], 3)


@pytest.mark.parametrize("position", [1, 17])
def test_an_act_is_not_passed_off_as_one_about_an_exchange_that_was_erased(keep: KeepLog, position: int) -> None:
    erase(keep, said=True)
    keep.beat()
    change_act(keep, position, exchange=X, peer="PE", direction="out", opening_sealed=b"")
    verdict = verify(keep)
    assert ([found.fault for found in verdict.faults], verdict.erased) == ([LogFault.OPENING_GONE], 3)


def test_a_key_that_is_gone_without_an_act_that_says_so_erased_nothing(keep: KeepLog) -> None:
    with keep.database.begin() as work:
        work.session.delete(work.session.get_one(ExchangeKey, REF))
    verdict = verify(keep)
    assert (verdict.faults, verdict.erased) == (OF_X, 0)


def test_rows_that_look_erased_are_not_without_an_act_that_names_them(keep: KeepLog) -> None:
    erase(keep)
    assert verify(keep).faults == OF_X
    with keep.database.begin() as work:
        others = (["cd" * 16, "PE", "out"], [X, "BR", "out"], [X, "PE", "in"])
        work.record(Act.ERASED, cause="retention", exchanges=others, acts=9)
    keep.beat()
    assert verify(keep).faults == OF_X


def test_an_act_that_says_erased_and_no_longer_opens_says_nothing(keep: KeepLog) -> None:
    erase(keep, said=True)
    keep.beat()
    assert verify(keep).holds
    change_act(keep, 48, opening_sealed=b"torn")
    assert verify(keep).faults == [*OF_X, Found(48, LogFault.OPENING_DIFFERS)]


@pytest.mark.parametrize("of", [{"acts": 3}, {}], ids=["of so many acts", "from before it said so"])
def test_what_came_after_an_erasure_is_not_erased_by_it(keep: KeepLog, of: dict[str, Any]) -> None:
    erase(keep)
    with keep.database.begin() as work:
        work.record(Act.ERASED, cause="retention", exchanges=[list(REF)], **of)
    keep.beat()
    with keep.database.begin() as work:
        work.record(Act.OUTCOME, about=REF, hits=[])
    keep.beat()
    assert verify(keep).holds
    change_act(keep, 64, opening_sealed=b"")
    assert verify(keep).faults == [Found(64, LogFault.OPENING_GONE)]


def test_erasing_leaves_nothing_that_could_be_opened(keep: KeepLog) -> None:
    erase(keep, said=True)
    keep.beat()
    change_act(keep, 2, opening_sealed=b"put there since")
    assert verify(keep).faults == [Found(2, LogFault.OPENING_GONE)]


@pytest.mark.parametrize("how", ["key", "opening"])
def test_what_an_act_about_no_exchange_said_nobody_erases(keep: KeepLog, how: str) -> None:
    with keep.database.begin() as work:
        act = work.session.exec(select(Intake).where(Intake.position == 1)).one()
        if how == "key":
            work.session.delete(work.session.get_one(ExchangeKey, (act.x, "", "")))
        act.opening_sealed = act.opening_sealed if how == "key" else b""
        work.session.add(act)
    assert verify(keep).faults == [Found(1, LogFault.OPENING_GONE)]


def restore(keep: KeepLog, **said: Any) -> None:
    """As from a backup that had no keys."""
    with keep.database.begin() as work:
        work.session.exec(delete(ExchangeKey))
        work.record(Act.RESTORED, backup=NOW, **said)


@pytest.mark.parametrize("said", [{"exchange_keys": False}, {}], ids=["without keys", "from before it said so"])
def test_what_a_restore_did_not_bring_back_is_lost_and_no_fault(keep: KeepLog, said: dict[str, object]) -> None:
    restore(keep, **said)
    for waiting in (1, 0):
        verdict = verify(keep)
        assert (verdict.faults, verdict.erased, verdict.lost, verdict.waiting) == ([], 0, 9, waiting)
        keep.beat()
    with keep.database.begin() as work:
        work.record(Act.OUTCOME, about=REF, hits=[])  # gives the exchange another key
    keep.beat()
    assert (verify(keep).faults, verify(keep).lost) == ([], 9)


def test_a_restore_with_the_keys_explains_no_gap(keep: KeepLog) -> None:
    restore(keep, exchange_keys=True)
    assert {found.fault for found in verify(keep).faults} == {LogFault.OPENING_GONE}
    assert verify(keep).faults_in_all == 9


@pytest.mark.parametrize("entered", [False, True])
def test_a_restore_whose_row_is_repeated_explains_nothing_that_came_after_it(keep: KeepLog, entered: bool) -> None:
    restore(keep, exchange_keys=False)
    keep.beat()
    with keep.database.begin() as work:
        act = work.record(Act.PUBLISHED)
    keep.beat()
    assert verify(keep).holds
    repeat(keep, Act.RESTORED, log=None, position=None)
    if entered:
        keep.beat()
    with keep.database.begin() as work:
        work.session.delete(work.session.get_one(ExchangeKey, (act.x, "", "")))
    assert verify(keep).faults == [Found(64, LogFault.OPENING_GONE)]


@pytest.mark.parametrize("placed", [False, True])
def test_that_the_log_was_rebuilt_says_only_an_act_that_stands_in_it(keep: KeepLog, placed: bool) -> None:
    origin = origin_of(CO, keep.keys.log.public)
    with keep.database.begin() as work:
        work.session.delete(work.session.exec(select(Intake).where(Intake.position == 3)).one())
        act = work.record(Act.LOG_REBUILT, origin=origin, first=0, after=48, lost=48)
        if placed:
            act.log, act.position = origin, 20
    expected = [Found(3, LogFault.ACT_GONE), *([Found(20, LogFault.ACT_DIFFERS)] if placed else [])]
    assert verify(keep).faults == expected
