"""The lines of a question as it keeps them: what went in comes out, by batch, and only under the question's own key."""

import pytest
from sqlmodel import col, delete, select

from node.flows.ask_peers import CaseQuestion, _keep
from node.flows.question_lines import lines_of, open_line
from node.officers import Investigator, Role
from node.safeguards.holds import Line
from node.safeguards.necessity import AskedLine
from node.store.database import Work
from node.store.tables import ExchangeKey, QuestionLine
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency
from tests.node.conftest import ALICE, phone
from tests.node.people import LUCIA
from tests.protocol.federation import PE

NUMBER = AskedLine(3, "300 555 0147", (phone(),), attested=True)
PERSON = AskedLine(2, "Lucía Quispe", LUCIA.person, attested=True)


@pytest.fixture
def question(work: Work) -> str:
    why = (RequestPurpose("investigate_network"), LegalBasis("untoc_police"), Offence("tip"), Urgency("routine_7d"))
    asker = Investigator(ALICE, "alice", frozenset({Role.INVESTIGATOR}))
    return _keep(work, asker, CaseQuestion((NUMBER, PERSON), *why, "CASO-INVENTADO", (PE,), attested=True))


def test_lines_come_back_in_order_with_all_their_keys_and_the_person(work: Work, question: str) -> None:
    person, number = lines_of(work, question, 0)
    assert (number.line, number.person, list(number.inputs)) == (3, None, NUMBER.inputs())
    assert (person.line, person.person, list(person.inputs)) == (2, LUCIA.person, PERSON.inputs())
    assert number.to_look_at() == Line(3, (phone().oprf_input(),), None)
    assert person.to_look_at() == Line(2, tuple(LUCIA.inputs), LUCIA.person)


def test_a_batch_has_its_own_lines(work: Work, question: str) -> None:
    row = work.session.get_one(QuestionLine, (question, 3))
    row.batch = 1
    work.session.add(row)
    work.session.flush()
    assert [[line.line for line in lines_of(work, question, batch)] for batch in (0, 1, 2)] == [[2], [3], []]


def test_without_the_question_s_key_no_line_opens(work: Work, question: str) -> None:
    work.session.exec(delete(ExchangeKey).where(col(ExchangeKey.x) == question))
    row = work.session.exec(select(QuestionLine)).first()
    assert row is not None
    with pytest.raises(KeyError):
        open_line(work, row)
