"""Questions about people under protection, over real TLS: held, a dummy in their place, and nobody learns why.

All people and numbers are invented.
"""

from collections.abc import Callable, Collection, Mapping
from operator import itemgetter
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from node.officers import Role
from node.safeguards import protected, reviews
from node.safeguards.holds import Holding
from node.safeguards.reviews import Review
from node.store.archive import find_request
from node.store.tables import BudgetSpending, Exchange
from protocol.authority import Authority
from protocol.identifiers import Kind, RawIdentifier, normalise
from protocol.journal import Act
from protocol.names import name_keys, read_birth_date, read_person
from tests.federation.cases import (
    Suspect,
    ask,
    hits,
    import_suspects,
    people,
    phone,
    publish_phones,
    question,
    reference,
    settled,
)
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import envelope_of

pytestmark = pytest.mark.federation

Draw = Callable[[Mapping[str, Review]], None]


def forms(number: str) -> list[bytes]:
    return [each.oprf_input() for each in normalise(RawIdentifier(Kind.PHONE, number, country="CO"))]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Which numbers fall to a random review."""

    def fall(numbers: Mapping[str, Review]) -> None:
        chosen = {form: review for number, review in numbers.items() for form in forms(number)}
        monkeypatch.setattr(
            reviews, "draw", lambda _, inputs, *__: next((chosen[each] for each in inputs if each in chosen), None)
        )

    return fall


def protect(node: RunningNode, *numbers: str) -> None:
    """The numbers enter the register, as an import row of a victim enters it."""
    keys = node.node.keys
    with node.node.database.begin() as work:
        protected.protect(work, keys, protected.guarded(keys, [form for number in numbers for form in forms(number)]))


def shown(officer: httpx2.Client, question_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = officer.get(f"/v1/questions/{question_id}").json()
    return answer


def sent(node: RunningNode, but: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """The bodies of all questions that a node has sent, by exchange, without those of `but`."""
    with node.node.database.read() as work:
        rows = work.session.exec(select(Exchange).where(Exchange.type == "match_request", Exchange.direction == "out")).all()
        found = {row.x: find_request(work, row.x, Authority(row.peer), "out") for row in rows if row.x not in but}
    return {x: envelope_of(request.raw)["body"] for x, request in found.items() if request is not None}


def test_a_protected_number_is_not_asked_and_the_rest_of_the_question_goes_on(federation: Federation) -> None:
    hers, theirs = phone(), phone()
    publish_phones(federation[PE], hers, theirs)
    federation.beat()
    officer = federation[CO].officer(Role.INVESTIGATOR)
    # before she is in the register, both are found: the question can find her
    assert [hit["line"] for hit in hits(officer, hers, theirs, peers=[PE])] == [2, 3]
    protect(federation[CO], hers)
    question_id = ask(officer, hers, theirs, peers=[PE])
    assert {peer["state"] for peer in settled(officer, question_id)} == {"answered"}
    assert shown(officer, question_id)["held"] == "2"
    assert [hit["line"] for hit in officer.get(f"/v1/questions/{question_id}/hits").json()] == [3]


def test_a_question_of_which_every_line_is_held_still_goes_out_with_dummies_only(federation: Federation) -> None:
    hers = phone()
    publish_phones(federation[PE], hers)
    federation.beat()
    protect(federation[CO], hers)
    officer, before = federation[CO].officer(Role.INVESTIGATOR), sent(federation[CO])
    question_id = ask(officer, hers, peers=[PE])
    (peer,) = settled(officer, question_id)
    assert (peer["state"], peer["reason"], peer["hits"]) == ("answered", None, 0)
    # to each list of identifiers, 16 elements of 32 bytes in base64url: as of any question with one line
    assert [len(body["elements"]) for body in sent(federation[CO], before).values()] == [683, 683]
    assert shown(officer, question_id)["held"] == "2"


def test_whoever_is_protected_between_asking_and_sending_is_held_when_it_is_sent(own_federation: Federation) -> None:
    hers, theirs = phone(), phone()
    publish_phones(own_federation[BR], hers, theirs)
    own_federation.beat()
    own_federation[BR].stop()
    officer = own_federation[CO].officer(Role.INVESTIGATOR)
    question_id = ask(officer, hers, theirs, peers=[BR])
    assert shown(officer, question_id)["held"] == ""
    protect(own_federation[CO], hers)
    own_federation[CO].stop()
    own_federation[CO].start()
    own_federation[BR].start()
    own_federation.clock.forward(60)
    assert [peer["state"] for peer in settled(officer, question_id, beating=own_federation[CO])] == ["answered"]
    assert shown(officer, question_id)["held"] == "2"
    assert [hit["line"] for hit in officer.get(f"/v1/questions/{question_id}/hits").json()] == [3]
    assert own_federation[CO].count(Act.QUESTION_HELD) == 1


def test_the_peer_is_sent_as_much_and_charges_as_much_whatever_is_held(federation: Federation, drawn: Draw) -> None:
    numbers = [f"+57300{1_000_000 + 10_133 * at}" for at in range(20)]  # neighbours would look like a search; invented
    publish_phones(federation[PE], phone())
    federation.beat()
    officer = federation[CO].officer(Role.INVESTIGATOR)

    def as_seen(numbers: list[str]) -> tuple[list[dict[str, Any]], int]:
        before, charged_before = sent(federation[CO]), charged(federation[PE])
        settled(officer, ask(officer, *numbers, peers=[PE]))
        bodies = [
            {name: len(value) if name in _FRESH else value for name, value in body.items()}
            for body in sent(federation[CO], before).values()
        ]
        return sorted(bodies, key=itemgetter("list")), charged(federation[PE]) - charged_before

    without = as_seen(numbers)
    drawn({numbers[0]: Review.BY_ONE, numbers[1]: Review.BY_TWO})
    of_reviews = as_seen(numbers)
    drawn({})
    protect(federation[CO], *numbers[2:6])
    of_protected = as_seen(numbers)
    assert without == of_reviews == of_protected
    assert len(without[0]) > 0


_FRESH = ("elements", "commitment", "case", "manifest")
"""What is new in each question: only its length is compared."""


def charged(node: RunningNode) -> int:
    with node.node.database.read() as work:
        return sum(row.elements for row in work.session.exec(select(BudgetSpending).where(BudgetSpending.side == "asker")).all())


def test_the_officer_reads_the_same_whatever_the_cause(federation: Federation, drawn: Draw) -> None:
    reviewed, hers, theirs = phone(), phone(), phone()
    drawn({reviewed: Review.BY_ONE})
    protect(federation[CO], hers)
    states = []
    for number in (reviewed, hers):
        officer = federation[CO].officer(Role.INVESTIGATOR)
        question_id = ask(officer, number, theirs, peers=[PE])
        settled(officer, question_id)
        state = shown(officer, question_id)
        states.append(
            {name: value for name, value in state.items() if name not in ("id", "reference", "created", "expires", "peers")}
        )
        (peer,) = state["peers"]
        # the ids of exchanges are random, and which of the lists came in one second differs from run to run
        peer["lists"] = sorted(({**each, "x": len(each["x"])} for each in peer["lists"]), key=itemgetter("list_id"))
        states[-1]["peer"] = {k: v for k, v in peer.items() if k not in ("since", "next_try", "attempts")}
        assert officer.get(f"/v1/questions/{question_id}/hits").json() == []
    assert states[0] == states[1]
    assert states[0]["held"] == "2"


def test_an_officer_with_many_holds_is_told_to_call_and_what_was_asked_goes_on(federation: Federation, drawn: Draw) -> None:
    numbers = [phone() for _ in range(5)]
    drawn(dict.fromkeys(numbers, Review.BY_ONE))
    officer = federation[CO].officer(Role.INVESTIGATOR)
    question_id = ask(officer, *numbers[:4], peers=[PE])
    refused = officer.post("/v1/questions", json=question(numbers[4], peers=[PE]))
    assert (refused.status_code, refused.json()["code"], refused.json()["facts"]) == (
        403,
        "officer_locked",
        {"reason": "many_holds"},
    )
    assert {peer["state"] for peer in settled(officer, question_id)} == {"answered"}
    assert shown(officer, question_id)["held"] == "2-5"
    another = federation[CO].officer(Role.INVESTIGATOR)
    assert another.post("/v1/questions", json=question(phone(), peers=[PE])).status_code == 202


def test_people_under_protection_are_held_in_any_writing_and_a_namesake_is_asked(federation: Federation) -> None:
    hers = ("Yurani Estela", "Cuastumal Tenganan", "1999-03-04")
    keys = federation[CO].node.keys
    with federation[CO].node.database.begin() as work:
        protected.protect(work, keys, protected.guarded(keys, [], [keys_of(*hers)]))
    officer = federation[CO].officer(Role.INVESTIGATOR)
    writings = [hers, ("CUASTUMAL TENGANAN", "YURANI ESTELA", "1999-03-04"), ("Yurani", "Cuastumal", "1999-03-04")]
    namesake = ("Yurani Estela", "Cuastumal Tenganan", "1971-11-20")
    question_id = ask(officer, peers=[PE], case_file=people(*writings, namesake))
    settled(officer, question_id)
    assert shown(officer, question_id)["held"] == "2-4"


def keys_of(given_names: str, surnames: str, born: str) -> list[bytes]:
    return [key.oprf_input() for key in name_keys(read_person(given_names, surnames, read_birth_date(born)))]


def test_what_a_liaison_releases_is_asked_then_and_found_and_not_held_again(federation: Federation, drawn: Draw) -> None:
    reviewed, other = phone(), phone()
    publish_phones(federation[PE], reviewed)
    federation.beat()
    drawn({reviewed: Review.BY_ONE})
    officer, liaison = federation[CO].officer(Role.INVESTIGATOR), federation[CO].officer(Role.PROTECTION)
    question_id = ask(officer, reviewed, other, peers=[PE])
    settled(officer, question_id)
    before = sent(federation[CO])
    assert officer.get(f"/v1/questions/{question_id}/hits").json() == []
    (hold,) = [each for each in liaison.get("/v1/holds").json() if each["question"] == question_id[:8]]
    assert (hold["line"], hold["written"], hold["cause"]) == (2, reviewed, "review")
    released = liaison.post(f"/v1/holds/{hold['id']}/decisions", json={"decision": "release"})
    assert released.status_code == 200
    assert [peer["state"] for peer in settled(officer, question_id)] == ["answered"]
    assert [hit["line"] for hit in officer.get(f"/v1/questions/{question_id}/hits").json()] == [2]
    assert shown(officer, question_id)["held"] == ""
    # each list once more, with 16 elements, and the exchange before stays as it was
    assert [len(body["elements"]) for body in sent(federation[CO], before).values()] == [683, 683]
    assert [hit["line"] for hit in hits(officer, reviewed, peers=[PE])] == [2]


def test_what_is_released_while_a_peer_is_away_is_asked_when_it_is_back(own_federation: Federation, drawn: Draw) -> None:
    reviewed, other = phone(), phone()
    publish_phones(own_federation[BR], reviewed, other)
    own_federation.beat()
    drawn({reviewed: Review.BY_ONE})
    own_federation[BR].stop()
    officer, liaison = own_federation[CO].officer(Role.INVESTIGATOR), own_federation[CO].officer(Role.PROTECTION)
    question_id = ask(officer, reviewed, other, peers=[BR])
    (hold,) = liaison.get("/v1/holds").json()
    assert liaison.post(f"/v1/holds/{hold['id']}/decisions", json={"decision": "release"}).status_code == 200
    own_federation[BR].start()
    own_federation.clock.forward(60)
    assert [peer["state"] for peer in settled(officer, question_id, beating=own_federation[CO])] == ["answered"]
    assert [hit["line"] for hit in officer.get(f"/v1/questions/{question_id}/hits").json()] == [2, 3]


def test_only_the_protection_liaison_sees_a_cause_and_unlocks(federation: Federation, drawn: Draw) -> None:
    numbers = [phone() for _ in range(4)]
    drawn(dict.fromkeys(numbers, Review.BY_ONE))
    officer = federation[CO].officer(Role.INVESTIGATOR)
    ask(officer, *numbers, peers=[PE])
    username = f"officer-CO-{federation[CO]._officers}"
    everybody_else = federation[CO].officer(*(role for role in Role if role is not Role.PROTECTION))
    for refused in (everybody_else.get("/v1/holds"), everybody_else.post("/v1/holds/unlockings", json={"username": username})):
        assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    liaison = federation[CO].officer(Role.PROTECTION)
    assert [each["officer"] for each in liaison.get("/v1/alerts").json()["alerts"] if each["kind"] == "officer_locked"][:1] == [
        username
    ]
    assert liaison.post("/v1/holds/unlockings", json={"username": username}).json() == {"username": username}
    assert officer.post("/v1/questions", json=question(phone(), peers=[PE])).status_code == 202
    again = liaison.post("/v1/holds/unlockings", json={"username": username})
    assert (again.status_code, again.json()["code"]) == (404, "not_locked")


def test_a_protected_number_is_held_in_whatever_it_is_written_and_what_is_not_held_is_stopped_at_the_door(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack of an officer: the number as a telephone, as a messaging link, as a payment key, beside one that is known."""
    hers, known = "+5511987650413", phone()
    publish_phones(federation[PE], hers, known)
    federation.beat()
    written = [f"phone,{hers},yes", f"phone,https://wa.me/{hers[1:]},yes", f"pix_key,{hers},yes", f"phone,{known},yes"]
    asked = "\n".join(["kind,value,attests_not_protected", *written])
    officer = federation[CO].officer(Role.INVESTIGATOR)
    # before she is in the register, each writing finds her
    assert [hit["line"] for hit in hits(officer, peers=[PE], case_file=asked)] == [2, 3, 4, 5]
    protect(federation[CO], hers)
    with monkeypatch.context() as weakened:
        weakened.setattr(Holding, "causes", lambda *_: {})
        (stopped,) = settled(officer, ask(officer, peers=[PE], case_file=asked))
    assert (stopped["state"], stopped["reason"]) == ("failed", "not_cleared")  # by the door, which looks last
    question_id = ask(officer, peers=[PE], case_file=asked)
    settled(officer, question_id)
    assert shown(officer, question_id)["held"] == "2-4"
    assert [hit["line"] for hit in officer.get(f"/v1/questions/{question_id}/hits").json()] == [5]


