"""Keeping the log: every act once, in its order, filled up with pads, under a checkpoint that is kept before it goes anywhere."""

import os
from pathlib import Path

import pytest
from sqlmodel import col, select

from crypto.merkle import leaf_hash, root_of
from node.custody import Custody, open_vault
from node.flows.keep_log import LEAST_GROWTH, MOST_GROWTH, KeepLog, LogHalted
from node.keys import Keys
from node.signers import LOG
from node.signers import LOG as LOG_KEY
from node.store import audit_log
from node.store.database import Database, ExchangeRef
from node.store.tables import ExchangeKey, Intake, Log, LogCheckpoint, LogWitness
from protocol.checkpoint import Checkpoint, log_key, origin_of, parse_checkpoint, sign_checkpoint
from protocol.journal import PAIRED, Act, IntervalPayload, JournalEntry, SuccessionPayload, read_entry
from protocol.wire import parse
from tests.node.conftest import Clock
from tests.node.on_record import payload_of
from tests.protocol.federation import BR, CO, PE

X, DIGEST, SALT = "ab" * 16, "d" * 64, bytes(32)


@pytest.fixture
def keep(database: Database, keys: Keys) -> KeepLog:
    return KeepLog(database, keys, CO)


def entries(database: Database) -> list[JournalEntry]:
    with database.read() as work:
        log = audit_log.current(work)
        assert log is not None
        return [read_entry(raw) for _, raw in audit_log.entries_between(work, log.origin, 0, log.size)]


def kinds(database: Database) -> list[str]:
    return [entry.kind.value for entry in entries(database)]


def record(database: Database, *acts: Act) -> None:
    with database.begin() as work:
        for act in acts:
            if act in PAIRED:
                work.record_envelope(act, ExchangeRef(X, PE, PAIRED[act].direction), digest=DIGEST, salt=SALT)
            else:
                work.record(act)


def test_a_new_log_says_so_and_takes_what_was_put_on_record_before(keep: KeepLog, database: Database) -> None:
    record(database, Act.IMPORTED, Act.QUESTION_ASKED)
    keep.beat()
    assert kinds(database) == [
        "log_opened",
        "imported",
        "question_asked",
        *["pad"] * (LEAST_GROWTH - 4),
        "interval_started",
    ]


def test_the_checkpoint_is_the_logs_own_word_for_all_of_it(keep: KeepLog, database: Database, keys: Keys) -> None:
    record(database, Act.IMPORTED)
    keep.beat()
    with database.read() as work:
        (kept,) = work.session.exec(select(LogCheckpoint)).all()
    origin = origin_of(CO, keys.log.public)
    signed = parse_checkpoint(kept.raw).verify(log_key(origin, keys.log.public))
    assert (signed.checkpoint.origin, signed.checkpoint.size, kept.size) == (origin, LEAST_GROWTH, LEAST_GROWTH)
    assert signed.checkpoint.root == root_of([leaf_hash(entry.to_bytes()) for entry in entries(database)])


def test_an_act_is_taken_once_and_finds_its_entry_again(keep: KeepLog, database: Database) -> None:
    record(database, Act.IMPORTED)
    keep.beat()
    record(database, Act.PUBLISHED)
    keep.beat()
    keep.beat()
    assert [kind for kind in kinds(database) if kind in ("imported", "published")] == ["imported", "published"]
    made = entries(database)
    with database.read() as work:
        for act in work.session.exec(select(Intake)).all():
            assert act.position is not None
            entry = made[act.position]
            assert (entry.kind.value, entry.x, entry.t, entry.c) == (act.kind, act.x, act.at, act.commitment)


def test_what_has_two_sides_names_the_peer_and_counts_it_and_nothing_else_does(keep: KeepLog, database: Database) -> None:
    record(database, Act.QUESTION_ASKED)
    with database.begin() as work:
        work.record_envelope(Act.RECORD_SENT, ExchangeRef(X, BR, "out"), digest=DIGEST, salt=SALT)
        work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "out"), hits=[])
    keep.beat()
    record(database, Act.ANSWER_RECEIVED)
    keep.beat()
    named = [(entry.kind.value, entry.peer, entry.seq) for entry in entries(database) if entry.peer is not None]
    assert named == [("question_asked", PE, 1), ("record_sent", BR, 1), ("answer_received", PE, 2)]
    (outcome,) = [entry for entry in entries(database) if entry.kind is Act.OUTCOME]
    assert outcome.x != X


@pytest.mark.parametrize(("acts", "growth"), [(0, 16), (15, 16), (16, 32), (100, 128)])
def test_a_log_grows_by_powers_of_two(keep: KeepLog, database: Database, acts: int, growth: int) -> None:
    keep.beat()
    before = len(entries(database))
    record(database, *[Act.IMPORTED] * acts)
    keep.beat()
    assert len(entries(database)) - before == growth


def test_a_backlog_makes_several_checkpoints_and_leaves_nothing(keep: KeepLog, database: Database) -> None:
    keep.beat()
    record(database, *[Act.IMPORTED] * (MOST_GROWTH + 10))
    keep.beat()
    with database.read() as work:
        sizes = work.session.exec(select(LogCheckpoint.size).order_by(col(LogCheckpoint.size))).all()
        assert work.session.exec(select(Intake).where(col(Intake.position).is_(None))).all() == []
    assert sizes == [16, 16 + MOST_GROWTH, 32 + MOST_GROWTH]
    assert kinds(database).count("imported") == MOST_GROWTH + 10


