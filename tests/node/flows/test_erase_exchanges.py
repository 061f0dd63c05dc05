"""Erasures: two persons, the peer's request, what is overdue. Between real nodes: `tests/federation/test_erasures.py`."""

from typing import cast

import pytest
from sqlmodel import col, select, update

from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.erase_exchanges import EraseExchanges, ErasureRefused
from node.flows.hold_by_law import HoldByLaw
from node.flows.tell_ledger import UnknownExchange
from node.officers import Liaison, Overseer, Role
from node.safeguards.door import Door
from node.safeguards.errors import NotFourEyes
from node.store.archive import find_replies
from node.store.database import Database
from node.store.tables import Alert, Erasure, Exchange, Intake, Question, QuestionToPeer
from protocol.journal import Act
from protocol.messages import Body, ErasureRequest
from tests.node.conftest import ALICE, BEATRIZ, Clock, admitted_by_us
from tests.node.safeguards.test_readings import noted
from tests.node.store.test_erasing import X, asked, said
from tests.protocol.federation import BR, DAY, PE, POLICY

FIRST = Liaison(ALICE, "alice", frozenset({Role.LIAISON}))
SECOND = Liaison(BEATRIZ, "beatriz", frozenset({Role.LIAISON}))
AUDITOR = Overseer(BEATRIZ, "beatriz", frozenset({Role.AUDITOR}))
THEIRS = "6f" * 16


@pytest.fixture
def story(database: Database, member: Federation, door: Door) -> EraseExchanges:
    with database.begin() as work:
        asked(work)
        said(work, "in", THEIRS)
        work.session.exec(update(QuestionToPeer).values(state="answered"))
    return EraseExchanges(database, member, door, cast("CallPeer", None))


def question_id(database: Database) -> str:
    with database.read() as work:
        return work.session.exec(select(Question.id)).one()


def is_erased(database: Database, x: str) -> bool:
    with database.read() as work:
        return work.session.exec(select(Exchange).where(Exchange.x == x)).one().erased is not None


def kinds(database: Database) -> list[str]:
    with database.read() as work:
        return [act.kind for act in work.session.exec(select(Intake).order_by(col(Intake.id))).all()]


def heard(story: EraseExchanges, body: Body, sender: str = PE) -> str:
    """What a peer is told of its request."""
    admitted = admitted_by_us(cast("ErasureRequest", body), PE if sender == PE else BR)
    with story.database.begin() as work:
        story.receive(work, admitted)
        *_, (type_, _) = find_replies(work, admitted.envelope.x, admitted.envelope.sender, "in")
        return type_


def test_one_proposes_and_another_erases_the_question_with_its_exchanges(story: EraseExchanges, database: Database) -> None:
    question = question_id(database)
    proposed = story.propose(FIRST, question[:8])
    assert [(each.peer, each.decision, each.erased) for each in proposed] == [(PE, None, None), (None, None, None)]
    with pytest.raises(NotFourEyes, match="proposed_erasure"):
        story.decide(FIRST, question, "erase")
    assert not is_erased(database, X)
    decided = story.decide(SECOND, question, "erase")
    assert all(each.erased is not None for each in decided)
    assert is_erased(database, X)
    assert kinds(database)[-2:] == [Act.ERASURE_PROPOSED.value, Act.ERASED.value]
    with pytest.raises(ErasureRefused, match="erased"):
        story.propose(FIRST, X)


def test_an_exchange_of_a_question_names_the_question(story: EraseExchanges, database: Database) -> None:
    assert {each.subject for each in story.propose(FIRST, X)} == {question_id(database)}


def test_what_was_proposed_can_be_kept_and_proposed_anew(story: EraseExchanges, database: Database) -> None:
    story.propose(FIRST, THEIRS)
    (kept,) = story.decide(SECOND, THEIRS, "keep")
    assert (kept.decision, kept.decided_by, kept.erased) == ("keep", "beatriz", None)
    with pytest.raises(ErasureRefused, match="not_proposed"):
        story.decide(SECOND, THEIRS, "erase")
    story.propose(SECOND, THEIRS)
    story.decide(FIRST, THEIRS, "erase")
    assert is_erased(database, THEIRS)


def test_a_question_that_goes_on_and_what_nobody_has_cannot_be_erased(story: EraseExchanges, database: Database) -> None:
    with database.begin() as work:
        work.session.exec(update(QuestionToPeer).values(state="asked"))
    with pytest.raises(ErasureRefused, match="question_open"):
        story.propose(FIRST, question_id(database))
    with pytest.raises(UnknownExchange):
        story.propose(FIRST, "9a" * 16)


