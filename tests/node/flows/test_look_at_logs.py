"""Looking at a peer's log as a third party: one that shows its witnesses different trees is caught, and an honest one is not."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import cast

import pytest
from sqlmodel import select

from crypto.subtrees import Subtrees, held_subtrees, stored_consistency_path, stored_root
from node.federation import Federation, denied_peers
from node.flows.cosign_logs import CosignLogs
from node.flows.look_at_logs import FRESH, LookAtLogs
from node.outbound.errors import PeerFault, PeerRefused, PeerUnavailable
from node.outbound.peers import PeerLines
from node.safeguards.door import ClearedLook, ClearedSight, Door
from node.store.database import Database
from node.store.tables import Alert, DeniedPeer, LogFork
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    Fork,
    SignedCheckpoint,
    add_cosignatures,
    check_fork,
    cosign_checkpoint,
    log_key,
    origin_of,
    sign_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.errors import DeniedSender
from protocol.members import FormerLog, LogEntry
from protocol.wire import sha256
from protocol.witnessing import path_bytes
from tests.node.conftest import ALICE, Clock
from tests.node.flows.test_cosign_logs import LEAVES, ORIGIN, OTHER, asking
from tests.protocol.federation import BR, CO, NOW, PE, directory, log_secret, member_entry, octets, targets, witness_secret

DAY = 86400


def tree(size: int, leaves: list[bytes] = LEAVES) -> SignedCheckpoint:
    """A tree that Peru's log has signed."""
    return sign_checkpoint(Checkpoint(ORIGIN, size, stored_root(size, held_subtrees(leaves))), log_secret(PE))


def cosigned(made: SignedCheckpoint, *witnesses: tuple[Authority, int]) -> bytes:
    """With the cosignatures of these witnesses, of these times."""
    for state, time in witnesses:
        secret = witness_secret(state)
        name = witness_name_of(state, secret.public)
        made = add_cosignatures(made, [cosign_checkpoint(made, name, secret, time)], witness_key(name, secret.public))
    return made.raw


@dataclass
class Lines:
    """Peru and Brazil, as far as Colombia asks them about Peru's log. What Peru gives as paths is in the tree of `leaves`."""

    witnessed: bytes | PeerFault = field(default_factory=lambda: PeerRefused("wrong_question"))
    notes: bytes | PeerFault = field(default_factory=lambda: PeerRefused("wrong_question"))
    leaves: list[bytes] = field(default_factory=lambda: LEAVES)
    path: Callable[[int, int, Subtrees], bytes] = lambda old, new, stored: path_bytes(stored_consistency_path(old, new, stored))
    asked: list[str] = field(default_factory=list)

    def read_log(self, cleared: ClearedSight) -> bytes:
        assert cleared.to == PE
        self.asked.append(cleared.name.replace(sha256(ORIGIN.encode()), "log"))
        if cleared.name == "witnessed":
            return given(self.witnessed)
        old, new = map(int, cleared.name.split("/")[2:])
        return self.path(old, new, held_subtrees(self.leaves))

    def read_seen(self, cleared: ClearedLook) -> bytes:
        assert (cleared.to, cleared.origin) == (BR, sha256(ORIGIN.encode()))
        self.asked.append("notes")
        return given(self.notes)


def given(answer: bytes | PeerFault) -> bytes:
    if isinstance(answer, PeerFault):
        raise answer
    return answer


def refused(_old: int, _new: int, _stored: Subtrees) -> bytes:
    raise PeerRefused("wrong_question")


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def story(database: Database, member: Federation, door: Door, lines: Lines) -> LookAtLogs:
    """Colombia, which has cosigned Peru's log at twenty entries."""
    CosignLogs(database, member, door).cosign(asking(0, 20), PE)
    return LookAtLogs(database, member, door, cast("PeerLines", lines))


def forks(database: Database) -> list[LogFork]:
    with database.read() as work:
        found = list(work.session.exec(select(LogFork)).all())
        alerts = [(each.kind, each.peer) for each in work.session.exec(select(Alert)).all()]
        assert alerts == [("log_forked", PE)] * bool(found)
        assert denied_peers(work) == ({PE} if found else set())
    return found


