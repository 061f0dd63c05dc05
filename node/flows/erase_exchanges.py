"""Erasing an exchange on both sides: proposed by one officer, decided by another, asked of the peer until it has signed for it.

    proposed here, or asked by the peer → decided by a liaison who did not propose it → its key destroyed, on record
    → asked of the peer once a day → what it answers, kept; overdue past the policy's term

The log keeps its entries, and their proofs hold; what they were about cannot be opened any more. Of the peer it is known that it
signed that it erased, and nothing more. A legal hold suspends all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import col, select

from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.tell_ledger import UnknownExchange, question_named
from node.officers import Liaison, Overseer
from node.outbound.errors import PeerFault
from node.safeguards import readings
from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.safeguards.errors import NotFourEyes, Stopped
from node.store.database import Database, ExchangeRef, Work
from node.store.erasing import erase_exchange, erase_question, exchanges_of, kept_by_law, question_of, ref_of
from node.store.tables import Erasure, Exchange, Officer, Question, QuestionToPeer
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.journal import Act, Direction
from protocol.messages import Body, ErasureConfirmation, ErasureReceipt, ErasureRequest

SHOWN = 500
"""Erasures of one answer, the newest first."""
_HOUR, _DAY = 3600, 86400
_ASKED_AGAIN = {"pending": _DAY, "kept": 30 * _DAY}
"""What a peer said -> seconds until it is asked again: a hold of its law may be lifted. Other answers are its last."""
_NOT_OVER = ("waiting", "asked", "received")
"""States of a peer's share of a question which is still going on."""

Decision = Literal["erase", "keep"]
Answer = ErasureReceipt | ErasureConfirmation


class ErasureRefused(Exception):
    """It cannot be proposed or decided; `reason` says why, and nothing has changed.

    question_open, held_by_law, erased (already), not_proposed
    """

    code = "erasure_refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class ShownErasure:
    """One exchange, or a question of ours without peer and direction, that is to be erased or was. Times are POSIX seconds.

    `subject`: what was named. `proposed_by` is None where the peer asks; `erased` is when it was here. `outcome`: what the peer
    said last, None before it was asked. `overdue`: we or the peer should have decided by now, as the policy says.
    """

    x: str
    subject: str
    peer: Authority | None
    direction: Direction | None
    since: int
    proposed_by: str | None
    peer_asked: int | None
    decision: Decision | None
    decided_by: str | None
    decided: int | None
    erased: int | None
    outcome: str | None
    outcome_at: int | None
    overdue: bool


