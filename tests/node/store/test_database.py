"""The unit of work: everything or nothing, sealed under keys that can be erased one by one."""

import json
import logging
import os
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from crypto.errors import SealBroken
from crypto.sealing import StorageKey
from node.store.database import HERE, Database, ExchangeRef, Side, Work
from node.store.errors import StoreUnavailable
from node.store.openings import opening_of
from node.store.tables import BudgetSpending, ExchangeKey, Intake, OfficerToken, ProtectedEntry, ProtectedMark
from protocol.journal import PAIRED, Act, commitment, envelope_payload
from tests.node.conftest import NAME, Clock, taken_back
from tests.protocol.federation import BR, NOW, PE

X, OTHER_X = "1" * 32, "2" * 32
MINE = Side(PE, "out")
SALT, DIGEST = bytes(range(32)), "d" * 64
SECRET = NAME.encode()


def put(work: Work, mark: str) -> None:
    work.session.add(ProtectedMark(mark=mark, entry="somebody"))
    work.session.flush()


def marks(database: Database) -> set[str]:
    with database.read() as work:
        return {row.mark for row in work.session.exec(select(ProtectedMark)).all()}


class InventedFault(Exception):
    """Something goes wrong in the middle."""


def test_a_unit_of_work_that_ends_is_kept(database: Database) -> None:
    with database.begin() as work:
        put(work, "kept")
    assert marks(database) == {"kept"}


def test_a_fault_leaves_nothing_not_even_what_was_put_on_record(database: Database) -> None:
    with pytest.raises(InventedFault), database.begin() as work:
        put(work, "lost")
        work.record(Act.IMPORTED, x=X)
        work.session.flush()
        raise InventedFault
    assert marks(database) == set()
    with database.read() as work:
        assert work.session.exec(select(Intake)).all() == []
        assert work.session.exec(select(ExchangeKey)).all() == []


def test_a_row_that_breaks_a_rule_of_the_schema_takes_the_whole_unit_with_it(database: Database) -> None:
    with database.begin() as work:
        put(work, "first")
    with pytest.raises(IntegrityError), database.begin() as work:
        put(work, "second")
        put(work, "first")
    assert marks(database) == {"first"}


def test_a_reader_can_write_nothing(database: Database) -> None:
    with pytest.raises(StoreUnavailable), database.read() as work:
        put(work, "read only")
    assert marks(database) == set()
    with database.begin() as work:  # and its connection is as good as any other
        put(work, "kept")
    assert marks(database) == {"kept"}


def test_who_begins_first_is_alone_until_the_end(database: Database) -> None:
    """The second unit of work looks only after the first has committed, though the first only looked yet."""
    order: list[str] = []
    begun = threading.Event()

    def second() -> None:
        begun.wait()
        with database.begin() as work:
            order.append(f"second sees {len(work.session.exec(select(ProtectedMark)).all())}")

    thread = threading.Thread(target=second)
    thread.start()
    with database.begin() as work:
        assert work.session.exec(select(ProtectedMark)).all() == []
        begun.set()
        thread.join(0.2)
        assert thread.is_alive()
        put(work, "first")
        order.append("first ends")
    thread.join()
    assert order == ["first ends", "second sees 1"]


def test_a_reader_is_not_kept_waiting_and_sees_what_was_committed(database: Database) -> None:
    with database.begin() as work:
        put(work, "under way")
        assert marks(database) == set()
    assert marks(database) == {"under way"}


def test_a_reader_sees_one_moment_however_long_it_looks(database: Database) -> None:
    with database.read() as work:
        assert work.session.exec(select(ProtectedMark)).all() == []
        with database.begin() as other:
            put(other, "meanwhile")
        assert work.session.exec(select(ProtectedMark)).all() == []
    assert marks(database) == {"meanwhile"}


def test_what_looks_and_then_writes_counts_right_with_several_processes(database: Database, keys_key: StorageKey) -> None:
    """Each worker has an engine of its own, as another process would."""

    def count_up(_: int) -> None:
        own = Database(database.url, keys_key, os.urandom, Clock())
        for _ in range(10):
            with own.begin() as work:
                put(work, f"{len(work.session.exec(select(ProtectedMark)).all())}")
        own.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(count_up, range(4)))
    assert marks(database) == {str(number) for number in range(40)}


def test_two_that_seal_under_a_new_exchange_at_once_seal_under_one_key(database: Database) -> None:
    def seal(_: int) -> bytes:
        with database.begin() as work:
            return work.seal(X, SECRET, "place")

    with ThreadPoolExecutor(4) as workers:
        sealed = list(workers.map(seal, range(8)))
    with database.read() as work:
        assert [work.open(X, each, "place") for each in sealed] == [SECRET] * 8


