"""One node's clock is a day off, ahead or behind: it is told by how much, nothing is lost, and all goes on once it is right."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from node.doctor.clock import against_peers
from node.doctor.findings import Span
from node.flows.check_clock import CheckClock
from node.officers import Role
from node.store import manifests
from node.store.tables import BeatRun, HeardPeer, HeldRecord, ListEpoch, PeerContact, QuestionToPeer
from protocol.authority import Authority
from tests.federation.cases import ask, phone, publish_phones
from tests.federation.running import CO, PE, Clock, Federation, RunningNode, running_federation
from tests.serving import wait_until

pytestmark = pytest.mark.federation
DAY, TOLERANCE = 86_400, 60
ABOUT = 700
"""An envelope that comes too late is measured from the end of its ten minutes."""
BEATS = """
[beats]
directory = 3600
additions = 2
removals = 2
manifests = 1
outbox = 1
questions = 1
manifest_validity = 3600
"""


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[Federation]:
    """Its beats run by themselves; Colombia is told the time by a clock of its own."""
    with running_federation(tmp_path, BEATS) as running:
        colombia = running[CO]
        colombia.stop()
        colombia.clock = Clock()
        for clock in (running.clock, colombia.clock):
            clock.forward(2 * DAY)  # certificates are older than any clock is behind
        colombia.start()
        yield running


def held(node: RunningNode, authority: Authority) -> list[int]:
    """When each manifest of `authority` that a node holds was issued, chain by chain."""
    return [issued for chain in chains(node, authority) for issued in chain]


def chains(node: RunningNode, authority: Authority) -> list[list[int]]:
    """Likewise of each chain, in its order."""
    with node.node.database.read() as work:
        return [
            [manifests.content(each).issued for each in manifests.after(work, *chain, -1, 10_000)]
            for chain in manifests.chains(work, authority)
        ]


def last_error(node: RunningNode, peer: Authority) -> str | None:
    with node.node.database.read() as work:
        return work.session.get_one(PeerContact, peer).last_error


def state(node: RunningNode, question: str) -> str:
    """Of a question to one peer, as the node has it: tokens of the officers are as wrong as the clock by which they were made."""
    with node.node.database.read() as work:
        return work.session.exec(select(QuestionToPeer.state).where(QuestionToPeer.question_id == question)).one()


def differences(node: RunningNode) -> dict[str, int]:
    """What the doctor finds about the clock by what peers said of it, in seconds."""
    with node.node.database.read() as work:
        heard = work.session.exec(select(HeardPeer)).all()
    found = [(each.code, each.facts["difference"]) for each in against_peers(heard, TOLERANCE)]
    return {code: difference.seconds for code, difference in found if isinstance(difference, Span)}


def received(node: RunningNode, authority: Authority) -> set[str]:
    with node.node.database.read() as work:
        return set(work.session.exec(select(HeldRecord.record_id).where(HeldRecord.authority == authority)).all())


def told(caplog: pytest.LogCaptureFixture) -> list[int]:
    """By how much clocks are ahead, as the log says."""
    return [each.__dict__["difference_seconds"] for each in caplog.records if each.message == "clock wrong"]


def seek(node: RunningNode, number: str, peer: Authority) -> str:
    return ask(node.officer(Role.INVESTIGATOR), number, peers=[peer])


@pytest.mark.parametrize("off", [pytest.param(DAY, id="ahead"), pytest.param(-DAY, id="behind", marks=pytest.mark.deep)])
def test_a_node_whose_clock_is_a_day_off_says_so_harms_no_list_and_goes_on(
    federation: Federation, caplog: pytest.LogCaptureFixture, off: int
) -> None:
    colombia, peru = federation[CO], federation[PE]
    wait_until(lambda: held(peru, CO) != [] and held(colombia, PE) != [], "the lists", 60)
    caplog.set_level(logging.WARNING)
    colombia.clock.forward(off)
    code = "clock_fast" if off > 0 else "clock_slow"
    wait_until(lambda: abs(differences(colombia).get(code, 0) - DAY) <= ABOUT, "the doctor's words", 60)
    wait_until(lambda: any(abs(each - off) <= ABOUT for each in told(caplog)), "the log's words", 60)
    issued, mine, theirs = held(colombia, CO), phone(), phone()
    assert [each for each in issued if abs(each - colombia.clock()) < DAY / 2] == []

    publish_phones(peru, theirs)
    publication = publish_phones(colombia, mine)
    question = seek(colombia, theirs, PE)
    wait_until(lambda: last_error(colombia, PE) == "not_fresh", "a refusal of Peru", 60)
    assert state(colombia, question) == "waiting"
    assert held(colombia, CO) == issued

    colombia.clock.forward(-off)
    records = {record["id"] for record in publication["records"]}
    wait_until(lambda: records <= received(peru, CO), "the records", 90)
    wait_until(lambda: len(held(peru, CO)) > len(issued), "the list's next manifest", 90)
    # by a clock that was a day behind, the question has lived its day by now, give or take the seconds of this test
    ends = {"answered"} if off > 0 else {"answered", "expired"}
    wait_until(lambda: state(colombia, question) in ends, "the question's end", 90)
    again = seek(peru, mine, CO)
    wait_until(lambda: state(peru, again) == "answered", "an answer of Colombia", 90)
    assert all(chain == sorted(chain) for chain in chains(peru, CO))
    assert differences(colombia) == {}


def test_a_node_that_starts_with_a_wrong_clock_issues_nothing_before_it_has_asked(federation: Federation) -> None:
    colombia = federation[CO]
    wait_until(lambda: held(federation[PE], CO) != [], "the list", 60)
    colombia.stop()
    issued = held(colombia, CO)
    colombia.clock.forward(DAY)
    colombia.start()
    wait_until(lambda: "clock_fast" in differences(colombia), "the doctor's words", 60)
    assert held(colombia, CO) == issued
    colombia.clock.forward(-DAY)
    wait_until(lambda: len(held(federation[PE], CO)) > len(issued), "the list's next manifest", 90)


def last_turn(node: RunningNode) -> int:
    """When the last turn of epochs ended, by the node's clock."""
    with node.node.database.read() as work:
        run = work.session.get(BeatRun, "epochs")
        return 0 if run is None else run.ended


def test_a_clock_that_jumps_between_its_check_and_the_turn_of_epochs_destroys_no_seed(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    colombia = federation[CO]
    wait_until(lambda: held(colombia, CO) != [], "a confirmed clock", 60)
    seeds = sorted((colombia.folder / "keys" / "epochs").iterdir())
    with colombia.node.database.read() as work:
        ends = max(work.session.exec(select(ListEpoch.not_after)).all())
    read, jumped = CheckClock.confirmed, threading.Event()

    def and_then_jump(check: CheckClock) -> int | None:
        confirmed = read(check)
        if threading.current_thread().name == "beat-epochs" and confirmed is not None and not jumped.is_set():
            colombia.clock.forward(ends - colombia.clock() + 2 * DAY)
            jumped.set()
        return confirmed

    with monkeypatch.context() as patched:
        patched.setattr(CheckClock, "confirmed", and_then_jump)
        wait_until(jumped.is_set, "the turn of epochs", 60)
    wait_until(lambda: last_turn(colombia) >= colombia.clock() - DAY, "its end", 60)
    assert sorted((colombia.folder / "keys" / "epochs").iterdir()) == seeds
