"""A peer's record at our door: taken in its place of its chain, or put aside with a reason, and signed for either way."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from node.flows.receive_record import holds, receive
from node.safeguards.door import Door
from node.store.database import Database
from node.store.tables import HeldRecord, Quarantined
from protocol.messages import RecordDelivery
from protocol.record import Record, Withdrawal, sign_record
from tests.federation.speaking import envelope_of
from tests.node.conftest import admitted_by_us
from tests.protocol.federation import BR, CO, PE, signing_key
from tests.protocol.records import network

Receive = Callable[[Record], dict[str, Any]]


@pytest.fixture
def take(database: Database, door: Door) -> Receive:
    """Let Peru deliver a record; gives the receipt's body."""

    def deliver(record: Record) -> dict[str, Any]:
        return deliver_raw(database, door, sign_record(record, signing_key(PE)).raw)

    return deliver


def deliver_raw(database: Database, door: Door, raw: bytes) -> dict[str, Any]:
    with database.begin() as work:
        receipt = receive(work, door, admitted_by_us(RecordDelivery(record=raw), PE))
        body: dict[str, Any] = envelope_of(receipt.raw)["body"]
        return body


def digest_of(record: Record) -> str:
    return sign_record(record, signing_key(PE)).digest


def versions(database: Database) -> list[tuple[int, str, bool, bool]]:
    """All versions held: number, kind, in force, content kept."""
    with database.read() as work:
        rows = work.session.exec(select(HeldRecord).order_by(col(HeldRecord.version))).all()
        return [(row.version, row.kind, row.current, bool(row.raw)) for row in rows]


def test_a_first_version_its_correction_and_its_withdrawal_follow_each_other(take: Receive, database: Database) -> None:
    first = network(PE)
    second = first.model_copy(update={"version": 2, "supersedes": digest_of(first)})
    last = Withdrawal(id=first.id, version=3, authority=PE, supersedes=digest_of(second))
    for record in (first, second, last):
        assert take(record) == {"digest": digest_of(record), "outcome": "accepted"}
    assert versions(database) == [(1, "network", False, False), (2, "network", False, False), (3, "revocation", True, True)]


def test_a_record_is_held_until_it_is_taken_back_and_is_its_publisher_s_alone(take: Receive, database: Database) -> None:
    first = network(PE)
    for record, kept in ((first, True), (Withdrawal(id=first.id, version=2, authority=PE, supersedes=digest_of(first)), False)):
        take(record)
        with database.read() as work:
            assert holds(work, PE, first.id) is kept
            assert not holds(work, BR, first.id)
            assert not holds(work, PE, "0" * 32)


def test_the_same_record_twice_is_accepted_and_held_once(take: Receive, database: Database) -> None:
    assert take(network(PE)) == take(network(PE))
    assert len(versions(database)) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": 2, "supersedes": "0" * 64}, "other_predecessor"),
        ({"version": 1, "tlp": "green"}, "not_newer"),
    ],
)
def test_a_version_out_of_its_chain_is_put_aside_with_its_reason(
    take: Receive, database: Database, changes: dict[str, Any], reason: str
) -> None:
    take(network(PE))
    receipt = take(network(PE).model_copy(update=changes))
    assert (receipt["outcome"], receipt["reason"]) == ("quarantined", reason)
    assert len(versions(database)) == 1


def test_what_was_withdrawn_does_not_come_back(take: Receive) -> None:
    first = network(PE)
    last = Withdrawal(id=first.id, version=2, authority=PE, supersedes=digest_of(first))
    take(first)
    take(last)
    again = first.model_copy(update={"version": 3, "supersedes": digest_of(last)})
    assert take(again)["reason"] == "was_withdrawn"


def test_a_record_of_another_state_or_without_a_form_is_put_aside_and_the_next_one_is_taken(
    take: Receive, database: Database, door: Door
) -> None:
    foreign = sign_record(network(CO), signing_key(CO)).raw
    for raw in (foreign, b"no record", sign_record(network(PE), signing_key(CO)).raw):
        assert deliver_raw(database, door, raw)["outcome"] == "quarantined"
    assert take(network(PE))["outcome"] == "accepted"
    with database.read() as work:
        assert len(work.session.exec(select(Quarantined)).all()) == 3


def test_a_record_that_was_put_aside_is_taken_when_it_comes_again_and_what_was_in_the_way_is_mended(
    database: Database, door: Door
) -> None:
    record = sign_record(network(PE), signing_key(PE))
    with database.begin() as work:
        work.session.add(
            HeldRecord(
                digest="0" * 64,
                authority=CO,
                record_id=network(PE).id,
                version=1,
                kind="network",
                raw=b"in the way",
                current=True,
                received=work.now(),
            )
        )
    for _ in range(2):
        assert deliver_raw(database, door, record.raw)["reason"] == "other_authority"
    with database.begin() as work:
        assert [row.reason for row in work.session.exec(select(Quarantined)).all()] == ["other_authority"]
        work.session.delete(work.session.get_one(HeldRecord, "0" * 64))
    assert deliver_raw(database, door, record.raw)["outcome"] == "accepted"
    with database.read() as work:
        assert work.session.exec(select(Quarantined)).all() == []
