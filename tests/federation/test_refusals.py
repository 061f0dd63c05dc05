"""Questions that are declined: at the pace of an answer whatever the cause, on record, with an alert if somebody has to look."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from node.flows.answer_match import AnswerMatch
from node.flows.cosign_logs import CosignLogs
from node.inbound.peer.inbox import Inbox
from node.officers import Role
from node.safeguards import budgets
from node.safeguards.checks import safeguards
from node.safeguards.door import Cleared, Door
from node.store.tables import Alert, BudgetSpending, HeldManifest
from protocol import matching
from protocol.authority import Authority
from protocol.journal import Act
from protocol.messages import MatchRequest
from tests.federation.cases import ask, phone, progress, publish_phones, question, settled
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Speaker, asking, envelope_of, newest_manifest
from tests.serving import wait_until

pytestmark = pytest.mark.federation


@pytest.fixture(autouse=True)
def _one_day(own_federation: Federation) -> None:
    """A story that begins shortly before midnight would end on a day whose budgets are whole again."""
    left = budgets.refilled_at(own_federation.clock()) - own_federation.clock()
    if left < 1800:
        own_federation.clock.forward(left)
        own_federation.beat()


def leave(node: RunningNode, side: str, who: str, entry_of: Authority, elements: int) -> None:
    """As if all of today's budget but so many elements were spent."""
    manifest = newest_manifest(node) if side == "asker" else None
    with node.node.database.begin() as work:
        member = node.node.federation.directory.member(entry_of)
        for entry in member.working.lists:
            if manifest is None or entry.list == manifest.list_id:
                day = work.now() // 86400
                rows = select(BudgetSpending.elements).where(
                    BudgetSpending.side == side,
                    BudgetSpending.who == who,
                    BudgetSpending.list_id == entry.list,
                    BudgetSpending.day == day,
                )
                spent = entry.daily_per_asker - elements - sum(work.session.exec(rows).all())
                work.session.add(BudgetSpending(side=side, who=who, list_id=entry.list, epoch=0, day=day, elements=spent))


def spend_the_cap(node: RunningNode) -> None:
    """As if others had used up what all askers together have in the epoch."""
    manifest = newest_manifest(node)
    entry = node.node.federation.directory.member(node.authority).list_entry(manifest.list_id)
    assert entry is not None
    with node.node.database.begin() as work:
        spending = BudgetSpending(side="asker", who=CO, list_id=manifest.list_id, epoch=manifest.epoch, day=1, elements=0)
        spending.elements = entry.epoch_cap
        work.session.add(spending)


def alerts(node: RunningNode) -> list[tuple[str, str | None, int]]:
    with node.node.database.read() as work:
        return sorted((row.kind, row.peer, row.count) for row in work.session.exec(select(Alert)).all())


