"""What an officer sees of a question: who has answered, who has not and since when, and the hits with their records."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from node.federation import Federation
from node.flows.ask_peers import NO_LIST
from node.officers import Investigator
from node.store import jobs, manifests
from node.store.acts import Act
from node.store.database import Database, Work
from node.store.tables import HeldRecord, Hit, Question, QuestionExchange, QuestionLine, QuestionSkip, QuestionToPeer
from protocol import jws
from protocol.authority import Authority
from protocol.directory import Contact
from protocol.limits import RECORD_BYTES
from protocol.record import RECORD_TYPE, Record, Withdrawal, parse_record


class UnknownQuestion(Exception):
    """No such question, or another officer's: both look the same."""

    code = "unknown_question"


@dataclass(frozen=True)
class ListAsked:
    """One list of a peer that was asked."""

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
    """Where a question stands. `done` when no peer will change any more by itself."""

    id: str
    created: int
    expires: int
    purpose: str
    lines: int
    hits: int
    done: bool
    peers: tuple[PeerProgress, ...]


@dataclass(frozen=True)
class ShownHit:
    """A line of the case file that a peer has published. `written` is the officer's own writing of it.

    `verdict` and `agreements`: of a person, how sure it is that this is who was asked after, and why.
    `withdrawn`: when its publisher's withdrawal of the record came in (POSIX seconds); None while the record is in force.
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
    contact: Contact | None


@dataclass(frozen=True, repr=False)
class ShowQuestion:
    """The story's parts."""

    database: Database
    federation: Federation

    def all(self, officer: Investigator) -> list[QuestionState]:
        """The officer's own questions, newest first."""
        with self.database.read() as work:
            rows = work.session.exec(
                select(Question).where(Question.officer_id == officer.id).order_by(col(Question.created).desc(), col(Question.id))
            ).all()
            return [self._state(work, row) for row in rows]

    def state(self, officer: Investigator, question_id: str) -> QuestionState:
        """One question. Raises `UnknownQuestion`."""
        with self.database.read() as work:
            return self._state(work, _own(work, officer, question_id))

    def hits(self, officer: Investigator, question_id: str) -> list[ShownHit]:
        """The hits of a question, by line. Reading them is on record. Raises `UnknownQuestion`."""
        with self.database.begin() as work:
            question = _own(work, officer, question_id)
            rows = work.session.exec(
                select(Hit).where(Hit.question_id == question.id).order_by(col(Hit.line), col(Hit.peer), col(Hit.id))
            ).all()
            work.record(Act.PERSONAL_DATA_READ, officer=officer.id, question=question.id, hits=len(rows))
            sys.audit("celosia.show_question.read")
            return [self._hit(work, question, row) for row in rows]

    def _state(self, work: Work, question: Question) -> QuestionState:
        rows = work.session.exec(
            select(QuestionToPeer).where(QuestionToPeer.question_id == question.id).order_by(col(QuestionToPeer.peer))
        ).all()
        hits = work.session.exec(select(Hit.peer, Hit.line).where(Hit.question_id == question.id).distinct()).all()
        lines = work.session.exec(select(QuestionLine.line).where(QuestionLine.question_id == question.id)).all()
        return QuestionState(
            id=question.id,
            created=question.created,
            expires=question.expires,
            purpose=question.purpose,
            lines=len(lines),
            hits=len({line for _, line in hits}),
            done=all(row.state in ("answered", "refused", "failed", "expired") for row in rows),
            peers=tuple(self._progress(work, row, sum(peer == row.peer for peer, _ in hits)) for row in rows),
        )

    def _progress(self, work: Work, row: QuestionToPeer, hits: int) -> PeerProgress:
        asked: Sequence[QuestionExchange] = work.session.exec(
            select(QuestionExchange).where(QuestionExchange.question_peer_id == row.id).order_by(col(QuestionExchange.asked))
        ).all()
        job = jobs.find(work, row.peer, row.question_id)
        return PeerProgress(
            peer=Authority(row.peer),
            state=row.state,
            reason=row.reason,
            since=row.since,
            attempts=job.attempts,
            next_try=job.next_try,
            hits=hits,
            lists=tuple(ListAsked(each.list_id, each.state, each.lines, each.list_size) for each in asked),
            lists_known=len({each.list_id for each in asked} | self._lists_in_force(work, Authority(row.peer))),
            not_compared=_not_compared(work, row),
        )

    def _lists_in_force(self, work: Work, peer: Authority) -> set[str]:
        """Of the peer's lists that this node knows, those in an epoch that goes on, by the directory."""
        member = self.federation.directory.members.get(peer)
        if member is None:
            return set()
        chains = manifests.chains(work, peer)
        return {list_id for _, list_id, epoch in chains if member.epoch_key(list_id, epoch, work.now()) is not None}

    def _hit(self, work: Work, question: Question, row: Hit) -> ShownHit:
        line = work.session.get_one(QuestionLine, (question.id, row.line))
        held = _current(work, row.peer, row.record_id)
        record = None if held is None else content(held)
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
            withdrawn=held.received if held is not None and isinstance(record, Withdrawal) else None,
            contact=contact_of(self.federation, Authority(row.peer), record),
        )


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


def _own(work: Work, officer: Investigator, question_id: str) -> Question:
    question = work.session.get(Question, question_id)
    if question is None or question.officer_id != officer.id:
        raise UnknownQuestion
    return question
