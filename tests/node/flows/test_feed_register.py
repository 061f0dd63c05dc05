"""Feeding by a file: stopped anywhere it goes on there, and nothing is done twice."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import NoReturn

import pytest
from sqlmodel import col, select

from node.case_files.protected_people import count_protected, read_protected
from node.flows import feed_register
from node.flows.feed_register import FeedRegister, Read
from node.flows.keep_register import KeepRegister
from node.keys import Keys
from node.marking import RegisterFault, RegisterUnusable
from node.officers import ProtectionLiaison, Role
from node.safeguards import protected
from node.store.database import Database
from node.store.errors import StoreUnavailable
from node.store.tables import Alert, Intake, ProtectedEntry, ProtectedMark, ProtectedProblem, ProtectedRun
from tests.node.conftest import ALICE, BEATRIZ, phone
from tests.node.on_record import payload_of

ANA, EVA = (ProtectionLiaison(each, "invented", frozenset({Role.PROTECTION})) for each in (ALICE, BEATRIZ))
NUMBERS = [f"+5730055501{number}" for number in range(10, 30)]


def file(*broken: int) -> bytes:
    """Twenty people, one number each; the lines named are broken."""
    lines = [f"R-{at},{'no number' if at in broken else number}" for at, number in enumerate(NUMBERS)]
    return "\n".join(["reference,phone", *lines]).encode()


def rows(raw: bytes) -> Iterator[Read]:
    return read_protected(raw, "CO", date(2026, 10, 1))


class Stopped(BaseException):
    """The end of a process, as far as a story can see it."""


def stopped_at(raw: bytes, line: int) -> Iterator[Read]:
    for read in rows(raw):
        if read[0] == line:
            raise Stopped
        yield read


@pytest.fixture
def feed(database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> FeedRegister:
    monkeypatch.setattr(feed_register, "PORTION", 4)
    return FeedRegister(database, keys)


def run(feed: FeedRegister, raw: bytes) -> ProtectedRun:
    run_id = feed.begin(ANA, raw, count_protected(raw))
    feed.run(run_id, rows(raw))
    return held(feed, run_id)


def held(feed: FeedRegister, run_id: str) -> ProtectedRun:
    with feed.database.read() as work:
        return work.session.get_one(ProtectedRun, run_id)


def on_record(feed: FeedRegister) -> list[tuple[int, int]]:
    """Of each portion that the audit log has: rows entered, rows read by then."""
    with feed.database.read() as work:
        fed = work.session.exec(select(Intake).where(Intake.kind == "protected_fed").order_by(col(Intake.id))).all()
        payloads = [json.loads(payload_of(work, act)) for act in fed]
    assert all(told["of"] == len(NUMBERS) for told in payloads)
    return [(told["rows"], told["read"]) for told in payloads]


def known(feed: FeedRegister) -> list[str]:
    with feed.database.read() as work:
        return [number for number in NUMBERS if protected.is_protected(work, feed.keys, phone(number).oprf_input())]


def test_everybody_of_a_file_is_protected_and_a_broken_line_in_the_middle_is_told(feed: FeedRegister) -> None:
    done = run(feed, file(7))
    assert (done.state, done.rows_total, done.rows_read, done.rows_taken) == ("done", 20, 20, 19)
    assert known(feed) == [number for number in NUMBERS if number != NUMBERS[7]]
    with feed.database.read() as work:
        told = work.session.exec(select(ProtectedProblem)).all()
        assert [(each.line, each.column) for each in told] == [(9, "phone"), (9, "value")]
        assert {entry.source for entry in work.session.exec(select(ProtectedEntry)).all()} == {"bulk"}
    assert on_record(feed) == [(4, 4), (3, 8), (4, 12), (4, 16), (4, 20), (0, 20)]


@pytest.mark.parametrize("line", [2, 5, 6, 7, 21])
def test_a_stop_anywhere_loses_no_portion_and_the_same_file_goes_on_there(feed: FeedRegister, line: int) -> None:
    raw = file(3)
    run_id = feed.begin(ANA, raw, 20)
    with pytest.raises(Stopped):
        feed.run(run_id, stopped_at(raw, line))
    before = held(feed, run_id)
    assert (before.state, before.rows_read) == ("stopped", (line - 2) // 4 * 4)
    assert [read for _, read in on_record(feed)] == list(range(4, before.rows_read + 1, 4))  # also if nobody ever goes on
    with feed.database.read() as work:
        marks = {row.entry for row in work.session.exec(select(ProtectedMark)).all()}
    assert feed.begin(ANA, raw, 20) == run_id
    feed.run(run_id, rows(raw))
    done = held(feed, run_id)
    assert (done.state, done.rows_read, done.rows_taken) == ("done", 20, 19)
    assert len(known(feed)) == 19
    assert (sum(rows for rows, _ in on_record(feed)), on_record(feed)[-1][1]) == (19, 20)
    with feed.database.read() as work:
        assert marks <= {row.entry for row in work.session.exec(select(ProtectedMark)).all()}  # nobody was entered anew
        assert len(work.session.exec(select(ProtectedProblem)).all()) == 2


def test_what_an_earlier_life_was_reading_is_stopped_at_the_next_start(feed: FeedRegister) -> None:
    run_id = feed.begin(ANA, file(), 20)
    feed.stop_unfinished()
    assert held(feed, run_id).state == "stopped"
    with feed.database.read() as work:
        (alert,) = work.session.exec(select(Alert)).all()
    assert (alert.kind, alert.officer_id) == ("file_unfinished", ANA.id)  # the protection liaisons are told, and need not look
    assert feed.begin(ANA, file(1), 20) != run_id
    assert feed.begin(ANA, file(), 20) == run_id


def test_why_a_file_stopped_is_kept_until_it_goes_on(feed: FeedRegister, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = file()
    run_id = feed.begin(ANA, raw, 20)
    for error, reason in (
        (RegisterUnusable(RegisterFault.SILENT), "silent"),
        (StoreUnavailable(), "store_unavailable"),
        (KeyError(), "internal"),
        (Stopped(), "node_stopped"),
    ):
        with monkeypatch.context() as broken, pytest.raises(type(error)):
            broken.setattr(Keys, "protected_marks", raising(error))
            feed.run(feed.begin(ANA, raw, 20), rows(raw))
        assert (held(feed, run_id).state, held(feed, run_id).reason) == ("stopped", reason)
    feed.begin(ANA, raw, 20)
    assert held(feed, run_id).reason == ""
    feed.stop_unfinished()
    assert held(feed, run_id).reason == "node_stopped"


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def raises(*_: object) -> NoReturn:
        raise error

    return raises


def test_a_file_that_stopped_can_be_given_up_on_record_and_begins_anew_if_it_is_sent_again(feed: FeedRegister) -> None:
    raw = file()
    run_id = feed.begin(ANA, raw, 20)
    assert not feed.give_up(EVA, run_id)  # it is being read
    with pytest.raises(Stopped):
        feed.run(run_id, stopped_at(raw, 10))
    assert (feed.give_up(EVA, run_id), feed.give_up(EVA, run_id), feed.give_up(EVA, "0" * 32)) == (True, False, False)
    assert (held(feed, run_id).state, known(feed)) == ("given_up", NUMBERS[:8])
    feed.run(run_id, rows(raw))
    assert held(feed, run_id).rows_read == 8
    with feed.database.read() as work:
        acts = [act.kind for act in work.session.exec(select(Intake).order_by(col(Intake.id))).all()]
    assert acts == ["protected_fed", "protected_fed", "alert_raised", "protected_file_given_up"]
    assert run(feed, raw).id != run_id


def test_who_goes_on_with_a_file_that_stopped_answers_for_the_rest_of_it(feed: FeedRegister) -> None:
    raw = file()
    run_id = feed.begin(ANA, raw, 20)
    with pytest.raises(Stopped):
        feed.run(run_id, stopped_at(raw, 10))
    feed.run(feed.begin(EVA, raw, 20), rows(raw))
    with feed.database.read() as work:
        fed = work.session.exec(select(Intake).where(Intake.kind == "protected_fed").order_by(col(Intake.id))).all()
        entered = Counter(entry.officer_id for entry in work.session.exec(select(ProtectedEntry)).all())
    assert [act.officer_id for act in fed] == [ANA.id] * 2 + [EVA.id] * 4
    assert entered == {ANA.id: 8, EVA.id: 12}


def test_a_file_that_was_asked_for_twice_at_once_is_read_once(feed: FeedRegister) -> None:
    raw = file()
    first, second = (feed.begin(ANA, raw, 20) for _ in range(2))
    assert first == second
    feed.run(first, rows(raw))
    feed.run(second, rows(raw))
    assert [read for _, read in on_record(feed)] == [4, 8, 12, 16, 20, 20]


def test_a_file_that_was_read_to_its_end_changes_nothing_the_second_time(feed: FeedRegister) -> None:
    run(feed, file())
    with feed.database.read() as work:
        before = sorted((row.mark, row.entry) for row in work.session.exec(select(ProtectedMark)).all())
    assert run(feed, file()).rows_taken == 20
    with feed.database.read() as work:
        assert sorted((row.mark, row.entry) for row in work.session.exec(select(ProtectedMark)).all()) == before


def test_who_stands_in_a_later_file_is_not_taken_out_by_an_earlier_proposal(feed: FeedRegister) -> None:
    run(feed, file())
    keep = KeepRegister(feed.database, feed.keys)
    for at in (0, 1):
        keep.remove(ANA, f"R-{at}")
    run(feed, b"reference,phone\nR-0,+573005550147")
    assert [keep.remove(EVA, f"R-{at}") for at in (0, 1)] == [False, True]
