"""Cosigning peers' logs: nothing leaves before it is kept, and a log that shows two histories is found out."""

import pytest
from sqlmodel import select

from crypto.merkle import leaf_hash, root_of
from crypto.note import NoteSignature
from crypto.signing import SigningKey
from crypto.subtrees import held_subtrees, stored_consistency_path, stored_root
from node.federation import Federation, denied_peers
from node.flows import cosign_logs
from node.flows.cosign_logs import CosignLogs, settle_forks
from node.keys import Keys
from node.safeguards.door import Door
from node.store.database import Database
from node.store.tables import Alert, Intake, LogFork, WitnessedLog
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    Fork,
    add_cosignatures,
    check_fork,
    log_key,
    origin_of,
    parse_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.errors import DeniedSender, LogForked, Malformed, ProtocolError, SignatureRefused, WrongQuestion
from protocol.journal import Act
from protocol.wire import sha256
from protocol.witnessing import Accepted, AddCheckpoint, read_size
from tests.node.conftest import Clock
from tests.protocol.federation import BR, CO, PE, log_secret

LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(40)]
STORED = held_subtrees(LEAVES)
OTHER = [*LEAVES[:10], leaf_hash(b"another entry"), *LEAVES[11:]]
ORIGIN = origin_of(PE, log_secret(PE).public)


@pytest.fixture
def witness(database: Database, member: Federation, door: Door) -> CosignLogs:
    return CosignLogs(database, member, door)


def asking(old: int, size: int, leaves: list[bytes] = LEAVES, secret: SigningKey = log_secret(PE), origin: str = ORIGIN) -> bytes:
    stored = held_subtrees(leaves)
    signed = sign_checkpoint(Checkpoint(origin, size, stored_root(size, stored)), secret)
    path = stored_consistency_path(old, size, stored) if 0 < old <= size else []
    return AddCheckpoint(old, tuple(path), parse_checkpoint(signed.raw)).to_bytes()


def forks(database: Database) -> list[LogFork]:
    with database.read() as work:
        return list(work.session.exec(select(LogFork)).all())


def kept(database: Database) -> tuple[int, bytes]:
    with database.read() as work:
        held = work.session.exec(select(WitnessedLog)).one()
        return held.size, held.root


def test_a_log_that_goes_on_is_cosigned_and_what_it_rests_on_is_kept(
    witness: CosignLogs, database: Database, keys: Keys, clock: Clock
) -> None:
    for old, size in ((0, 10), (10, 40), (40, 40)):
        answer = witness.cosign(asking(old, size), PE)
        assert answer.is_cosignature
        assert answer.cleared.to == PE
        asked = AddCheckpoint.from_bytes(asking(old, size)).checkpoint.verify(log_key(ORIGIN, log_secret(PE).public))
        ours = witness_key(witness_name_of(CO, keys.witness.public), keys.witness.public)
        cosigned = add_cosignatures(asked, [NoteSignature.from_text(answer.cleared.raw.decode())], ours)
        assert [each.time for each in cosigned.cosignatures] == [clock.now]
        assert kept(database) == (size, stored_root(size, STORED))


def test_what_was_cosigned_last_is_shown_to_its_log_and_to_every_other_member(witness: CosignLogs, keys: Keys) -> None:
    with pytest.raises(WrongQuestion):
        witness.seen(sha256(ORIGIN.encode()), PE)
    witness.cosign(asking(0, 10), PE)
    ours = witness_key(witness_name_of(CO, keys.witness.public), keys.witness.public)
    seen = read_checkpoint(witness.seen(sha256(ORIGIN.encode()), PE).raw, log_key(ORIGIN, log_secret(PE).public), [ours])
    assert (seen.checkpoint.size, len(seen.cosignatures)) == (10, 1)
    assert witness.seen(sha256(ORIGIN.encode()), BR).to == BR
    for peer in (PE, BR):
        with pytest.raises(WrongQuestion):
            witness.seen(sha256(b"another"), peer)


