"""A member that misbehaves: it harms its own exchange, and nobody else's."""

import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import col, select

from crypto.signing import Signer
from node.custody import Custody, open_vault
from node.keys import Keys
from node.officers import Role
from node.store import manifests
from node.store.errors import StoreUnavailable
from node.store.jobs import LEASE_SECONDS
from node.store.tables import Equivocation, HeldManifest, HeldRecord, IndexList, Job
from protocol.envelope import Head
from protocol.index.manifest import SegmentRef, sign_manifest
from protocol.index.segment import build_removals
from protocol.journal import Act
from protocol.matching import answer as evaluate
from protocol.messages import ManifestsWanted, RecordDelivery
from protocol.record import parse_record, sign_record
from tests.federation.cases import Suspect, ask, export, phone, progress, publish, publish_phones, reference, settled, take_in
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Speaker, asking, newest_manifest
from tests.serving import wait_until

pytestmark = pytest.mark.federation


def deliveries(node: RunningNode, peer: str) -> list[Job]:
    with node.node.database.read() as work:
        return list(work.session.exec(select(Job).where(Job.peer == peer, Job.lane != "question")).all())


def held_of(node: RunningNode, authority: str) -> list[HeldManifest]:
    with node.node.database.read() as work:
        return list(work.session.exec(select(HeldManifest).where(HeldManifest.authority == authority)).all())


def extend_chain(node: RunningNode, **changes: Any) -> None:
    """The node's next manifest, correctly signed, says something that a node of ours would not."""
    before = newest_manifest(node)
    with node.node.database.begin() as work:
        content = manifests.content(before)
        chained = {"position": before.position + 1, "previous": before.digest, "issued": work.now()}
        changed = content.model_copy(update={**chained, "valid_until": work.now() + 60, **changes})
        manifests.keep(work, sign_manifest(changed, signing_key(node)), usable=True)


def signing_key(node: RunningNode) -> Signer:
    return Keys.read(open_vault(node.folder, Custody())).signing