def test_a_store_that_stays_locked_is_said_to_be_unavailable(database: Database, keys_key: StorageKey) -> None:
    impatient = Database(database.url, keys_key, os.urandom, Clock(), patience=1)
    with database.begin() as work:
        put(work, "holds the lock")
        with pytest.raises(StoreUnavailable), impatient.begin() as refused:
            refused.session.exec(select(ProtectedMark)).all()
    impatient.close()
    assert marks(database) == {"holds the lock"}


def test_an_error_of_the_database_does_not_say_what_was_being_stored(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught, database.begin() as work:
        put(work, NAME)
        put(work, NAME)
    assert NAME not in "".join(traceback.format_exception(caught.value))
    assert "protected_marks" in str(caught.value)


def test_a_row_that_points_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.begin() as work:
        work.session.add(OfficerToken(digest="d", officer_id="nobody", scopes="", created=0, expires=0))


# Acts


def test_an_act_enters_with_its_time_and_its_payload_sealed(database: Database, raw_bytes: Callable[[], bytes]) -> None:
    with database.begin() as work:
        work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "in"), officer="0" * 32, note=NAME)
    assert SECRET not in raw_bytes()
    with database.read() as work:
        row = work.session.exec(select(Intake)).one()
        assert (row.at, row.kind, row.officer_id) == (NOW, "outcome", "0" * 32)
        assert (row.exchange, row.peer, row.direction) == (X, PE, "in")
        assert row.x != X
        opening = opening_of(work, row)
        assert opening is not None
        told = {"exchange": X, "note": NAME, "officer": "0" * 32, "peer": PE}
        assert json.loads(opening.payload) == told
        assert row.commitment == commitment(opening.salt, opening.payload)


def test_an_act_without_an_exchange_gets_an_id_and_a_key_of_its_own(database: Database) -> None:
    with database.begin() as work:
        work.record(Act.IMPORTED)
        work.record(Act.IMPORTED)
    with database.read() as work:
        ids = {row.x for row in work.session.exec(select(Intake)).all()}
        assert ids == {row.x for row in work.session.exec(select(ExchangeKey)).all()}
        assert len(ids) == 2


@pytest.mark.parametrize("act", sorted(set(Act) - PAIRED.keys()))
def test_every_act_of_one_side_can_be_put_on_record(work: Work, act: Act) -> None:
    work.record(act)
    assert work.session.exec(select(Intake.kind)).one() == act.value


@pytest.mark.parametrize("act", sorted(PAIRED))
def test_an_act_of_two_sides_is_on_record_by_its_envelope_as_the_other_side_has_it(work: Work, act: Act) -> None:
    mine, other = ExchangeRef(X, PE, PAIRED[act].direction), ExchangeRef(X, PE, "in" if PAIRED[act].direction == "out" else "out")
    with pytest.raises(ValueError, match="two sides"):
        work.record(act, about=mine)
    with pytest.raises(ValueError, match="this side"):
        work.record_envelope(act, other, digest=DIGEST, salt=SALT)
    work.record_envelope(act, mine, digest=DIGEST, salt=SALT)
    row = work.session.exec(select(Intake)).one()
    assert (row.x, row.exchange, row.commitment) == (X, X, commitment(SALT, envelope_payload(DIGEST)))


def test_an_act_of_one_side_is_not_put_on_record_as_an_envelope(work: Work) -> None:
    with pytest.raises(ValueError, match="this side"):
        work.record_envelope(Act.OUTCOME, ExchangeRef(X, PE, "out"), digest=DIGEST, salt=SALT)


# Sealing


SIDES = (HERE, Side(PE, "in"), Side(PE, "out"), Side(BR, "in"))


@pytest.mark.parametrize("mine", SIDES)
@pytest.mark.parametrize("another", SIDES)
def test_an_id_that_a_peer_chose_to_be_another_s_shares_no_key_with_it_and_blocks_none(
    work: Work, mine: Side, another: Side
) -> None:
    sealed = work.seal(X, SECRET, "place", mine)
    assert work.open(X, sealed, "place", mine) == SECRET
    if mine == another:
        return
    work.seal(X, b"what the peer said", "place", another)
    with pytest.raises(SealBroken):
        work.open(X, sealed, "place", another)
    work.session.delete(work.session.get_one(ExchangeKey, (X, *another)))
    work.session.flush()
    assert not work.can_open(X, another)
    assert work.open(X, sealed, "place", mine) == SECRET


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_was_sealed_is_opened_again(database: Database, first: bytes, second: bytes) -> None:
    with taken_back(database) as work:
        assert work.open(X, work.seal(X, first, "place"), "place") == first
        assert work.open(X, work.seal(X, second, "place"), "place") == second
        assert work.open_at_rest(work.seal_at_rest(first, "place"), "place") == first


def test_equal_contents_do_not_look_equal(work: Work) -> None:
    assert work.seal(X, SECRET, "place") != work.seal(X, SECRET, "place")
    assert work.seal_at_rest(SECRET, "place") != work.seal_at_rest(SECRET, "place")


