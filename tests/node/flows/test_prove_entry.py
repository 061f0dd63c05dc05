"""What the log gives to others: proofs of entries, the tree as files, and to a peer its own exchanges alone."""

import pytest
from sqlmodel import select

from node.federation import Federation
from node.flows.keep_log import KeepLog
from node.flows.prove_entry import NotWitnessedYet, ProveEntry
from node.flows.read_log import UnknownAct
from node.keys import Keys
from node.officers import Overseer, Role
from node.store.database import Database, ExchangeRef
from node.store.tables import Intake, LogCheckpoint
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
from protocol.journal import Act, read_entry
from protocol.tiles import tiles_between
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof
from tests.protocol.federation import BR, CO, NOW, PE, witness_secret

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


def cosign(log: KeepLog, *states: str) -> None:
    """The newest checkpoint, cosigned by these."""
    origin = origin_of(CO, log.keys.log.public)
    with log.database.begin() as work:
        rows = work.session.exec(select(LogCheckpoint).order_by(LogCheckpoint.size)).all()  # type: ignore[arg-type]  # a column
        signed = read_checkpoint(rows[-1].raw, log_key(origin, log.keys.log.public))
        for state in (each for each in (PE, BR) if each in states):
            secret = witness_secret(state)
            name = witness_name_of(state, secret.public)
            signed = add_cosignatures(signed, [cosign_checkpoint(signed, name, secret, NOW)], witness_key(name, secret.public))
        rows[-1].raw, rows[-1].witnessed = signed.raw, NOW
        work.session.add(rows[-1])


def test_an_entry_is_proved_under_its_first_witnessed_checkpoint(log: KeepLog, prove: ProveEntry) -> None:
    log.beat()
    cosign(log, PE, BR)
    log.beat()
    proven, policy = prove.prove(AUDITOR, 1)
    shown = check_proof(LogProof.from_bytes(proven.proof), proven.entry, LogPolicy.from_bytes(policy.to_bytes()))
    assert (shown.index, shown.checkpoint.checkpoint.size, shown.witnessed) == (1, 32, NOW)
    assert read_entry(proven.entry).kind is Act.QUESTION_ASKED
    assert prove.prove(AUDITOR, 1, shown.checkpoint.checkpoint.origin) == (proven, policy)


def test_what_too_few_have_cosigned_is_not_witnessed_yet(log: KeepLog, prove: ProveEntry) -> None:
    with pytest.raises(NotWitnessedYet):
        prove.prove(AUDITOR, 1)
    cosign(log, PE)
    with pytest.raises(NotWitnessedYet):
        prove.prove(AUDITOR, 1)


def test_a_node_that_is_alone_proves_without_witnesses(log: KeepLog, keys: Keys) -> None:
    alone = ProveEntry(log.database, keys, Federation(CO, lambda: NOW))
    proven, policy = alone.prove(AUDITOR, 0)
    assert policy.quorum is None
    assert check_proof(LogProof.from_bytes(proven.proof), proven.entry, policy).witnessed is None


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
