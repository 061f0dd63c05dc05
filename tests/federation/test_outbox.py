"""The outbox between nodes: poison, backlogs and peers that hang hold nobody up; what is put aside can be sent again."""

import threading
from collections.abc import Callable
from concurrent.futures import wait
from typing import Any

import pytest
from sqlmodel import select

from node.app import Node
from node.flows.call_peer import CallPeer
from node.officers import Role
from node.store.jobs import TRIES
from node.store.tables import Exchange, HeldRecord, Job, Quarantined
from protocol import jws, limits
from protocol.errors import RecordRefused
from protocol.journal import Act
from protocol.messages import MatchRequest, RecordDelivery
from protocol.record import RECORD_TYPE, SignedRecord, Withdrawal, read_record
from tests.federation.cases import ask, hits, phone, publish_phones, settled
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.serving import wait_until

pytestmark = pytest.mark.federation


def owed(node: RunningNode, peer: str) -> list[Job]:
    with node.node.database.read() as work:
        return list(work.session.exec(select(Job).where(Job.peer == peer, Job.lane != "question")).all())


def held(node: RunningNode, record_id: str) -> list[tuple[int, str]]:
    with node.node.database.read() as work:
        rows = work.session.exec(select(HeldRecord).where(HeldRecord.record_id == record_id)).all()
        return sorted((row.version, row.kind) for row in rows)


def refused_here(node: RunningNode) -> list[tuple[str, str]]:
    with node.node.database.read() as work:
        return [(row.peer, row.reason) for row in work.session.exec(select(Quarantined)).all()]


def ids(publication: dict[str, Any]) -> list[str]:
    return [str(record["id"]) for record in publication["records"]]


def withdraw(node: RunningNode, publication: dict[str, Any]) -> None:
    answer = node.officer(Role.ANALYST).post(f"/v1/publications/{publication['id']}/withdrawal")
    assert answer.status_code == 200, answer.text


def poisoned(record_id: str, error: Exception) -> Callable[..., SignedRecord]:
    """A receiver that cannot take one record, and takes all others."""

    def read(raw: bytes, *given: Any) -> SignedRecord:
        signed = read_record(raw, *given)
        if signed.record.id == record_id and not isinstance(signed.record, Withdrawal):
            raise error
        return signed

    return read


