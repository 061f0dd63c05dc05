"""The protection liaison's room: what is held and why, whether a line is released or kept, and officers who are locked.

Nobody else learns a cause, and nobody decides on a question of their own. A line under protection is released by nobody; half of
the random reviews take two liaisons (ADR 46). What is released is asked where it was to be asked, in a batch of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypedDict

from sqlmodel import col, func, select

from crypto.derivation import parted
from node.flows.ask_peers import REFERENCE_DIGITS
from node.flows.draft_publication import reference_of
from node.flows.question_lines import open_line
from node.officers import ProtectionLiaison
from node.safeguards.errors import NotFourEyes
from node.safeguards.holds import Cause, Decision, Facts, Holding, Line, open_facts, seal_facts
from node.safeguards.listing_reviews import line_of
from node.store import jobs
from node.store.database import Database, Work
from node.store.jobs import Lane
from node.store.tables import (
    CaseNetwork,
    Hold,
    HoldPass,
    Officer,
    OfficerLock,
    Question,
    QuestionExchange,
    QuestionLine,
    QuestionToPeer,
)
from protocol.authority import Authority
from protocol.journal import Act
from protocol.names import NAME_KIND

SHOWN = 500
"""Holds of one answer, the newest first."""
PASS_LIFETIME = 30 * 86400
"""Seconds for which no review holds a released line again: a case asks the same more than once."""
_NOT_OVER = ("waiting", "asked", "received", "answered")
"""States of a peer's share of a question to which a released line can be added."""

What = Literal["release", "keep"]


class UnknownHold(Exception):
    """No such hold, or one of the officer's own question: both look the same."""

    code = "unknown_hold"


class HoldRefused(Exception):
    """The decision cannot be taken; `reason` says why, and nothing has changed.

    protected, released (already), second_liaison (the same one released before), not_readable (the question was erased)
    """

    code = "hold_refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotLocked(Exception):
    """No officer of that user name is locked."""

    code = "not_locked"


@dataclass(frozen=True)
class ShownDecision:
    """What a liaison decided, by user name."""

    liaison: str
    what: str
    at: int
    note: str


@dataclass(frozen=True)
class ShownHold:
    """One hold with all that is known of it. Times are POSIX seconds.

    `cause` is why it was held. Of a question, `written` and `case` are the officer's own words, "" once it was erased. Of a
    network, named by its national reference, `written` is the identifier, or the name and birth date; "" once the case data lack
    it. `released`: since when it is held no more.
    """

    id: str
    officer: str
    created: int
    released: int | None
    question: str | None
    line: int | None
    network: str | None
    kind: str
    written: str
    case: str
    purpose: str | None
    cause: Cause
    decisions: tuple[ShownDecision, ...]


class _Place(TypedDict):
    """What differs between a hold of a question and one of a network."""

    question: str | None
    line: int | None
    network: str | None
    kind: str
    written: str
    case: str
    purpose: str | None


@dataclass(frozen=True, repr=False)
class DecideHolds:
    """The story's parts. `ask` starts what is due, without waiting."""

    database: Database
    holding: Holding
    ask: Callable[[], object]

    def all(self, liaison: ProtectionLiaison, *, decided: bool = False) -> list[ShownHold]:
        """What nobody has decided on yet, newest first; with `decided`, everything. Questions of one's own are left out.

        Reading it is on record: lines of case files are personal data.
        """
        with self.database.begin() as work:
            others = select(Hold).where(Hold.officer_id != liaison.id).order_by(col(Hold.created).desc(), col(Hold.id))
            query = others if decided else others.where(col(Hold.released).is_(None))
            holds = [(hold, open_facts(work, hold)) for hold in work.session.exec(query).all()]
            shown = [each for each in holds if decided or not _is_kept(each[1])][:SHOWN]
            work.record(Act.PERSONAL_DATA_READ, officer=liaison.id, holds=len(shown))
            return [_shown(work, hold, facts) for hold, facts in shown]

    def show(self, liaison: ProtectionLiaison, hold_id: str) -> ShownHold:
        """One hold. On record, too. Raises `UnknownHold`."""
        with self.database.begin() as work:
            hold = _of_others(work, liaison, hold_id)
            work.record(Act.PERSONAL_DATA_READ, officer=liaison.id, holds=1)
            return _shown(work, hold, open_facts(work, hold))

    def decide(self, liaison: ProtectionLiaison, hold_id: str, what: What, note: str = "") -> ShownHold:
        """Release a line, or keep it held. What the register and the review say is looked up anew.

        A release lets the same pass: reviews for 30 days, whoever is alike for good unless they entered the register later. It
        asks the line of every peer whose share of the question is not over; after the question's end it is not asked, and its
        officer is told. Of one that is kept, nothing is told outside. Raises `UnknownHold`, `HoldRefused`.
        """
        with self.database.begin() as work:
            hold = _of_others(work, liaison, hold_id)
            if hold.released is not None:
                raise HoldRefused("released")
            facts = open_facts(work, hold)
            decisions = (*facts.decisions, Decision(liaison.id, what, work.now(), note))[-2:]
            if what == "release":
                needed = self._releases_needed(work, hold, facts)
                if liaison.id in _releasing(facts.decisions):
                    raise HoldRefused("second_liaison")
                if len(_releasing(decisions)) >= needed:
                    self._release(work, hold)
            seal_facts(work, hold, replace(facts, decisions=decisions))
            effective = hold.released is not None
            work.record(Act.HOLD_DECIDED, officer=liaison.id, hold=hold.id, decision=what, released=effective)
            shown = _shown(work, hold, replace(facts, decisions=decisions))
        self.ask()
        return shown

    def unlock(self, liaison: ProtectionLiaison, username: str) -> None:
        """Let an officer ask again; holds are counted anew from now. Raises `NotLocked`, `NotFourEyes` for oneself."""
        with self.database.begin() as work:
            officer = work.session.exec(select(Officer).where(Officer.username == username)).first()
            lock = None if officer is None else work.session.get(OfficerLock, officer.id)
            if lock is None or lock.unlocked is not None:
                raise NotLocked
            if lock.officer_id == liaison.id:
                raise NotFourEyes("own_lock")
            lock.unlocked = work.now()
            work.session.add(lock)
            work.record(Act.OFFICER_UNLOCKED, officer=liaison.id, about_officer=lock.officer_id)

    def _releases_needed(self, work: Work, hold: Hold, facts: Facts) -> int:
        """How many liaisons it takes now. Who entered the register meanwhile is held for good, who left it is not."""
        line = _line(work, hold)
        if line is None:
            raise HoldRefused("not_readable")
        cause = self.holding.causes(work, [line]).get(line.line, facts.cause if facts.beside else None)
        if cause is Cause.PROTECTED:
            raise HoldRefused("protected")
        return 2 if cause is Cause.REVIEW_BY_TWO else 1

    @staticmethod
    def _release(work: Work, hold: Hold) -> None:
        hold.released = work.now()
        # who entered the register since the line was held is nobody whom the liaison could have told apart
        work.session.merge(HoldPass(mark=hold.mark, until=work.now() + PASS_LIFETIME, looked_at=hold.created))
        question = None if hold.question_id is None else work.session.get_one(Question, hold.question_id)
        if question is not None and work.now() < question.expires:
            _ask_again(work, question, work.session.get_one(QuestionLine, (hold.question_id, hold.line)))


