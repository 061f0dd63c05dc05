"""What an officer sees of a question: who has answered, who has not and since when, and the hits with their records."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from node.federation import Federation
from node.flows.ask_peers import NO_LIST, REFERENCE_DIGITS
from node.officers import Investigator
from node.safeguards import readings
from node.safeguards.holds import held_lines, lines_released_late
from node.store import jobs, manifests
from node.store.database import Database, Work
from node.store.tables import HeldRecord, Hit, Question, QuestionExchange, QuestionLine, QuestionSkip, QuestionToPeer
from protocol import jws
from protocol.authority import Authority
from protocol.directory import Contact
from protocol.journal import Act
from protocol.limits import RECORD_BYTES
from protocol.names import class_of
from protocol.record import RECORD_TYPE, Record, Withdrawal, parse_record


class UnknownQuestion(Exception):
    """No such question, or another officer's: both look the same."""

    code = "unknown_question"


@dataclass(frozen=True)
class ListAsked:
    """One list of a peer that was asked, in the exchange `x`."""

    x: str
    list_id: str
    state: str
    lines: int
    list_size: int


@dataclass(frozen=True)
class NotCompared:
    """Lines of the question whose keys of one kind a peer was not asked for.

    `why`: `other_version` if it makes them by other rules, `no_list` if it has no list of their class.
    """

    kind: str
    why: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Doubtful:
    """Lines that were asked as they stand, though one thing about each of them is doubtful; `doubt` is a `Doubt`'s value."""

    doubt: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class PeerProgress:
    """Where one peer stands. `lists_known`: how many lists of it there are to ask, at least those that were.

    No hit on a line of `not_compared` means nothing: that peer was not asked.
    """

    peer: Authority
    state: str
    reason: str | None
    since: int
    attempts: int
    next_try: int
    hits: int
    lists: tuple[ListAsked, ...]
    lists_known: int
    not_compared: tuple[NotCompared, ...]


@dataclass(frozen=True)
class QuestionState:
    """Where a question stands. `done` when no peer will change any more by itself.

    `reference`: what officers call it by, unique in this node. `case`: the officer's own reference of its file, "" when its key
    was erased. `hits`: as many as `ShowQuestion.hits` lists, the sum of the peers' own. No hit on a line of `doubtful` may
    be for a slip of the pen. Lines of `held` were asked of nobody so far: they are held for review, and why is not said. Lines
    of `not_asked` were released when the question was over: nobody was asked about them, and nobody will be.
    """

    id: str
    reference: str
    case: str
    created: int
    expires: int
    purpose: str
    lines: int
    hits: int
    done: bool
    doubtful: tuple[Doubtful, ...]
    held: tuple[int, ...]
    not_asked: tuple[int, ...]
    peers: tuple[PeerProgress, ...]


@dataclass(frozen=True)
class ShownHit:
    """One line of the case file with one entry of one peer. `written` is the officer's own writing of the line.

    `subject`: of whom or what the entry is, there. `verdict` and `agreements`: of a person, how sure it is that this is who was
    asked after, and why. `withdrawn`: when this node learnt (POSIX seconds) that the peer had taken back the record or the entry,
    or changed that; None while it knows of nothing. `standing`: when the entry was last seen in the peer's list.
    """

    line: int
    kind: str
    written: str
    peer: Authority
    record_id: str
    subject: str
    verdict: str | None
    agreements: tuple[str, ...]
    record: Record | None
    withdrawn: int | None
    standing: int
    contact: Contact | None


