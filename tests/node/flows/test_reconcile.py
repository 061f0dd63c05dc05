"""Reconciling two logs: an honest pair agrees, and each way in which one can lie, lose or log late is found and named."""

from concurrent.futures import wait
from dataclasses import replace

import pytest
from sqlmodel import select

from node.flows.compare_logs import UNWITNESSED_AFTER, Comparison, compare
from node.flows.reconcile import Reconcile
from node.flows.show_federation import OwnAuthority, UnknownPeer
from node.outbound.errors import PeerUnavailable
from node.store import counterparts
from node.store.counterparts import GRACE
from node.store.database import Database, ExchangeRef
from node.store.erasing import erase_exchange
from node.store.tables import Intake, LogFork, Reconciliation, ToldEntry
from protocol.authority import Authority
from protocol.checkpoint import origin_of
from protocol.double_entry import Cause
from protocol.errors import QuotaSpent
from protocol.journal import Act
from tests.node.flows.two_logs import AUDITOR, EVERY, TwoLogs, alerts
from tests.node.on_record import payload_of
from tests.protocol.federation import BR, CO, PE, log_secret, seeded

LOG = origin_of(PE, log_secret(PE).public)
ASKED = (Act.QUESTION_ASKED, Act.QUESTION_RECEIVED)


def on_record(logs: TwoLogs) -> list[str]:
    with logs.database.read() as work:
        acts = work.session.exec(select(Intake).where(Intake.kind == Act.RECONCILED.value)).all()
        return [payload_of(work, act).decode() for act in acts]


# An honest pair


def test_an_honest_pair_agrees_and_the_next_look_goes_on_from_there(logs: TwoLogs) -> None:
    logs.question()
    logs.say(Act.RECORD_SENT, Act.RECORD_QUARANTINED)
    logs.say(Act.REVOCATION_SENT, Act.REVOCATION_RECEIVED, by=PE)
    logs.log_both()
    told = logs.look()
    assert told.agrees
    assert (told.log, told.reached, told.agreed, told.under_way) == (LOG, 4, 4, 0)
    logs.question()
    logs.log_both()
    logs.later()
    told = logs.look()
    assert told.agrees
    assert (told.reached, told.agreed) == (6, 6)
    assert [each.after for each in logs.peru.asked] == [0, 4]
    assert alerts(logs) == []
    assert '"agreed":6' in on_record(logs)[1] and '"differences":0' in on_record(logs)[1]


def test_nobody_is_told_the_entries_of_others_nor_those_of_one_side(logs: TwoLogs) -> None:
    with logs.peru.database.begin() as work:
        work.record(Act.PUBLISHED)
    logs.question()
    logs.log_both()
    with logs.peru.database.read() as work:
        assert counterparts.page(work, BR, None, 0).entries == ()
        assert [each.kind for each in counterparts.page(work, CO, None, 0).entries] == [ASKED[1], Act.QUESTION_ANSWERED]


def test_what_is_young_or_not_in_our_log_yet_is_under_way(logs: TwoLogs) -> None:
    logs.question()
    logs.later(GRACE - 1)
    logs.log_theirs()
    told = logs.look()
    assert (told.agrees, told.agreed, told.under_way) == (True, 0, 2)
    logs.later(EVERY)
    told = logs.look()
    assert (told.agrees, told.agreed, told.under_way) == (True, 0, 2)  # our log stands still: it is on record here
    logs.ours.beat()
    told = logs.look()
    assert (told.agrees, told.agreed, told.under_way) == (True, 2, 0)
    logs.say(*ASKED, lost="receiver")
    logs.ours.beat()
    assert logs.look().under_way == 1


# What one side lacks


def test_a_peer_that_drops_what_it_received_is_found_and_named(logs: TwoLogs) -> None:
    logs.question()
    x = logs.question(asked="receiver")
    logs.log_both()
    logs.later()
    told = logs.look()
    (missing,) = told.differences
    assert (missing.cause, missing.x, missing.theirs) == (Cause.MISSING_THERE, x, None)
    assert missing.ours is not None and missing.ours.kind == Act.QUESTION_ASKED
    assert not told.agrees
    assert alerts(logs) == [("logs_differ", PE, 1)]
    logs.later()
    assert logs.found() == [("missing_there", x)]
    assert alerts(logs) == [("logs_differ", PE, 1)]  # it is no news
    logs.question(asked="receiver")
    logs.log_both()
    logs.later()
    assert len(logs.found()) == 2
    assert alerts(logs) == [("logs_differ", PE, 2)]


def test_an_entry_that_we_took_out_before_our_log_had_it_is_found_and_named(logs: TwoLogs) -> None:
    x = logs.question()
    with logs.database.begin() as work:
        work.session.delete(work.session.exec(select(Intake).where(Intake.kind == "answer_received")).one())
    y = logs.say(Act.QUESTION_ASKED, Act.QUESTION_RECEIVED, by=PE)
    logs.say(Act.QUESTION_ANSWERED, Act.ANSWER_RECEIVED, x=y)
    with logs.database.begin() as work:
        work.session.delete(work.session.exec(select(Intake).where(Intake.kind == "question_received")).one())
    logs.log_both()
    logs.later()
    assert sorted(logs.found()) == sorted([("reply_never_arrived", x), ("missing_here", y)])