@dataclass(frozen=True, repr=False)
class EraseExchanges:
    """The story's parts."""

    database: Database
    federation: Federation
    door: Door
    call: CallPeer

    def propose(self, officer: Liaison, name: str) -> list[ShownErasure]:
        """Propose to erase a question of ours with its exchanges, or another exchange, by its id or reference.

        An exchange of a question of ours names the question. Raises `UnknownExchange`, `ErasureRefused`.
        """
        with self.database.begin() as work:
            subject, exchanges = _named(work, name)
            if kept_by_law(work).keeps(subject, *(each.x for each in exchanges)):
                raise ErasureRefused("held_by_law")
            rows = [self._row(work, each, subject) for each in _of_subject(work, subject, exchanges)]
            if not rows:
                raise ErasureRefused("erased")
            for row in rows:
                row.subject, row.proposed_by, row.since = subject, officer.id, work.now()
                row.decision, row.decided_by, row.decided = None, None, None
                work.session.add(row)
            work.record(Act.ERASURE_PROPOSED, officer=officer.id, subject=subject, exchanges=[list(each) for each in exchanges])
            return [self._shown(work, row) for row in rows]

    def decide(self, officer: Liaison, name: str, decision: Decision) -> list[ShownErasure]:
        """Erase what somebody else has proposed or the peer asks for, or keep it. Erasing cannot be undone.

        Raises `UnknownExchange`, `ErasureRefused`, `NotFourEyes`.
        """
        with self.database.begin() as work:
            subjects = {name, _named(work, name)[0]}
            open_ = select(Erasure).where(col(Erasure.subject).in_(subjects), col(Erasure.decision).is_(None))
            rows = work.session.exec(open_.order_by(col(Erasure.x), col(Erasure.peer), col(Erasure.direction))).all()
            if not rows:
                raise ErasureRefused("not_proposed")
            if any(row.proposed_by == officer.id for row in rows):
                raise NotFourEyes("proposed_erasure")
            if decision == "erase" and _is_kept(work, rows):
                raise ErasureRefused("held_by_law")
            told: dict[str, Any] = {"exchanges": [[row.x, row.peer, row.direction] for row in rows]}
            for row in rows:
                row.decision, row.decided_by, row.decided = decision, officer.id, work.now()
                work.session.add(row)
            if decision == "erase":
                told["acts"] = sum(_erase(work, row) for row in rows)
            act = Act.ERASED if decision == "erase" else Act.ERASURE_KEPT
            work.record(act, officer=officer.id, cause="decided", subject=rows[0].subject, **told)
            return [self._shown(work, row) for row in rows]

    def all(self, officer: Overseer) -> list[ShownErasure]:
        """What is to be erased and what was, the newest first. On record, once an hour for the same ones."""
        with self.database.read() as work:
            newest = select(Erasure).order_by(col(Erasure.since).desc(), col(Erasure.x), col(Erasure.peer)).limit(SHOWN)
            shown = [self._shown(work, row) for row in work.session.exec(newest).all()]
        readings.note(self.database, officer, **readings.listed("erasures", [each.x for each in shown]))
        return shown

    def receive(self, work: Work, admitted: Admitted[ErasureRequest]) -> Cleared:
        """A peer's request: kept for an officer's decision, and answered with where that stands."""
        envelope, body = admitted.envelope, admitted.body
        asking = ExchangeRef(envelope.x, envelope.sender, "in")
        work.record_envelope(Act.ERASURE_REQUESTED, asking, digest=admitted.digest, salt=envelope.salt)
        meant = ExchangeRef(body.exchange, envelope.sender, "in" if body.began == "sender" else "out")
        return self.door.reply(work, admitted, Outgoing(envelope.sender, self._answer(work, meant, body.request)))

    def _answer(self, work: Work, meant: ExchangeRef, request: str) -> Answer:
        held = work.session.get(Exchange, meant)
        if held is None or held.digest != request:
            return ErasureReceipt(request=request, outcome="unknown")
        if held.erased is not None:
            return ErasureConfirmation(request=request, erased=held.erased)
        row = self._row(work, meant, meant.x)
        if row.peer_asked is None:
            row.peer_asked = work.now()
        work.session.add(row)
        return ErasureReceipt(request=request, outcome="kept" if row.decision == "keep" else "pending")

    def ask_peers(self) -> None:
        """Ask each peer for what is due, and tell officers what is overdue. A peer that is away is left alone for an hour."""
        self._alert()
        away: set[str] = set()
        for key in self._due():
            if key.peer not in away and not self._ask(key):
                away.add(key.peer)

    def _due(self) -> list[ExchangeRef]:
        with self.database.read() as work:
            due = select(Erasure).where(col(Erasure.next_try) <= work.now()).order_by(col(Erasure.next_try))
            return [_ref(row) for row in work.session.exec(due).all() if row.peer in self.federation.directory.members]

    def _ask(self, meant: ExchangeRef) -> bool:
        """Ask a peer whether it has erased one exchange. Returns whether it answered."""
        with self.database.read() as work:
            digest = work.session.get_one(Exchange, meant).digest
        began: Literal["sender", "addressee"] = "sender" if meant.direction == "out" else "addressee"
        request = ErasureRequest(exchange=meant.x, began=began, request=digest)
        try:
            said: Body | None = self.call.ask(Outgoing(meant.peer, request), Body).body
        except (PeerFault, ProtocolError, Stopped):
            said = None
        with self.database.begin() as work:
            row = work.session.get_one(Erasure, meant)
            row.next_try = work.now() + _HOUR
            if isinstance(said, ErasureConfirmation) and said.request == digest:
                row.outcome, row.outcome_at, row.next_try = "erased", said.erased, None
            elif isinstance(said, ErasureReceipt) and said.request == digest:
                again = _ASKED_AGAIN.get(said.outcome)
                row.outcome, row.outcome_at = said.outcome, work.now()
                row.next_try = None if again is None else work.now() + again
            work.session.add(row)
        return said is not None

    def _alert(self) -> None:
        """Raise an alert about each peer with whom something is overdue, once for each erasure."""
        with self.database.begin() as work:
            quiet = select(Erasure).where(col(Erasure.alerted).is_(False))
            for row in work.session.exec(quiet).all():
                if self._overdue(work, row):
                    raise_alert(work, AlertKind.ERASURE_OVERDUE, peer=Authority(row.peer))
                    row.alerted = True
                    work.session.add(row)

    def _overdue(self, work: Work, row: Erasure) -> bool:
        patience = work.now() - self.federation.directory.policy.erasure_term
        ours = row.peer_asked is not None and row.decision is None and row.peer_asked < patience
        theirs = row.next_try is not None and row.decided is not None and row.decided < patience
        return ours or theirs

    @staticmethod
    def _row(work: Work, exchange: ExchangeRef, subject: str) -> Erasure:
        """What is known of its erasure. What was proposed with its question stays with it when the peer asks for the exchange."""
        return work.session.get(Erasure, exchange) or Erasure(
            x=exchange.x, peer=exchange.peer, direction=exchange.direction, subject=subject, since=work.now()
        )

    def _shown(self, work: Work, row: Erasure) -> ShownErasure:
        exchange = work.session.get(Exchange, _ref(row)) if row.peer else None
        question = None if row.peer else work.session.get_one(Question, row.x)
        return ShownErasure(
            x=row.x,
            subject=row.subject,
            peer=Authority(row.peer) if row.peer else None,
            direction=_ref(row).direction if row.peer else None,
            since=row.since,
            proposed_by=_username(work, row.proposed_by),
            peer_asked=row.peer_asked,
            decision=row.decision,  # type: ignore[arg-type]  # written by `decide` alone
            decided_by=_username(work, row.decided_by),
            decided=row.decided,
            erased=exchange.erased if exchange is not None else question.erased if question is not None else None,
            outcome=row.outcome,
            outcome_at=row.outcome_at,
            overdue=self._overdue(work, row) if self.federation.has_directory else False,
        )


