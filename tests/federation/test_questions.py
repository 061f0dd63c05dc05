"""Questions when things go wrong: peers away, nodes stopped half-way, holders that cheat. No wrong answer is ever shown."""

import os
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from node.officers import Role
from node.outbound.errors import PeerUnavailable
from node.store.archive import find_replies, find_request
from node.store.tables import BudgetSpending, Exchange, HeldManifest, QuestionExchange, QuestionToPeer
from protocol import matching
from protocol.authority import Authority
from protocol.identifiers import NORMALISER_VERSIONS, Kind
from protocol.index.entry import Label, make_entry, tag_of
from protocol.journal import Act
from protocol.messages import MatchAnswer
from tests.federation.cases import ask, case_file, hits, phone, progress, publish_phones, question, settled
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import envelope_of, newest_manifest
from tests.serving import wait_until

pytestmark = pytest.mark.federation


def exchanges(node: RunningNode) -> list[QuestionExchange]:
    with node.node.database.read() as work:
        return list(work.session.exec(select(QuestionExchange).order_by(col(QuestionExchange.asked))).all())


def requests(node: RunningNode) -> list[dict[str, Any]]:
    """The bodies of all questions that a node has sent, by its own archive, the earliest first."""
    with node.node.database.read() as work:
        rows = work.session.exec(select(Exchange).where(Exchange.type == "match_request", Exchange.direction == "out")).all()
        found = [find_request(work, row.x, Authority(row.peer), "out") for row in rows]
    return sorted((envelope_of(request.raw) for request in found if request is not None), key=itemgetter("iat"))


def charged(node: RunningNode) -> int:
    with node.node.database.read() as work:
        return sum(row.elements for row in work.session.exec(select(BudgetSpending).where(BudgetSpending.side == "asker")).all())


def retry(federation: Federation, node: RunningNode) -> None:
    """The beat of the questions, once what is put off is due."""
    federation.clock.forward(60)
    node.node.ask.resume()


def test_a_peer_that_is_down_is_asked_again_and_the_officer_sees_since_when(federation: Federation) -> None:
    number = phone()
    publish_phones(federation[BR], number)
    federation.beat()
    federation[BR].stop()
    asker, asked_at = federation[CO].officer(Role.INVESTIGATOR), federation.clock()
    question_id = ask(asker, number, peers=[PE, BR])
    wait_until(lambda: min(p["attempts"] for p in progress(asker, question_id)) >= 1, "both attempts")
    waiting, answered = progress(asker, question_id)
    assert (waiting["peer"], waiting["state"], waiting["reason"]) == ("BR", "waiting", "unreachable")
    assert asked_at <= waiting["since"] <= federation.clock()
    assert (answered["peer"], answered["state"]) == ("PE", "answered")
    retry(federation, federation[CO])
    wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 2, "another attempt")
    assert progress(asker, question_id)[0]["since"] == waiting["since"]
    federation[BR].start()
    federation.clock.forward(60)
    assert [peer["state"] for peer in settled(asker, question_id, beating=federation[CO])] == ["answered", "answered"]
    assert [hit["peer"] for hit in asker.get(f"/v1/questions/{question_id}/hits").json()] == ["BR"]


def test_a_holder_stopped_between_receipt_and_answer_answers_the_same_question_later_and_charges_once(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, holder = phone(), own_federation[PE]
    publish_phones(holder, number)
    own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    with monkeypatch.context() as power_cut:
        power_cut.setattr("protocol.matching.answer", _cut)
        question_id = ask(asker, number, peers=[PE])
        wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 1, "the attempt")
    (cut,) = progress(asker, question_id)
    assert (cut["state"], cut["hits"], [each["state"] for each in cut["lists"]]) == ("waiting", 0, ["received"])
    holder.stop()
    holder.start()
    before = charged(holder)
    own_federation.clock.forward(5)
    assert [peer["state"] for peer in settled(asker, question_id, beating=own_federation[CO])] == ["answered"]
    assert len(asker.get(f"/v1/questions/{question_id}/hits").json()) == 1
    assert {row.state for row in exchanges(own_federation[CO])} == {"answered"}
    # the list for all members and the one for Colombia: the first was charged before the cut and not again
    assert charged(holder) == before + 16 == 32
    x = next(sent["x"] for sent in requests(own_federation[CO]))
    with holder.node.database.read() as work:
        assert [type_ for type_, _ in find_replies(work, x, CO, "in")] == ["match_receipt", "match_answer"]