def inbox_of(node: RunningNode) -> Inbox:
    """The node's way in, without a server around it: what it gives can be taken step by step."""
    parts = node.node
    door = Door(parts.federation, parts.keys, safeguards(parts.federation, parts.keys))
    answer = AnswerMatch(parts.database, parts.keys, parts.federation, door, os.urandom)
    cosign = CosignLogs(parts.database, parts.federation, door)
    return Inbox(parts.database, parts.federation, door, answer, parts.revoke, cosign, parts.erase, parts.tell)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every evaluation of a batch, in the order in which it happens between the replies that `taken` notes."""
    done: list[str] = []
    at_once = matching.answer

    def noted(elements: Any, *given: Any) -> Any:
        done.append(f"evaluated {len(elements)}")
        return at_once(elements, *given)

    monkeypatch.setattr("node.flows.answer_match.matching.answer", noted)
    return done


def taken(replies: Iterator[Cleared], steps: list[str]) -> list[str]:
    """The steps of an exchange: replies as they leave, and what is worked between them."""
    steps.clear()
    for reply in replies:
        steps.append(envelope_of(reply.raw)["type"])
    return list(steps)


def nothing(_: RunningNode) -> None: ...


def unserved(manifest: HeldManifest) -> MatchRequest:
    return asking(manifest, *(b"%d" % n for n in range(20))).model_copy(update={"list": "0" * 32})


def served(manifest: HeldManifest) -> MatchRequest:
    return asking(manifest, *(b"%d" % n for n in range(20)))


@pytest.mark.parametrize(
    ("prepare", "asked"),
    [(nothing, unserved), (lambda node: leave(node, "asker", BR, PE, 16), served), (spend_the_cap, served)],
    ids=["no such list", "the day is spent", "the epoch's cap is spent"],
)
def test_every_cause_is_declined_in_the_steps_of_an_answer(
    own_federation: Federation,
    steps: list[str],
    prepare: Callable[[RunningNode], None],
    asked: Callable[[HeldManifest], MatchRequest],
) -> None:
    node, speaker = own_federation[PE], Speaker(own_federation, BR)
    inbox, manifest = inbox_of(node), newest_manifest(node)
    answered = taken(inbox.take(speaker.envelope(PE, served(manifest)).raw, BR), steps)
    assert answered == ["match_receipt", "evaluated 32", "match_answer"]
    prepare(node)
    declined = taken(inbox.take(speaker.envelope(PE, asked(manifest)).raw, BR), steps)
    assert declined == ["match_receipt", "evaluated 32", "match_refusal"]


def test_a_declined_question_that_comes_again_after_a_crash_is_not_answered_in_the_end(
    own_federation: Federation, steps: list[str]
) -> None:
    """Its receipt alone would be that of a question whose answer a crash swallowed."""
    node, speaker = own_federation[PE], Speaker(own_federation, BR)
    leave(node, "asker", BR, PE, 16)
    inbox, raw = inbox_of(node), speaker.envelope(PE, served(newest_manifest(node))).raw
    assert envelope_of(next(inbox.take(raw, BR)).raw)["type"] == "match_receipt"
    assert taken(inbox.take(raw, BR), steps) == ["match_receipt", "match_refusal"]


def test_a_forbidden_purpose_is_refused_by_name_at_once_and_raises_an_alert_on_both_sides(
    own_federation: Federation, steps: list[str]
) -> None:
    node, speaker = own_federation[PE], Speaker(own_federation, BR)
    asked = asking(newest_manifest(node), purpose="immigration_enforcement")
    assert taken(inbox_of(node).take(speaker.envelope(PE, asked).raw, BR), steps) == ["match_refusal"]
    assert alerts(node) == [("forbidden_purpose", "BR", 1)]

    # the asker's own node refuses it before anybody is asked, and that is counted there
    own = own_federation[BR]
    refused = own.officer(Role.INVESTIGATOR).post(
        "/v1/questions", json=question(phone(), peers=[PE], purpose="immigration_enforcement")
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "purpose_refused")
    assert [each["cause"] for each in own.payloads(Act.POLICY_REFUSAL)] == ["purpose_refused"]
    assert alerts(own) == [("forbidden_purpose", None, 1)]
    (counted,) = own.officer(Role.LIAISON).get("/v1/refusals").json()
    assert (counted["direction"], counted["cause"], counted["count"]) == ("out", "purpose_refused", 1)
    assert counted["purpose"] == "immigration_enforcement"
    assert alerts(node) == [("forbidden_purpose", "BR", 1)]


def test_ten_thousand_elements_at_once_end_at_the_budget_and_others_are_served(own_federation: Federation) -> None:
    """20 batches of 512, as fast as they come, by a peer that has 4,096 left: eight are answered, whichever."""
    number, node, speaker = phone(), own_federation[PE], Speaker(own_federation, BR)
    publish_phones(node, number)
    own_federation.beat()
    leave(node, "asker", BR, PE, 4096)
    manifest = newest_manifest(node)
    envelopes = [speaker.envelope(PE, asking(manifest, *(b"%d %d" % (n, m) for m in range(512)))).raw for n in range(20)]
    with ThreadPoolExecutor(6) as pool:
        flood = [pool.submit(speaker.post, PE, raw) for raw in envelopes]
        officer = own_federation[CO].officer(Role.INVESTIGATOR)
        (shown,) = settled(officer, ask(officer, number, peers=[PE]))
    assert (shown["state"], shown["hits"]) == ("answered", 1)
    heard = [each.result().types for each in flood]
    assert sorted(heard) == [["match_receipt", "match_answer"]] * 8 + [["match_receipt", "match_refusal"]] * 12
    assert [each["cause"] for each in node.payloads(Act.POLICY_REFUSAL)] == ["budget_spent"] * 12
    assert alerts(node) == [("budget_spent_by_peer", "BR", 12)]


def test_a_list_whose_cap_is_spent_is_an_alert_about_no_peer(own_federation: Federation) -> None:
    node = own_federation[PE]
    spend_the_cap(node)
    assert Speaker(own_federation, BR).say(PE, asking(newest_manifest(node))).types[-1] == "match_refusal"
    assert alerts(node) == [("list_exhausted", None, 1)]


def test_a_question_that_the_day_s_budget_does_not_cover_waits_and_goes_out_when_it_is_whole_again(
    own_federation: Federation,
) -> None:
    asker, number = own_federation[CO], phone()
    publish_phones(own_federation[PE], number)
    own_federation.beat()
    leave(asker, "asked", PE, PE, 8)
    officer = asker.officer(Role.INVESTIGATOR)
    question_id = ask(officer, number, peers=[PE])
    wait_until(lambda: progress(officer, question_id)[0]["attempts"] >= 1, "the attempt")
    (shown,) = progress(officer, question_id)
    assert (shown["state"], shown["reason"], shown["hits"]) == ("waiting", "peer_day", 0)
    username, now = officer.get("/v1/me").json()["username"], own_federation.clock()
    own_federation.clock.forward(budgets.refilled_at(now) - now)
    officer.headers["Authorization"] = f"Bearer {asker.node.officers.issue_token(username)}"  # the night may be long
    own_federation.beat()
    (answered,) = settled(officer, question_id, beating=asker)
    assert (answered["state"], answered["hits"]) == ("answered", 1)


def test_an_officer_whose_day_is_spent_is_told_when_it_is_whole_again(own_federation: Federation) -> None:
    node = own_federation[CO]
    officer = node.officer(Role.INVESTIGATOR)
    limit = node.node.settings.officers.lines_a_day
    with node.node.database.begin() as work:
        budgets.charge_officer(work, node.node.officers.sign_in(officer.headers["Authorization"].split()[1]).id, limit, limit)
    refused = officer.post("/v1/questions", json=question(phone(), peers=[PE]))
    assert (refused.status_code, refused.json()["code"]) == (429, "over_budget")
    facts = refused.json()["facts"]
    assert (facts["reason"], facts["refills"] % 86400) == ("officer_day", 0)
    assert int(refused.headers["Retry-After"]) == facts["retry_seconds"] <= 86400


def test_a_sweep_spread_over_questions_ends_at_the_officer_s_own_node_and_its_liaison_officer_is_told(
    own_federation: Federation,
) -> None:
    node = own_federation[CO]
    officer, liaison = node.officer(Role.INVESTIGATOR), node.officer(Role.LIAISON)
    for number in range(12):
        asked = officer.post("/v1/questions", json=question(f"+5730255501{2 * number:02}", peers=[PE]))
        assert asked.status_code == 202
    refused = officer.post("/v1/questions", json=question("+573025550199", peers=[PE]))
    assert (refused.status_code, refused.json()["facts"]["reason"]) == (422, "looks_like_sweep")
    (alert,) = liaison.get("/v1/alerts").json()["alerts"]
    assert (alert["kind"], alert["count"]) == ("sweep_by_officer", 1)
    assert len(officer.get("/v1/questions").json()) == 12
    (counted,) = liaison.get("/v1/refusals").json()
    assert (counted["direction"], counted["cause"], counted["count"]) == ("out", "not_necessary", 1)