def test_a_reply_of_ours_that_they_have_and_we_do_not_is_missing_here(logs: TwoLogs) -> None:
    x = logs.say(Act.RECORD_RECEIPTED, Act.RECORD_ACKNOWLEDGED, lost="sender")
    logs.log_both()
    logs.later()
    assert logs.found() == [("missing_here", x)]


def test_what_a_line_that_broke_leaves_is_told_and_no_alert(logs: TwoLogs) -> None:
    asked = logs.say(*ASKED, lost="receiver")
    receipt = logs.say(Act.RECORD_RECEIPTED, Act.RECORD_ACKNOWLEDGED, lost="receiver")
    never = logs.say(*ASKED, by=PE, lost="receiver")
    reply = logs.question(answered="receiver")
    logs.log_both()
    logs.later()
    told = logs.look()
    assert told.agrees
    assert {(each.cause.value, each.x) for each in told.noted} == {
        *(("unanswered", asked), ("unacknowledged", receipt)),
        *(("never_arrived", never), ("reply_never_arrived", reply)),
    }
    assert alerts(logs) == []


def test_of_many_exchanges_exactly_those_are_found_that_were_dropped(logs: TwoLogs) -> None:
    draw, dropped = seeded("what is lost"), set()
    for _ in range(24):
        lost = "receiver" if draw(1)[0] < 64 else ""
        x = logs.question(asked=lost)
        dropped |= {x} if lost else set()
        if draw(1)[0] < 50:
            logs.log_both()
    logs.log_both()
    logs.later()
    assert 2 < len(dropped) < 22
    assert logs.found() == [("missing_there", x) for x in sorted(dropped)]


def test_what_was_erased_is_compared_all_the_same(logs: TwoLogs) -> None:
    agreed, x = logs.question(), logs.question(asked="receiver")
    logs.log_both()
    for each in (agreed, x):
        for database, exchange in (
            (logs.database, ExchangeRef(each, PE, "out")),
            (logs.peru.database, ExchangeRef(each, CO, "in")),
        ):
            with database.begin() as work:
                erase_exchange(work, exchange)
    logs.later()
    assert logs.found() == [("missing_there", x)]
    assert logs.look().agreed == 3


# What differs


def test_another_commitment_under_one_exchange_is_one_difference_with_both_sides(logs: TwoLogs) -> None:
    x = logs.say(*ASKED, other=True)
    logs.log_both()
    told = logs.look()  # at once: nothing can be under way that both have
    (each,) = told.differences
    assert (each.cause, each.x) == (Cause.DIFFERS, x)
    assert each.ours is not None and each.theirs is not None
    assert (each.ours.kind, each.theirs.kind, each.theirs.seq) == (*ASKED, 1)
    assert alerts(logs) == [("logs_differ", PE, 1)]


@pytest.mark.parametrize(("delay", "apart"), [(600, False), (721, True), (-121, True)])
def test_an_entry_that_is_dated_otherwise_than_its_envelope_allows_is_told(logs: TwoLogs, delay: int, apart: bool) -> None:
    x = logs.say(*ASKED, delay=delay)
    logs.later(delay if delay > 0 else 0)
    logs.log_both()
    expected = [("dated_apart", x)] if apart else []
    assert logs.found() == expected
    told = logs.look()
    assert (told.agreed, told.agrees) == (1, not apart)
    if apart:
        (each,) = told.differences
        assert each.ours is not None and each.theirs is not None
        assert each.theirs.at - each.ours.at == delay


def test_a_date_is_looked_at_too_where_they_told_before_our_log_had_it(logs: TwoLogs) -> None:
    x = logs.say(*ASKED, delay=721)
    logs.later(721)
    logs.log_theirs()
    assert logs.found() == []
    logs.ours.beat()
    assert logs.found() == [("dated_apart", x)]


def test_late_logging_is_found_though_its_entry_bears_the_right_time(logs: TwoLogs) -> None:
    x = logs.question()
    logs.ours.beat()
    logs.later()
    assert logs.found() == [("missing_there", x), ("missing_there", x)]
    logs.log_theirs()  # a day later, as of the day before
    logs.later()
    told = logs.look()
    assert told.agrees
    assert [(each.cause, each.x) for each in told.noted] == [(Cause.LOGGED_LATE, x)] * 2
    assert alerts(logs) == [("logs_differ", PE, 2)]


# Faults


def test_what_was_read_stays_read_when_the_node_dies_in_between(logs: TwoLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterparts, "COUNTERPARTS_A_REPLY", 1)
    logs.question()
    logs.question()
    logs.log_both()

    class Killed(BaseException):
        pass

    def die() -> None:
        logs.peru.meanwhile = kill

    def kill() -> None:
        raise Killed

    logs.peru.meanwhile = die
    with pytest.raises(Killed):
        logs.look()
    again = replace(logs.story)
    told = again.reconcile(AUDITOR, PE)
    assert (told.reached, told.agreed, told.agrees) == (4, 4, True)
    assert [each.after for each in logs.peru.asked] == [0, 1, 1, 2, 3]


