"""One side of an evidence bundle, out of a node's own store, as a court's program reads it."""

from collections.abc import Sequence

import pytest
from sqlmodel import col, delete, select

from deploy.verify_bundle import Directory, Files, Log, LogReader, Member, NoteKey
from node.flows.keep_log import KeepLog
from node.keys import Keys
from node.store.database import Database, ExchangeRef
from node.store.log_evidence import NoEvidence, log_evidence
from node.store.openings import opening_of
from node.store.tables import AdoptedDirectory, ExchangeKey, Intake, LogCheckpoint
from protocol.asic import pack
from protocol.authority import Authority
from protocol.checkpoint import (
    add_cosignatures,
    cosign_checkpoint,
    log_key,
    origin_of,
    read_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.evidence import LogEvidence, _files_of
from protocol.journal import Act
from protocol.tlog_proof import LogProof
from tests.node.conftest import Clock
from tests.protocol.federation import BR, CO, NOW, PE, witness_secret

X, SALT, DIGESTS = "ab" * 16, bytes(range(32)), ("d" * 64, "e" * 64)
ASKED = (Act.QUESTION_ASKED, Act.ANSWER_RECEIVED)
WITNESSES = (BR, PE)


@pytest.fixture
def keep(database: Database, keys: Keys) -> KeepLog:
    return KeepLog(database, keys, CO)


def adopt(database: Database, version: int) -> None:
    with database.begin() as work:
        work.record(Act.DIRECTORY_ADOPTED, version=version, hash=f"{version}" * 64, members=["CO", "PE"])


def exchange(database: Database) -> None:
    for act, digest in zip(ASKED, DIGESTS, strict=True):
        with database.begin() as work:
            work.record_envelope(act, ExchangeRef(X, PE, "out"), digest=digest, salt=SALT)


def beat(keep: KeepLog, clock: Clock, seconds: int = 60) -> None:
    """The log's beat, and its witnesses, who see it at once."""
    clock.now += seconds
    keep.beat()
    key = log_key(origin_of(CO, keep.keys.log.public), keep.keys.log.public)
    with keep.database.begin() as work:
        kept = work.session.exec(select(LogCheckpoint).order_by(col(LogCheckpoint.size).desc()).limit(1)).one()
        made = read_checkpoint(kept.raw, key)
        for state in WITNESSES:
            secret = witness_secret(state)
            name = witness_name_of(state, secret.public)
            made = add_cosignatures(made, [cosign_checkpoint(made, name, secret, clock.now)], witness_key(name, secret.public))
        kept.raw, kept.witnessed = made.raw, clock.now
        work.session.add(kept)


def messages(database: Database) -> Sequence[str]:
    with database.read() as work:
        return [each.kind for each in work.session.exec(select(Intake).where(Intake.x == X).order_by(col(Intake.id)))]


def evidence(database: Database) -> LogEvidence:
    with database.read() as work:
        return log_evidence(work, work.session.exec(select(Intake).where(Intake.x == X).order_by(col(Intake.id))).all(), {})


def read(made: LogEvidence, keys: Keys) -> LogReader:
    """The court's reader over these files alone, under a directory of Colombia and two witnesses."""
    files = {f"logs/CO/{number:02d}": each for number, each in enumerate(made.messages, 1)}
    files |= {f"logs/CO/directory-{number}": each for number, each in enumerate(made.adopted, 1)}
    files |= {} if made.interval is None else {"logs/CO/interval": made.interval}
    packed = pack({name: raw for at, each in files.items() for name, raw in _files_of(at, each).items()})
    members: dict[str, Member] = {state: Member((), _witness(state)) for state in (*WITNESSES, CO)}
    own = NoteKey(origin_of(CO, keys.log.public), 1, bytes(keys.log.public))
    members[CO] = members[CO]._replace(logs=(Log(own, None),))
    directory = Directory(1, "", members, len(members), {}, {}, 0, 120, 0, 0)
    return LogReader(Files(packed), CO, {1: directory}, {})


def _witness(state: Authority) -> NoteKey:
    public = witness_secret(state).public
    return NoteKey(witness_name_of(state, public), 4, bytes(public))


def test_an_exchange_and_what_stands_around_it(keep: KeepLog, database: Database, keys: Keys, clock: Clock) -> None:
    adopt(database, 3)
    beat(keep, clock)
    beat(keep, clock)
    exchange(database)
    beat(keep, clock)
    adopt(database, 4)
    beat(keep, clock)
    adopt(database, 5)
    beat(keep, clock)
    made = evidence(database)
    reader = read(made, keys)
    adopted = [reader.entry(f"directory-{number}") for number in (1, 2)]
    assert [reader.opening(each)[:18] for each in adopted] == [b'{"hash":"333333333', b'{"hash":"444444444']
    assert not reader.has("directory-3")
    sent, answered = reader.entry("01"), reader.entry("02")
    assert [each.kind for each in (sent, answered)] == [str(act) for act in ASKED]
    assert adopted[0].place < sent.place < answered.place < adopted[1].place
    assert (sent.t, sent.witnessed, sent.early) == (NOW + 120, NOW + 180, True)
    begun = reader.entry("interval")
    # what an interval begins with was witnessed a beat before the entry that says so was made
    assert (reader.bound(begun), begun.place < sent.place) == (NOW + 60, True)


def test_what_is_not_there_yet_is_left_out(keep: KeepLog, database: Database, keys: Keys, clock: Clock) -> None:
    adopt(database, 3)
    exchange(database)
    beat(keep, clock)
    made = evidence(database)
    assert (len(made.adopted), made.interval) == (1, None)
    assert read(made, keys).entry("01").witnessed == NOW + 60
    adopt(database, 4)
    clock.now += 60
    keep.beat()  # whom no witness saw yet
    assert evidence(database) == made


def test_an_adoption_in_between_is_told(keep: KeepLog, database: Database, clock: Clock) -> None:
    adopt(database, 3)
    with database.begin() as work:
        work.record_envelope(ASKED[0], ExchangeRef(X, PE, "out"), digest=DIGESTS[0], salt=SALT)
    adopt(database, 4)
    with database.begin() as work:
        work.record_envelope(ASKED[1], ExchangeRef(X, PE, "out"), digest=DIGESTS[1], salt=SALT)
    adopt(database, 5)
    beat(keep, clock)
    assert len(evidence(database).adopted) == 3
    assert messages(database) == [str(act) for act in ASKED]


def test_an_exchange_before_any_adoption_is_refused(keep: KeepLog, database: Database, clock: Clock) -> None:
    exchange(database)
    beat(keep, clock)
    with pytest.raises(NoEvidence, match="no_adoption"):
        evidence(database)


def test_what_no_quorum_saw_is_refused(keep: KeepLog, database: Database) -> None:
    adopt(database, 3)
    exchange(database)
    keep.beat()
    with pytest.raises(NoEvidence, match="not_witnessed"):
        evidence(database)


def test_an_act_that_the_log_has_not_taken_yet_is_refused(keep: KeepLog, database: Database, clock: Clock) -> None:
    adopt(database, 3)
    beat(keep, clock)
    exchange(database)
    with pytest.raises(NoEvidence, match="not_in_log"):
        evidence(database)
    with database.read() as work, pytest.raises(NoEvidence, match="nothing"):
        log_evidence(work, [], {})


def test_an_opening_that_was_erased_is_told(keep: KeepLog, database: Database, clock: Clock) -> None:
    adopt(database, 3)
    exchange(database)
    beat(keep, clock)
    with database.begin() as work:
        (adopted,) = work.session.exec(select(Intake).where(Intake.kind == "directory_adopted"))
        work.session.delete(work.session.exec(select(ExchangeKey).where(ExchangeKey.x == adopted.x)).one())
    with pytest.raises(NoEvidence, match="erased"):
        evidence(database)


def test_a_closed_log_is_shown_as_it_was_frozen(keep: KeepLog, database: Database, clock: Clock) -> None:
    adopt(database, 3)
    exchange(database)
    beat(keep, clock)
    adopt(database, 4)
    beat(keep, clock)
    with database.read() as work:
        sizes = list(work.session.exec(select(LogCheckpoint.size).order_by(col(LogCheckpoint.size))))
        acts = work.session.exec(select(Intake).where(Intake.x == X).order_by(col(Intake.id))).all()
        origin = acts[0].log or ""
        frozen = log_evidence(work, acts, {origin: sizes[0]})
        assert {LogProof.from_bytes(each.proof).checkpoint.checkpoint.size for each in frozen.messages} == {sizes[0]}
        assert (len(frozen.adopted), len(log_evidence(work, acts, {}).adopted)) == (1, 2)
        for lost in (1, sizes[-1] + 1):  # frozen before the exchange, or at a size that this node has not signed
            with pytest.raises(NoEvidence, match="not_witnessed"):
                log_evidence(work, acts, {origin: lost})


def test_a_restored_node_still_proves_which_directory_it_had(keep: KeepLog, database: Database, clock: Clock) -> None:
    """Backups leave the keys out under which acts are sealed, so what adoptions commit to is kept beside them."""
    adopt(database, 3)
    beat(keep, clock)
    beat(keep, clock)
    exchange(database)
    beat(keep, clock)
    whole = evidence(database)
    assert whole.interval is not None
    with database.begin() as work:
        (act,) = work.session.exec(select(Intake).where(Intake.kind == "directory_adopted"))
        opened = opening_of(work, act)
        assert opened is not None
        made = AdoptedDirectory(version=3, hash="3" * 64, adopted=NOW, act=act.x, opening=opened.salt + opened.payload)
        work.session.add(made)
        work.session.exec(delete(ExchangeKey))
    restored = evidence(database)
    assert (restored.adopted, restored.interval) == (whole.adopted, None)
    with database.begin() as work:
        made = work.session.get_one(AdoptedDirectory, (3, "3" * 64))
        made.opening = opened.salt + opened.payload.replace(b"PE", b"BR")
        work.session.add(made)
    with pytest.raises(NoEvidence, match="erased"):
        evidence(database)
