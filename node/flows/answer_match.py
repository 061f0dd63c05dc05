"""Answering a peer's question: receipt first, then evaluation, one proof, the answer. What was asked stays hidden from us.

The envelope was admitted: audience, purpose and budget hold. A question that comes again gets its stored replies, and one whose
answer a crash swallowed is evaluated again, without a second charge.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from crypto.errors import CryptoError
from crypto.oprf import SEED_SIZE, ServerKey
from node.custody import KeysUnusable
from node.federation import Federation
from node.flows import receive_record
from node.keys import Keys
from node.safeguards import budgets, quotas, sweeps_of_peers
from node.safeguards.alerts import AlertKind, raise_alert
from node.safeguards.checks import Outgoing, may_see
from node.safeguards.door import Cleared, Door
from node.store.archive import find_digest
from node.store.database import Database, ExchangeRef, Work
from node.store.tables import HeldManifest, IndexList
from node.telemetry.telling import story
from node.telemetry.words import MetricName, SpanName
from protocol import matching
from protocol.admission import Admitted, QuestionDeclined
from protocol.audience import includes
from protocol.authority import Authority
from protocol.errors import (
    BudgetSpent,
    EpochUnavailable,
    Malformed,
    ProtocolError,
    PurposeRefused,
    Replayed,
    WrongQuestion,
)
from protocol.journal import Act, Direction
from protocol.messages import Body, MatchAnswer, MatchReceipt, MatchRefusal, MatchRequest
from protocol.vocabulary import MatchOutcome

_IN: Direction = "in"


@dataclass(frozen=True, repr=False)
class Books:
    """The holder's books, as admission asks them (`protocol.admission.Gatekeeper`), within one unit of work."""

    work: Work
    federation: Federation
    keys: Keys

    def charge_quota(self, sender: Authority, type_: str, size: int) -> None:
        """Charge the day of the sender. Raises `QuotaSpent`."""
        quotas.charge(self.work, sender, type_, size)

    def holds(self, sender: Authority, record: str) -> bool:
        """Whether a record of the sender's is held under this id, and was not taken back."""
        return receive_record.holds(self.work, sender, record)

    def seen(self, sender: Authority, x: str) -> str | None:
        """Digest of the envelope that came under this exchange id before."""
        return find_digest(self.work, x, sender, _IN)

    def check_audience(self, sender: Authority, question: MatchRequest) -> None:
        """The manifest is ours, of that list and epoch, still valid, and the asker may see it.

        `EpochUnavailable` is no refusal of the question: its asker waits, follows the list, and asks under the next epoch.
        """
        ours = self.work.session.get(IndexList, question.list)
        if ours is not None and includes(ours.audience, sender) and not self.keys.has_epoch(question.list, question.epoch):
            raise EpochUnavailable("body.epoch")
        held = self.work.session.get(HeldManifest, question.manifest)
        if held is None or not may_see(self.work, self.federation.me, held, sender):
            raise WrongQuestion("body.manifest", reason="not_served")
        if (held.authority, held.list_id, held.epoch) != (self.federation.me, question.list, question.epoch):
            raise WrongQuestion("body.list", reason="not_of_that_list")
        if held.valid_until <= self.work.now():
            raise WrongQuestion("body.manifest", reason="past_validity")

    def charge(self, sender: Authority, question: MatchRequest) -> None:
        """Charge the padded size, and look whether this becomes a sweep. Raises `BudgetSpent`."""
        ours = self.federation.directory.member(self.federation.me)
        entry = ours.list_entry(question.list)
        if entry is None:
            raise WrongQuestion("body.list", reason="not_in_the_directory")
        budgets.charge_asker(self.work, sender, question.officer, entry, question.epoch, question.size)
        sweeps_of_peers.look_at(self.work, sender, ours.working.lists, entry, question.size)