# An honest log


@pytest.mark.parametrize("size", [20, 30, 10])
def test_a_quorum_vouches_for_a_log_that_leads_from_or_to_what_was_cosigned_here(
    story: LookAtLogs, database: Database, lines: Lines, size: int
) -> None:
    lines.witnessed = cosigned(tree(size), (CO, NOW - 5), (BR, NOW - 2))
    assert story.look(PE) == NOW - 5
    between = [] if size == 20 else [f"consistency/log/{min(size, 20)}/{max(size, 20)}"]
    assert lines.asked == ["witnessed", *between]  # with a fresh quorum, nobody else is troubled
    assert forks(database) == []


def test_of_a_log_that_was_never_cosigned_here_only_the_quorum_counts(
    database: Database, member: Federation, door: Door, lines: Lines
) -> None:
    story = LookAtLogs(database, member, door, cast("PeerLines", lines))
    assert story.look(PE) is None
    lines.witnessed = cosigned(tree(30), (CO, NOW), (BR, NOW))
    assert story.look(PE) == NOW
    assert lines.asked == ["witnessed", "witnessed"]


def test_without_a_quorum_the_other_witnesses_are_asked_and_of_one_history_there_is_nothing_to_keep(
    story: LookAtLogs, database: Database, lines: Lines
) -> None:
    for size in (20, 25, 15):
        lines.notes = tree(size).raw
        assert story.look(PE) is None
    lines.notes = PeerUnavailable("unreachable")
    assert story.look(PE) is None
    assert lines.asked.count("notes") == 4
    assert forks(database) == []


def test_what_a_quorum_cosigned_long_ago_says_until_when_and_notes_are_compared(
    story: LookAtLogs, clock: Clock, lines: Lines
) -> None:
    lines.witnessed = cosigned(tree(20), (CO, NOW), (BR, NOW))
    clock.now += FRESH
    assert (story.look(PE), lines.asked) == (NOW, ["witnessed"])
    clock.now += 1
    assert (story.look(PE), lines.asked) == (NOW, ["witnessed", "witnessed", "notes"])


def test_a_cosignature_of_tomorrow_makes_nothing_fresher_than_now(story: LookAtLogs, lines: Lines) -> None:
    lines.witnessed = cosigned(tree(20), (CO, NOW + DAY), (BR, NOW + DAY))
    assert story.look(PE) == NOW


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no note",
        tree(20).raw,
        cosigned(tree(20), (CO, NOW)),
        cosigned(sign_checkpoint(Checkpoint(ORIGIN, 20, bytes(32)), log_secret(BR)), (CO, NOW), (BR, NOW)),
    ],
)
def test_what_no_quorum_cosigned_or_the_log_did_not_sign_is_no_quorum_and_no_fork(
    story: LookAtLogs, database: Database, lines: Lines, raw: bytes
) -> None:
    lines.witnessed = lines.notes = raw
    assert story.look(PE) is None
    assert forks(database) == []


def test_a_peer_that_is_denied_is_not_looked_at_and_one_that_is_denied_is_not_asked(
    story: LookAtLogs, database: Database, lines: Lines
) -> None:
    for denied in (BR, PE):
        with database.begin() as work:
            work.session.add(DeniedPeer(authority=denied, officer_id=ALICE, since=NOW))
        if denied == PE:
            with pytest.raises(DeniedSender):
                story.look(PE)
        else:
            assert story.look(PE) is None
    assert lines.asked == ["witnessed"]


