"""Legal holds: placed by one, lifted by another, on record, their reference sealed. All are invented."""

import pytest
from sqlmodel import select

from node.flows.hold_by_law import HoldByLaw, UnknownLegalHold
from node.flows.tell_ledger import UnknownExchange
from node.officers import Liaison, Overseer, Role
from node.safeguards.errors import NotFourEyes
from node.store.database import Database
from node.store.tables import Intake, LegalHold
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ
from tests.node.safeguards.test_readings import noted
from tests.node.store.test_erasing import X, asked

FIRST = Liaison(ALICE, "alice", frozenset({Role.LIAISON}))
SECOND = Liaison(BEATRIZ, "beatriz", frozenset({Role.LIAISON}))
AUDITOR = Overseer(BEATRIZ, "beatriz", frozenset({Role.AUDITOR}))
ORDER = "JUZGADO-INVENTADO-9/2026"


@pytest.fixture
def story(database: Database) -> HoldByLaw:
    with database.begin() as work:
        asked(work)
    return HoldByLaw(database)


def test_a_hold_is_placed_lifted_by_another_and_both_are_on_record(story: HoldByLaw, database: Database) -> None:
    placed = story.place(FIRST, X, ORDER)
    assert (placed.subject, placed.reference, placed.placed_by, placed.lifted) == (X, ORDER, "alice", None)
    with pytest.raises(NotFourEyes, match="placed_hold"):
        story.lift(FIRST, placed.id)
    lifted = story.lift(SECOND, placed.id)
    assert (lifted.lifted_by, lifted.lifted) == ("beatriz", placed.placed)
    with pytest.raises(UnknownLegalHold):
        story.lift(SECOND, placed.id)
    with database.read() as work:
        acts = [act.kind for act in work.session.exec(select(Intake)).all()]
        rows = work.session.exec(select(LegalHold)).all()
    assert acts[-2:] == [Act.LEGAL_HOLD_PLACED.value, Act.LEGAL_HOLD_LIFTED.value]
    assert ORDER.encode() not in rows[0].reference_sealed


def test_a_question_is_named_by_its_reference_and_everything_by_no_name(story: HoldByLaw, database: Database) -> None:
    with database.begin() as work:
        question = work.session.exec(select(LegalHold.subject)).all()
    assert question == []
    everything = story.place(FIRST, None, ORDER)
    assert everything.subject is None
    story.lift(SECOND, everything.id)
    story.place(FIRST, X, ORDER)
    assert [each.lifted is None for each in story.all(AUDITOR)] == [True, False]


def test_what_is_not_here_cannot_be_held(story: HoldByLaw) -> None:
    with pytest.raises(UnknownExchange):
        story.place(FIRST, "9a" * 16, ORDER)
    with pytest.raises(UnknownLegalHold):
        story.lift(SECOND, "9a" * 16)


def test_who_looks_at_holds_is_on_record_by_their_numbers_and_not_by_their_references(
    story: HoldByLaw, database: Database
) -> None:
    placed = story.place(FIRST, None, ORDER)
    for _ in range(2):
        story.all(AUDITOR)
    assert noted(database) == [{"count": 1, "legal_holds": [placed.id], "officer": BEATRIZ}]