@dataclass(frozen=True, repr=False)
class AnswerMatch:
    """The story's parts."""

    database: Database
    keys: Keys
    federation: Federation
    door: Door
    random: Callable[[int], bytes]
    _turns: dict[Authority, threading.Lock] = field(default_factory=dict)

    def receipt(self, work: Work, admitted: Admitted[MatchRequest]) -> Cleared:
        """Sign for the question, in the unit of work that admitted it."""
        self._received(work, admitted)
        sender = admitted.envelope.sender
        return self.door.reply(work, admitted, Outgoing(sender, MatchReceipt(size=admitted.body.size)))

    @story(SpanName.ANSWER)
    def answer(self, admitted: Admitted[MatchRequest]) -> Cleared:
        """Evaluate and answer, after the receipt was committed. A batch made to break the proof is declined.

        One question of a peer at a time: however many it sends, it takes one core. So the same question on several connections
        is evaluated once, too: the others find that answer.
        """
        with self._turns.setdefault(admitted.envelope.sender, threading.Lock()):
            return self._stored_answer(admitted) or self._evaluate(admitted)

    def _stored_answer(self, admitted: Admitted[MatchRequest]) -> Cleared | None:
        sender = admitted.envelope.sender
        with self.database.read() as work:
            stored = self.door.replies_again(work, admitted.envelope.x, sender)
        return stored[-1][1] if len(stored) > 1 else None

    def _evaluate(self, admitted: Admitted[MatchRequest]) -> Cleared:
        question, sender = admitted.body, admitted.envelope.sender
        sys.audit("celosia.answer_match.receipted")
        reply: MatchAnswer | MatchRefusal
        try:
            key = self.keys.epoch_key(self.federation.me, question.list, question.epoch)
            reply = matching.answer(matching.blinded_elements(question), key, self.random)
        except (CryptoError, Malformed, KeysUnusable):  # the last: the epoch ended between receipt and answer
            reply = MatchRefusal(outcome=MatchOutcome("declined"))
        with self.database.begin() as work:
            stored = self.door.replies_again(work, admitted.envelope.x, sender)
            if len(stored) > 1:  # the same question came twice at once, and the other one was faster
                return stored[-1][1]
            self.database.telemetry.count(MetricName.ELEMENTS, question.size, side="answered")
            outgoing: Outgoing[Body] = Outgoing(sender, reply)
            cleared = self.door.reply(work, admitted, outgoing)
            sys.audit("celosia.answer_match.signed")
        sys.audit("celosia.answer_match.answered")
        return cleared

    def again(self, admitted: Admitted[Body]) -> Iterator[Cleared]:
        """A request that came again: its stored replies, and an answer if there was none yet.

        Raises `Replayed` when the exchange was erased: there is nothing to repeat, and it is not begun anew.
        """
        sender = admitted.envelope.sender
        with self.database.read() as work:
            stored = self.door.replies_again(work, admitted.envelope.x, sender)
        if not stored:
            raise Replayed("envelope.x")
        yield from (cleared for _, cleared in stored)
        if isinstance(admitted.body, MatchRequest) and [type_ for type_, _ in stored] == [MatchReceipt.type]:
            yield self.answer(admitted)  # type: ignore[arg-type]  # the body was just seen to be a question

    def decline(self, work: Work, declined: QuestionDeclined) -> tuple[list[Cleared], Iterator[Cleared] | None]:
        """A signed refusal, on record and counted: what is answered at once, and what follows once this unit is committed.

        A forbidden purpose is named as such. Every other cause reads `declined`, and comes as an answer would: after a receipt
        and the time of an evaluation, so that its delay says nothing of the cause. Both replies are kept now: the question can
        come again at any moment, and a receipt that stood alone would have it answered.
        """
        admitted, sender = declined.admitted, declined.admitted.envelope.sender
        is_purpose = isinstance(declined.cause, PurposeRefused)
        _alert(work, sender, declined.cause)
        self._received(work, admitted)
        exchange = ExchangeRef(admitted.envelope.x, sender, "in")
        work.record(Act.POLICY_REFUSAL, about=exchange, cause=declined.cause.code, purpose=declined.question.purpose)
        if is_purpose:
            refusal = MatchRefusal(outcome=MatchOutcome("refused_purpose"))
            return [self.door.reply(work, admitted, Outgoing(sender, refusal))], None
        receipt = self.door.reply(work, admitted, Outgoing(sender, MatchReceipt(size=declined.question.size)))
        refusal = MatchRefusal(outcome=MatchOutcome("declined"))
        return [receipt], self._at_the_same_pace(declined.question, self.door.reply(work, admitted, Outgoing(sender, refusal)))

    @staticmethod
    def _received(work: Work, admitted: Admitted[Body]) -> None:
        exchange = ExchangeRef(admitted.envelope.x, admitted.envelope.sender, "in")
        work.record_envelope(Act.QUESTION_RECEIVED, exchange, digest=admitted.digest, salt=admitted.envelope.salt)

    def _at_the_same_pace(self, question: MatchRequest, refusal: Cleared) -> Iterator[Cleared]:
        """`refusal`, after the evaluation of the same elements in the peer's turn, under a key of nobody's that is not kept."""
        with self._turns.setdefault(refusal.to, threading.Lock()), suppress(CryptoError, Malformed):
            matching.answer(matching.blinded_elements(question), ServerKey.derive(self.random(SEED_SIZE), b""), self.random)
        yield refusal


def _alert(work: Work, sender: Authority, cause: ProtocolError) -> None:
    """What a liaison officer has to look at when a question is declined."""
    if isinstance(cause, PurposeRefused):
        raise_alert(work, AlertKind.FORBIDDEN_PURPOSE, peer=sender)
    elif isinstance(cause, BudgetSpent):
        if cause.facts.get("reason") in ("day", "officer"):  # an honest node counts both, and would not have asked
            raise_alert(work, AlertKind.BUDGET_SPENT_BY_PEER, peer=sender)
        else:  # the epoch's cap is everybody's: whose question met it first says nothing of that peer
            raise_alert(work, AlertKind.LIST_EXHAUSTED)
