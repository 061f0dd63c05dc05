"""A member that sends too much: it uses up its own places, days and refusals, and nobody else's."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from select import select as select_readable
from typing import Any

import httpx2
import pytest
from sqlmodel import func, select

from node.inbound.national.server import LIMITS
from node.officers import Role
from node.safeguards import refusals
from node.store import manifests
from node.store.archive import find_request
from node.store.database import Side
from node.store.tables import Alert, Exchange, ExchangeKey
from protocol.authority import Authority
from protocol.journal import Act
from protocol.limits import REQUESTS_AT_ONCE
from protocol.matching import answer as evaluate
from protocol.messages import ManifestsWanted, ManifestWanted
from tests.federation.cases import ask, phone, publish_phones, settled
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Heard, Speaker, asking, newest_manifest

pytestmark = pytest.mark.federation


def kept(node: RunningNode, peer: Authority) -> int:
    """Bytes of a peer's requests that the node's disk holds."""
    with node.node.database.read() as work:
        size = func.coalesce(func.sum(func.length(Exchange.request_sealed)), 0)
        questions = select(size).where(Exchange.peer == peer, Exchange.direction == "in", Exchange.type == "match_request")
        return int(work.session.exec(questions).one())


def test_a_flood_of_one_member_delays_no_question_of_another(own_federation: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    number = phone()
    publish_phones(own_federation[PE], number)
    own_federation.beat()
    flooder, go_on, begun = Speaker(own_federation, BR), threading.Event(), threading.Event()
    manifest = newest_manifest(own_federation[PE])

    def stuck(elements: Any, *given: Any) -> Any:
        if len(elements) == 32:  # the flood's questions; an honest one has sixteen
            begun.set()
            assert go_on.wait(240)
        return evaluate(elements, *given)

    monkeypatch.setattr("node.flows.answer_match.matching.answer", stuck)

    def question() -> Heard:
        return flooder.post(PE, flooder.envelope(PE, asking(manifest, *(b"%d" % n for n in range(17)))).raw)

    with ThreadPoolExecutor(64) as pool, ExitStack() as at_the_end:
        at_the_end.callback(go_on.set)  # whatever fails here, the flood must not hold the test
        flood = [pool.submit(question) for _ in range(REQUESTS_AT_ONCE)]
        assert begun.wait(120)
        while not any(each.done() for each in flood):  # until every place is taken: then the next one is refused
            flood.append(pool.submit(question))
            wait(flood, 1, return_when=FIRST_COMPLETED)
        officer = own_federation[CO].officer(Role.INVESTIGATOR)
        (shown,) = settled(officer, ask(officer, number, peers=[PE]))
        assert (shown["state"], shown["hits"]) == ("answered", 1)
        assert sum(not each.done() for each in flood) >= REQUESTS_AT_ONCE, "the flood was over before the question"
    heard = [each.result() for each in flood]
    assert [each.types for each in heard if each.code is None] == [["match_receipt", "match_answer"]] * REQUESTS_AT_ONCE
    assert {each.code for each in heard} == {None, "too_many_at_once"}


def test_a_member_with_too_many_requests_under_way_is_told_when_to_come_back(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.inbound.peer.places.REQUESTS_AT_ONCE", 0)
    answer = refused(own_federation, BR, PE)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_at_once")
    assert answer.headers["Retry-After"] == "2"


def refused(federation: Federation, sender: Authority, to: Authority) -> httpx2.Response:
    speaker = Speaker(federation, sender)
    return speaker.answer(to, speaker.envelope(to, seeking(federation)).raw)


def seeking(federation: Federation) -> ManifestWanted:
    """A request that no node makes by itself while a test runs."""
    held = newest_manifest(federation[PE])
    return ManifestWanted(authority=PE, list=held.list_id, epoch=held.epoch, position=held.position)


def test_a_day_that_is_used_up_is_told_with_its_end_on_record_once_and_the_next_day_is_new(
    own_federation: Federation, quota: Callable[[str, int], None]
) -> None:
    quota("manifest_wanted", 2)
    wanted = seeking(own_federation)
    speaker, node = Speaker(own_federation, BR), own_federation[PE]
    for _ in range(2):
        assert speaker.say(PE, wanted).types == ["manifests"]
    answers = [refused(own_federation, BR, PE) for _ in range(3)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(429, "quota_spent")}
    assert 0 < int(answers[0].headers["Retry-After"]) <= 86400
    assert node.payloads(Act.POLICY_REFUSAL) == [{"cause": "quota_spent", "type": "manifest_wanted", "peer": BR}]
    assert Speaker(own_federation, CO).say(PE, wanted).types == ["manifests"]
    assert speaker.say(PE, ManifestsWanted()).types == ["manifests"]
    own_federation.clock.forward(int(answers[0].headers["Retry-After"]))
    assert speaker.say(PE, wanted).types == ["manifests"]


def test_connections_of_an_officer_s_machine_that_say_nothing_leave_and_officers_are_served(federation: Federation) -> None:
    node, said = federation[CO], b"GET /v1/me HTTP/1.1\r\nX-Drip: "
    officer = node.officer(Role.INVESTIGATOR)
    address = ("127.0.0.1", int(node.url.rpartition(":")[2]))
    with ExitStack() as closing:
        silent = [closing.enter_context(socket.create_connection(address, timeout=30)) for _ in range(100)]
        for each in silent:
            each.sendall(said)
        assert officer.get("/v1/me").status_code == 200
        assert silent[0].recv(1) == b"", "the oldest makes room"
        held = sum(not select_readable([each], [], [], 0)[0] for each in silent)
        assert 0 < held <= LIMITS.doorstep.strangers_an_address
        assert officer.get("/v1/me").status_code == 200


def test_index_files_have_a_day_too(own_federation: Federation, quota: Callable[[str, int], None]) -> None:
    own_federation.beat()
    speaker, newest = Speaker(own_federation, BR), newest_manifest(own_federation[PE])
    (segment, *_) = manifests.content(newest).segments
    assert [speaker.get(PE, digest).status_code for digest in (newest.digest, segment.digest)] == [404, 200]
    quota("index_file", 0)
    answers = [speaker.get(PE, digest) for digest in (newest.digest, segment.digest)]
    told = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert told == [(429, "quota_spent")] * 2, "what is there and what is not look alike when the day is spent"


def test_a_refused_question_costs_the_disk_its_digest_and_a_forbidden_purpose_is_kept_as_evidence(
    own_federation: Federation,
) -> None:
    node, speaker = own_federation[PE], Speaker(own_federation, BR)
    old, inputs = newest_manifest(node), [b"%d" % n for n in range(2000)]
    unserved = asking(old, *inputs).model_copy(update={"list": "0" * 32})
    signed = speaker.envelope(PE, unserved)
    assert len(signed.raw) > 80_000
    assert speaker.post(PE, signed.raw).bodies[1:] == [{"outcome": "declined"}]
    assert kept(node, BR) == 0
    assert node.payloads(Act.POLICY_REFUSAL)[-1]["exchange"] == signed.envelope.x
    again = speaker.post(PE, signed.raw)
    assert again.bodies[1:] == [{"outcome": "declined"}]
    forbidden = speaker.envelope(PE, asking(old, purpose="prosecute_victim"))
    assert speaker.post(PE, forbidden.raw).bodies == [{"outcome": "refused_purpose"}]
    with node.node.database.read() as work:
        evidence = find_request(work, forbidden.envelope.x, BR, "in")
    assert evidence is not None
    assert evidence.raw == forbidden.raw


def test_refusals_end_for_the_day_and_sound_questions_go_on(
    own_federation: Federation, quota: Callable[[str, int], None]
) -> None:
    quota("refused", 3)
    node, speaker = own_federation[PE], Speaker(own_federation, BR)
    manifest = newest_manifest(node)
    unserved = asking(manifest).model_copy(update={"list": "0" * 32})
    assert speaker.say(PE, unserved).bodies[1:] == [{"outcome": "declined"}]
    assert {speaker.post(PE, b"{}").code for _ in range(9)} == {"malformed"}
    assert [each["cause"] for each in node.payloads(Act.POLICY_REFUSAL)] == [
        "wrong_question",
        "malformed",
        "malformed",
        "quota_spent",
    ]
    assert speaker.say(PE, unserved).code == "quota_spent"
    assert node.count(Act.POLICY_REFUSAL) == 4
    assert speaker.say(PE, asking(manifest)).types == ["match_receipt", "match_answer"]


def test_a_forbidden_purpose_is_counted_and_alerted_past_the_refusals_of_a_day(
    own_federation: Federation, quota: Callable[[str, int], None]
) -> None:
    quota("refused", 1)
    node, speaker = own_federation[PE], Speaker(own_federation, BR)
    forbidden = asking(newest_manifest(node), purpose="prosecute_victim")
    assert speaker.say(PE, forbidden).bodies == [{"outcome": "refused_purpose"}]
    assert {speaker.say(PE, forbidden).code for _ in range(3)} == {"quota_spent"}
    with node.node.database.read() as work:
        counted = {each.cause: (each.purpose, each.count) for each in refusals.count(work, 0)}
        alerts = [(row.kind, row.peer, row.count) for row in work.session.exec(select(Alert)).all()]
    assert counted == {"purpose_refused": ("prosecute_victim", 4), "quota_spent": (None, 1)}
    assert alerts == [("forbidden_purpose", BR, 4)]
    quota("match_request", 4)  # what was refused and not kept is of the day's questions, too
    assert speaker.say(PE, forbidden).code == "quota_spent"
    with node.node.database.read() as work:
        assert {each.count for each in refusals.count(work, 0) if each.purpose} == {4}


def test_an_id_that_a_peer_takes_from_our_own_question_shares_nothing_with_it(own_federation: Federation) -> None:
    own_federation.beat()
    asker = own_federation[CO]
    officer = asker.officer(Role.INVESTIGATOR)
    settled(officer, ask(officer, phone(), peers=[PE]))
    with asker.node.database.read() as work:
        asked = select(Exchange.x).where(Exchange.type == "match_request", Exchange.direction == "out", Exchange.peer == PE)
        ours = work.session.exec(asked.limit(1)).one()
    assert Speaker(own_federation, PE).say(CO, ManifestsWanted(), x=ours).types == ["manifests"]
    assert Speaker(own_federation, BR).say(CO, ManifestsWanted(), x=ours).types == ["manifests"]
    with asker.node.database.begin() as work:
        for side in (Side(PE, "in"), Side(BR, "in")):
            work.session.delete(work.session.get_one(ExchangeKey, (ours, *side)))
    with asker.node.database.read() as work:
        assert find_request(work, ours, PE, "out") is not None
        assert find_request(work, ours, PE, "in") is None
