"""Asking the peers: one case file, side by side to all chosen peers, each answer as it arrives, hits found here and only here.

    attested lines → necessity → budgets → kept → each peer: fresh manifests → each list: `ask_list.py`

Each peer's share is a job of the question lane: a peer that is down is tried again until the question expires. After a restart, a
question that was under way goes out anew.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import rfc8785
from sqlmodel import col, delete, select

from node.federation import Federation
from node.flows.ask_list import AnswerVoid, AskList
from node.flows.follow_lists import FollowLists
from node.flows.job_lane import JobLane
from node.officers import Investigator
from node.outbound.errors import PeerFault, PeerUnavailable
from node.safeguards import budgets
from node.safeguards.errors import NotNecessary, Stopped
from node.safeguards.necessity import AskedLine, check_necessity
from node.settings import OfficerLimits
from node.store import jobs, manifests
from node.store.acts import Act
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

        Raises `Stopped` (necessity, budget), `PurposeRefused`, `UnknownSender` for a peer that is no member.
        """
        try:
            check_purpose(question.purpose)
        except PurposeRefused as refusal:
            with self.database.begin() as work:
                work.record(Act.POLICY_REFUSAL, officer=officer.id, cause=refusal.code, purpose=question.purpose)
            raise
        check_necessity(question.lines, attested=question.attested)
        if not question.peers or self.federation.me in question.peers:
            raise NotNecessary("no_peers")
        for peer in question.peers:
            self.federation.directory.member(peer)
        with self.database.begin() as work:
            budgets.charge_officer(work, officer.id, len(question.lines), self.officer_limits.lines_a_day)
            question_id = _keep(work, officer, question)
            sys.audit("celosia.ask_peers.charged")
        sys.audit("celosia.ask_peers.kept")
        self.resume()
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
            outcomes = [self.ask_list.ask(lease, row, held) for held in due]
            if stale:
                raise PeerUnavailable("list_past_validity")
        except PeerFault as fault:
            self._put_off(lease, fault.reason, away=isinstance(fault, PeerUnavailable) and fault.reason not in _OF_ITS_LISTS)
        except ProtocolError as error:
            self._put_off(lease, error.code, away=False)
        except AnswerVoid as void:
            self._settle(lease, row, "failed", void.reason)
        except Stopped as stopped:
            self._settle(lease, row, "failed", stopped.reason)
        else:
            self._settle(lease, row, *self._outcome(row, outcomes))

    def _outcome(self, row: QuestionToPeer, outcomes: Sequence[str]) -> tuple[str, str | None]:
        """(state, reason) of a peer all of whose lists were tried. Lines that no list could be asked for are no missing hits."""
        refusals = [outcome.partition(":")[2] for outcome in outcomes if outcome.startswith("refused:")]
        if refusals and len(refusals) == len(outcomes):
            return "refused", refusals[0]
        if refusals:
            return "answered", "some_lists_refused"
        with self.database.read() as work:
            skipped = work.session.exec(select(QuestionSkip.list_id).where(QuestionSkip.question_peer_id == row.id)).all()
            compared = work.session.exec(select(QuestionExchange.x).where(QuestionExchange.question_peer_id == row.id)).first()
        if not skipped:
            return "answered", None
        if compared is not None:
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

    def _lists(self, lease: Lease, row: QuestionToPeer) -> tuple[Sequence[HeldManifest], bool]:
        """The lists of the peer that have not answered this question yet, and whether one is known that cannot be asked now."""
        peer = Authority(row.peer)
        valid, stale = self._known(peer)
        if stale or not valid:
            self.follow.visit(peer, before_each=lambda: self._renew(lease))
            valid, stale = self._known(peer)
        if not valid:
            raise PeerUnavailable("no_valid_list")
        with self.database.read() as work:
            settled = work.session.exec(
                select(QuestionExchange.list_id).where(
                    QuestionExchange.question_peer_id == row.id, col(QuestionExchange.state).in_(("answered", "refused"))
                )
            ).all()
        return [held for held in valid if held.list_id not in settled], bool(stale - set(settled))

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
                held.state, held.reason, held.since = state, reason, work.now()
                work.session.add(held)
            sys.audit("celosia.ask_peers.settled")
        if settled:
            self.database.telemetry.count(MetricName.QUESTIONS, outcome=state)
        self.ask_list.forget(row)

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


def _keep(work: Work, officer: Investigator, question: CaseQuestion) -> str:
    now, question_id = work.now(), work.new_id()
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
