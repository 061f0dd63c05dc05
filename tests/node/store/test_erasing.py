"""Erasing an exchange: the key and what lay under it are gone, its rows stay, and nothing else is touched. All are invented."""

import pytest
from sqlmodel import select

from node.flows.ask_peers import CaseQuestion, _keep
from node.officers import Investigator, Role
from node.safeguards.necessity import AskedLine
from node.store import archive
from node.store.database import HERE, Database, ExchangeRef, Side, Work
from node.store.erasing import erase_exchange, erase_question, exchanges_of, kept_by_law, question_of
from node.store.openings import opening_of
from node.store.tables import (
    Exchange,
    ExchangeReply,
    Hit,
    Hold,
    Intake,
    LegalHold,
    Question,
    QuestionExchange,
    QuestionLine,
    QuestionToPeer,
)
from protocol.journal import Act, Direction
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency
from tests.node.conftest import ALICE, phone
from tests.protocol.federation import CO, NOW, PE, list_id

ASKER = Investigator(ALICE, "alice", frozenset({Role.INVESTIGATOR}))
X = "5e" * 16
SAID = b"what was said"


def said(work: Work, direction: Direction, x: str = X) -> ExchangeRef:
    """An exchange with Peru: a request, a reply, and the entry of each."""
    exchange = ExchangeRef(x, PE, direction)
    archive.archive_request(work, x, PE, direction, "match_request", SAID, "a" * 64)
    archive.archive_reply(work, x, PE, direction, "match_receipt", SAID, "b" * 64)
    act = Act.QUESTION_ASKED if direction == "out" else Act.QUESTION_RECEIVED
    work.record_envelope(act, exchange, digest="a" * 64, salt=bytes(32))
    work.session.flush()
    return exchange


def asked(work: Work) -> str:
    """A question of Alice's to Peru with one exchange, a hit and a hold."""
    line = AskedLine(2, "+573015550101", (phone("+573015550101"),), attested=True)
    why = (RequestPurpose("investigate_network"), LegalBasis("untoc_police"), Offence("tip"), Urgency("routine_7d"))
    question = _keep(work, ASKER, CaseQuestion((line,), *why, "CASO-INVENTADO-8", (PE,), attested=True))
    to_peer = work.session.exec(select(QuestionToPeer).where(QuestionToPeer.question_id == question)).one()
    exchange = QuestionExchange(
        x=X,
        question_peer_id=to_peer.id or 0,
        list_id=list_id(CO),
        manifest="0" * 64,
        state="answered",
        lines=1,
        list_size=1,
        openings_sealed=b"sealed openings",
        asked=NOW,
    )
    hit = Hit(
        question_id=question,
        peer=PE,
        list_id=list_id(CO),
        line=2,
        record_id="1" * 32,
        handle=b"h",
        key_type=1,
        manifest="0" * 64,
        found=NOW,
        standing=NOW,
    )
    held = Hold(id="2" * 32, officer_id=ALICE, question_id=question, line=2, mark="m", created=NOW, facts_sealed=b"facts")
    work.session.add_all([exchange, hit, held])
    said(work, "out")
    return question


@pytest.mark.parametrize("direction", ["in", "out"])
def test_nothing_of_an_erased_exchange_opens_and_its_rows_say_since_when(work: Work, direction: Direction) -> None:
    exchange = said(work, direction)
    (act,) = work.session.exec(select(Intake).where(Intake.exchange == X)).all()
    commitment = act.commitment
    assert opening_of(work, act) is not None
    erase_exchange(work, exchange)
    work.session.expire_all()
    assert not work.can_open(X, Side(PE, direction))
    assert archive.find_request(work, X, PE, direction) is None
    assert archive.find_replies(work, X, PE, direction) == []
    assert (opening_of(work, act), act.opening_sealed, act.commitment) == (None, b"", commitment)
    row = work.session.get_one(Exchange, exchange)
    assert (row.request_sealed, row.erased, row.digest) == (None, NOW, "a" * 64)
    assert [reply.reply_sealed for reply in work.session.exec(select(ExchangeReply)).all()] == [b""]


def test_what_comes_after_an_erasure_opens_and_brings_nothing_back(work: Work) -> None:
    exchange = said(work, "out")
    erase_exchange(work, exchange)
    later = work.record(Act.OUTCOME, about=exchange, state="void")
    work.session.flush()
    work.session.expire_all()
    assert opening_of(work, later) is not None
    (earlier,) = work.session.exec(select(Intake).where(Intake.kind == Act.QUESTION_ASKED.value)).all()
    assert opening_of(work, earlier) is None
    assert archive.find_replies(work, X, PE, "out") == []


def test_the_same_id_of_the_peer_is_another_exchange(work: Work) -> None:
    ours, theirs = said(work, "out"), said(work, "in")
    erase_exchange(work, ours)
    work.session.expire_all()
    assert archive.find_request(work, X, PE, "in") is not None
    assert work.session.get_one(Exchange, theirs).erased is None


def test_with_an_exchange_of_a_question_its_openings_and_hits_go(work: Work) -> None:
    question = asked(work)
    (exchange,) = exchanges_of(work, question)
    assert question_of(work, exchange) == question
    erase_exchange(work, exchange)
    work.session.expire_all()
    assert work.session.get_one(QuestionExchange, X).openings_sealed == b""
    assert work.session.exec(select(Hit)).all() == []
    assert work.can_open(question, HERE)


def test_with_a_question_its_lines_hits_and_holds_go(work: Work) -> None:
    question = asked(work)
    erase_question(work, question)
    work.session.expire_all()
    assert not work.can_open(question)
    kept = work.session.get_one(Question, question)
    assert (kept.case_sealed, kept.erased, kept.purpose) == (b"", NOW, "investigate_network")
    assert [(row.written_sealed, row.inputs_sealed) for row in work.session.exec(select(QuestionLine)).all()] == [(b"", b"")]
    assert (work.session.exec(select(Hit)).all(), work.session.exec(select(Hold)).all()) == ([], [])


def test_no_row_has_what_was_erased(database: Database) -> None:
    with database.begin() as work:
        exchange = said(work, "out")
        sealed = work.session.get_one(Exchange, exchange).request_sealed
    with database.begin() as work:
        erase_exchange(work, exchange)
    assert sealed is not None
    with database.read() as work:
        everything = [value for row in work.session.exec(select(Exchange)).all() for value in row.model_dump().values()]
    assert sealed not in everything


@pytest.mark.parametrize(
    ("subject", "kept"),
    [(X, True), ("question", True), (None, True), ("9a" * 16, False)],
    ids=["exchange", "question", "all", "other"],
)
def test_who_holds_an_exchange_holds_its_question_and_the_other_way_round(work: Work, subject: str | None, kept: bool) -> None:
    question = asked(work)
    named = question if subject == "question" else subject
    work.session.add(LegalHold(id="7" * 32, subject=named, reference_sealed=b"", placed_by=ALICE, placed=NOW))
    work.session.flush()
    assert kept_by_law(work).keeps(X, question) is kept


def test_a_hold_that_was_lifted_keeps_nothing(work: Work) -> None:
    work.session.add(LegalHold(id="7" * 32, subject=None, reference_sealed=b"", placed_by=ALICE, placed=NOW, lifted=NOW))
    work.session.flush()
    assert not kept_by_law(work).keeps(X)
