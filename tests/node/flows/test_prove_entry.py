"""What the log gives to others: proofs of entries, the tree as files, and to a peer its own exchanges alone."""

from collections.abc import Callable, Mapping

import pytest
from sqlmodel import select

from crypto.signing import SigningKey
from node.federation import Federation
from node.flows.keep_log import KeepLog
from node.flows.prove_entry import NotWitnessedToday, NotWitnessedYet, PastLogsEnd, ProveEntry, closed_logs_of, quorum_of
from node.flows.read_log import UnknownAct
from node.keys import Keys
from node.officers import Overseer, Role
from node.store.audit_log import LogBroken
from node.store.database import Database, ExchangeRef
from node.store.tables import Intake, LogCheckpoint
from protocol.authority import Authority
from protocol.checkpoint import (
    add_cosignatures,
    cosign_checkpoint,
    log_key,
    origin_of,
    parse_checkpoint,
    read_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.errors import CheckpointRefused
from protocol.journal import Act, read_entry
from protocol.members import FormerLog, MemberKeys
from protocol.tiles import tiles_between
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof
from tests.protocol.federation import (
    BR,
    CO,
    NOW,
    PE,
    POLICY,
    STATES,
    directory,
    log_secret,
    member_entry,
    octets,
    targets,
    witness_secret,
)
from tests.protocol.logs import EC

X = "ab" * 16
AUDITOR = Overseer("au" * 16, "auditor", frozenset({Role.AUDITOR}))


@pytest.fixture
def log(database: Database, keys: Keys) -> KeepLog:
    """Sixteen entries: at 1 and 2 those of a question to Peru, at 3 one to Brazil under the same id, at 4 an outcome."""
    keep = KeepLog(database, keys, CO)
    with database.begin() as work:
        for act, peer in ((Act.QUESTION_ASKED, PE), (Act.ANSWER_RECEIVED, PE), (Act.QUESTION_ASKED, BR)):
            work.record_envelope(act, ExchangeRef(X, peer, "out"), digest="d" * 64, salt=bytes(32))
        work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "out"), hits=[])
    keep.beat()
    return keep


@pytest.fixture
def prove(database: Database, keys: Keys, member: Federation) -> ProveEntry:
    return ProveEntry(database, keys, member)


def cosign(log: KeepLog, *states: str, secret_of: Callable[[Authority], SigningKey] = witness_secret) -> None:
    """The newest checkpoint, cosigned by these."""
    origin = origin_of(CO, log.keys.log.public)
    with log.database.begin() as work:
        rows = work.session.exec(select(LogCheckpoint).order_by(LogCheckpoint.size)).all()  # type: ignore[arg-type]  # a column
        signed = read_checkpoint(rows[-1].raw, log_key(origin, log.keys.log.public))
        for state in (Authority(each) for each in states):
            secret = secret_of(state)
            name = witness_name_of(state, secret.public)
            signed = add_cosignatures(signed, [cosign_checkpoint(signed, name, secret, NOW)], witness_key(name, secret.public))
        rows[-1].raw, rows[-1].witnessed = signed.raw, NOW if len(states) > 1 else None  # as the feeder has it, of two or three
        work.session.add(rows[-1])


def renewed(state: Authority) -> SigningKey:
    return SigningKey.from_seed(octets(f"the next witness key of {state}"))


def renewed_of_peru(state: Authority) -> SigningKey:
    return renewed(state) if state == PE else witness_secret(state)


WITH_A_THIRD = {**targets((*STATES, EC)), "policy.json": POLICY.model_copy(update={"witness_faults": 1}).to_bytes()}
"""Ecuador is a member, too, and one witness may collude: three of three have to cosign."""
WITH_NEW_KEY = {
    **targets(),
    "members/PE.json": member_entry(PE, witness=MemberKeys.of(PE, log_secret(PE).public, renewed(PE).public).witness).to_bytes(),
}
WITHOUT_ONE = {**targets(), "states/BR.json": b"{}"}
"""Brazil's entry cannot be read: it is counted among the witnesses, and nobody knows its key."""


def closed(log: KeepLog, size: int, /, **changes: object) -> dict[str, bytes]:
    """The directory's files after the member states have closed the log at its checkpoint of that size; PE's key is new."""
    key, origin = log.keys.log.public, origin_of(CO, log.keys.log.public)
    with log.database.read() as work:
        held = work.session.get(LogCheckpoint, (origin, size))
        assert held is not None
        root = parse_checkpoint(held.raw).checkpoint.root
    former = FormerLog(origin=origin, key=bytes(key), size=size, root=root).model_copy(update=changes)
    return {**WITH_NEW_KEY, "members/CO.json": member_entry(CO, former_logs=(former,)).to_bytes()}