def test_two_visits_at_once_take_every_page_once(logs: TwoLogs) -> None:
    logs.question()
    logs.log_both()
    logs.peru.meanwhile = logs.look
    told = logs.look()
    assert (told.reached, told.agreed, told.agrees) == (2, 2, True)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(PeerUnavailable("unreachable"), "unreachable"), (QuotaSpent("request", type="counterparts_wanted"), "quota_spent")],
)
def test_a_peer_that_cannot_be_asked_is_said_with_what_was_found_before(logs: TwoLogs, fault: Exception, reason: str) -> None:
    logs.question()
    logs.log_both()
    compared = logs.look().compared
    logs.later()
    logs.say(*ASKED, lost="receiver")
    logs.ours.beat()
    logs.later()
    logs.peru.fault = fault
    told = logs.look()
    assert (told.error, told.compared, told.agreed, told.agrees) == (reason, compared, 2, False)
    assert told.differences == told.noted == ()  # of what came since, nothing can be said
    logs.peru.fault = None
    assert logs.look().error is None


def test_before_the_first_answer_there_is_nothing_to_say(logs: TwoLogs) -> None:
    logs.peru.fault = PeerUnavailable("unreachable")
    logs.later()
    told = logs.look()
    assert (told.compared, told.log, told.agrees, told.differences) == (None, None, False, ())


@pytest.mark.parametrize(("peer", "error"), [(CO, OwnAuthority), (Authority("EC"), UnknownPeer)])
def test_only_other_members_have_a_log_to_compare_with(logs: TwoLogs, peer: Authority, error: type[Exception]) -> None:
    with pytest.raises(error):
        logs.story.reconcile(AUDITOR, peer)


# Whether a quorum vouches for the peer's log


def test_a_peer_whose_log_has_no_quorum_for_more_than_a_day_is_named_and_is_an_alert_once(logs: TwoLogs) -> None:
    logs.looking.until = lambda: None
    since = logs.clock.now
    told = logs.look()
    assert (told.agrees, told.unwitnessed) == (True, None)  # from the first look on
    logs.later(UNWITNESSED_AFTER)
    assert logs.look().unwitnessed is None
    assert alerts(logs) == []
    logs.later(1)
    for _ in range(2):
        told = logs.look()
        assert (told.agrees, told.unwitnessed, told.differences, told.breaches) == (False, since, (), ())
        assert alerts(logs) == [("peer_log_unwitnessed", PE, 1)]
    assert f'"unwitnessed":{since}' in on_record(logs)[-1]
    logs.looking.until = None
    told = logs.look()
    assert (told.agrees, told.unwitnessed) == (True, None)
    assert '"unwitnessed":null' in on_record(logs)[-1]


def test_a_quorum_of_long_ago_is_named_at_once(logs: TwoLogs) -> None:
    since = logs.clock.now - UNWITNESSED_AFTER - 1
    logs.looking.until = lambda: since
    assert logs.look().unwitnessed == since
    logs.looking.until = lambda: None  # no quorum at all is no younger
    assert logs.look().unwitnessed == since
    assert alerts(logs) == [("peer_log_unwitnessed", PE, 1)]


def test_a_fork_is_part_of_what_a_comparison_says_until_there_is_another_log(logs: TwoLogs, database: Database) -> None:
    def found() -> int | None:
        with database.begin() as work:
            fork = LogFork(origin=LOG, authority=PE, cause="other_root", first=b"a", second=b"b", noticed=work.now())
            work.session.add(fork)
        return None

    logs.looking.until = found
    told = logs.look()
    assert (told.forked, told.agrees, told.error) == (True, False, None)
    assert '"forked":true' in on_record(logs)[-1]
    with database.begin() as work:
        assert compare(work, BR) == Comparison(BR)
        fork = work.session.exec(select(LogFork)).one()
        assert compare(work, PE).forked
        fork.settled = work.now()
        work.session.add(fork)
        work.session.flush()
        assert not compare(work, PE).forked


# By itself


def due(story: Reconcile) -> int:
    started = story.visit_due()
    wait(started)
    assert all(each.exception() is None for each in started)
    return len(started)


def test_every_peer_is_visited_once_a_day_and_tried_again_when_it_failed(logs: TwoLogs, database: Database) -> None:
    with database.begin() as work:  # of the others there is nothing to ask here
        now = work.now() + 365 * EVERY
        work.session.add(Reconciliation(peer=BR, tried=now, compared=now))
    assert due(logs.story) == 0  # the log was just opened
    logs.later()
    logs.peru.fault = PeerUnavailable("unreachable")
    assert due(logs.story) == 1
    assert due(logs.story) == 1
    logs.peru.fault = None
    assert due(logs.story) == 1
    assert due(logs.story) == 0
    logs.later()
    assert due(logs.story) == 1
    with database.read() as work:
        assert work.session.exec(select(ToldEntry)).all() == []
    logs.peru.tamper = lambda told: told.model_copy(update={"more": True})
    logs.later()
    assert due(logs.story) == 1
    assert due(logs.story) == 1  # what ended before the end goes on
