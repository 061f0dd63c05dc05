"""The ledger of one exchange, from what is on record: whose it was, what is left of it after erasure, and what was never kept."""

from collections.abc import Sequence

import pytest
from sqlmodel import delete

from node.federation import Federation
from node.flows.ledger_statements import Statement
from node.flows.tell_ledger import TellLedger, ToldExchange, UnknownExchange
from node.officers import Overseer, Role
from node.safeguards.checks import Outgoing
from node.safeguards.door import Door
from node.store import archive
from node.store.database import Database
from node.store.tables import ExchangeKey
from protocol.messages import ManifestsWanted, MatchReceipt, MatchRefusal, MatchRequest, RecordDelivery
from protocol.vocabulary import MatchOutcome
from tests.node.conftest import ALICE, Clock, admitted_by_us
from tests.node.safeguards.test_readings import noted
from tests.protocol.federation import BR, CO, NOW, PE, prepared_question, question

AUDITOR = Overseer(ALICE, "alice", frozenset({Role.AUDITOR}))
TO_US = question(prepared_question(), CO)


@pytest.fixture
def ledger(database: Database, member: Federation) -> TellLedger:
    return TellLedger(database, member)


def codes(statements: Sequence[Statement]) -> list[str]:
    return [each.code for each in statements]


def ask(database: Database, door: Door) -> str:
    with database.begin() as work:
        _, request = door.request(work, Outgoing(PE, question(prepared_question()), (b"an OPRF input",)))
    return request.envelope.x


def receive(database: Database, door: Door, clock: Clock, *, decline: bool = False) -> str:
    """A question of Peru's, with its receipt a second later, and declined if said."""
    admitted = admitted_by_us(TO_US, PE)
    envelope = admitted.envelope
    with database.begin() as work:
        if decline:
            archive.archive_digest(work, envelope.x, PE, envelope.type, admitted.digest)
        else:
            archive.archive_request(work, envelope.x, PE, "in", envelope.type, admitted.raw, admitted.digest)
        clock.now += 1
        door.reply(work, admitted, Outgoing(PE, MatchReceipt(size=TO_US.size)))
        if decline:
            door.reply(work, admitted, Outgoing(PE, MatchRefusal(outcome=MatchOutcome("declined"))))
    return envelope.x


def one(ledger: TellLedger, x: str) -> ToldExchange:
    (told,) = ledger.tell(AUDITOR, x)
    return told


def test_our_question_without_an_answer(ledger: TellLedger, database: Database, door: Door) -> None:
    told = one(ledger, ask(database, door))
    assert (told.peer, told.direction, told.type, told.began, told.answered) == (PE, "out", MatchRequest.type, NOW, None)
    assert codes(told.told.we_learnt) == ["no_reply"]
    assert "question_size_seen" in codes(told.told.they_learnt)


def test_a_question_of_theirs_with_the_budget_of_the_list_that_it_asked(
    ledger: TellLedger, database: Database, door: Door, clock: Clock
) -> None:
    told = one(ledger, receive(database, door, clock))
    assert (told.peer, told.direction, told.answered) == (PE, "in", told.began + 1)
    assert codes(told.told.they_learnt) == ["receipt_given"]
    (guesses,) = (each for each in told.told.they_may_infer if each.code == "guesses")
    assert guesses.facts["size"] == TO_US.size


def test_of_a_declined_question_only_the_digest_is_kept_and_the_ledger_says_so(
    ledger: TellLedger, database: Database, door: Door, clock: Clock
) -> None:
    told = one(ledger, receive(database, door, clock, decline=True)).told
    assert (codes(told.we_learnt), codes(told.they_learnt)) == (["only_digest_kept"], ["declined_to_them"])
    assert (told.we_may_infer, told.they_may_infer) == ((), ())


def test_of_an_erased_exchange_the_ledger_says_that_it_was_erased(ledger: TellLedger, database: Database, door: Door) -> None:
    x = ask(database, door)
    with database.begin() as work:
        work.session.exec(delete(ExchangeKey))
    told = one(ledger, x)
    assert (told.type, codes(told.told.we_learnt), told.told.they_learnt) == (MatchRequest.type, ["exchange_erased"], ())


def test_a_record_that_breaks_its_rules_is_told_of_without_its_content(ledger: TellLedger, database: Database) -> None:
    admitted = admitted_by_us(RecordDelivery(record=b"no record"), BR)
    with database.begin() as work:
        archive.archive_request(work, admitted.envelope.x, BR, "in", admitted.envelope.type, admitted.raw, admitted.digest)
    assert codes(one(ledger, admitted.envelope.x).told.we_learnt) == ["record_unreadable"]


def test_one_id_of_several_peers_shows_each_of_their_exchanges(ledger: TellLedger, database: Database) -> None:
    """A peer chooses the ids of its own exchanges: it may take another's."""
    with database.begin() as work:
        for peer in (PE, BR):
            admitted = admitted_by_us(ManifestsWanted(), peer)
            archive.archive_request(work, "0f" * 16, peer, "in", "manifests_wanted", admitted.raw, admitted.digest)
    assert {each.peer for each in ledger.tell(AUDITOR, "0f" * 16)} == {PE, BR}


@pytest.mark.parametrize("name", ["0" * 32, "0" * 8, "", "no such thing"])
def test_what_is_not_on_record_is_said_to_be_unknown(ledger: TellLedger, name: str) -> None:
    with pytest.raises(UnknownExchange):
        ledger.tell(AUDITOR, name)


def test_that_a_ledger_was_read_is_on_record_once_an_hour_and_of_what_nobody_has_nothing(
    ledger: TellLedger, database: Database, door: Door, clock: Clock
) -> None:
    x, other = ask(database, door), receive(database, door, clock)
    with pytest.raises(UnknownExchange):
        ledger.tell(AUDITOR, "9a" * 16)
    assert noted(database) == []
    for _ in range(3):
        ledger.tell(AUDITOR, x)
    ledger.tell(AUDITOR, other)
    about = {"count": 1, "officer": ALICE, "what": "ledger"}
    assert noted(database) == [about | {"exchanges": [x]}, about | {"exchanges": [other]}]