def test_an_interval_begins_with_what_was_witnessed_last(keep: KeepLog, database: Database) -> None:
    keep.beat()
    with database.begin() as work:
        kept = work.session.exec(select(LogCheckpoint)).one()
        kept.witnessed = work.now()
        work.session.add(kept)
    keep.beat()
    with database.read() as work:
        begun = work.session.exec(select(Intake).where(Intake.kind == Act.INTERVAL_STARTED.value).order_by(col(Intake.id))).all()
        told = [parse(IntervalPayload, payload_of(work, act), limit=1 << 20, where="entry") for act in begun]
        assert [each.checkpoints for each in told] == [(), (kept.raw,)]


def test_what_an_erasure_destroyed_is_taken_all_the_same(keep: KeepLog, database: Database) -> None:
    record(database, Act.QUESTION_ASKED)
    with database.begin() as work:
        work.session.delete(work.session.exec(select(ExchangeKey)).one())
    keep.beat()
    assert "question_asked" in kinds(database)


def test_a_halted_log_takes_nothing_and_loses_nothing(keep: KeepLog, database: Database) -> None:
    keep.beat()
    with database.begin() as work:
        log = audit_log.current(work, to_append=True)
        assert log is not None
        log.halted = "behind_witnesses"
        work.session.add(log)
    record(database, Act.IMPORTED)
    with pytest.raises(LogHalted, match="behind_witnesses"):
        keep.beat()
    with database.begin() as work:
        assert len(work.session.exec(select(LogCheckpoint)).all()) == 1
        work.session.exec(select(Log)).one().halted = None
    keep.beat()
    assert "imported" in kinds(database)


def test_what_was_put_on_record_before_there_was_a_log_stays_outside(keep: KeepLog, database: Database, clock: Clock) -> None:
    with database.begin() as work:
        work.session.add(Intake(at=clock.now, kind="imported", x=X, opening_sealed=work.seal(X, b"{}", "intake")))
    keep.beat()
    assert "imported" not in kinds(database)


@pytest.mark.parametrize("witnessed", [True, False])
@pytest.mark.parametrize("halted", [None, "fork_claimed", "behind_witnesses"])
def test_under_another_key_the_log_ends_and_another_one_begins_with_what_was_witnessed_of_it(
    keep: KeepLog, database: Database, keys: Keys, clock: Clock, witnessed: bool, halted: str | None
) -> None:
    record(database, Act.IMPORTED)
    keep.beat()
    before = origin_of(CO, keys.log.public)
    with database.begin() as work:
        (kept,) = work.session.exec(select(LogCheckpoint)).all()
        kept.witnessed, raw = (clock() if witnessed else None), kept.raw
        work.session.get_one(Log, before).halted = halted
    keys.notes.make_next(LOG, os.urandom)
    keys.notes.take(LOG)
    record(database, Act.PUBLISHED)
    keep.beat()
    after = origin_of(CO, keys.log.public)
    assert after != before
    assert kinds(database)[:2] == ["log_succeeds" if witnessed else "log_opened", "published"]
    with database.read() as work:
        logs = {log.origin: (log.size, log.closed is None) for log in work.session.exec(select(Log)).all()}
        assert logs == {before: (LEAST_GROWTH, False), after: (LEAST_GROWTH, True)}
        newest = audit_log.newest_checkpoint(work, after)
        assert newest is not None
        parse_checkpoint(newest.raw).verify(log_key(after, keys.log.public))
        begun = work.session.exec(select(Intake).where(Intake.kind == Act.LOG_SUCCEEDS.value)).all()
        told = [parse(SuccessionPayload, payload_of(work, act), limit=4096, where="payload") for act in begun]
    cause = {None: "closed", "fork_claimed": "key_stolen", "behind_witnesses": "restored"}[halted]
    assert [(each.cause, each.checkpoint, each.held) for each in told] == ([(cause, raw, LEAST_GROWTH)] if witnessed else [])


def test_a_log_that_was_left_behind_cites_what_a_witness_has_shown_of_it(keep: KeepLog, database: Database, keys: Keys) -> None:
    keep.beat()
    first = origin_of(CO, keys.log.public)
    shown = sign_checkpoint(Checkpoint(first, 64, bytes(32)), keys.log)
    with database.begin() as work:
        work.session.exec(select(Log)).one().halted = "behind_witnesses"
        work.session.add(LogWitness(origin=first, authority=PE, against=shown.raw))
    keys.notes.make_next(LOG_KEY, os.urandom)
    keys.notes.take(LOG_KEY)
    keep.beat()
    with database.read() as work:
        act = work.session.exec(select(Intake).where(Intake.kind == Act.LOG_SUCCEEDS.value)).one()
        told = parse(SuccessionPayload, payload_of(work, act), limit=4096, where="payload")
    assert (act.position, told.cause, told.checkpoint, told.held) == (0, "restored", shown.raw, LEAST_GROWTH)


def test_a_log_that_was_closed_is_not_gone_on_with_under_a_key_that_was_put_back(
    keep: KeepLog, database: Database, keys: Keys, tmp_path: Path
) -> None:
    keep.beat()
    before = (tmp_path / "keys" / LOG_KEY).read_bytes()
    keys.notes.make_next(LOG_KEY, os.urandom)
    keys.notes.take(LOG_KEY)
    keep.beat()
    (tmp_path / "keys" / LOG_KEY).write_bytes(before)
    put_back = KeepLog(database, Keys.read(open_vault(tmp_path, Custody())), CO)
    with pytest.raises(LogHalted, match="former_key"):
        put_back.beat()