def _named(work: Work, name: str) -> tuple[str, Sequence[ExchangeRef]]:
    """The question of ours that is meant, with its exchanges; or an exchange of another kind. Raises `UnknownExchange`."""
    question = question_named(work, name)
    if question is None:
        found = [ref_of(row) for row in work.session.exec(select(Exchange).where(Exchange.x == name)).all()]
        question = next(filter(None, (question_of(work, each) for each in found)), None)
        if question is None:
            if not found:
                raise UnknownExchange
            return name, found
    return question, exchanges_of(work, question)


def _of_subject(work: Work, subject: str, exchanges: Sequence[ExchangeRef]) -> list[ExchangeRef]:
    """What of it is not erased yet; the question itself has neither peer nor direction. Raises `ErasureRefused`."""
    left = [each for each in exchanges if work.session.get_one(Exchange, each).erased is None]
    question = work.session.get(Question, subject)
    if question is not None and question.erased is None:
        under_way = select(QuestionToPeer.id).where(
            QuestionToPeer.question_id == subject, col(QuestionToPeer.state).in_(_NOT_OVER)
        )
        if work.session.exec(under_way).first() is not None:
            raise ErasureRefused("question_open")
        left.append(ExchangeRef(subject, "", ""))  # type: ignore[arg-type]  # as `Erasure` has it
    return left


def _is_kept(work: Work, rows: Sequence[Erasure]) -> bool:
    questions = (question_of(work, _ref(row)) for row in rows)
    return kept_by_law(work).keeps(*questions, *(row.subject for row in rows), *(row.x for row in rows))


def _erase(work: Work, row: Erasure) -> int:
    """Here, at once; and of the peer it is asked, unless that is who asked. Returns how many acts nobody can open any more."""
    if not row.peer:
        erase_question(work, row.x)
        return 0
    if row.peer_asked is None:
        row.next_try = work.now()
    return erase_exchange(work, _ref(row))


def _ref(row: Erasure) -> ExchangeRef:
    return ExchangeRef(row.x, row.peer, row.direction)  # type: ignore[arg-type]  # of an exchange that was checked


def _username(work: Work, officer: str | None) -> str | None:
    return None if officer is None else work.session.get_one(Officer, officer).username