def _ask_again(work: Work, question: Question, line: QuestionLine) -> None:
    """Put a line into the last batch, or into a new one if that has gone out to anybody, and let each peer's share go on."""
    last = work.session.exec(select(func.max(QuestionLine.batch)).where(QuestionLine.question_id == question.id)).one()
    of_last = select(QuestionExchange.x).join(QuestionToPeer, col(QuestionToPeer.id) == col(QuestionExchange.question_peer_id))
    out = of_last.where(QuestionToPeer.question_id == question.id, QuestionExchange.batch == last)
    line.batch = last + (last == 0 or work.session.exec(out).first() is not None)
    work.session.add(line)
    of_question = (QuestionToPeer.question_id == question.id, col(QuestionToPeer.state).in_(_NOT_OVER))
    version = jobs.last_version(work, question.id) + 1
    jobs.supersede(work, question.id, version)
    for row in work.session.exec(select(QuestionToPeer).where(*of_question)).all():
        jobs.add(work, Lane.QUESTION, Authority(row.peer), question.id, version)
        if row.state == "answered":
            row.state, row.reason, row.since = "waiting", None, work.now()
            work.session.add(row)


def _of_others(work: Work, liaison: ProtectionLiaison, hold_id: str) -> Hold:
    hold = work.session.get(Hold, hold_id)
    if hold is None or hold.officer_id == liaison.id:
        raise UnknownHold
    return hold


def _line(work: Work, hold: Hold) -> Line | None:
    """What is held, or None if it cannot be read any more."""
    if hold.question_id is None:
        return line_of(work, hold.bearer or "")
    row = work.session.get_one(QuestionLine, (hold.question_id, hold.line))
    return open_line(work, row).to_look_at() if work.can_open(row.question_id) else None


def _releasing(decisions: Sequence[Decision]) -> set[str]:
    """Who released, since somebody kept it last."""
    kept = max((at for at, each in enumerate(decisions) if each.what == "keep"), default=-1)
    return {each.officer_id for each in decisions[kept + 1 :]}


def _is_kept(facts: Facts) -> bool:
    return bool(facts.decisions) and facts.decisions[-1].what == "keep"


def _shown(work: Work, hold: Hold, facts: Facts) -> ShownHold:
    decisions = (ShownDecision(_username(work, each.officer_id), each.what, each.at, each.note) for each in facts.decisions)
    return ShownHold(
        id=hold.id,
        officer=_username(work, hold.officer_id),
        created=hold.created,
        released=hold.released,
        cause=facts.cause,
        decisions=tuple(decisions),
        **(_of_network(work, hold) if hold.question_id is None else _of_question(work, hold)),
    )


def _of_question(work: Work, hold: Hold) -> _Place:
    question = work.session.get_one(Question, hold.question_id)
    line = work.session.get_one(QuestionLine, (hold.question_id, hold.line))
    readable = work.can_open(question.id)
    return _Place(
        question=question.id[:REFERENCE_DIGITS],
        line=line.line,
        network=None,
        kind=line.kind,
        written=work.open(question.id, line.written_sealed, f"written:{line.line}").decode() if readable else "",
        case=work.open(question.id, question.case_sealed, "case").decode() if readable else "",
        purpose=question.purpose,
    )


def _of_network(work: Work, hold: Hold) -> _Place:
    line = _line(work, hold)
    kind, written = NAME_KIND, ""
    if line is not None and line.person is not None:
        written = " ".join((*line.person.given, *line.person.surnames))
        written += "" if line.person.born is None else f", {line.person.born.written()}"
    elif line is not None:
        kind, _, canonical = (part.decode() for part in parted(line.inputs[0]))
        written = canonical
    network = work.session.get(CaseNetwork, hold.network)
    reference = "" if network is None else reference_of(work, network)
    return _Place(question=None, line=None, network=reference, kind=kind, written=written, case="", purpose=None)


def _username(work: Work, officer_id: str) -> str:
    return work.session.get_one(Officer, officer_id).username
