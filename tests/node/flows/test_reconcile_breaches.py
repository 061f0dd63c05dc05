"""What a peer tells of its log that no log can have, and logs that follow each other. One store is enough for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from crypto.merkle import root_of
from crypto.signing import SigningKey
from node.store import counterparts
from node.store.tables import Intake
from protocol.checkpoint import origin_of
from protocol.double_entry import Breach, Cause
from protocol.journal import Act
from protocol.members import FormerLog, LogEntry
from protocol.messages import Counterpart, Counterparts
from tests.new_stores import empty_file
from tests.node.flows.two_logs import TwoLogs, alerts, breaches
from tests.protocol.federation import PE, directory, log_secret, member_entry, octets, targets

LOG = origin_of(PE, log_secret(PE).public)
ASKED = (Act.QUESTION_ASKED, Act.QUESTION_RECEIVED)


@pytest.fixture
def store_url(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "database.sqlite"
    path.write_bytes(empty_file())
    yield f"sqlite:///{path}"


# What no log can have


def entry(seq: int, **changes: object) -> Counterpart:
    fields = {"seq": seq, "kind": Act.QUESTION_RECEIVED, "x": "0f" * 16, "t": 0, "c": "c" * 64}
    return Counterpart.model_validate(fields | changes)


def changed(change: Callable[[tuple[Counterpart, ...]], tuple[Counterpart, ...]]) -> Callable[[Counterparts], Counterparts]:
    return lambda told: told.model_copy(update={"entries": change(told.entries)})


def test_a_number_that_is_left_out_is_a_breach_and_the_rest_is_compared(logs: TwoLogs) -> None:
    x = logs.question()
    logs.question()
    logs.log_both()
    logs.later()
    logs.peru.tamper = changed(lambda entries: entries[1:])
    told = logs.look()
    assert breaches(told) == [("gap", 1, 1)]
    assert (told.reached, told.agreed, told.agrees) == (4, 3, False)
    assert [(each.cause, each.x) for each in told.differences] == [(Cause.MISSING_THERE, x)]
    assert told.breaches[0].exchange == octets("page 1").hex()[:32]
    assert alerts(logs) == [("logs_differ", PE, 1)]
    assert breaches(logs.look()) == [("gap", 1, 1)]  # it stays


def test_a_page_that_goes_backwards_or_repeats_is_a_breach_and_changes_nothing(logs: TwoLogs) -> None:
    logs.question()
    logs.log_both()
    logs.peru.tamper = changed(lambda entries: (*entries, *entries))
    told = logs.look()
    assert (breaches(told), told.reached, told.agreed) == ([("repeated", 1, 2)], 2, 2)
    logs.peru.tamper = changed(lambda _: (entry(2, c="d" * 64),))
    assert breaches(logs.look()) == [("repeated", 1, 3)]


def test_two_entries_for_one_message_contradict_each_other(logs: TwoLogs) -> None:
    x = logs.question()
    logs.log_both()
    again = (entry(3, x=x, c="d" * 64), entry(4), entry(5, c="d" * 64))
    logs.peru.tamper = changed(lambda entries: (*entries, *again))
    told = logs.look()
    assert (breaches(told), told.reached, told.agreed) == ([("twice", 3, 2)], 5, 2)
    logs.peru.tamper = changed(lambda _: (entry(6),))
    assert breaches(logs.look()) == [("twice", 3, 3)]


def test_an_entry_of_another_pair_is_a_breach_or_a_difference(logs: TwoLogs) -> None:
    logs.peru.tamper = changed(lambda _: (entry(1, kind=Act.PUBLISHED), entry(2, kind=Act.ANSWER_RECEIVED)))
    logs.later()
    told = logs.look()
    assert breaches(told) == [("unpaired", 1, 1)]
    assert [each.cause for each in told.differences] == [Cause.MISSING_HERE]


def test_more_that_never_comes_ends_the_visit_and_is_a_breach(logs: TwoLogs) -> None:
    logs.question()
    logs.log_both()
    logs.peru.tamper = lambda told: told.model_copy(update={"more": True})
    told = logs.look()
    assert (breaches(told), len(logs.peru.asked)) == ([("gap", 3, 1)], 2)
    assert told.compared is None and not told.agrees


def test_a_peer_that_repeats_and_promises_more_is_left_alone(logs: TwoLogs) -> None:
    logs.question()
    logs.log_both()
    logs.look()
    logs.peru.tamper = lambda told: told.model_copy(update={"entries": (entry(1),), "more": True})
    assert breaches(logs.look()) == [("repeated", 1, 1)]
    assert len(logs.peru.asked) == 2


def test_a_peer_that_invents_entries_without_end_is_read_no_further(logs: TwoLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterparts, "MOST_TOLD", 2)
    after = iter(range(1, 100))

    def invented(_: Counterparts) -> Counterparts:
        return Counterparts(log=LOG, entries=(entry(n := next(after), x=f"{n:032x}"),), more=True)

    logs.peru.tamper = invented
    told = logs.look()
    assert (breaches(told), told.reached) == ([("too_many", 2, 1)], 2)


def test_a_visit_ends_after_so_many_pages_and_the_next_goes_on(logs: TwoLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterparts, "COUNTERPARTS_A_REPLY", 1)
    monkeypatch.setattr("node.flows.reconcile._PAGES_A_VISIT", 2)
    logs.question()
    logs.question()
    logs.log_both()
    told = logs.look()
    assert (told.reached, told.compared, told.agrees) == (2, None, False)
    told = logs.look()
    assert (told.reached, told.agreed, told.agrees) == (4, 4, True)


# Another log of the peer's


def another_log(logs: TwoLogs, secret: SigningKey) -> None:
    """Peru's key is replaced: another log, and a directory that says so."""
    former = FormerLog(origin=LOG, key=bytes(log_secret(PE).public), size=0, root=root_of(()))
    now = LogEntry(origin=origin_of(PE, secret.public), key=bytes(secret.public))
    entry = member_entry(PE, log=now, former_logs=(former,))
    logs.adopt(directory({**targets(), "members/PE.json": entry.to_bytes()}))
    logs.secret = secret
    logs.later(1)


