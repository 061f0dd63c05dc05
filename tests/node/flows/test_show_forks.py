"""What proves that a log has two histories: given with all that others need to check it, and that it was read is on record."""

import json

import pytest
from sqlmodel import select

from crypto.note import NoteKey
from node.federation import Federation
from node.flows.cosign_logs import CosignLogs
from node.flows.show_forks import ShowForks
from node.keys import Keys
from node.officers import Overseer, Role
from node.safeguards.door import Door
from node.store.database import Database
from node.store.tables import Intake, LogWitness
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    Fork,
    Quorum,
    add_cosignatures,
    check_fork,
    cosign_checkpoint,
    log_key,
    origin_of,
    read_checkpoint,
    sign_checkpoint,
    witness_key,
    witness_name_of,
    witnessed_at,
)
from protocol.errors import LogForked
from protocol.journal import Act
from protocol.members import FormerLog
from tests.node.conftest import Clock
from tests.node.flows.test_cosign_logs import LEAVES, ORIGIN, OTHER, asking
from tests.node.on_record import payload_of
from tests.protocol.federation import BR, CO, NOW, PE, directory, log_secret, member_entry, octets, targets, witness_secret

AUDITOR = Overseer("au" * 16, "auditor", frozenset({Role.AUDITOR}))


@pytest.fixture
def forks(database: Database, member: Federation, keys: Keys) -> ShowForks:
    return ShowForks(database, member, keys)


def test_a_fork_is_given_with_what_proves_it_to_others(
    forks: ShowForks, database: Database, member: Federation, door: Door, clock: Clock
) -> None:
    witness = CosignLogs(database, member, door)
    witness.cosign(asking(0, 20, LEAVES), PE)
    with pytest.raises(LogForked):
        witness.cosign(asking(20, 20, OTHER), PE)
    (fork,) = forks.show(AUDITOR).of_peers
    assert (fork.authority, fork.origin, fork.cause, fork.noticed, fork.settled) == (PE, ORIGIN, "other_root", clock.now, None)
    assert fork.key is not None
    check_fork(Fork(NoteKey.from_text(fork.key), fork.first, fork.second))


def test_the_key_of_a_log_that_was_closed_is_given_and_of_one_that_nobody_names_none_is(
    forks: ShowForks, database: Database, member: Federation, door: Door
) -> None:
    witness = CosignLogs(database, member, door)
    witness.cosign(asking(0, 20, LEAVES), PE)
    with pytest.raises(LogForked):
        witness.cosign(asking(20, 20, OTHER), PE)
    with_another = member_entry(PE).model_copy(update={"log": member_entry(PE).log.model_copy(update=another_log())})
    member.adopt(directory({**targets(), "members/PE.json": with_another.to_bytes()}))
    assert [each.key for each in forks.show(AUDITOR).of_peers] == [None]
    former = FormerLog(origin=ORIGIN, key=bytes(log_secret(PE).public), size=10, root=bytes(32))
    closed = with_another.model_copy(update={"former_logs": (former,)})
    member.adopt(directory({**targets(), "members/PE.json": closed.to_bytes()}))
    assert [each.key for each in forks.show(AUDITOR).of_peers] == [log_key(ORIGIN, log_secret(PE).public).to_text()]


def another_log() -> dict[str, object]:
    key = type(log_secret(PE)).from_seed(octets("the next log key of PE")).public
    return {"origin": origin_of(PE, key), "key": bytes(key)}


def shown_by(keys: Keys, state: Authority, size: int, root: bytes) -> LogWitness:
    """What a witness showed of a log of ours, with its cosignature."""
    origin = origin_of(CO, keys.log.public)
    signed = sign_checkpoint(Checkpoint(origin, size, root), keys.log)
    secret = witness_secret(state)
    name = witness_name_of(state, secret.public)
    cosigned = add_cosignatures(signed, [cosign_checkpoint(signed, name, secret, NOW)], witness_key(name, secret.public))
    return LogWitness(origin=origin, authority=state, against=cosigned.raw)


def test_what_witnesses_showed_against_our_log_is_one_note_for_each_checkpoint(
    forks: ShowForks, database: Database, keys: Keys
) -> None:
    with database.begin() as work:
        work.session.add_all([shown_by(keys, PE, 64, octets("a root")), shown_by(keys, BR, 64, octets("a root"))])
    (against,) = forks.show(AUDITOR).against_us
    assert (against.size, against.witnesses) == (64, (BR, PE))
    assert against.key is not None
    key = NoteKey.from_text(against.key)
    witnesses = tuple(
        witness_key(witness_name_of(each, witness_secret(each).public), witness_secret(each).public) for each in (BR, PE)
    )
    assert witnessed_at(read_checkpoint(against.note, key, witnesses), Quorum(2, witnesses)) == NOW


def test_different_checkpoints_are_given_apart_the_smallest_first(forks: ShowForks, database: Database, keys: Keys) -> None:
    with database.begin() as work:
        work.session.add_all([shown_by(keys, BR, 64, octets("a root")), shown_by(keys, PE, 32, octets("a root"))])
    assert [(each.size, each.witnesses) for each in forks.show(AUDITOR).against_us] == [(32, (PE,)), (64, (BR,))]


def test_before_a_directory_was_adopted_our_own_key_is_known(database: Database, keys: Keys) -> None:
    with database.begin() as work:
        work.session.add(shown_by(keys, BR, 64, octets("a root")))
    (against,) = ShowForks(database, Federation(CO, lambda: NOW), keys).show(AUDITOR).against_us
    assert against.key == log_key(origin_of(CO, keys.log.public), keys.log.public).to_text()


def test_that_it_was_read_is_on_record_also_where_there_is_nothing(forks: ShowForks, database: Database) -> None:
    found = forks.show(AUDITOR)
    assert (found.of_peers, found.against_us) == ((), ())
    with database.read() as work:
        act = work.session.exec(select(Intake).where(Intake.kind == Act.PERSONAL_DATA_READ.value)).one()
        assert act.officer_id == AUDITOR.id
        told = json.loads(payload_of(work, act))
    assert [told[name] for name in ("what", "of_peers", "against_us")] == ["forks", 0, 0]
