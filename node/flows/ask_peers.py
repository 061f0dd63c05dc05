"""Asking the peers: one case file, side by side to all chosen peers, each answer as it arrives, hits found here and only here.

    attested lines → necessity → budgets → kept → holds → each peer: fresh manifests → each list: `ask_list.py`

Each peer's share is a job of the question lane: a peer that is down is tried again until the question expires. After a restart, a
question that was under way goes out anew.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import rfc8785
from sqlmodel import col, delete, select

from node.federation import Federation
from node.flows.ask_list import AnswerMissing, AnswerVoid, AskList, OutAsItWas
from node.flows.follow_lists import FollowLists
from node.flows.job_lane import JobLane
from node.officers import Investigator
from node.outbound.errors import PeerFault, PeerUnavailable
from node.safeguards import budgets, refusals, sweeps_of_officers
from node.safeguards.errors import NotNecessary, OverBudget, Stopped
from node.safeguards.holds import Line
from node.safeguards.necessity import AskedLine, check_necessity
from node.settings import OfficerLimits
from node.store import jobs, manifests
from node.store.database import Database, Work
from node.store.jobs import Lane, Lease, LeaseLost
from node.store.tables import HeldManifest, Question, QuestionExchange, QuestionLine, QuestionSkip, QuestionToPeer
from node.telemetry.telling import story
from node.telemetry.words import MetricName, SpanName
from protocol.authority import Authority
from protocol.errors import ProtocolError, PurposeRefused
from protocol.names import class_of
from protocol.purpose import check_purpose
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency

QUESTION_LIFETIME = 24 * 3600
"""A peer that is down is tried for a day; then the officer asks anew, with the case file of that day."""
REFERENCE_DIGITS = 8
"""So many digits of a question's id are what officers call it by: no two questions of a node begin with the same."""
NO_LIST = ""
"""Stands for a list that the peer does not have, where a line was not compared for want of it."""
_OF_ITS_LISTS = ("no_valid_list", "list_past_validity")
"""The peer is there, and its lists are not: hearing of it changes nothing."""


@dataclass(frozen=True, repr=False)
class CaseQuestion:
    """What an officer asks: the lines of a case file and why they may be asked."""

    lines: tuple[AskedLine, ...]
    purpose: RequestPurpose
    basis: LegalBasis
    offence: Offence
    urgency: Urgency
    case: str
    peers: tuple[Authority, ...]
    attested: bool