def test_the_former_log_is_read_to_its_end_and_the_next_from_its_beginning(logs: TwoLogs) -> None:
    logs.question()
    logs.log_both()
    logs.look()
    logs.question()
    logs.log_both()
    another_log(logs, SigningKey.from_seed(octets("another log key")))
    logs.question()
    logs.log_both()
    logs.later()
    told = logs.look()
    assert told.agrees
    assert (told.log, told.reached, told.agreed) == (origin_of(PE, logs.secret.public), 2, 6)
    logs.peru.tamper = lambda told: told.model_copy(update={"log": LOG})
    told = logs.look()
    assert [each[0] for each in breaches(told)] == [Breach.WENT_BACK]
    assert told.reached == 2
    logs.peru.tamper = lambda _: Counterparts(more=False)
    assert breaches(logs.look()) == [("went_back", 2, 2)]


def test_what_a_restored_node_enters_anew_in_its_next_log_is_no_contradiction(logs: TwoLogs) -> None:
    x = logs.say(*ASKED)
    logs.log_both()
    logs.look()
    logs.secret = SigningKey.from_seed(octets("another log key"))
    another_log(logs, logs.secret)
    with logs.peru.database.begin() as work:  # its store is from before the log had taken it
        act = work.session.exec(select(Intake).where(Intake.x == x)).one()
        act.log = act.position = act.seq = None
        work.session.add(act)
    logs.log_theirs()
    logs.later()
    told = logs.look()
    assert (told.agrees, told.agreed, told.reached) == (True, 1, 1)


def test_a_log_that_our_directory_does_not_have_is_not_read(logs: TwoLogs) -> None:
    logs.peru.tamper = lambda told: told.model_copy(update={"log": "celosia/PE/log/0f0f0f0f"})
    told = logs.look()
    assert (told.error, told.log) == ("checkpoint_refused", None)