def test_an_entry_is_proved_under_its_first_witnessed_checkpoint(log: KeepLog, prove: ProveEntry) -> None:
    log.beat()
    cosign(log, PE, BR)
    log.beat()
    made = prove.prove(AUDITOR, 1)
    proven, policy = made.proven, made.policy
    shown = check_proof(LogProof.from_bytes(proven.proof), proven.entry, LogPolicy.from_bytes(policy.to_bytes()))
    assert (shown.index, shown.checkpoint.checkpoint.size, shown.witnessed) == (1, 32, NOW)
    assert read_entry(proven.entry).kind is Act.QUESTION_ASKED
    assert prove.prove(AUDITOR, 1, shown.checkpoint.checkpoint.origin) == made
    assert not made.closed


def test_what_too_few_have_cosigned_is_not_witnessed_yet(log: KeepLog, prove: ProveEntry) -> None:
    with pytest.raises(NotWitnessedYet):
        prove.prove(AUDITOR, 1)
    cosign(log, PE)
    with pytest.raises(NotWitnessedYet):
        prove.prove(AUDITOR, 1)


def test_a_node_that_is_alone_proves_without_witnesses(log: KeepLog, keys: Keys) -> None:
    alone = ProveEntry(log.database, keys, Federation(CO, lambda: NOW))
    made = alone.prove(AUDITOR, 0)
    assert (made.policy.quorum, made.closed) == (None, False)
    assert check_proof(LogProof.from_bytes(made.proven.proof), made.proven.entry, made.policy).witnessed is None


@pytest.mark.parametrize(
    ("files", "states", "secret"),
    [(WITH_A_THIRD, (PE, BR, EC), witness_secret), (WITH_NEW_KEY, (PE, BR), renewed_of_peru)],
    ids=["a third witness", "another witness key"],
)
def test_witnesses_of_then_do_not_count_and_a_newer_checkpoint_of_todays_does(
    log: KeepLog,
    prove: ProveEntry,
    member: Federation,
    files: Mapping[str, bytes],
    states: tuple[Authority, ...],
    secret: Callable[[Authority], SigningKey],
) -> None:
    cosign(log, PE, BR)
    before = prove.prove(AUDITOR, 1)
    member.adopt(directory(files))
    with pytest.raises(CheckpointRefused):  # what the node would have to show
        check_proof(
            LogProof.from_bytes(before.proven.proof), before.proven.entry, LogPolicy(before.policy.logs, quorum_of(member))
        )
    with pytest.raises(NotWitnessedToday):
        prove.prove(AUDITOR, 1)
    for _ in range(2):
        log.beat()
        cosign(log, *states, secret_of=secret)
    made = prove.prove(AUDITOR, 1)
    shown = check_proof(LogProof.from_bytes(made.proven.proof), made.proven.entry, made.policy)
    assert (shown.checkpoint.checkpoint.size, shown.witnessed, made.closed) == (48, NOW, False)
    assert made.policy.quorum == quorum_of(member)
    assert made.policy.quorum != before.policy.quorum


def test_witnesses_whose_keys_the_directory_lacks_are_not_waited_for(log: KeepLog, prove: ProveEntry, member: Federation) -> None:
    member.adopt(directory(WITHOUT_ONE))
    with pytest.raises(NotWitnessedToday):  # nobody has cosigned, and in a few minutes nobody will have
        prove.prove(AUDITOR, 1)


def test_a_closed_log_ends_as_the_directory_says_and_nobody_else_vouches_for_it(
    log: KeepLog, prove: ProveEntry, member: Federation
) -> None:
    cosign(log, PE, BR)
    log.beat()
    log.beat()
    member.adopt(directory(closed(log, 32)))
    origin = origin_of(CO, log.keys.log.public)
    made = prove.prove(AUDITOR, 1, origin)
    shown = check_proof(LogProof.from_bytes(made.proven.proof), made.proven.entry, made.policy)
    assert (shown.checkpoint.checkpoint, shown.witnessed, made.closed) == (closed_logs_of(member)[origin], None, True)
    assert made.policy.quorum is None
    with pytest.raises(PastLogsEnd):
        prove.prove(AUDITOR, 32, origin)