@pytest.mark.parametrize("named", ["exchange", "question", "everything"])
def test_a_legal_hold_stops_the_proposal_and_the_decision(story: EraseExchanges, database: Database, named: str) -> None:
    holds, question = HoldByLaw(database), question_id(database)
    subject = {"exchange": X, "question": question, "everything": None}[named]
    story.propose(FIRST, X)
    held = holds.place(FIRST, subject, "JUZGADO-INVENTADO-9/2026")
    with pytest.raises(ErasureRefused, match="held_by_law"):
        story.decide(SECOND, X, "erase")
    with pytest.raises(ErasureRefused, match="held_by_law"):
        story.propose(SECOND, X)
    assert not is_erased(database, X)
    holds.lift(SECOND, held.id)
    story.decide(SECOND, X, "erase")
    assert is_erased(database, X)


def test_a_peer_s_request_waits_for_one_officer(story: EraseExchanges, database: Database) -> None:
    request = ErasureRequest(exchange=THEIRS, began="sender", request="a" * 64)
    assert heard(story, request) == "erasure_receipt"
    (shown,) = story.all(AUDITOR)
    assert (shown.x, shown.proposed_by, shown.peer_asked is not None, shown.decision) == (THEIRS, None, True, None)
    story.decide(FIRST, THEIRS, "erase")
    assert heard(story, request) == "erasure_confirmation"
    with database.read() as work:
        assert work.session.exec(select(Erasure)).one().next_try is None  # who asked has erased already
    assert [kind for kind in kinds(database) if kind.startswith("erasure_")] == [
        *(Act.ERASURE_REQUESTED.value, Act.ERASURE_REQUESTED.value, Act.ERASURE_CONFIRMED.value)
    ]


@pytest.mark.parametrize(
    "request_",
    [
        ErasureRequest(exchange=THEIRS, began="sender", request="b" * 64),
        ErasureRequest(exchange=THEIRS, began="addressee", request="a" * 64),
        ErasureRequest(exchange="9a" * 16, began="sender", request="a" * 64),
    ],
    ids=["another envelope", "ours, it says", "never was"],
)
def test_what_a_peer_has_no_part_in_is_unknown_and_kept_nowhere(story: EraseExchanges, request_: ErasureRequest) -> None:
    assert heard(story, request_) == "erasure_receipt"
    assert story.all(AUDITOR) == []


def test_another_peer_cannot_ask_for_an_exchange_that_is_not_its_own(story: EraseExchanges) -> None:
    heard(story, ErasureRequest(exchange=THEIRS, began="sender", request="a" * 64), sender=BR)
    assert story.all(AUDITOR) == []


def test_a_peer_s_request_for_an_exchange_of_ours_leaves_the_question(story: EraseExchanges, database: Database) -> None:
    heard(story, ErasureRequest(exchange=X, began="addressee", request="a" * 64))
    story.decide(FIRST, X, "erase")
    assert is_erased(database, X)
    with database.read() as work:
        assert work.session.get_one(Question, question_id(database)).erased is None


def test_a_peer_s_request_takes_nothing_out_of_what_was_proposed(story: EraseExchanges, database: Database) -> None:
    question, request = question_id(database), ErasureRequest(exchange=X, began="addressee", request="a" * 64)
    story.propose(FIRST, question)
    heard(story, request)
    decided = story.decide(SECOND, question, "erase")
    assert {(each.peer, each.peer_asked is not None) for each in decided} == {(PE, True), (None, False)}
    assert is_erased(database, X)
    assert heard(story, request) == "erasure_confirmation"


def test_what_a_peer_asked_for_and_was_kept_goes_with_the_question_later(story: EraseExchanges, database: Database) -> None:
    heard(story, ErasureRequest(exchange=X, began="addressee", request="a" * 64))
    story.decide(FIRST, X, "keep")
    question = question_id(database)
    assert {each.subject for each in story.propose(FIRST, question)} == {question}
    story.decide(SECOND, question, "erase")
    assert is_erased(database, X)


def test_what_nobody_decides_in_time_is_shown_and_raised_once(story: EraseExchanges, database: Database, clock: Clock) -> None:
    heard(story, ErasureRequest(exchange=THEIRS, began="sender", request="a" * 64))
    clock.now += POLICY.erasure_term
    story.ask_peers()
    assert not story.all(AUDITOR)[0].overdue
    clock.now += DAY
    for _ in range(2):
        story.ask_peers()
    assert story.all(AUDITOR)[0].overdue
    with database.read() as work:
        alerts = work.session.exec(select(Alert)).all()
    assert [(alert.kind, alert.peer, alert.count) for alert in alerts] == [("erasure_overdue", PE, 1)]


def test_who_looks_at_what_is_to_be_erased_is_on_record(story: EraseExchanges, database: Database) -> None:
    heard(story, ErasureRequest(exchange=THEIRS, began="sender", request="a" * 64))
    for _ in range(2):
        story.all(AUDITOR)
    assert noted(database) == [{"count": 1, "erasures": [THEIRS], "officer": AUDITOR.id}]
