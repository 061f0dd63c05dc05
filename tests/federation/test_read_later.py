"""What an officer reads of a question: each entry with its reasons, one count everywhere, and later what was taken back since.

All names and numbers are invented.
"""

from typing import Any

import httpx2
import pytest
from sqlmodel import select

from node.officers import Role
from node.store.database import Work
from node.store.tables import Hit
from tests.federation.cases import (
    Suspect,
    ask,
    export,
    import_suspects,
    people,
    phone,
    publish,
    publish_phones,
    publish_suspects,
    reference,
    settled,
    take_in,
)
from tests.federation.running import BEAT, CO, PE, Federation
from tests.federation.test_outbox import withdraw

pytestmark = pytest.mark.federation

FIRST, SECOND = ("Domitila", "Chanchahuaña Ccori", "1971-02-14"), ("Domitila", "Chanchahuaña Ccori", "1971-02-27")


def read(officer: httpx2.Client, question_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = officer.get(f"/v1/questions/{question_id}/hits").json()
    return found


def standing(officer: httpx2.Client, question_id: str) -> list[tuple[int, bool]]:
    """Of each hit the line, and whether nothing of it was taken back."""
    return [(hit["line"], hit["withdrawn"] is None) for hit in read(officer, question_id)]


def asked(federation: Federation, *phones: str, **changes: Any) -> tuple[httpx2.Client, str]:
    officer = federation[CO].officer(Role.INVESTIGATOR)
    question_id = ask(officer, *phones, peers=[PE], **changes)
    settled(officer, question_id)
    return officer, question_id


def test_of_two_people_of_one_record_both_are_shown_the_likelier_first_each_with_its_reasons(federation: Federation) -> None:
    publish_suspects(federation[PE], reference(), Suspect(subject="S-1", name=FIRST), Suspect(subject="S-2", name=SECOND))
    federation.beat()
    for wanted in (FIRST, SECOND):
        officer, question_id = asked(federation, case_file=people(wanted))
        best, other = read(officer, question_id)
        assert best["record_id"] == other["record_id"]
        assert best["subject"] != other["subject"]
        assert (best["verdict"], best["agreements"][-1]) == ("strong", "same_birth_date")
        assert other["agreements"][-1] == "other_day"


def test_hits_are_counted_alike_of_the_question_of_its_peers_and_one_by_one(federation: Federation) -> None:
    """A line with two entries, a line with one, and two lines with the same one."""
    common, once = phone(), phone()
    publish_phones(federation[PE], common, once)
    publish_phones(federation[PE], common)
    federation.beat()
    officer, question_id = asked(federation, common, once, common)
    state = officer.get(f"/v1/questions/{question_id}").json()
    found = read(officer, question_id)
    assert [hit["line"] for hit in found] == [2, 2, 3, 4, 4]
    assert (state["hits"], [peer["hits"] for peer in state["peers"]]) == (5, [5])
    assert officer.get("/v1/questions").json()[0]["hits"] == 5


def test_a_question_is_told_by_its_case_and_found_by_its_reference_by_its_officer_only(federation: Federation) -> None:
    officer, question_id = asked(federation, phone(), case="INVENTED-2026-0077")
    state = officer.get(f"/v1/questions/{question_id}").json()
    assert (state["case"], state["reference"]) == ("INVENTED-2026-0077", question_id[:8])
    assert officer.get(f"/v1/questions/{question_id[:8]}").json() == state
    assert officer.get(f"/v1/questions/{question_id[:8]}/hits").json() == []
    for name in (question_id[:7], question_id[:9], "00000000"):
        assert officer.get(f"/v1/questions/{name}").status_code == 404
    assert federation[CO].officer(Role.INVESTIGATOR).get(f"/v1/questions/{question_id[:8]}").status_code == 404


def test_no_two_questions_of_a_node_share_a_reference(federation: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, first = asked(federation, phone())
    drawn = iter([first[:8] + "0" * 24])
    new_id = Work.new_id
    monkeypatch.setattr(Work, "new_id", lambda work: next(drawn, None) or new_id(work))
    second = ask(officer, phone(), peers=[PE])
    assert next(drawn, None) is None, "the first id that was drawn began like the other question's"
    assert second[:8] != first[:8]


def test_whatever_the_peer_took_back_and_why_the_old_hit_stays_and_says_when_it_was_learnt(own_federation: Federation) -> None:
    """A record withdrawn, a number corrected, a person found to be a victim: three reasons, one word."""
    federation, peru = own_federation, own_federation[PE]
    numbers = withdrawn, corrected, protected, staying = phone(), phone(), phone(), phone()
    record, network, hers = publish_phones(peru, withdrawn), reference(), reference()
    publish_suspects(peru, network, Suspect((corrected, staying)))
    publish_suspects(peru, hers, Suspect((protected,)))
    federation.beat()
    officer, question_id = asked(federation, *numbers)
    assert standing(officer, question_id) == [(2, True), (3, True), (4, True), (5, True)]
    before = {hit["line"]: hit["record"] for hit in read(officer, question_id)}
    federation.clock.forward(4 * 3600)
    federation.beat()
    assert standing(officer, question_id) == [(2, True), (3, True), (4, True), (5, True)], "nothing was taken back yet"
    withdraw(peru, record)
    import_suspects(peru, network, Suspect((staying,)))
    publish(peru, network)
    import_suspects(peru, hers, Suspect((protected,), category="victim"))
    federation.clock.forward(BEAT)
    learnt = federation.clock()
    federation.beat()
    assert standing(officer, question_id) == [(2, False), (3, False), (4, False), (5, True)]
    hits = read(officer, question_id)
    assert all(learnt <= hit["withdrawn"] <= federation.clock() for hit in hits[:3])
    # of an entry that was corrected or protected nothing else differs: the record is there as before, without that person
    assert [hit["record"] for hit in hits[2:]] == [before[4], hits[3]["record"]]
    assert hits[3]["standing"] >= learnt > hits[2]["standing"]
    assert officer.get(f"/v1/questions/{question_id}").json()["hits"] == 4, "what was learnt stays counted"


def test_an_entry_that_is_listed_again_or_moves_to_close_a_gap_is_told_for_what_it_is(own_federation: Federation) -> None:
    federation, peru, number, network = own_federation, own_federation[PE], phone(), reference()
    first = publish_phones(peru, number)
    import_suspects(peru, network, Suspect((number,)))
    publish(peru, network)
    federation.beat()
    officer, question_id = asked(federation, number)
    withdraw(peru, first)
    for _ in range(6):  # through the beats in which the gap is closed and segments are merged
        federation.beat()
        # the other record's entry now stands where the withdrawn one stood, and neither is taken for the other
        assert standing(officer, question_id) == [(2, True), (2, False)]
    import_suspects(peru, network, Suspect((phone(),)))
    federation.beat()
    assert standing(officer, question_id) == [(2, False), (2, False)]
    import_suspects(peru, network, Suspect((number,)))
    publish(peru, network)
    federation.beat()
    assert standing(officer, question_id) == [(2, False), (2, False)], "what was taken back once is asked for anew"
    assert standing(*asked(federation, number)) == [(2, True)]


def test_a_person_whose_birth_date_changed_there_is_not_said_to_stand_and_the_analyst_was_told_to_publish_again(
    own_federation: Federation,
) -> None:
    federation, peru, network = own_federation, own_federation[PE], reference()
    name = ("Eustaquio", "Ccahuantico Layme", "1969-11-05")
    publish_suspects(peru, network, Suspect(name=name), Suspect(subject="S-2", name=("Nadia", "Inventada Otra", "1980-03-04")))
    federation.beat()
    officer, question_id = asked(federation, case_file=people(name))
    assert standing(officer, question_id) == [(2, True)]
    changed = Suspect(name=(*name[:2], "1969-11-15"))
    other = Suspect(subject="S-2", name=("Nadia", "Inventada Otra", "1980-03-04"))
    shown = take_in(peru.officer(Role.ANALYST), export(network, changed, other))
    assert shown["publish_again"] == [{"file": "subjects.csv", "line": 2}]
    federation.beat()
    assert standing(officer, question_id) == [(2, False)]
    again = take_in(peru.officer(Role.ANALYST), export(network, changed, other))
    assert again["publish_again"] == []


def test_a_spoilt_hit_keeps_no_list_from_being_followed(own_federation: Federation) -> None:
    federation, peru, number = own_federation, own_federation[PE], phone()
    published = publish_phones(peru, number)
    federation.beat()
    officer, question_id = asked(federation, number)
    with federation[CO].node.database.begin() as work:
        (hit,) = work.session.exec(select(Hit)).all()
        hit.outputs_sealed = b"spoilt" * 20
        work.session.add(hit)
    withdraw(peru, published)
    federation.beat()
    assert standing(officer, question_id) == [(2, False)], "its record's withdrawal is known all the same"
    assert read(*asked(federation, number)) == []
