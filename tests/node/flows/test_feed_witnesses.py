"""Having our log witnessed: quorums, witnesses that stand elsewhere, and what halts the log and what does not."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait

import pytest
from sqlmodel import select

from crypto.note import NoteSignature
from crypto.signing import SigningKey
from node.federation import Federation
from node.flows import feed_witnesses
from node.flows.feed_witnesses import FeedWitnesses
from node.flows.keep_log import LogHalted
from node.flows.peer_workers import PeerWorkers
from node.keys import Keys
from node.outbound.errors import OtherSize, PeerRefused, PeerUnavailable
from node.safeguards.door import Door
from node.store import own_witnesses
from node.store.database import Database
from node.store.tables import Alert, DeniedPeer, Log, LogCheckpoint, LogTile
from protocol.checkpoint import (
    SignedCheckpoint,
    cosign_checkpoint,
    sign_checkpoint,
    witness_name_of,
)
from protocol.errors import CheckpointRefused, NotFresh, ProtocolError, SignatureRefused
from protocol.witnessing import NOTHING_SEEN, cosignature_bytes
from tests.node.conftest import ALICE, Clock
from tests.node.flows.witnessed_log import Lines, Story
from tests.protocol.federation import BR, CO, PE, octets, witness_secret


@pytest.fixture
def story(database: Database, keys: Keys, member: Federation, door: Door, clock: Clock) -> Iterator[Story]:
    made = Story(database, keys, member, door, clock)
    yield made
    made.pool.shutdown()


def test_a_checkpoint_is_witnessed_once_the_quorum_has_cosigned_it(story: Story) -> None:
    story.beat()
    assert story.cosigners() == {"BR", "PE"}
    assert story.newest().witnessed == story.clock.now
    assert story.unwitnessed_since() is None
    story.feed()
    assert story.witnesses[PE].asked == ["look", "offer"]  # what is cosigned is not offered again
    story.beat()
    assert story.witnesses[PE].asked == ["look", "offer", "offer"]
    assert story.newest().witnessed == story.clock.now


def test_a_silent_witness_holds_up_no_other_and_since_when_is_told(story: Story) -> None:
    story.witnesses[BR].fault = PeerUnavailable("unreachable")
    story.beat()
    first = story.newest().at
    assert (story.cosigners(), story.newest().witnessed) == ({"PE"}, None)
    story.sign()
    story.feed()
    assert story.unwitnessed_since() == first
    assert (story.row(BR).error, story.halted()) == ("unreachable", None)
    story.witnesses[BR].fault = None
    story.clock.now += 3600
    story.feed()
    assert story.witnesses[BR].asked[-2:] == ["look", "offer"]  # it is asked what it saw before it is offered anything
    assert story.unwitnessed_since() is None
    assert story.row(BR).error is None


def test_who_failed_is_left_alone_for_a_while_and_longer_each_time(story: Story) -> None:
    story.witnesses[BR].fault = PeerUnavailable("unreachable")
    story.beat()
    asked = len(story.witnesses[BR].asked)
    waits = []
    for _ in range(8):
        row = story.row(BR)
        assert 0 < row.next_try - story.clock.now <= min(1800, 60 * 2 ** (row.failures - 1))
        story.clock.now = row.next_try - 1
        story.feed()
        assert len(story.witnesses[BR].asked) == asked
        story.clock.now += 1
        story.feed()
        asked += 1
        assert len(story.witnesses[BR].asked) == asked
        waits.append(row.next_try)
    with story.database.begin() as work:
        own_witnesses.wake(work, BR)
    assert story.row(BR).next_try == 0


def test_a_slow_witness_is_not_waited_for(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.beat()
    go_on = threading.Event()
    monkeypatch.setattr(story.witnesses[BR], "offered", lambda _raw: go_on.wait(20) and b"")
    story.sign()
    futures = story.feeder.feed_all()
    wait(futures, timeout=20, return_when="FIRST_COMPLETED")
    assert story.cosigners() == {"PE"}
    assert len(story.feeder.feed_all()) <= 1  # who is being fed is not fed twice
    go_on.set()
    wait(futures)


def test_a_witness_that_fell_back_catches_up(story: Story) -> None:
    story.beat()
    before = story.witnesses[PE].seen, story.witnesses[PE].raw
    story.beat()
    story.witnesses[PE].seen, story.witnesses[PE].raw = before
    story.beat()
    assert story.newest().witnessed is not None
    story.witnesses[PE].seen, story.witnesses[PE].raw = NOTHING_SEEN, b""
    story.beat()
    assert story.newest().witnessed is not None
    assert story.halted() is None


def test_a_cosignature_that_was_lost_is_asked_for_again(story: Story) -> None:
    story.witnesses[PE].lines = lambda _signed: b""
    story.beat()
    assert story.row(PE).error == "checkpoint_refused"
    story.witnesses[PE].lines = story.witnesses[PE].cosigned
    story.clock.now += 60
    story.feed()
    assert story.newest().witnessed is not None


@pytest.mark.parametrize("gone", ["rows", "everything"])
def test_a_restored_log_signs_nothing_once_a_witness_has_shown_more(story: Story, gone: str) -> None:
    """Attack and accident alike: what a backup brings back is behind what was signed."""
    story.beat()
    for witness in story.witnesses.values():
        witness.show(story.other(64))
    if gone == "everything":
        with story.database.begin() as work:
            for each in (*work.session.exec(select(LogCheckpoint)).all(), *work.session.exec(select(LogTile)).all()):
                work.session.delete(each)
            work.session.flush()
            work.session.delete(work.session.exec(select(Log)).one())
    story.feeder = story.another_life()
    story.feeder.look_at_all()
    assert story.halted() == "behind_witnesses"
    assert story.row(PE).against == story.other(64).raw
    assert set(story.alerts()) <= {("log_halted", PE), ("log_halted", BR)}
    assert len(story.alerts()) == 1
    with pytest.raises(LogHalted, match="behind_witnesses"):
        story.keep.beat()
    assert story.feeder.feed_all() == []


def test_without_the_look_it_would_sign_a_second_history(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above rests on: a log that does not compare goes on, and has then signed two trees of one size."""
    story.beat()
    story.witnesses[PE].show(story.other(32))
    monkeypatch.setattr(feed_witnesses, "_fault", lambda *_: None)
    story.feeder = story.another_life()
    story.feeder.look_at_all()
    story.sign()
    assert story.newest().size == 32
    assert story.newest().raw != story.other(32).raw


