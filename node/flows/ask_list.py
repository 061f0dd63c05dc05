"""One question to one list of one peer: prepared, blinded, committed, through the door; then receipt, answer, proof, look-up."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlmodel import select

from crypto.errors import CryptoError
from crypto.sealing import seal_to
from node.federation import Federation
from node.flows.call_peer import CallPeer
from node.flows.look_up import Found, look_up
from node.keys import Keys
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.store import manifests
from node.store.acts import Act
from node.store.database import Database, Work
from node.store.index_files import IndexFiles
from node.store.tables import HeldManifest, Hit, Question, QuestionExchange, QuestionLine, QuestionToPeer
from protocol import matching
from protocol.authority import Authority
from protocol.envelope import SignedEnvelope
from protocol.errors import ProtocolError
from protocol.index.manifest import Manifest, check_usable
from protocol.messages import Body, MatchAnswer, MatchReceipt, MatchRefusal, MatchRequest
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency
from protocol.wire import canonical


class AnswerVoid(Exception):
    """The peer's answer cannot be believed: another key than the directory's, or an index that is broken. Kept as evidence."""

    code = "answer_void"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, repr=False)
class _UnderWay:
    """A question that is out, with what finalizes its answer. In memory only: blinding factors are nobody else's."""

    prepared: matching.Prepared
    lines: tuple[int, ...]
    manifest: Manifest
    manifest_digest: str
    cleared: Cleared
    request: SignedEnvelope[MatchRequest]


