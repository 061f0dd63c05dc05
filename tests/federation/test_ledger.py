"""The ledger of real exchanges: both sides' parts agree, every kind of exchange is told, and nothing in it names anybody."""

from typing import Any

import httpx2
import pytest
from sqlmodel import select

from node.officers import Role
from node.store.tables import Exchange
from protocol.messages import ManifestWanted, RecordsWanted
from tests.federation.cases import ask, phone, progress, publish_phones, settled
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Speaker, asking, newest_manifest

pytestmark = pytest.mark.federation


def told(officer: httpx2.Client, x: str) -> dict[str, Any]:
    """The ledger's entry of one exchange."""
    (entry,) = officer.get(f"/v1/exchanges/{x}/ledger").json()
    found: dict[str, Any] = entry
    return found


def codes(entry: dict[str, Any], part: str) -> dict[str, dict[str, Any]]:
    return {each["code"]: each["facts"] for each in entry[part]}


def everything(node: RunningNode, officer: httpx2.Client) -> list[httpx2.Response]:
    """The ledger of every exchange that is on record at a node."""
    with node.node.database.read() as work:
        ids = set(work.session.exec(select(Exchange.x)).all())
    return [officer.get(f"/v1/exchanges/{x}/ledger") for x in ids]


def test_a_question_is_told_on_both_sides_by_what_each_has_seen(own_federation: Federation) -> None:
    number, asker, holder = phone(), own_federation[CO], own_federation[PE]
    publish_phones(holder, number)
    own_federation.beat()
    officer = asker.officer(Role.INVESTIGATOR)
    question_id = ask(officer, number, phone(), phone(), peers=[PE])
    settled(officer, question_id)
    exchanges = [each["x"] for each in progress(officer, question_id)[0]["lists"]]
    ours = asker.officer(Role.LIAISON)
    assert {each["x"] for each in ours.get(f"/v1/exchanges/{question_id}/ledger").json()} == set(exchanges)
    assert {each["x"] for each in ours.get(f"/v1/exchanges/{question_id[:8]}/ledger").json()} == set(exchanges)
    of_us = [told(ours, x) for x in exchanges]
    (found,) = (each for each in of_us if "hits_found" in codes(each, "we_learnt"))
    assert codes(found, "we_learnt")["hits_found"] == {"hits": 1}
    assert codes(found, "we_learnt")["lines_compared"] == {"lines": 3}
    of_them = told(holder.officer(Role.AUDITOR), found["x"])
    assert (of_them["direction"], of_them["peer"]) == ("in", "CO")
    assert codes(of_them, "we_learnt")["question_size_known"] == {"size": 16}
    assert "answered_them" in codes(of_them, "they_learnt")
    assert "hit" not in "".join(codes(of_them, "we_learnt"))
    for x in exchanges:  # what the holder knows of an exchange does not depend on whether there was a hit
        other = told(holder.officer(Role.AUDITOR), x)
        assert codes(other, "we_learnt") == codes(of_them, "we_learnt")


def test_every_kind_of_exchange_is_told_and_none_names_a_number_a_person_or_an_officer(own_federation: Federation) -> None:
    number, asker, holder = phone(), own_federation[CO], own_federation[PE]
    publish_phones(holder, number)
    own_federation.beat()
    officer = asker.officer(Role.INVESTIGATOR)
    settled(officer, ask(officer, number, peers=[PE]))
    speaker, held = Speaker(own_federation, BR), newest_manifest(holder)
    for wanted in (
        ManifestWanted(authority=PE, list=held.list_id, epoch=held.epoch, position=held.position),
        RecordsWanted(authority=PE),
        asking(held, purpose="prosecute_victim"),
        asking(held).model_copy(update={"list": "0" * 32}),
    ):
        assert speaker.say(PE, wanted).status == 200
    answers = [answer for node in (asker, holder) for answer in everything(node, node.officer(Role.LIAISON))]
    assert {answer.status_code for answer in answers} == {200}
    kinds = {(each["type"], each["direction"]) for answer in answers for each in answer.json()}
    both = {(type_, way) for type_ in ("match_request", "record_delivery", "manifests_wanted") for way in ("in", "out")}
    assert kinds >= both | {("manifest_wanted", "in"), ("records_wanted", "in")}
    text = "".join(answer.text for answer in answers)
    assert "purpose_refused_to_them" in text
    assert "only_digest_kept" in text
    for named in (number, number[1:], number[-7:], "INVENTED", "officer-", "Officer"):
        assert named not in text


def test_the_sentences_come_in_the_reader_s_language(federation: Federation) -> None:
    node = federation[PE]
    Speaker(federation, BR).say(PE, asking(newest_manifest(node)))
    auditor = node.officer(Role.AUDITOR)
    with node.node.database.read() as work:
        x = work.session.exec(select(Exchange.x).where(Exchange.type == "match_request", Exchange.peer == BR)).first()

    def first_sentence(language: str) -> str:
        (entry,) = auditor.get(f"/v1/exchanges/{x}/ledger", headers={"Accept-Language": language}).json()
        return str(entry["we_learnt"][0]["text"])

    texts = {language: first_sentence(language) for language in ("es", "en", "pt", "fr")}
    assert len(set(texts.values())) == 4
    assert texts["en"].startswith("That it asked about 16 values")


def test_only_who_oversees_reads_it_and_what_is_not_there_is_said(federation: Federation) -> None:
    node = federation[CO]
    assert node.officer(Role.ADMINISTRATOR).get(f"/v1/exchanges/{'0' * 32}/ledger").json()["code"] == "role_missing"
    unknown = node.officer(Role.LIAISON).get(f"/v1/exchanges/{'0' * 32}/ledger")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_exchange")