def _cut(*_: object) -> None:
    raise OSError("power cut (simulated)")


def test_an_asker_restarted_while_its_question_was_out_asks_anew_and_cites_the_old_exchange(own_federation: Federation) -> None:
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    own_federation.beat()
    own_federation[BR].stop()
    question_id = ask(asker, phone(), peers=[BR])
    wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 1, "the attempt")
    own_federation[CO].stop()
    own_federation[CO].start()
    own_federation[BR].start()
    own_federation.clock.forward(60)
    assert [peer["state"] for peer in settled(asker, question_id, beating=own_federation[CO])] == ["answered"]
    first, second = requests(own_federation[CO])
    assert "cites" not in first["body"]
    assert second["body"]["cites"] == first["x"]
    assert second["body"]["elements"] != first["body"]["elements"]


@pytest.mark.parametrize("purpose", ["immigration_enforcement", "prosecute_victim", "missing_person", "victim_protection"])
def test_a_forbidden_purpose_ends_at_the_asker_s_own_door(federation: Federation, purpose: str) -> None:
    asker, sent = federation[CO].officer(Role.INVESTIGATOR), len(requests(federation[CO]))
    refused = asker.post("/v1/questions", json=question(phone(), peers=[PE], purpose=purpose))
    assert (refused.status_code, refused.json()["code"]) == (403, "purpose_refused")
    assert len(requests(federation[CO])) == sent
    assert asker.get("/v1/questions").json() == []


def seed_of(holder: RunningNode) -> Path:
    """The seed of its list of identifiers for all."""
    (seed,) = (holder.folder / "keys" / "epochs").glob(f"{newest_manifest(holder).list_id}-*")
    return seed


def test_a_holder_that_evaluates_under_another_key_proves_nothing_and_raises_an_alarm(own_federation: Federation) -> None:
    number, holder = phone(), own_federation[BR]
    publish_phones(holder, number)
    own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    assert len(hits(asker, number, peers=[BR])) == 1
    seed = seed_of(holder)
    true_seed = seed.read_bytes()
    holder.node.vault.write(seed, os.urandom(32))
    question_id = ask(asker, number, peers=[BR])
    (shown,) = settled(asker, question_id)
    assert (shown["state"], shown["reason"], shown["hits"]) == ("failed", "proof_does_not_hold", 0)
    assert own_federation[CO].count(Act.ANSWER_VOID) == 1
    assert asker.get(f"/v1/questions/{question_id}/hits").json() == []
    seed.write_bytes(true_seed)
    assert len(hits(asker, number, peers=[BR])) == 1


def test_a_manifest_under_another_key_is_not_adopted_and_an_answer_under_that_key_is_void(own_federation: Federation) -> None:
    holder, asker = own_federation[BR], own_federation[CO].officer(Role.INVESTIGATOR)
    own_federation.beat()
    holder.node.vault.write(seed_of(holder), os.urandom(32))
    own_federation.beat()
    (peer,) = (peer for peer in asker.get("/v1/peers").json()["peers"] if peer["authority"] == BR)
    assert peer["issued"] < own_federation.clock()
    (shown,) = settled(asker, ask(asker, phone(), peers=[BR]))
    assert (shown["state"], shown["reason"]) == ("failed", "proof_does_not_hold")
    assert own_federation[CO].count(Act.ANSWER_VOID) == 1