def test_what_is_moved_to_another_place_or_exchange_does_not_open(work: Work) -> None:
    sealed, at_rest = work.seal(X, SECRET, "request:in:PE"), work.seal_at_rest(SECRET, "case_subjects")
    work.seal(OTHER_X, b"", "request:in:PE")
    with pytest.raises(SealBroken):
        work.open(X, sealed, "request:out:PE")
    with pytest.raises(SealBroken):
        work.open(OTHER_X, sealed, "request:in:PE")
    with pytest.raises(SealBroken):
        work.open_at_rest(at_rest, "case_networks")


def test_a_wrapped_key_that_is_moved_to_another_exchange_opens_nothing(work: Work) -> None:
    sealed = work.seal(X, SECRET, "place")
    stolen = work.session.get_one(ExchangeKey, (X, *HERE)).wrapped
    work.session.add(ExchangeKey(x=OTHER_X, peer="", direction="", wrapped=stolen, created=0))
    work.session.flush()
    with pytest.raises(SealBroken):
        work.open(OTHER_X, sealed, "place")


def test_another_storage_key_opens_nothing(database: Database) -> None:
    with database.begin() as work:
        sealed, at_rest = work.seal(X, SECRET, "place"), work.seal_at_rest(SECRET, "place")
    stranger = Database(database.url, StorageKey.generate(os.urandom), os.urandom, Clock())
    with stranger.read() as work:
        with pytest.raises(SealBroken):
            work.open(X, sealed, "place")
        with pytest.raises(SealBroken):
            work.open_at_rest(at_rest, "place")
    stranger.close()


def test_erasing_an_exchange_s_key_makes_its_content_unreadable_and_leaves_the_intake(
    database: Database, raw_bytes: Callable[[], bytes]
) -> None:
    with database.begin() as work:
        work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "out"), note=NAME)
        work.record(Act.OUTCOME, about=ExchangeRef(OTHER_X, PE, "out"), note="another exchange")
    with database.read() as work:
        wrapped = work.session.get_one(ExchangeKey, (X, *MINE)).wrapped
        sealed = work.session.exec(select(Intake.opening_sealed).where(Intake.exchange == X)).one()
        assert SECRET in work.open(X, sealed, "intake", MINE)
    assert wrapped in raw_bytes()
    with database.begin() as work:
        work.session.delete(work.session.get_one(ExchangeKey, (X, *MINE)))
    with database.read() as work:
        assert not work.can_open(X, MINE)
        with pytest.raises(KeyError, match="erased"):
            work.open(X, sealed, "intake", MINE)
        assert [row.exchange for row in work.session.exec(select(Intake)).all()] == [X, OTHER_X]
        assert work.can_open(OTHER_X, MINE)
    database.close()
    assert wrapped not in raw_bytes()
    assert sealed in raw_bytes()


def test_a_unit_of_work_does_not_show_its_keys(work: Work, keys_key: StorageKey) -> None:
    assert repr(work) == object.__repr__(work)
    assert keys_key.reveal().hex() not in repr(work)


def test_ids_are_sixteen_random_bytes_in_hex(work: Work) -> None:
    ids = {work.new_id() for _ in range(50)}
    assert len(ids) == 50
    assert all(bytes.fromhex(each) and len(each) == 32 for each in ids)
    assert len(work.random(7)) == 7


def test_times_past_2038_fit(work: Work) -> None:
    late = 2**31 + 5
    work.session.add(BudgetSpending(side="asker", who="PE", list_id="", epoch=1, day=1, elements=late))
    work.session.add(ProtectedEntry(id="late", source="officer", reference="late", created=late))
    work.session.flush()
    work.session.expire_all()
    assert work.session.get_one(ProtectedEntry, "late").created == late


@pytest.fixture
def keys_key() -> StorageKey:
    return StorageKey.generate(os.urandom)


def told_acts(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None]]:
    told = [record.__dict__ for record in caplog.records if record.getMessage() == "act"]
    return [(record["act"], record.get("authority")) for record in told]


def test_the_log_tells_an_act_of_operation_once_it_is_committed_and_nothing_of_whom_or_what_it_was_about(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with database.begin() as work:
        work.record(Act.PUBLISHED, officer="o1", publication=NAME)
        work.record(Act.PEER_DENIED, officer="o1", authority=PE)
        work.record(Act.PERSONAL_DATA_READ, officer="o1", name=NAME)
        assert told_acts(caplog) == []
    assert told_acts(caplog) == [("published", None), ("peer_denied", PE)]
    assert not any(NAME in str(record.__dict__) or "o1" in record.__dict__.values() for record in caplog.records)


def test_an_act_that_was_rolled_back_is_never_told(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(InventedFault), database.begin() as work:
        work.record(Act.WITHDRAWN)
        raise InventedFault
    with database.begin() as work:
        work.record(Act.OUTBOX_RETRIED)
    assert told_acts(caplog) == [("outbox_retried", None)]