@dataclass(frozen=True, repr=False)
class AskPeers:
    """The story's parts."""

    database: Database
    federation: Federation
    follow: FollowLists
    ask_list: AskList
    officer_limits: OfficerLimits
    lane: JobLane

    @story(SpanName.ASK)
    def ask(self, officer: Investigator, question: CaseQuestion) -> str:
        """Take a question in and start asking. Returns its id; where it stands is read from the store.

        Raises `Stopped` (necessity, budget, the officer locked), `PurposeRefused`, `UnknownSender` for a peer that is no member.
        """
        try:
            question_id = self._take_in(officer, question)
        except (PurposeRefused, Stopped) as refusal:
            with self.database.begin() as work:
                refusals.note_own(work, officer.id, question.purpose, refusal)
            raise
        sys.audit("celosia.ask_peers.kept")
        self.resume()
        return question_id

    def _take_in(self, officer: Investigator, question: CaseQuestion) -> str:
        check_purpose(question.purpose)
        check_necessity(question.lines, attested=question.attested)
        if not question.peers or self.federation.me in question.peers:
            raise NotNecessary("no_peers")
        for peer in question.peers:
            self.federation.directory.member(peer)
        with self.database.begin() as work:
            self.ask_list.holding.refuse_locked(work, officer.id)
            budgets.charge_officer(work, officer.id, len(question.lines), self.officer_limits.lines_a_day)
            sweeps_of_officers.note_asked(work, self.ask_list.keys, officer.id, question.lines)
            question_id = _keep(work, officer, question)
            lines = [Line(each.line, tuple(value for _, _, value in each.inputs()), each.person) for each in question.lines]
            self.ask_list.holding.hold(work, officer.id, question_id, lines, at_once=True)
            sys.audit("celosia.ask_peers.charged")
        return question_id

    def resume(self) -> None:
        """Ask every peer that is due, side by side, without waiting. For the beat, too."""
        self.lane.start(self._work_on)

    def recover(self) -> None:
        """At start-up: questions that were out when the node stopped wait again, to go out under a new exchange."""
        with self.database.begin() as work:
            out = select(QuestionToPeer).where(col(QuestionToPeer.state).in_(("asked", "received")))
            for row in work.session.exec(out).all():
                if jobs.find(work, row.peer, row.question_id).state == jobs.WAITING:
                    row.state, row.since = "waiting", work.now()
                    work.session.add(row)

    def _work_on(self, lease: Lease) -> bool:
        """Ask one peer one question. Returns whether to go on with the next: always, each has its own tries."""
        with self.database.read() as work:
            row = _row(work, lease)
            expired = work.now() >= work.session.get_one(Question, row.question_id).expires
        try:
            if expired:
                self._settle(lease, row, "expired", "no_answer_in_time")
            else:
                self._ask_peer(lease, row)
        except LeaseLost:
            self.ask_list.forget(row)
            raise
        except Exception:
            # whatever a peer's bytes brought about that nobody foresaw: the officer sees it, and it is not tried at every beat
            self._put_off(lease, "unforeseen", away=False)
            raise
        return True

    @story(SpanName.ASK_PEER)
    def _ask_peer(self, lease: Lease, row: QuestionToPeer) -> None:
        """Ask all lists of one peer. Every way this can end leaves the row saying so."""
        try:
            due, stale = self._lists(lease, row)
            self._note_without_list(row)
            outcomes = [self.ask_list.ask(lease, row, held, batch) for held, batch in due]
            if stale:
                raise PeerUnavailable("list_past_validity")
        except PeerFault as fault:
            self._put_off(lease, fault.reason, away=isinstance(fault, PeerUnavailable) and fault.reason not in _OF_ITS_LISTS)
        except ProtocolError as error:
            self._put_off(lease, error.code, away=False)
        except OutAsItWas:
            self._wait_on(lease, row)
        except AnswerVoid as void:
            self._settle(lease, row, "failed", void.reason)
        except OverBudget as spent:
            if "refills" in spent.facts:  # within a day, and the question lives for one
                self._put_off(lease, spent.reason, away=False)
            else:
                self._settle(lease, row, "failed", spent.reason)
        except Stopped as stopped:
            self._settle(lease, row, "failed", stopped.reason)
        else:
            self._settle(lease, row, *self._outcome(row, outcomes))

    def _outcome(self, row: QuestionToPeer, outcomes: Sequence[str]) -> tuple[str, str | None]:
        """(state, reason) of a peer all of whose lists were tried. Lines that no list could be asked for are no missing hits."""
        refusals = [outcome.partition(":")[2] for outcome in outcomes if outcome.startswith("refused:")]
        with self.database.read() as work:
            skipped = work.session.exec(select(QuestionSkip.list_id).where(QuestionSkip.question_peer_id == row.id)).all()
            # of an earlier try, too; a list of a class that nobody asked after has none
            states = work.session.exec(select(QuestionExchange.state).where(QuestionExchange.question_peer_id == row.id)).all()
        if "refused" in states:
            return ("answered", "some_lists_refused") if "answered" in states else ("refused", next(iter(refusals), None))
        if not skipped:
            return "answered", None
        if "answered" in states:
            return "answered", "some_lines_not_compared"
        return "failed", "no_list_of_this_class" if set(skipped) == {NO_LIST} else "other_versions"

    def _note_without_list(self, row: QuestionToPeer) -> None:
        """Lines of a class of which the peer has no list, such as people: silence about them would read as "no hit"."""
        valid, stale = self._known(Authority(row.peer))
        classes = {manifests.content(held).entropy for held in valid}
        with self.database.begin() as work:
            without = (col(QuestionSkip.question_peer_id) == row.id, col(QuestionSkip.list_id) == NO_LIST)
            work.session.exec(delete(QuestionSkip).where(*without))
            of_this = select(QuestionLine.line, QuestionLine.kind).where(QuestionLine.question_id == row.question_id)
            lines = () if stale else work.session.exec(of_this).all()
            rows = [
                {"question_peer_id": row.id, "list_id": NO_LIST, "line": line, "kind": kind}
                for line, kind in lines
                if class_of(kind) not in classes
            ]
            work.insert(QuestionSkip, rows)

    def _lists(self, lease: Lease, row: QuestionToPeer) -> tuple[Sequence[tuple[HeldManifest, int]], bool]:
        """The lists of the peer, each with a batch of this question that it has not answered yet; and whether one is known that
        cannot be asked now."""
        peer = Authority(row.peer)
        valid, stale = self._known(peer)
        if stale or not valid or self._has_begun_one(peer, valid):
            self.follow.visit(peer, before_each=lambda: self._renew(lease))
            valid, stale = self._known(peer)
        if not valid:
            raise PeerUnavailable("no_valid_list")
        with self.database.read() as work:
            of_question = select(QuestionLine.batch).where(QuestionLine.question_id == row.question_id).distinct()
            batches = sorted(work.session.exec(of_question).all())
            settled = work.session.exec(
                select(QuestionExchange.list_id, QuestionExchange.batch).where(
                    QuestionExchange.question_peer_id == row.id, col(QuestionExchange.state).in_(("answered", "refused"))
                )
            ).all()
        due = [(held, batch) for batch in batches for held in valid if (held.list_id, batch) not in settled]
        return due, any((list_id, batch) not in settled for batch in batches for list_id in stale)

    def _has_begun_one(self, peer: Authority, valid: Sequence[HeldManifest]) -> bool:
        """Whether the directory names a list of a class of which none is known here, such as a peer's first one of people."""
        named = {listed.entropy for listed in self.federation.directory.member(peer).working.lists if listed.audience == "all"}
        return bool(named - {manifests.content(held).entropy for held in valid})

    def _known(self, peer: Authority) -> tuple[list[HeldManifest], set[str]]:
        """Of each list of the peer the newest usable manifest of its newest epoch; and the lists without one that is valid.

        A list whose epoch is over, by the directory, is neither: it is no list any more.
        """
        valid: dict[str, HeldManifest] = {}
        stale: set[str] = set()
        member = self.federation.directory.member(peer)
        with self.database.read() as work:
            for authority, list_id, epoch in manifests.chains(work, peer):  # in the order of their epochs
                if member.epoch_key(list_id, epoch, work.now()) is None:
                    continue
                held = manifests.newest(work, authority, list_id, epoch, usable_only=True)
                if held is not None and held.valid_until > work.now() and self.follow.is_here(held):
                    valid[list_id] = held
                else:
                    stale.add(list_id)
        return list(valid.values()), stale - set(valid)

    def _renew(self, lease: Lease) -> None:
        with self.database.begin() as work:
            jobs.renew(work, lease)

    def _settle(self, lease: Lease, row: QuestionToPeer, state: str, reason: str | None) -> None:
        with self.database.begin() as work:
            settled = jobs.finish(work, lease)
            if settled:
                held = _row(work, lease)
                # what was released meanwhile waits to be asked: the peer is not done
                again = jobs.find(work, row.peer, row.question_id).state != jobs.DONE
                held.state, held.reason, held.since = ("waiting", None, work.now()) if again else (state, reason, work.now())
                work.session.add(held)
            sys.audit("celosia.ask_peers.settled")
        if settled:
            self.database.telemetry.count(MetricName.QUESTIONS, outcome=state)
        self.ask_list.forget(row)

    def _wait_on(self, lease: Lease, row: QuestionToPeer) -> None:
        """As if this try had failed as the last one did: the pace, too, is that of any question."""
        with self.database.read() as work:
            away = jobs.find(work, row.peer, row.question_id).away
        self._put_off(lease, row.reason or AnswerMissing.code, away=away)

    def _put_off(self, lease: Lease, reason: str, *, away: bool) -> None:
        with self.database.begin() as work:
            if not jobs.put_off(work, lease, reason, away=away):
                return
            row = _row(work, lease)
            if row.state != "waiting":
                row.state, row.since = "waiting", work.now()
            row.reason = reason[:64]
            work.session.add(row)