def test_who_asks_from_elsewhere_is_told_where_we_stand(witness: CosignLogs, database: Database) -> None:
    witness.cosign(asking(0, 10), PE)
    for old, size in ((0, 20), (5, 20), (12, 20)):
        answer = witness.cosign(asking(old, size), PE)
        assert (answer.is_cosignature, read_size(answer.cleared.raw)) == (False, 10)
    assert kept(database)[0] == 10


@pytest.mark.parametrize(
    ("raw", "connection", "error"),
    [
        (asking(0, 10), BR, WrongQuestion),  # a log that is not that of the connection's own state
        (asking(0, 10, origin="celosia/PE/log/00000000"), PE, WrongQuestion),
        (asking(0, 10, secret=log_secret(BR)), PE, SignatureRefused),
        (asking(30, 20), PE, Malformed),
        (b"old 0\n", PE, Malformed),
    ],
)
def test_what_cannot_be_cosigned_is_refused_and_leaves_nothing(
    witness: CosignLogs, database: Database, raw: bytes, connection: Authority, error: type[ProtocolError]
) -> None:
    with pytest.raises(error):
        witness.cosign(raw, connection)
    with database.read() as work:
        assert work.session.exec(select(WitnessedLog)).all() == []
        assert work.session.exec(select(LogFork)).all() == []


def test_a_second_history_is_kept_with_both_notes_and_ends_the_exchange(witness: CosignLogs, database: Database) -> None:
    witness.cosign(asking(0, 20), PE)
    with pytest.raises(LogForked):
        witness.cosign(asking(20, 20, OTHER), PE)
    (fork,) = forks(database)
    check_fork(Fork(log_key(ORIGIN, log_secret(PE).public), fork.first, fork.second))  # anybody can see that it is one
    assert (fork.origin, fork.authority, fork.cause) == (ORIGIN, PE, "other_root")
    with database.read() as work:
        assert denied_peers(work) == {PE}
        assert [(each.kind, each.peer) for each in work.session.exec(select(Alert)).all()] == [("log_forked", PE)]
        assert len(work.session.exec(select(Intake).where(Intake.kind == Act.FORK_NOTICED.value)).all()) == 1
    for _ in range(2):  # who goes on asking is told nothing more
        with pytest.raises(DeniedSender):
            witness.cosign(asking(20, 20, OTHER), PE)
    with pytest.raises(DeniedSender):
        witness.seen(sha256(ORIGIN.encode()), PE)
    assert kept(database) == (20, stored_root(20, STORED))


def test_a_larger_tree_that_does_not_begin_with_what_was_cosigned_is_a_second_history_too(
    witness: CosignLogs, database: Database
) -> None:
    witness.cosign(asking(0, 20), PE)
    with pytest.raises(LogForked):
        witness.cosign(asking(20, 40, OTHER), PE)
    (fork,) = forks(database)
    assert fork.cause == "bad_proof"
    assert parse_checkpoint(fork.second).checkpoint.root == root_of(OTHER)


def test_a_witness_that_did_not_look_at_what_it_keeps_would_cosign_both(
    witness: CosignLogs, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tests above rest on is the decision: without it they would not hold."""

    def careless(asked: AddCheckpoint, log: object, _seen: object) -> Accepted:
        return Accepted(asked.checkpoint.verify(log_key(ORIGIN, log_secret(PE).public)))

    monkeypatch.setattr(cosign_logs, "decide", careless)
    for leaves in (LEAVES, OTHER):
        assert witness.cosign(asking(20, 20, leaves), PE).is_cosignature
    assert forks(database) == []


def test_another_log_of_that_state_ends_what_the_fork_stopped_and_the_evidence_stays(
    witness: CosignLogs, database: Database
) -> None:
    witness.cosign(asking(0, 20), PE)
    with pytest.raises(LogForked):
        witness.cosign(asking(20, 20, OTHER), PE)
    with database.begin() as work:
        settle_forks(work, {PE: ORIGIN, BR: "celosia/BR/log/00000000"})
        assert denied_peers(work) == {PE}
        settle_forks(work, {PE: "celosia/PE/log/00000000"})
        assert denied_peers(work) == frozenset()
    assert len(forks(database)) == 1
