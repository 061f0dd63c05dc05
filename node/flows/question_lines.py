"""The lines of a question as it keeps them, opened again."""

import json
from dataclasses import dataclass

from sqlmodel import col, select

from node.safeguards.holds import Line
from node.store.database import Work
from node.store.tables import QuestionLine
from protocol.names import Person


@dataclass(frozen=True, repr=False)
class KeptLine:
    """One line: (kind, version of its rule, OPRF input) of every key, and whom it asks after, if it is a person."""

    line: int
    inputs: tuple[tuple[str, str, bytes], ...]
    person: Person | None

    def to_look_at(self) -> Line:
        """What the safeguards look at."""
        return Line(self.line, tuple(value for _, _, value in self.inputs), self.person)


def lines_of(work: Work, question_id: str, batch: int) -> list[KeptLine]:
    """The lines of a batch of a question, in order."""
    of_batch = select(QuestionLine).where(QuestionLine.question_id == question_id, QuestionLine.batch == batch)
    return [open_line(work, row) for row in work.session.exec(of_batch.order_by(col(QuestionLine.line))).all()]


def open_line(work: Work, row: QuestionLine) -> KeptLine:
    """One line of a question whose key is there."""
    inputs = json.loads(work.open(row.question_id, row.inputs_sealed, f"inputs:{row.line}"))
    sealed = row.person_sealed
    words = None if sealed is None else json.loads(work.open(row.question_id, sealed, f"person:{row.line}"))
    person = None if words is None else Person.from_words(words)
    return KeptLine(row.line, tuple((kind, version, bytes.fromhex(value)) for kind, version, value in inputs), person)