@dataclass(frozen=True, repr=False)
class AskList:
    """The story's parts. `_out` holds the questions that may still be answered under their exchange."""

    database: Database
    keys: Keys
    federation: Federation
    door: Door
    call: CallPeer
    files: IndexFiles
    random: Callable[[int], bytes]
    _out: dict[tuple[int, str], _UnderWay] = field(default_factory=dict)

    def ask(self, row: QuestionToPeer, held: HeldManifest) -> str:
        """Ask `held`'s list for the question of `row`. Returns `answered`, `refused:<code>` or `nothing_to_ask`.

        Raises `PeerFault` and `ProtocolError` for what may go better next time, `Stopped` and `AnswerVoid` for what will not.
        """
        key = (row.id or 0, held.list_id)
        out = self._out.get(key)
        with self.database.begin() as work:
            if out is None or not self._still_good(work, out):
                prepared = self._prepare(work, row, held, cites=None if out is None else out.request.envelope.x)
                if prepared is None:
                    return "nothing_to_ask"
                out = self._out[key] = prepared
        outcome = self._converse(row, out)
        del self._out[key]
        return outcome

    def _still_good(self, work: Work, out: _UnderWay) -> bool:
        """A question is sent again as it is while its envelope is fresh and its manifest valid; else it goes out anew."""
        return work.now() < min(out.request.envelope.exp, out.manifest.valid_until)

    def _prepare(self, work: Work, row: QuestionToPeer, held: HeldManifest, cites: str | None) -> _UnderWay | None:
        question = work.session.get_one(Question, row.question_id)
        manifest, peer = manifests.content(held), Authority(row.peer)
        check_usable(manifest, self.federation.directory.member(peer), self.federation.directory, work.now())
        lines, inputs, skipped = self._inputs(work, question, manifest)
        if not inputs:
            return None
        prepared = matching.prepare(inputs, self.random)
        body = MatchRequest(
            list=manifest.list,
            epoch=manifest.epoch,
            manifest=held.digest,
            purpose=RequestPurpose(question.purpose),
            basis=LegalBasis(question.basis),
            offence=Offence(question.offence),
            urgency=Urgency(question.urgency),
            officer=self.keys.pseudonym(question.officer_id, peer),
            # fresh for each peer and exchange: two peers cannot join the references that they were given
            case=bytes.fromhex(self.keys.digest("case", self.random(32) + work.open(question.id, question.case_sealed, "case"))),
            attested=True,
            commitment=prepared.openings.root(),
            elements=prepared.elements,
            cites=cites,
        )
        cleared, request = self.door.request(work, Outgoing(peer, body, tuple(inputs)), officer=question.officer_id)
        work.session.add(
            QuestionExchange(
                x=request.envelope.x,
                question_peer_id=row.id or 0,
                list_id=manifest.list,
                manifest=held.digest,
                state="asked",
                lines=len(set(lines)),
                skipped_kinds=" ".join(skipped),
                list_size=manifest.size,
                openings_sealed=seal_to(self.keys.audit, canonical(prepared.openings)),
                asked=work.now(),
            )
        )
        _move(work, row, "asked")
        return _UnderWay(prepared, tuple(lines), manifest, held.digest, cleared, request)

    @staticmethod
    def _inputs(work: Work, question: Question, manifest: Manifest) -> tuple[list[int], list[bytes], list[str]]:
        """OPRF inputs, each once, with the line each is of; and the kinds that the peer lists under other rules than ours."""
        lines: list[int] = []
        inputs: list[bytes] = []
        skipped: set[str] = set()
        for line in work.session.exec(select(QuestionLine).where(QuestionLine.question_id == question.id)).all():
            for kind, version, value in json.loads(work.open(question.id, line.inputs_sealed, f"inputs:{line.line}")):
                if manifest.normalisers.get(kind) != version:
                    skipped.add(kind)
                elif bytes.fromhex(value) not in inputs:
                    inputs.append(bytes.fromhex(value))
                    lines.append(line.line)
        return lines, inputs, sorted(skipped)

    def _converse(self, row: QuestionToPeer, out: _UnderWay) -> str:
        for reply in self.call.replies(out.cleared, out.request):
            body: Body = reply.body
            if isinstance(body, MatchReceipt):
                with self.database.begin() as work:
                    self._note(work, out, "received")
                    _move(work, row, "received")
            elif isinstance(body, MatchRefusal):
                with self.database.begin() as work:
                    self._note(work, out, "refused")
                return f"refused:{body.outcome}"
            elif isinstance(body, MatchAnswer):
                self._take(row, out, body)
                return "answered"
        raise AnswerMissing

    def _take(self, row: QuestionToPeer, out: _UnderWay, answer: MatchAnswer) -> None:
        peer = out.cleared.to
        try:
            with self.database.read() as work:
                now = work.now()
            # a result from a manifest past its validity is not shown as an answer
            check_usable(out.manifest, self.federation.directory.member(peer), self.federation.directory, now)
            public = self.federation.directory.member(peer).epoch_key(out.manifest.list, out.manifest.epoch, now)
            if public is None:
                raise AnswerVoid("epoch_over")
            outputs = matching.read_answer(out.prepared, answer, public)
            found = look_up(self.files, out.manifest, outputs)
        except CryptoError:
            self._void(out, peer, "proof_does_not_hold")
        except ProtocolError as error:
            self._void(out, peer, str(error.facts.get("reason", error.code)))
        else:
            with self.database.begin() as work:
                self._keep_hits(work, row, out, found)

    def _void(self, out: _UnderWay, peer: Authority, reason: str) -> None:
        with self.database.begin() as work:
            self._note(work, out, "void")
            work.record(Act.ANSWER_VOID, x=out.request.envelope.x, peer=peer, reason=reason)
        raise AnswerVoid(reason)

    def _keep_hits(self, work: Work, row: QuestionToPeer, out: _UnderWay, found: Sequence[Found]) -> None:
        seen = set()
        for hit in found:
            line = out.lines[hit.index]
            if (line, hit.label.record) in seen:
                continue
            seen.add((line, hit.label.record))
            work.session.add(
                Hit(
                    question_id=row.question_id,
                    peer=row.peer,
                    list_id=out.manifest.list,
                    line=line,
                    record_id=hit.label.record,
                    handle=hit.label.handle,
                    key_type=hit.label.key_type,
                    manifest=out.manifest_digest,
                    found=work.now(),
                )
            )
        self._note(work, out, "answered")
        # the outcome, "no hit" too, enters under an id of its own: the peer must not learn which it was
        work.record(
            Act.OUTCOME,
            exchange=out.request.envelope.x,
            manifest=out.manifest_digest,
            hits=[[line, record] for line, record in sorted(seen)],
        )

    @staticmethod
    def _note(work: Work, out: _UnderWay, state: str) -> None:
        exchange = work.session.get_one(QuestionExchange, out.request.envelope.x)
        exchange.state = state
        work.session.add(exchange)


class AnswerMissing(ProtocolError):
    """The peer signed for the question and then gave no answer."""

    code = "answer_missing"

    def __init__(self) -> None:
        super().__init__("reply")


def _move(work: Work, row: QuestionToPeer, state: str) -> None:
    held = work.session.get_one(QuestionToPeer, row.id)
    held.state, held.since = state, work.now()
    work.session.add(held)
