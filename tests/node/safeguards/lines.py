"""Lines of invented questions, and a question in the store that has them."""

from collections.abc import Callable, Mapping

import pytest

from node.keys import Keys
from node.safeguards import protected
from node.safeguards.holds import (
    Holding,
    Line,
)
from node.safeguards.reviews import Review
from node.store.database import Work
from node.store.tables import Question, QuestionLine
from tests.node.conftest import ALICE, phone
from tests.node.people import LUCIA, Named

QUESTION = "c4" * 16
RATE = 0.005
Draw = Callable[[Mapping[str, Review]], None]
ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def number(at: int) -> str:
    return f"+5730155{at:05}"


def line(at: int, text: str) -> Line:
    return Line(at, (phone(text).oprf_input(),), None)


def someone(at: int, named: Named) -> Line:
    return Line(at, tuple(named.inputs), named.person)


def protect(work: Work, keys: Keys, *numbers: str, people: tuple[Named, ...] = ()) -> None:
    marks = protected.guarded(keys, [phone(each).oprf_input() for each in numbers], [each.inputs for each in people])
    protected.protect(work, keys, marks)


def ask(work: Work, question_id: str = QUESTION, officer: str = ALICE, lines: int = 40, kind: str = "phone") -> None:
    """A question as it is kept, with so many lines."""
    work.session.add(
        Question(
            id=question_id,
            officer_id=officer,
            created=work.now(),
            expires=work.now() + 86400,
            purpose="investigate_network",
            basis="untoc_police",
            offence="tip",
            urgency="routine_7d",
            case_sealed=b"",
            peers="PE",
        )
    )
    work.session.flush()
    fields = {"question_id": question_id, "kind": kind, "batch": 0, "doubts": "", "written_sealed": b"", "inputs_sealed": b""}
    work.insert(QuestionLine, [{**fields, "line": at, "person_sealed": None} for at in range(1, lines + 1)])


def innocent(lines: int, *, first: int = 50_000) -> list[Line]:
    """So many numbers that nothing holds."""
    return [line(at, number(first + at)) for at in range(1, lines + 1)]


def people(lines: int) -> list[Line]:
    """So many invented people whom nothing holds."""
    return [Line(at, (phone(number(60_000 + at)).oprf_input(),), LUCIA.person) for at in range(1, lines + 1)]


def hold_one(work: Work, holding: Holding, text: str, question_id: str) -> None:
    """One more question with one line that is drawn."""
    ask(work, question_id, lines=1)
    holding.hold(work, ALICE, question_id, [line(1, text)])