def test_an_entry_that_bears_the_tag_and_does_not_open_makes_the_answer_void(own_federation: Federation) -> None:
    number, holder = phone(), own_federation[BR]
    publish_phones(holder, number)

    def spoilt(output: bytes, j: int, label: Label, place: Any, random: Any) -> bytes:
        return tag_of(output, j) + make_entry(output, j + 1, label, place, random)[16:]

    with pytest.MonkeyPatch.context() as careless:
        careless.setattr("node.flows.list_segments.make_entry", spoilt)
        own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    question_id = ask(asker, number, peers=[BR])
    (shown,) = settled(asker, question_id)
    assert (shown["state"], shown["hits"]) == ("failed", 0)
    assert own_federation[CO].count(Act.ANSWER_VOID) == 1


def test_no_answer_rests_on_a_manifest_past_its_validity(own_federation: Federation) -> None:
    number = phone()
    publish_phones(own_federation[PE], number)
    own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    assert len(hits(asker, number, peers=[PE])) == 1
    sent = len(requests(own_federation[CO]))
    own_federation.clock.forward(3601)
    question_id = ask(asker, number, peers=[PE])
    wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 1, "the attempt")
    (shown,) = progress(asker, question_id)
    assert (shown["state"], shown["reason"], shown["hits"]) == ("waiting", "no_valid_list", 0)
    assert len(requests(own_federation[CO])) == sent
    own_federation[PE].node.index.beat()
    retry(own_federation, own_federation[CO])
    assert [peer["state"] for peer in settled(asker, question_id)] == ["answered"]
    assert len(asker.get(f"/v1/questions/{question_id}/hits").json()) == 1


def test_an_answer_that_comes_after_its_manifest_s_validity_is_not_shown_and_the_question_goes_out_anew(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, clock, at_once = phone(), own_federation.clock, matching.answer
    publish_phones(own_federation[BR], number)
    own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)

    def receipt_is_in() -> bool:
        with own_federation[CO].node.database.read() as work:
            return work.session.exec(select(QuestionToPeer.state)).one() == "received"

    def hours_later(*arguments: Any) -> MatchAnswer:
        wait_until(receipt_is_in, "the receipt, which would be hours old itself")
        clock.forward(3601)
        return at_once(*arguments)

    with monkeypatch.context() as slow:
        slow.setattr("protocol.matching.answer", hours_later)
        question_id = ask(asker, number, peers=[BR])
        wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 1, "the attempt")
    (shown,) = progress(asker, question_id)
    assert (shown["state"], shown["reason"], shown["hits"]) == ("waiting", "manifest_refused", 0)
    own_federation[BR].node.index.beat()
    retry(own_federation, own_federation[CO])
    assert [peer["state"] for peer in settled(asker, question_id)] == ["answered"]
    assert len(asker.get(f"/v1/questions/{question_id}/hits").json()) == 1
    first, second = requests(own_federation[CO])
    assert second["body"]["cites"] == first["x"]
    assert own_federation[CO].count(Act.ANSWER_VOID) == 0  # late is not false