@dataclass(frozen=True, repr=False)
class ShowQuestion:
    """The story's parts."""

    database: Database
    federation: Federation

    def all(self, officer: Investigator) -> list[QuestionState]:
        """The officer's own questions, newest first. That they were looked at is on record, once an hour for the same ones."""
        with self.database.read() as work:
            rows = work.session.exec(
                select(Question).where(Question.officer_id == officer.id).order_by(col(Question.created).desc(), col(Question.id))
            ).all()
            states = [self._state(work, row) for row in rows]
        readings.note(self.database, officer, **readings.listed("questions", [state.id for state in states]))
        return states

    def state(self, officer: Investigator, question_id: str) -> QuestionState:
        """One question, by its id or its reference. Raises `UnknownQuestion`.

        Programs ask until every peer has answered: that it was looked at is on record once an hour.
        """
        with self.database.read() as work:
            state = self._state(work, _own(work, officer, question_id))
        readings.note(self.database, officer, question=state.id)
        return state

    def hits(self, officer: Investigator, question_id: str) -> list[ShownHit]:
        """The hits of a question, by line. Of one line, what stands comes before what was withdrawn, and the likeliest first.

        Reading them is on record. Raises `UnknownQuestion`.
        """
        with self.database.begin() as work:
            question = _own(work, officer, question_id)
            rows = work.session.exec(select(Hit).where(Hit.question_id == question.id)).all()
            work.record(Act.PERSONAL_DATA_READ, officer=officer.id, question=question.id, hits=len(rows))
            sys.audit("celosia.show_question.read")
            shown = [(row, self._hit(work, question, row)) for row in rows]
            return [hit for _, hit in sorted(shown, key=_best_first)]

    def _state(self, work: Work, question: Question) -> QuestionState:
        rows = work.session.exec(
            select(QuestionToPeer).where(QuestionToPeer.question_id == question.id).order_by(col(QuestionToPeer.peer))
        ).all()
        hits = Counter(work.session.exec(select(Hit.peer).where(Hit.question_id == question.id)).all())
        lines = work.session.exec(
            select(QuestionLine.line, QuestionLine.doubts)
            .where(QuestionLine.question_id == question.id)
            .order_by(col(QuestionLine.line))
        ).all()
        return QuestionState(
            id=question.id,
            reference=question.id[:REFERENCE_DIGITS],
            case=work.open(question.id, question.case_sealed, "case").decode() if work.can_open(question.id) else "",
            created=question.created,
            expires=question.expires,
            purpose=question.purpose,
            lines=len(lines),
            hits=hits.total(),
            done=all(row.state in ("answered", "refused", "failed", "expired") for row in rows),
            doubtful=_doubtful(lines),
            held=tuple(sorted(held_lines(work, question.id))),
            not_asked=tuple(sorted(lines_released_late(work, question))),
            peers=tuple(self._progress(work, row, hits[row.peer]) for row in rows),
        )

    def _progress(self, work: Work, row: QuestionToPeer, hits: int) -> PeerProgress:
        of_peer = select(QuestionExchange).where(QuestionExchange.question_peer_id == row.id)
        in_turn = (col(QuestionExchange.asked), col(QuestionExchange.batch), col(QuestionExchange.list_id))
        asked: Sequence[QuestionExchange] = work.session.exec(of_peer.order_by(*in_turn)).all()
        job = jobs.find(work, row.peer, row.question_id)
        return PeerProgress(
            peer=Authority(row.peer),
            state=row.state,
            reason=row.reason,
            since=row.since,
            attempts=job.attempts,
            next_try=job.next_try,
            hits=hits,
            lists=tuple(ListAsked(each.x, each.list_id, each.state, each.lines, each.list_size) for each in asked),
            lists_known=len({each.list_id for each in asked} | self._lists_to_ask(work, row)),
            not_compared=_not_compared(work, row),
        )

    def _lists_to_ask(self, work: Work, row: QuestionToPeer) -> set[str]:
        """Of the peer's lists that this node knows, those of the lines' classes in an epoch that goes on, by the directory."""
        member = self.federation.directory.members.get(Authority(row.peer))
        if member is None:
            return set()
        kinds = work.session.exec(select(QuestionLine.kind).where(QuestionLine.question_id == row.question_id).distinct()).all()
        listed = [(member.list_entry(list_id), epoch) for _, list_id, epoch in manifests.chains(work, Authority(row.peer))]
        return {
            entry.list
            for entry, epoch in listed
            if entry is not None
            and entry.entropy in set(map(class_of, kinds))
            and member.epoch_key(entry.list, epoch, work.now()) is not None
        }

    def _hit(self, work: Work, question: Question, row: Hit) -> ShownHit:
        line = work.session.get_one(QuestionLine, (question.id, row.line))
        held = _current(work, row.peer, row.record_id)
        record = None if held is None else content(held)
        taken_back = held.received if held is not None and isinstance(record, Withdrawal) else None
        return ShownHit(
            line=row.line,
            kind=line.kind,
            written=work.open(question.id, line.written_sealed, f"written:{row.line}").decode()
            if work.can_open(question.id)  # not after its erasure, nor after a restore without the keys of exchanges
            else "",
            peer=Authority(row.peer),
            record_id=row.record_id,
            subject=row.handle.hex()[:8],
            verdict=row.verdict,
            agreements=tuple((row.agreements or "").split()),
            record=record,
            withdrawn=min((at for at in (taken_back, row.gone) if at is not None), default=None),
            standing=row.standing,
            contact=contact_of(self.federation, Authority(row.peer), record),
        )