def test_a_record_that_a_peer_puts_aside_is_shown_with_its_reason_and_is_taken_once_the_peer_is_mended(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, receiver = own_federation[PE], own_federation[CO]
    published = publish_phones(publisher, phone())
    poison, *others = ids(published)
    refusal = RecordRefused("record", reason="other_kind")
    monkeypatch.setattr("node.flows.receive_record.read_record", poisoned(poison, refusal))
    publisher.send_records()
    assert held(receiver, poison) == []
    assert all(held(receiver, other) for other in others)
    administrator, at_receiver = publisher.officer(Role.ADMINISTRATOR), receiver.officer(Role.ADMINISTRATOR)
    (aside,) = administrator.get("/v1/outbox", params={"peer": "CO"}).json()["jobs"]
    assert (aside["subject"], aside["state"], aside["reason"]) == (poison, "quarantined", "other_kind")
    (refused,) = at_receiver.get("/v1/outbox").json()["refused"]
    assert (refused["peer"], refused["reason"]) == ("PE", "other_kind")
    own_federation.clock.forward(4 * 3600)
    publisher.send_records()
    assert held(receiver, poison) == []  # not by itself
    assert administrator.post("/v1/outbox/retries", json={"job": aside["id"]}).json() == {"count": 1}
    wait_until(lambda: owed_states(publisher, CO)[poison] == "quarantined", "another refusal")
    monkeypatch.undo()
    assert administrator.post("/v1/outbox/retries", json={"peer": "CO"}).json() == {"count": 1}
    wait_until(lambda: held(receiver, poison) == [(1, held(publisher, poison)[0][1])], "the record")
    wait_until(lambda: owed_states(publisher, CO)[poison] == "done", "its receipt")
    assert refused_here(receiver) == []


def owed_states(node: RunningNode, peer: str) -> dict[str, str]:
    return {job.subject: job.state for job in owed(node, peer)}


def test_a_record_at_which_a_peer_breaks_is_put_aside_after_some_tries_and_delays_nothing_and_its_withdrawal_is_sent(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publisher, receiver = own_federation[PE], own_federation[CO]
    published = publish_phones(publisher, phone())
    poison, *others = ids(published)
    monkeypatch.setattr("node.flows.receive_record.read_record", poisoned(poison, IndexError()))
    publisher.send_records()
    assert {state for subject, state in owed_states(publisher, CO).items() if subject in others} == {"done"}
    assert owed_states(publisher, CO)[poison] == "waiting"
    for _ in range(TRIES + 2):
        own_federation.clock.forward(3601)
        publisher.send_records()
    (aside,) = (job for job in owed(publisher, CO) if job.subject == poison)
    assert (aside.state, aside.reason, aside.attempts) == ("quarantined", "internal", TRIES)
    assert any(record.msg == "put aside" and record.__dict__["reason"] == "internal" for record in caplog.records)
    withdraw(publisher, published)
    publisher.send_records()
    assert held(receiver, poison) == [(2, "revocation")]
    assert [job.version for job in owed(publisher, CO) if job.subject == poison] == [2]


def test_a_peer_that_hangs_at_a_record_is_asked_and_gets_withdrawals_meanwhile(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, other, number = own_federation[CO], own_federation[BR], phone()
    publish_phones(other, number)
    known = publish_phones(node, phone())
    own_federation.beat()
    released, hanging, to_the_peer = threading.Event(), threading.Event(), CallPeer.ask

    def ask_slowly(call: CallPeer, outgoing: Any, expected: Any) -> Any:
        if (
            outgoing.to == BR
            and isinstance(outgoing.body, RecordDelivery)
            and b"revocation" not in _payload(outgoing.body.record)
        ):
            hanging.set()
            released.wait(120)
        return to_the_peer(call, outgoing, expected)

    monkeypatch.setattr(CallPeer, "ask", ask_slowly)
    backlog = [publish_phones(node, phone()) for _ in range(4)]
    waiting = [record_id for published in backlog for record_id in ids(published)]
    running = node.node.deliver.deliver_all()
    try:
        assert hanging.wait(30)
        withdraw(node, known)
        node.node.deliver.deliver_all()
        for record_id in ids(known):
            wait_until(lambda record=record_id: held(other, record)[-1] == (2, "revocation"), "the withdrawal")  # type: ignore[misc]
        assert len(hits(node.officer(Role.INVESTIGATOR), number, peers=[BR])) == 1
        wait_until(lambda: all(held(own_federation[PE], record) for record in waiting), "Peru's records")
        assert all(held(other, record) == [] for record in waiting)
        # Brazil has a withdrawal a moment before Colombia has noted that it has it.
        wait_until(lambda: [job.lane for job in owed(node, BR) if job.state == "leased"] == ["record"], "one delivery")
    finally:
        released.set()
    for future in running:
        future.result(120)


def _payload(record: bytes) -> bytes:
    return jws.open_form(record, RECORD_TYPE, limit=limits.RECORD_BYTES, where="record").payload


def test_what_waits_for_a_peer_that_was_away_goes_out_as_soon_as_the_peer_is_heard(own_federation: Federation) -> None:
    publisher, away = own_federation[CO], own_federation[BR]
    away.stop()
    published = publish_phones(publisher, phone())
    for _ in range(8):
        own_federation.clock.forward(3601)
        publisher.send_records()
    waiting = owed(publisher, BR)
    assert {(job.state, job.failures) for job in waiting} == {("waiting", 0)}
    away.start()  # from here on it may be heard at any time, by beats of its own
    away.node.follow.visit(CO)
    publisher.send_records()
    assert all(held(away, record) for record in ids(published))


def test_two_processes_on_one_database_ask_a_question_once_and_deliver_a_record_once(own_federation: Federation) -> None:
    first, numbers = own_federation[CO], [phone() for _ in range(3)]
    publish_phones(own_federation[PE], *numbers)
    own_federation.beat()
    second = Node(first.folder, own_federation.clock)
    try:
        assert second.adopt.load()
        officer = first.officer(Role.INVESTIGATOR)
        published = publish_phones(first, phone())
        questions = []
        for number in numbers:
            questions.append(ask(officer, number, peers=[PE]))
            for node in (second, first.node):
                node.ask.resume()
                node.deliver.deliver_all()
        for question_id in questions:
            (peer,) = settled(officer, question_id)
            assert (peer["state"], peer["attempts"], peer["hits"]) == ("answered", 1, 1)
        wait_until(lambda: set(owed_states(first, PE).values()) == {"done"}, "the records")
        with first.node.database.read() as work:
            sent = work.session.exec(select(Exchange.type).where(Exchange.direction == "out", Exchange.peer == PE)).all()
        assert sent.count(MatchRequest.type) == 2 * len(numbers)  # its list for all, and the one for Colombia
        assert [(job.attempts, job.reason) for job in owed(first, PE)] == [(1, None)] * len(published["records"])
        assert sent.count(RecordDelivery.type) == len(published["records"])
        assert first.count(Act.ANSWER_RECEIVED) == 2 * len(numbers)
    finally:
        second.close()


def test_what_nobody_foresaw_while_a_record_is_handed_over_is_told_by_its_kind_and_the_record_goes_on_later(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publisher, receiver, number, to_the_peer = own_federation[PE], own_federation[CO], phone(), CallPeer.ask

    def broken(call: CallPeer, outgoing: Any, expected: Any) -> Any:
        if isinstance(outgoing.body, RecordDelivery):
            raise IndexError(number)
        return to_the_peer(call, outgoing, expected)

    monkeypatch.setattr(CallPeer, "ask", broken)
    record_ids = ids(publish_phones(publisher, number))
    wait(publisher.node.deliver.deliver_all())
    jobs_put_off = [job for job in owed(publisher, CO) if job.reason == "unforeseen"]
    assert jobs_put_off
    assert {(job.state, job.away) for job in jobs_put_off} == {("waiting", False)}
    assert all(job.next_try > (job.tried or 0) for job in jobs_put_off)
    assert "IndexError" in {record.__dict__.get("error") for record in caplog.records if record.msg == "worker failed"}
    assert number not in caplog.text
    monkeypatch.undo()
    own_federation.clock.forward(3600)
    publisher.send_records()
    assert [version for each in record_ids for version, _ in held(receiver, each)] == [1] * len(record_ids)