def test_what_a_peer_reads_under_another_version_is_said_line_by_line_and_is_no_missing_hit(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = phone()
    with monkeypatch.context() as older:
        for place in ("protocol.identifiers.normalising", "node.flows.keep_index"):
            older.setattr(f"{place}.NORMALISER_VERSIONS", {**NORMALISER_VERSIONS, Kind.PHONE: "phone-0+1.0"})
        publish_phones(own_federation[PE], number)
        own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    (alone,) = settled(asker, ask(asker, number, peers=[PE]))
    assert (alone["state"], alone["reason"], alone["hits"]) == ("failed", "other_versions", 0)
    assert alone["not_compared"] == [{"kind": "phone", "why": "other_version", "lines": "2"}]
    assert requests(own_federation[CO]) == []
    mixed = "kind,value,attests_not_protected\nphone," + number + ",yes\nimo,IMO 9319466,yes\n"
    taken = asker.post("/v1/questions", json=question(number, peers=[PE]) | {"case_file": mixed})
    (some,) = settled(asker, taken.json()["id"])
    assert (some["state"], some["reason"], some["hits"]) == ("answered", "some_lines_not_compared", 0)
    assert some["not_compared"] == [{"kind": "phone", "why": "other_version", "lines": "2"}]


def test_what_a_holder_listed_before_its_upgrade_is_not_asked_under_the_new_version(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = phone(), phone()
    with monkeypatch.context() as earlier:
        versions = {**NORMALISER_VERSIONS, Kind.PHONE: "phone-0+1.0"}
        earlier.setattr("protocol.identifiers.normalising.NORMALISER_VERSIONS", versions)
        publish_phones(own_federation[PE], before)
        publish_phones(own_federation[BR], before)
    publish_phones(own_federation[BR], after)
    own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    # Brazil's entries are of both versions; Peru's of before, but it has a second list, for Colombia, with none
    shown = settled(asker, ask(asker, before, peers=[PE, BR]))
    assert [(each["peer"], each["state"], each["reason"], each["hits"]) for each in shown] == [
        ("BR", "failed", "other_versions", 0),
        ("PE", "answered", "some_lines_not_compared", 0),
    ]
    assert [each["not_compared"] for each in shown] == [[{"kind": "phone", "why": "other_version", "lines": "2"}]] * 2


def test_a_list_that_cannot_be_asked_now_keeps_the_question_open(own_federation: Federation) -> None:
    common, bilateral = phone(), phone()
    publish_phones(own_federation[PE], common)
    publish_phones(own_federation[PE], bilateral, audience=["CO"])
    own_federation.beat()
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    hidden = newest_manifest(own_federation[PE], "set").list_id
    with own_federation[CO].node.database.begin() as work:
        for held in work.session.exec(select(HeldManifest).where(HeldManifest.list_id == hidden)).all():
            held.usable = False
            work.session.add(held)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(own_federation[CO].node.follow.__class__, "visit", _unreachable)
        question_id = ask(asker, common, bilateral, peers=[PE])
        wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 1, "the attempt")
    assert progress(asker, question_id)[0]["state"] == "waiting"
    retry(own_federation, own_federation[CO])
    assert [peer["state"] for peer in settled(asker, question_id)] == ["answered"]
    assert [hit["line"] for hit in asker.get(f"/v1/questions/{question_id}/hits").json()] == [2, 3]


def _unreachable(*_: object) -> None:
    raise PeerUnavailable("unreachable")


def test_an_unattested_line_or_batch_and_one_officer_s_day_stop_a_question_before_it_is_kept(federation: Federation) -> None:
    asker = federation[CO].officer(Role.INVESTIGATOR)
    number = phone()
    unattested_line = case_file(number).replace("yes", "no")
    refused = [
        asker.post("/v1/questions", json=question(number, peers=[PE], attested=False)),
        asker.post("/v1/questions", json=question(peers=[PE], case_file=unattested_line)),
        asker.post("/v1/questions", json=question(number, peers=["CO"])),
        asker.post("/v1/questions", json=question(number, peers=["AR"])),
    ]
    reasons = [(answer.status_code, answer.json()["code"], answer.json()["facts"].get("reason")) for answer in refused]
    assert reasons == [
        (422, "not_necessary", "batch_not_attested"),
        (422, "not_necessary", "line_not_attested"),
        (422, "not_necessary", "no_peers"),
        (403, "unknown_sender", None),
    ]
    assert asker.get("/v1/questions").json() == []


def test_another_officer_s_question_is_not_there(federation: Federation) -> None:
    federation.beat()
    first, second = (federation[CO].officer(Role.INVESTIGATOR) for _ in range(2))
    question_id = ask(first, phone(), peers=[PE])
    settled(first, question_id)
    for place in (f"/v1/questions/{question_id}", f"/v1/questions/{question_id}/hits", "/v1/questions/0"):
        assert second.get(place).json()["code"] == "unknown_question"
    assert second.get("/v1/questions").json() == []