def test_a_log_that_has_just_followed_another_is_not_taken_for_a_fork_of_it(
    story: LookAtLogs, database: Database, member: Federation, lines: Lines
) -> None:
    secret = type(log_secret(PE)).from_seed(octets("the next log key of PE"))
    origin = origin_of(PE, secret.public)
    former = FormerLog(origin=ORIGIN, key=bytes(log_secret(PE).public), size=20, root=tree(20).checkpoint.root)
    entry = member_entry(PE, log=LogEntry(origin=origin, key=bytes(secret.public)), former_logs=(former,))
    # Peru writes the next log already; our directory does not say so yet
    lines.witnessed = sign_checkpoint(Checkpoint(origin, 1, bytes(32)), secret).raw
    lines.notes, lines.path = tree(25).raw, refused
    assert story.look(PE) is None
    # then it does: nothing was cosigned here of that log
    member.adopt(directory({**targets(), "members/PE.json": entry.to_bytes()}))
    assert story.look(PE) is None
    assert forks(database) == []


# Different trees for different witnesses


def test_another_tree_of_the_same_size_at_another_witness_is_a_fork_that_both_notes_prove(
    story: LookAtLogs, database: Database, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "celosia.witness")
    lines.notes = cosigned(tree(20, OTHER), (BR, NOW))
    assert story.look(PE) is None
    (fork,) = forks(database)
    assert (fork.authority, fork.origin, fork.cause) == (PE, ORIGIN, "other_root")
    check_fork(Fork(log_key(ORIGIN, log_secret(PE).public), fork.first, fork.second))
    assert fork.second == tree(20, OTHER).raw
    assert [record.message for record in caplog.records] == ["log forked"]
    with pytest.raises(DeniedSender):
        story.look(PE)


@pytest.mark.parametrize("size", [11, 15, 30])
@pytest.mark.parametrize("leaves", [LEAVES, OTHER])
def test_another_tree_of_another_size_is_a_fork_whichever_of_both_the_path_is_in(
    story: LookAtLogs, database: Database, lines: Lines, size: int, leaves: list[bytes]
) -> None:
    lines.notes, lines.leaves = tree(size, OTHER).raw, leaves
    assert story.look(PE) is None
    (fork,) = forks(database)
    assert (fork.cause, fork.second) == ("bad_proof", tree(size, OTHER).raw)


@pytest.mark.parametrize("size", [20, 30])
def test_a_quorum_for_another_tree_than_was_shown_here_is_a_fork(
    story: LookAtLogs, database: Database, lines: Lines, size: int
) -> None:
    lines.witnessed = cosigned(tree(size, OTHER), (CO, NOW), (BR, NOW))
    assert story.look(PE) is None
    assert len(forks(database)) == 1
    assert "notes" not in lines.asked  # one fork is enough


def test_an_old_quorum_that_one_who_colludes_makes_look_new_stays_old(story: LookAtLogs, clock: Clock, lines: Lines) -> None:
    """Of the time before the split, shown for ever: Brazil colludes and dates it anew."""
    clock.now += 2 * DAY
    lines.witnessed = cosigned(tree(15), (CO, NOW), (BR, clock.now))
    assert story.look(PE) == NOW


def test_who_is_silent_keeps_nobody_else_from_being_asked_for_long(
    story: LookAtLogs, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    others, asked = [Authority("AR"), BR, Authority("CL")], []

    def silent(_log: Authority, to: Authority) -> ClearedLook:
        asked.append(to)
        raise PeerUnavailable("too_slow")

    monkeypatch.setattr(Federation, "peers", lambda _: [*others, PE])
    monkeypatch.setattr(Door, "notes_of", lambda _, log, to: silent(log, to))
    waited = count(step=40)
    slow = replace(story, monotonic=lambda: next(waited))
    for _ in others:
        slow.look(PE)
        clock.now += 1
    assert (len(asked), set(asked)) == (3, set(others))


def test_who_refuses_the_path_proves_nothing_and_gets_no_quorum_counted(
    story: LookAtLogs, database: Database, lines: Lines
) -> None:
    lines.path = refused
    lines.witnessed, lines.notes = cosigned(tree(30, OTHER), (CO, NOW), (BR, NOW)), tree(30, OTHER).raw
    assert story.look(PE) is None
    lines.path = lambda _old, _new, _stored: b"no path"
    assert story.look(PE) is None
    assert forks(database) == []