def test_another_root_at_a_size_that_we_signed_halts_the_log(story: Story) -> None:
    story.beat()
    story.sign()
    story.witnesses[PE].show(story.other(16))
    story.feed()  # found out by the refusal, and by what it shows then
    assert story.halted() == "fork_claimed"


def test_a_peer_that_only_claims_something_halts_nothing(story: Story) -> None:
    """The log is no switch in the hands of each of its witnesses: without our own signature a claim is a fault of theirs."""
    story.beat()
    offered = story.witnesses[PE].offered
    for fault in (OtherSize(10**9), PeerRefused("log_forked")):
        story.clock.now += 3600
        story.witnesses[PE].fault = None
        story.sign()
        story.witnesses[PE].offered = _raising(fault)  # type: ignore[assignment, method-assign]
        story.feed()
        assert (story.halted(), story.row(PE).error) == (
            None,
            "checkpoint_refused" if fault.reason == "other_size" else "log_forked",
        )
        story.witnesses[PE].offered = offered  # type: ignore[method-assign]
    forged = sign_checkpoint(story.other(64).checkpoint, SigningKey.from_seed(octets("of somebody else, worth nothing")))
    story.witnesses[PE].raw = forged.raw
    with pytest.raises(ProtocolError):
        story.feeder.look(PE)
    assert story.halted() is None


def _raising(fault: Exception) -> Callable[[bytes], bytes]:
    def offered(_raw: bytes) -> bytes:
        raise fault

    return offered


