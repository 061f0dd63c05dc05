"""Legal holds: what a court or an authority forbids to erase. Placed by one liaison, lifted by another, on record."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from node.flows.tell_ledger import UnknownExchange, question_named
from node.officers import Liaison, Overseer
from node.safeguards import readings
from node.safeguards.errors import NotFourEyes
from node.store.database import Database, Work
from node.store.tables import Exchange, LegalHold, Officer
from protocol.journal import Act

_REFERENCE = "legal_holds.reference"


class UnknownLegalHold(Exception):
    """No such hold, or it was lifted already."""

    code = "unknown_legal_hold"


@dataclass(frozen=True)
class ShownLegalHold:
    """One hold: of a question or an exchange, or of everything where `subject` is None. Times are POSIX seconds.

    `reference`: of the order, in the words of who placed it.
    """

    id: str
    subject: str | None
    reference: str
    placed_by: str
    placed: int
    lifted_by: str | None
    lifted: int | None


@dataclass(frozen=True, repr=False)
class HoldByLaw:
    """The story's parts."""

    database: Database

    def place(self, officer: Liaison, name: str | None, reference: str) -> ShownLegalHold:
        """Keep a question with its exchanges, or an exchange, by its id or reference; without a name, everything.

        What is erased already stays so. Raises `UnknownExchange`.
        """
        with self.database.begin() as work:
            subject = None if name is None else _subject(work, name)
            held = LegalHold(
                id=work.new_id(),
                subject=subject,
                reference_sealed=work.seal_at_rest(reference.encode(), _REFERENCE),
                placed_by=officer.id,
                placed=work.now(),
            )
            work.session.add(held)
            work.session.flush()
            work.record(Act.LEGAL_HOLD_PLACED, officer=officer.id, hold=held.id, subject=subject)
            return _shown(work, held)

    def lift(self, officer: Liaison, hold: str) -> ShownLegalHold:
        """What it kept is erased again as the policy says. Raises `UnknownLegalHold`, and `NotFourEyes` for who placed it."""
        with self.database.begin() as work:
            held = work.session.get(LegalHold, hold)
            if held is None or held.lifted is not None:
                raise UnknownLegalHold
            if held.placed_by == officer.id:
                raise NotFourEyes("placed_hold")
            held.lifted, held.lifted_by = work.now(), officer.id
            work.session.add(held)
            work.record(Act.LEGAL_HOLD_LIFTED, officer=officer.id, hold=held.id, subject=held.subject)
            return _shown(work, held)

    def all(self, officer: Overseer) -> Sequence[ShownLegalHold]:
        """All that were ever placed, those in force first. On record, once an hour for the same ones."""
        with self.database.read() as work:
            order = (col(LegalHold.lifted).is_not(None), col(LegalHold.placed).desc(), col(LegalHold.id))
            shown = [_shown(work, held) for held in work.session.exec(select(LegalHold).order_by(*order)).all()]
        readings.note(self.database, officer, **readings.listed("legal_holds", [each.id for each in shown]))
        return shown


def _subject(work: Work, name: str) -> str:
    question = question_named(work, name)
    if question is None and work.session.exec(select(Exchange.x).where(Exchange.x == name)).first() is None:
        raise UnknownExchange
    return question or name


def _shown(work: Work, held: LegalHold) -> ShownLegalHold:
    return ShownLegalHold(
        id=held.id,
        subject=held.subject,
        reference=work.open_at_rest(held.reference_sealed, _REFERENCE).decode(),
        placed_by=work.session.get_one(Officer, held.placed_by).username,
        placed=held.placed,
        lifted_by=None if held.lifted_by is None else work.session.get_one(Officer, held.lifted_by).username,
        lifted=held.lifted,
    )