def test_a_line_that_a_liaison_keeps_looks_to_its_officer_like_one_that_nobody_has_looked_at(
    federation: Federation, drawn: Draw
) -> None:
    reviewed, hers = phone(), phone()
    drawn({reviewed: Review.BY_TWO})
    protect(federation[CO], hers)
    officer, liaison = federation[CO].officer(Role.INVESTIGATOR), federation[CO].officer(Role.PROTECTION)
    question_id = ask(officer, reviewed, hers, peers=[PE])
    settled(officer, question_id)
    before = officer.get(f"/v1/questions/{question_id}").content
    for hold in liaison.get("/v1/holds").json():
        if hold["question"] == question_id[:8]:
            decision = {"decision": "keep" if hold["cause"] == "protected" else "release", "note": "una nota inventada"}
            assert liaison.post(f"/v1/holds/{hold['id']}/decisions", json=decision).status_code == 200
    assert officer.get(f"/v1/questions/{question_id}").content == before


def test_an_analyst_who_looks_at_a_victim_s_number_under_another_name_reads_a_review_and_the_liaison_sees_the_look(
    federation: Federation,
) -> None:
    hers, network = phone(), reference()
    protect(federation[CO], hers)
    import_suspects(federation[CO], network, Suspect((hers, phone())))
    analyst, liaison = federation[CO].officer(Role.ANALYST), federation[CO].officer(Role.PROTECTION)
    preview = analyst.post("/v1/previews", json={"network": network, "audience": None}).json()
    assert (preview["listed"], preview["withheld"]) == ({"phone": 1}, {"review": 1})
    (hold,) = [each for each in liaison.get("/v1/holds").json() if each["network"] == network]
    assert (hold["cause"], hold["written"], hold["question"]) == ("protected", hers, None)
    refused = liaison.post(f"/v1/holds/{hold['id']}/decisions", json={"decision": "release"})
    assert (refused.status_code, refused.json()["facts"]) == (409, {"reason": "protected"})


def test_of_what_is_published_an_analyst_reads_what_was_proposed_whoever_is_protected_later(federation: Federation) -> None:
    first, second = phone(), phone()
    published = publish_phones(federation[CO], first, second)
    federation.beat()
    analyst = federation[CO].officer(Role.ANALYST)
    before = analyst.get(f"/v1/publications/{published['id']}").content
    protect(federation[CO], first)
    assert analyst.get(f"/v1/publications/{published['id']}").content == before
    federation.beat()
    assert analyst.get(f"/v1/publications/{published['id']}").content == before