def test_a_replayed_cosignature_and_one_of_another_key_count_for_nothing(story: Story) -> None:
    lines: list[bytes] = []
    witness = story.witnesses[PE]

    def noting(signed: SignedCheckpoint) -> bytes:
        lines.append(witness.cosigned(signed))
        return lines[-1]

    witness.lines = noting
    story.beat()
    name = witness_name_of(PE, witness_secret(PE).public)
    other = SigningKey.from_seed(octets("another key, worth nothing"))

    def borrowed(signed: SignedCheckpoint) -> bytes:
        """Signed by another key, under the name and id of the right one."""
        right, wrong = (
            NoteSignature.from_text(cosignature_bytes(cosign_checkpoint(signed, name, key, story.clock.now)).decode())
            for key in (witness.key, other)
        )
        return NoteSignature(name, right.key_id, wrong.signature).to_text().encode()

    for bad, error in (
        (lambda _signed: lines[0], SignatureRefused),
        (borrowed, SignatureRefused),
        (lambda signed: cosignature_bytes(cosign_checkpoint(signed, name, other, story.clock.now)), CheckpointRefused),
        (story.witnesses[BR].cosigned, CheckpointRefused),
        (lambda signed: witness.cosigned(signed, -4000), NotFresh),
        (lambda signed: witness.cosigned(signed, 4000), NotFresh),
    ):
        witness.lines = bad
        story.sign()
        with pytest.raises(error):
            story.feeder.feed(PE)
        assert story.cosigners() == set()
        assert story.newest().witnessed is None


def test_a_log_that_no_quorum_has_cosigned_for_a_day_is_told_to_officers_once(story: Story) -> None:
    def alerts() -> list[tuple[str, int]]:
        with story.database.read() as work:
            return [(each.kind, each.count) for each in work.session.exec(select(Alert)).all()]

    story.beat()
    for witness in story.witnesses.values():
        witness.fault = PeerUnavailable("unreachable")
    story.beat()
    story.clock.now += 86400
    story.feed()
    assert alerts() == []
    story.clock.now += 1
    story.feed()
    story.beat()
    assert alerts() == [("log_unwitnessed", 1)]
    for witness in story.witnesses.values():
        witness.fault = None
    story.clock.now += 86400  # for so long each is left alone at most
    story.beat()
    assert story.newest().witnessed is not None
    for witness in story.witnesses.values():
        witness.fault = PeerUnavailable("unreachable")
    story.beat()
    story.clock.now += 86401
    story.feed()
    assert alerts() == [("log_unwitnessed", 2)], "another such time is counted"


def test_another_life_of_the_store_asks_again(story: Story) -> None:
    story.beat()
    story.life = "after a failover"
    for witness in story.witnesses.values():
        witness.show(story.other(64))
    story.feeder.look_at_all()
    assert story.halted() == "behind_witnesses"


def test_nobody_is_asked_twice_who_has_answered_and_who_did_not_is_not_waited_for(story: Story) -> None:
    assert story.feeder.look_at_all() is True
    story.witnesses[PE].fault = PeerUnavailable("unreachable")
    story.feeder = story.another_life()
    assert story.feeder.look_at_all() is True
    assert story.feeder.look_at_all() is True
    assert [len(each.asked) for each in story.witnesses.values()] == [2, 2]
    story.witnesses[BR].fault = PeerUnavailable("unreachable")
    story.feeder = story.another_life()
    assert story.feeder.look_at_all() is False


def test_whom_we_exchange_nothing_with_is_not_asked_to_witness(story: Story) -> None:
    with story.database.begin() as work:
        work.session.add(DeniedPeer(authority=PE, officer_id=ALICE, since=work.now()))
    story.beat()
    assert (story.witnesses[PE].asked, story.row(PE).error) == ([], "denied_sender")
    assert story.newest().witnessed is None


def test_before_a_directory_is_adopted_there_is_nobody_to_ask(story: Story) -> None:
    story.feeder = FeedWitnesses(
        story.database,
        Federation(CO, story.clock),
        story.keys,
        story.door,
        Lines(story.witnesses),  # type: ignore[arg-type]
        PeerWorkers(story.pool, 1),
    )
    story.beat()
    assert (story.feeder.look_at_all(), story.feeder.feed_all()) == (False, [])