def _doubtful(lines: Sequence[tuple[int, str]]) -> tuple[Doubtful, ...]:
    by_doubt: dict[str, list[int]] = {}
    for number, doubts in lines:
        for doubt in doubts.split():
            by_doubt.setdefault(doubt, []).append(number)
    return tuple(Doubtful(doubt, tuple(numbers)) for doubt, numbers in sorted(by_doubt.items()))


def _best_first(hit: tuple[Hit, ShownHit]) -> tuple[int, bool, float, str, int]:
    row, shown = hit
    return row.line, shown.withdrawn is not None, -(row.odds or 0.0), row.peer, row.id or 0


def _not_compared(work: Work, row: QuestionToPeer) -> tuple[NotCompared, ...]:
    lines: dict[tuple[str, str], list[int]] = {}
    has_list = (col(QuestionSkip.list_id) != NO_LIST).label("has_list")
    skipped = select(QuestionSkip.kind, has_list, QuestionSkip.line).where(QuestionSkip.question_peer_id == row.id).distinct()
    for kind, has, line in sorted(work.session.exec(skipped).all()):
        lines.setdefault((kind, "other_version" if has else "no_list"), []).append(line)
    return tuple(NotCompared(kind, why, tuple(numbers)) for (kind, why), numbers in lines.items())


def _current(work: Work, authority: str, record_id: str) -> HeldRecord | None:
    """The version of a record that is in force here, or its withdrawal, if it has arrived."""
    return work.session.exec(
        select(HeldRecord).where(HeldRecord.authority == authority, HeldRecord.record_id == record_id, col(HeldRecord.current))
    ).first()


def content(held: HeldRecord) -> Record:
    """What a held record says. It was checked when it was kept."""
    return parse_record(jws.open_form(held.raw, RECORD_TYPE, limit=RECORD_BYTES, where="record").payload)


def contact_of(federation: Federation, authority: Authority, record: Record | None) -> Contact | None:
    """Whom to call about a record: the contact point that it names, or the authority's first."""
    member = federation.directory.members.get(authority)
    if member is None:
        return None
    named = None if record is None or isinstance(record, Withdrawal) else member.contact(record.contact)
    return named or member.working.contacts[0]


def _own(work: Work, officer: Investigator, name: str) -> Question:
    """By id or reference. Of two old questions that begin alike, neither is guessed."""
    column = func.substr(Question.id, 1, REFERENCE_DIGITS) if len(name) == REFERENCE_DIGITS else Question.id
    named = work.session.exec(select(Question).where(Question.officer_id == officer.id, column == name)).all()
    if len(named) != 1:
        raise UnknownQuestion
    return named[0]
