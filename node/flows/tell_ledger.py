"""The leakage ledger: of every exchange, what each side learnt and what it could infer, from what this node has on record.

By the id of an exchange, or by the id or reference of a question, which has an exchange for each list of each peer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlmodel import col, func, select

from node.federation import Federation
from node.flows.ask_peers import REFERENCE_DIGITS
from node.flows.ledger_statements import TELLERS, Known, Told, say
from node.officers import Overseer
from node.safeguards import readings
from node.store import manifests
from node.store.archive import find_replies, find_request
from node.store.database import Database, Side, Work
from node.store.tables import (
    Exchange,
    ExchangeReply,
    HeldManifest,
    Hit,
    Question,
    QuestionExchange,
    QuestionToPeer,
)
from protocol import jws
from protocol.authority import Authority
from protocol.envelope import ENVELOPE_TYPE, Envelope
from protocol.errors import ProtocolError
from protocol.journal import Direction
from protocol.limits import ENVELOPE_BYTES, RECORD_BYTES
from protocol.messages import REPLIES, REQUESTS, Body, MatchRequest, RecordDelivery
from protocol.record import RECORD_TYPE, Record, parse_record
from protocol.wire import parse


class UnknownExchange(Exception):
    """No exchange and no question of this id is on record here."""

    code = "unknown_exchange"


@dataclass(frozen=True)
class ToldExchange:
    """One exchange: whose request it was (`out` ours, `in` theirs), when it began and was last answered (POSIX seconds)."""

    x: str
    peer: Authority
    direction: str
    type: str
    began: int
    answered: int | None
    told: Told


@dataclass(frozen=True, repr=False)
class TellLedger:
    """The story's parts."""

    database: Database
    federation: Federation

    def tell(self, officer: Overseer, name: str) -> Sequence[ToldExchange]:
        """All exchanges under an id, the earliest first: of a peer's own id there may be one of each peer and direction.

        It says who asked whom, and why: that it was read is on record, once an hour. Raises `UnknownExchange`.
        """
        with self.database.read() as work:
            wanted = col(Exchange.x).in_(_of_question(work, name) or [name])
            rows = work.session.exec(select(Exchange).where(wanted).order_by(col(Exchange.at), col(Exchange.x))).all()
            if not rows:
                raise UnknownExchange
            told = [self._exchange(work, row) for row in rows]
        readings.note(self.database, officer, what="ledger", **readings.listed("exchanges", [each.x for each in told]))
        return told

    def _exchange(self, work: Work, row: Exchange) -> ToldExchange:
        answered = select(func.max(ExchangeReply.at)).where(
            ExchangeReply.x == row.x, ExchangeReply.peer == row.peer, ExchangeReply.direction == row.direction
        )
        return ToldExchange(
            x=row.x,
            peer=Authority(row.peer),
            direction=row.direction,
            type=row.type,
            began=row.at,
            answered=work.session.exec(answered).one(),
            told=self._told(work, row),
        )

    def _told(self, work: Work, row: Exchange) -> Told:
        peer, direction = Authority(row.peer), cast("Direction", row.direction)
        if row.erased is not None or not work.can_open(row.x, Side(peer, direction)):
            return Told(we_learnt=(say("exchange_erased"),))
        request = find_request(work, row.x, peer, direction)
        replies = [_body(raw, REPLIES[type_]) for type_, raw in find_replies(work, row.x, peer, direction)]
        if request is None:  # of a question that was declined, only that it came is kept
            return Told(we_learnt=(say("only_digest_kept"),), they_learnt=(say("declined_to_them"),))
        body = _body(request.raw, REQUESTS[row.type])
        return TELLERS[row.type, row.direction](self._known(work, row, body, tuple(replies)))

    def _known(self, work: Work, row: Exchange, request: Body, replies: tuple[Body, ...]) -> Known:
        if isinstance(request, RecordDelivery):
            return Known(request, replies, record=_record(request))
        if not isinstance(request, MatchRequest):
            return Known(request, replies)
        holder = self.federation.me if row.direction == "in" else Authority(row.peer)
        held = work.session.get(HeldManifest, request.manifest)
        manifest = None if held is None else manifests.content(held)
        member = self.federation.directory.members.get(holder)
        entry = None if member is None else member.list_entry(request.list)
        asked = work.session.get(QuestionExchange, row.x) if row.direction == "out" else None
        return Known(
            request,
            replies,
            lines=None if asked is None else asked.lines,
            hits=0 if asked is None else _hits(work, asked),
            void=asked is not None and asked.state == "void",
            list_size=None if manifest is None else manifest.size,
            people=manifest is not None and manifest.entropy == "name_keys",
            daily=None if entry is None else entry.daily_per_asker,
            cap=None if entry is None else entry.epoch_cap,
        )


def question_named(work: Work, name: str) -> str | None:
    """The question of ours with this id or reference; None if it is no question's, or of more than one."""
    column = func.substr(Question.id, 1, REFERENCE_DIGITS) if len(name) == REFERENCE_DIGITS else col(Question.id)
    questions = work.session.exec(select(Question.id).where(column == name)).all()
    return questions[0] if len(questions) == 1 else None


def _of_question(work: Work, name: str) -> list[str]:
    """The exchanges of a question, by its id or reference; none if it names no question, or more than one."""
    question = question_named(work, name)
    if question is None:
        return []
    of_question = (
        select(QuestionExchange.x)
        .join(QuestionToPeer, col(QuestionToPeer.id) == col(QuestionExchange.question_peer_id))
        .where(QuestionToPeer.question_id == question)
    )
    return list(work.session.exec(of_question).all())


def _hits(work: Work, asked: QuestionExchange) -> int:
    """Hits of the question in the list that this exchange asked."""
    peer = work.session.get_one(QuestionToPeer, asked.question_peer_id)
    found = select(func.count()).where(Hit.question_id == peer.question_id, Hit.peer == peer.peer, Hit.list_id == asked.list_id)
    return work.session.exec(found).one()


def _body(raw: bytes, body: type[Body]) -> Body:
    """What an archived envelope says: it was admitted, or made here, before it was kept."""
    shape = cast("type[Envelope[Body]]", Envelope.__class_getitem__(body))
    payload = jws.open_form(raw, ENVELOPE_TYPE, limit=ENVELOPE_BYTES, where="envelope").payload
    return parse(shape, payload, limit=ENVELOPE_BYTES, where="envelope").body


def _record(delivery: RecordDelivery) -> Record | None:
    """The record in a delivery; None for one that breaks the rules of its kind, which was put aside."""
    try:
        return parse_record(jws.open_form(delivery.record, RECORD_TYPE, limit=RECORD_BYTES, where="record").payload)
    except ProtocolError:
        return None
