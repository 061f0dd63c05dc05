"""Asking the peers: one case file, side by side to all chosen peers, each answer as it arrives, hits found here and only here.

    attested lines → necessity → budgets → kept → each peer: fresh manifests → each list: `ask_list.py`

A peer that is down is tried again until the question expires. After a restart, a question that was under way goes out anew.
"""

import logging
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import rfc8785
from sqlmodel import and_, col, or_, select

from node.federation import Federation
from node.flows.ask_list import AnswerVoid, AskList
from node.flows.follow_lists import FollowLists
from node.flows.peer_workers import PeerWorkers
from node.officers import Investigator
from node.outbound.errors import PeerFault, PeerUnavailable
from node.safeguards import budgets
from node.safeguards.errors import NotNecessary, Stopped
from node.safeguards.necessity import AskedLine, check_necessity
from node.settings import OfficerLimits
from node.store import manifests
from node.store.acts import Act
from node.store.database import Database, Work
from node.store.tables import HeldManifest, Question, QuestionExchange, QuestionLine, QuestionToPeer
from node.telemetry.telling import story
from node.telemetry.words import MetricName, SpanName
from protocol.authority import Authority
from protocol.errors import ProtocolError, PurposeRefused
from protocol.purpose import check_purpose
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency

QUESTION_LIFETIME = 24 * 3600
"""A peer that is down is tried for a day; then the officer asks anew, with the case file of that day."""
_FIRST_WAIT, _LONGEST_WAIT = 2, 900

log = logging.getLogger("celosia.questions")


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
    """The story's parts. `_busy` keeps one worker on a peer's question."""

    database: Database
    federation: Federation
    follow: FollowLists
    ask_list: AskList
    officer_limits: OfficerLimits
    peer_workers: PeerWorkers
    _busy: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
        """Ask every peer that is due, side by side, without waiting. For the beat, too.

        A row that says `asked` while nobody works on it was left by a worker that could not reach the store: it is due.
        """
        with self.database.read() as work:
            waiting = and_(col(QuestionToPeer.state) == "waiting", col(QuestionToPeer.next_try) <= work.now())
            left = col(QuestionToPeer.state).in_(("asked", "received"))
            due = work.session.exec(select(QuestionToPeer.id, QuestionToPeer.peer).where(or_(waiting, left))).all()
        for row_id, peer in due:
            if row_id is None or not self._take(row_id):
                continue
            if self.peer_workers.start(Authority(peer), partial(self._work_on, row_id), then=self.resume) is None:
                self._give_back(row_id)

    def recover(self) -> None:
        """At start-up: questions that were out when the node stopped wait again, to go out under a new exchange."""
        with self.database.begin() as work:
            for row in work.session.exec(
                select(QuestionToPeer).where(col(QuestionToPeer.state).in_(("asked", "received")))
            ).all():
                row.state, row.since, row.next_try = "waiting", work.now(), work.now()
                work.session.add(row)

    def _take(self, row_id: int) -> bool:
        with self._lock:
            if row_id in self._busy:
                return False
            self._busy.add(row_id)
            return True

    def _give_back(self, row_id: int) -> None:
        with self._lock:
            self._busy.discard(row_id)

    def _work_on(self, row_id: int, _peer: Authority) -> None:
        try:
            self._ask_peer(row_id)
        except Exception:
            # whatever a peer's bytes brought about that nobody foresaw: the officer sees it, and it is not tried at every beat
            self._put_off(row_id, "unforeseen")
            raise
        finally:
            self._give_back(row_id)

    @story(SpanName.ASK_PEER)
    def _ask_peer(self, row_id: int) -> None:
        """Ask all lists of one peer. Every way this can end leaves the row saying so."""
        with self.database.read() as work:
            row = work.session.get_one(QuestionToPeer, row_id)
            expired = work.now() >= work.session.get_one(Question, row.question_id).expires
        if expired:
            self._settle(row_id, "expired", "no_answer_in_time")
            return
        try:
            due, stale = self._lists(row)
            outcomes = [self.ask_list.ask(row, held) for held in due]
            if stale:
                raise PeerUnavailable("list_past_validity")
        except (PeerFault, ProtocolError) as error:
            self._put_off(row_id, error.reason if isinstance(error, PeerFault) else error.code)
        except AnswerVoid as void:
            self._settle(row_id, "failed", void.reason)
        except Stopped as stopped:
            self._settle(row_id, "failed", stopped.reason)
        else:
            refusals = [outcome.partition(":")[2] for outcome in outcomes if outcome.startswith("refused:")]
            if refusals and len(refusals) == len(outcomes):
                self._settle(row_id, "refused", refusals[0])
            else:
                self._settle(row_id, "answered", "some_lists_refused" if refusals else None)

    def _lists(self, row: QuestionToPeer) -> tuple[Sequence[HeldManifest], bool]:
        """The lists of the peer that have not answered this question yet, and whether one is known that cannot be asked now."""
        peer = Authority(row.peer)
        valid, stale = self._known(peer)
        if stale or not valid:
            self.follow.visit(peer)
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

    def _settle(self, row_id: int, state: str, reason: str | None) -> None:
        with self.database.begin() as work:
            row = work.session.get_one(QuestionToPeer, row_id)
            row.state, row.reason, row.since, row.attempts = state, reason, work.now(), row.attempts + 1
            work.session.add(row)
            sys.audit("celosia.ask_peers.settled")
        self.database.telemetry.count(MetricName.QUESTIONS, outcome=state)
        self.ask_list.forget(row_id)

    def _put_off(self, row_id: int, reason: str) -> None:
        with self.database.begin() as work:
            row = work.session.get_one(QuestionToPeer, row_id)
            if row.state != "waiting":
                row.state, row.since = "waiting", work.now()
            row.reason, row.attempts = reason[:64], row.attempts + 1
            row.next_try = work.now() + min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(row.attempts - 1, 10))
            work.session.add(row)


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
        inputs = [[each.kind.value, each.version, each.oprf_input().hex()] for each in line.identifiers]
        doubts = sorted({doubt.value for identifier in line.identifiers for doubt in identifier.doubts})
        work.session.add(
            QuestionLine(
                question_id=question_id,
                line=line.line,
                kind=line.identifiers[0].kind.value,
                doubts=" ".join(doubts),
                written_sealed=work.seal(question_id, line.written.encode(), f"written:{line.line}"),
                inputs_sealed=work.seal(question_id, rfc8785.dumps(inputs), f"inputs:{line.line}"),
            )
        )
    for peer in sorted(set(question.peers)):
        work.session.add(QuestionToPeer(question_id=question_id, peer=peer, state="waiting", since=now, next_try=now))
    return question_id