def _row(work: Work, lease: Lease) -> QuestionToPeer:
    return work.session.exec(
        select(QuestionToPeer).where(QuestionToPeer.question_id == lease.subject, QuestionToPeer.peer == lease.peer)
    ).one()


def _new_id(work: Work) -> str:
    while True:
        question_id = work.new_id()
        alike = select(Question.id).where(col(Question.id).startswith(question_id[:REFERENCE_DIGITS]))
        if work.session.exec(alike).first() is None:
            return question_id


def _keep(work: Work, officer: Investigator, question: CaseQuestion) -> str:
    now, question_id = work.now(), _new_id(work)
    work.session.add(
        Question(
            id=question_id,
            officer_id=officer.id,
            created=now,
            expires=now + QUESTION_LIFETIME,
            purpose=question.purpose,
            basis=question.basis,
            offence=question.offence,
            urgency=question.urgency,
            case_sealed=work.seal(question_id, question.case.encode(), "case"),
            peers=" ".join(sorted(question.peers)),
        )
    )
    work.session.flush()
    for line in question.lines:
        inputs = [[kind, version, value.hex()] for kind, version, value in line.inputs()]
        person = None if line.person is None else rfc8785.dumps(line.person.to_words())
        doubts = sorted({doubt.value for identifier in line.identifiers for doubt in identifier.doubts})
        work.session.add(
            QuestionLine(
                question_id=question_id,
                line=line.line,
                kind=line.kind,
                doubts=" ".join(doubts),
                written_sealed=work.seal(question_id, line.written.encode(), f"written:{line.line}"),
                inputs_sealed=work.seal(question_id, rfc8785.dumps(inputs), f"inputs:{line.line}"),
                person_sealed=None if person is None else work.seal(question_id, person, f"person:{line.line}"),
            )
        )
    for peer in sorted(set(question.peers)):
        work.session.add(QuestionToPeer(question_id=question_id, peer=peer, state="waiting", since=now))
        jobs.add(work, Lane.QUESTION, peer, question_id, 1)
    return question_id