def test_a_receipt_for_something_else_puts_that_peer_off_and_holds_nobody_up(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, liar = own_federation[CO], own_federation[BR]
    published = publish_phones(publisher, phone())
    monkeypatch.setattr("node.flows.receive_record.sha256", lambda _: "0" * 64)
    publisher.send_records()
    for peer in (PE, BR):
        waiting = [row for row in deliveries(publisher, peer) if row.state == "waiting"]
        assert len(waiting) == len(published["records"])
        assert {row.reason for row in waiting} == {"not_the_reply"}
        assert all(row.attempts and row.next_try > (row.tried or 0) for row in waiting)
    monkeypatch.undo()
    own_federation.clock.forward(60)
    publisher.send_records()
    assert {row.state for peer in (PE, BR) for row in deliveries(publisher, peer)} == {"done"}
    assert liar.count(Act.RECORD_RECEIVED) >= len(published["records"])


def test_a_peer_that_hangs_delays_no_withdrawal_to_another(own_federation: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, released = own_federation[CO], threading.Event()
    deliver = publisher.node.deliver
    one_by_one = deliver.call.ask

    def slow(outgoing: Any, expected: Any) -> Any:
        if outgoing.to == BR:
            released.wait(20)
        return one_by_one(outgoing, expected)

    published = publish_phones(publisher, phone())
    monkeypatch.setattr(type(deliver.call), "ask", lambda _, outgoing, expected: slow(outgoing, expected))
    began = time.monotonic()
    running = deliver.deliver_all()
    while {row.state for row in deliveries(publisher, PE)} != {"done"}:
        assert time.monotonic() - began < 15, "Peru waits for Brazil"
        time.sleep(0.05)
    assert sorted(row.state for row in deliveries(publisher, BR)) == ["leased", "waiting", "waiting"]
    released.set()
    for future in running:
        future.result(20)
    assert len(deliveries(publisher, BR)) == len(published["records"])


def issued_by_peru(node: RunningNode) -> int:
    peers = node.officer(Role.INVESTIGATOR).get("/v1/peers").json()["peers"]
    return next(int(peer["issued"]) for peer in peers if peer["authority"] == PE)


def test_lists_that_the_directory_does_not_know_are_not_kept(own_federation: Federation) -> None:
    own_federation.beat()
    rogue, follower = own_federation[BR], own_federation[CO]
    known, before = {row.list_id for row in held_of(follower, BR)}, issued_by_peru(follower)
    content, unknown = manifests.content(newest_manifest(rogue)), os.urandom(16).hex()
    with rogue.node.database.begin() as work:
        invented = {"list": unknown, "position": 0, "previous": None, "valid_until": content.issued + 60}
        work.session.add(IndexList(id=unknown, audience="CO", entropy="identifiers"))
        manifests.keep(work, sign_manifest(content.model_copy(update=invented), signing_key(rogue)), usable=True)
    own_federation.beat()
    assert {row.list_id for row in held_of(follower, BR)} == known
    assert issued_by_peru(follower) > before


def test_a_common_list_that_is_called_somebody_s_own_is_not_adopted(own_federation: Federation) -> None:
    own_federation.beat()
    extend_chain(own_federation[BR], audience="set")
    before = len(held_of(own_federation[PE], BR))
    own_federation[PE].follow_lists()
    assert len(held_of(own_federation[PE], BR)) == before


def test_an_index_file_is_checked_for_what_it_is_used_as(own_federation: Federation) -> None:
    own_federation.beat()
    rogue, asker = own_federation[BR], own_federation[CO]
    files = rogue.node.index.files
    (segment, *_) = manifests.content(newest_manifest(rogue)).segments
    short = files.put(build_removals((), 8))
    extend_chain(rogue, segments=(SegmentRef(digest=segment.digest, count=segment.count, removals=short),))
    asker.node.index.files.put(build_removals((), 8))  # it came before, as the bitmap of eight entries
    usable = [row.digest for row in held_of(asker, BR) if row.usable]
    asker.follow_lists()
    assert [row.digest for row in held_of(asker, BR) if row.usable] == usable
    officer = asker.officer(Role.INVESTIGATOR)
    assert [peer["state"] for peer in settled(officer, ask(officer, phone(), peers=[PE]))] == ["answered"]


def test_invented_heads_cost_one_call_each_and_no_more(own_federation: Federation) -> None:
    own_federation.beat()
    accused = newest_manifest(own_federation[PE])
    lies = tuple(
        Head(authority=PE, list=accused.list_id, epoch=1, position=position, digest=os.urandom(32).hex())
        for position in range(accused.position + 1)
    )
    Speaker(own_federation, BR).say(CO, ManifestsWanted(), heads=lies)
    for _ in range(3):
        own_federation[CO].follow_lists()
    with own_federation[CO].node.database.read() as work:
        rows = work.session.exec(select(Equivocation)).all()
    assert len(rows) == len(lies)
    assert all(row.asked and not row.proven for row in rows)


def test_an_id_belongs_to_who_published_it_first(own_federation: Federation) -> None:
    published = publish_phones(own_federation[CO], phone())
    own_federation.beat()
    original = parse_record(published["records"][0]["bytes"].encode())
    stolen = sign_record(original.model_copy(update={"authority": BR}), signing_key(own_federation[BR]))
    heard = Speaker(own_federation, BR).say(PE, RecordDelivery(record=stolen.raw))
    assert heard.bodies == [{"digest": stolen.digest, "outcome": "quarantined", "reason": "other_authority"}]
    with own_federation[PE].node.database.read() as work:
        held = work.session.exec(select(HeldRecord).where(col(HeldRecord.record_id) == original.id)).all()
    assert [row.authority for row in held] == [CO]


def test_one_question_on_many_connections_at_once_is_evaluated_once(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_federation.beat()
    asker, calls = Speaker(own_federation, CO), []

    def counted(*given: Any) -> Any:
        calls.append(1)
        time.sleep(0.3)
        return evaluate(*given)

    monkeypatch.setattr("node.flows.answer_match.matching.answer", counted)
    raw = asker.envelope(PE, asking(newest_manifest(own_federation[PE]))).raw
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda _: asker.post(PE, raw), range(4)))
    assert len({each.raw for each in heard}) == 1
    assert [each.types for each in heard] == [["match_receipt", "match_answer"]] * 4
    assert len(calls) == 1


def test_what_is_approved_is_what_was_proposed_and_no_number_more(own_federation: Federation) -> None:
    node, network, first = own_federation[PE], reference(), phone()
    analyst, second = node.officer(Role.ANALYST), node.officer(Role.ANALYST)
    take_in(analyst, export(network, Suspect([first])))
    proposed = analyst.post("/v1/publications", json={"network": network, "audience": None}).json()
    assert proposed["listed"] == {"phone": 1}
    take_in(analyst, export(network, Suspect([first, phone()])))
    approved = second.post(f"/v1/publications/{proposed['id']}/approval").json()
    assert approved["listed"] == {"phone": 1}
    assert approved["waiting"] == 1
    assert publish(node, network)["listed"] == {"phone": 2}


def test_taking_back_takes_back_what_was_about_to_follow(own_federation: Federation) -> None:
    node, network = own_federation[PE], reference()
    analyst, second = node.officer(Role.ANALYST), node.officer(Role.ANALYST)
    take_in(analyst, export(network, Suspect([phone()])))
    published = publish(node, network)
    take_in(analyst, export(network, Suspect([phone()]), size="n11_25"))
    pending = analyst.post("/v1/publications", json={"network": network, "audience": None}).json()
    assert second.post(f"/v1/publications/{published['id']}/withdrawal").status_code == 200
    refused = second.post(f"/v1/publications/{pending['id']}/approval")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")
    assert publish(node, network)["state"] == "published"


def test_a_number_whose_screening_goes_back_to_pending_leaves_with_the_next_beat(own_federation: Federation) -> None:
    node, network, number = own_federation[PE], reference(), phone()
    analyst = node.officer(Role.ANALYST)
    take_in(analyst, export(network, Suspect([number])))
    publish(node, network)
    own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    (shown,) = settled(asker, ask(asker, number, peers=[PE]))
    assert shown["hits"] == 1
    take_in(analyst, export(network, Suspect([number], screening="pending")))
    own_federation.beat()
    (shown,) = settled(asker, ask(asker, number, peers=[PE]))
    assert shown["hits"] == 0


def test_a_question_that_cannot_even_be_put_off_waits_until_its_lease_is_over_and_is_not_asked_in_a_loop(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_federation.beat()
    asker, tried = own_federation[CO].officer(Role.INVESTIGATOR), []

    def away(*_: Any, **__: Any) -> Any:
        tried.append(1)
        raise StoreUnavailable("OperationalError")

    with monkeypatch.context() as broken:
        broken.setattr("node.flows.ask_list.look_up", away)
        broken.setattr(type(own_federation[CO].node.ask), "_put_off", away)
        question_id = ask(asker, phone(), peers=[PE])
        wait_until(lambda: len(tried) == 2, "the look-up and the put-off to fail")
        time.sleep(1)
        assert len(tried) == 2
    own_federation.clock.forward(LEASE_SECONDS)
    assert [peer["state"] for peer in settled(asker, question_id, beating=own_federation[CO])] == ["answered"]


def test_what_nobody_foresaw_is_shown_to_the_officer_put_off_and_told_by_its_kind(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own_federation.beat()
    number, asker = phone(), own_federation[CO].officer(Role.INVESTIGATOR)

    def broken(*_: Any) -> Any:
        raise IndexError(number)

    monkeypatch.setattr("node.flows.ask_list.look_up", broken)
    question_id = ask(asker, number, peers=[PE])
    wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 1, "the attempt")
    (shown,) = progress(asker, question_id)
    assert (shown["state"], shown["reason"], shown["hits"]) == ("waiting", "unforeseen", 0)
    assert shown["next_try"] > shown["since"]
    wait_until(lambda: any(record.msg == "worker failed" for record in caplog.records), "the log")
    told = next(record for record in caplog.records if record.msg == "worker failed")
    assert told.__dict__["error"] == "IndexError"
    assert number not in caplog.text
    monkeypatch.undo()
    own_federation.clock.forward(60)
    assert [peer["state"] for peer in settled(asker, question_id, beating=own_federation[CO])] == ["answered"]


def test_a_peer_that_refuses_every_visit_is_told_once_by_its_code_and_once_more_when_it_lets_us_in(
    own_federation: Federation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    own_federation.beat()
    colombia, administrator = own_federation[CO], own_federation[PE].officer(Role.ADMINISTRATOR)
    assert administrator.post("/v1/peers/CO/denial").status_code == 200
    for _ in range(3):
        colombia.follow_lists()
    assert administrator.delete("/v1/peers/CO/denial").status_code == 200
    for _ in range(2):
        colombia.follow_lists()
    visits = [record.__dict__ for record in caplog.records if record.getMessage() == "visit ended"]
    assert [each["outcome"] for each in visits if each["peer"] == PE] == ["denied_sender", "complete"]