def test_a_closed_log_that_todays_witnesses_cosigned_is_proved_by_them_and_not_past_its_end(
    log: KeepLog, prove: ProveEntry, member: Federation
) -> None:
    log.beat()
    cosign(log, BR, PE)
    member.adopt(directory({**closed(log, 32), "members/PE.json": targets()["members/PE.json"]}))
    made = prove.prove(AUDITOR, 1)
    assert (made.closed, made.policy.quorum) == (False, quorum_of(member))
    # a checkpoint past the end counts for nothing, whoever cosigned it
    member.adopt(directory({**closed(log, 16), "members/PE.json": targets()["members/PE.json"]}))
    made = prove.prove(AUDITOR, 1)
    assert (made.closed, made.policy.quorum) == (True, None)


@pytest.mark.parametrize("changes", [{"root": bytes(32)}, {"size": 15}])
def test_a_log_that_does_not_end_as_the_directory_says_is_broken(
    log: KeepLog, prove: ProveEntry, member: Federation, changes: Mapping[str, object]
) -> None:
    member.adopt(directory(closed(log, 16, **changes)))
    with pytest.raises(LogBroken):
        prove.prove(AUDITOR, 1)


def test_a_log_that_the_directory_does_not_name_has_no_key_to_be_proved_under(
    log: KeepLog, prove: ProveEntry, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = origin_of(CO, log.keys.log.public)
    cosign(log, PE, BR)
    monkeypatch.setattr(keys.notes, "current", lambda _: log_secret(CO))
    with pytest.raises(NotWitnessedToday):
        prove.prove(AUDITOR, 1, origin)


@pytest.mark.parametrize(("position", "log_name"), [(16, None), (0, "celosia/CO/log/00000000")])
def test_an_entry_that_is_not_there_is_unknown(log: KeepLog, prove: ProveEntry, position: int, log_name: str | None) -> None:
    with pytest.raises(UnknownAct):
        prove.prove(AUDITOR, position, log_name)


def test_the_tree_is_given_tile_by_tile_once_that_is_on_record(log: KeepLog, prove: ProveEntry) -> None:
    raw = prove.export_tiles(AUDITOR)
    with log.database.read() as work:
        assert work.session.exec(select(Intake).where(Intake.kind == Act.EXPORTED.value)).one().officer_id == AUDITOR.id
    said = parse_checkpoint(raw).checkpoint
    given = {tile.to_path(): prove.tile(AUDITOR, said.origin, tile.to_path()) for tile in tiles_between(0, said.size)}
    assert list(given) == ["tile/entries/000.p/16", "tile/0/000.p/16"]
    assert len(given["tile/0/000.p/16"]) == 16 * 32


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/000.p/17", "tile/1/000.p/1", "tile/entries/001.p/1", "../checkpoint", ""])
def test_a_tile_that_the_log_has_not_got_is_unknown(log: KeepLog, prove: ProveEntry, path: str) -> None:
    with pytest.raises(UnknownAct):
        prove.tile(AUDITOR, origin_of(CO, log.keys.log.public), path)
    with pytest.raises(UnknownAct):
        prove.tile(AUDITOR, "celosia/CO/log/00000000", "tile/0/000.p/16")


def test_before_the_first_checkpoint_there_is_nothing_to_give(prove: ProveEntry) -> None:
    with pytest.raises(UnknownAct):
        prove.export_tiles(AUDITOR)


def test_all_logs_are_verified_under_their_keys(log: KeepLog, prove: ProveEntry, keys: Keys) -> None:
    (verdict,) = prove.verify(AUDITOR)
    assert (verdict.holds, verdict.size, verdict.witnessed) == (True, 16, None)
    cosign(log, PE, BR)
    (verdict,) = prove.verify(AUDITOR)
    assert (verdict.witnessed_size, verdict.witnessed) == (16, NOW)
    (verdict,) = ProveEntry(log.database, keys, Federation(CO, lambda: NOW)).verify(AUDITOR)
    assert verdict.holds


def test_logs_are_verified_by_the_directory_in_force(log: KeepLog, prove: ProveEntry, member: Federation) -> None:
    cosign(log, PE, BR)
    member.adopt(directory(WITH_NEW_KEY))
    (verdict,) = prove.verify(AUDITOR)
    assert (verdict.witnessed_size, verdict.noted_size, verdict.end) == (0, 16, None)
    member.adopt(directory(closed(log, 16)))
    (verdict,) = prove.verify(AUDITOR)
    assert (verdict.holds, verdict.size, verdict.end) == (True, 16, 16)
