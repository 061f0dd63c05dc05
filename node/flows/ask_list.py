"""One question to one list of one peer: prepared, blinded, committed, through the door; then receipt, answer, proof, look-up."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import col, delete, select

from crypto.errors import CryptoError
from crypto.oprf import PublicKey
from crypto.sealing import seal_to
from node.federation import Federation
from node.flows.call_peer import CallPeer, refuse_denied
from node.flows.look_up import Found, look_up
from node.keys import Keys
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.store import jobs, manifests
from node.store.acts import Act
from node.store.database import Database, Work
from node.store.index_files import IndexFiles
from node.store.jobs import Lease
from node.store.tables import HeldManifest, Hit, Question, QuestionExchange, QuestionLine, QuestionSkip, QuestionToPeer
from node.telemetry.words import MetricName
from protocol import matching
from protocol.authority import Authority
from protocol.envelope import SignedEnvelope
from protocol.errors import ProtocolError
from protocol.index.entry import Label
from protocol.index.manifest import Manifest, check_usable
from protocol.messages import Body, MatchAnswer, MatchReceipt, MatchRefusal, MatchRequest
from protocol.names import KEYS_A_PERSON, Fact, Judgement, Person, Verdict, class_of, judge, name_keys
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
    inputs: tuple[bytes, ...]
    lines: tuple[tuple[int, ...], ...]  # of each input, the lines of the case file in which it stands
    people: Mapping[int, Person]  # of the lines that ask after one
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

    def ask(self, lease: Lease, row: QuestionToPeer, held: HeldManifest) -> str:
        """Ask `held`'s list for the question of `row`. Returns `answered`, `refused:<code>` or `nothing_to_ask`.

        Raises `PeerFault` and `ProtocolError` for what may go better next time, `Stopped` and `AnswerVoid` for what will not, and
        `LeaseLost` when somebody else asks meanwhile: what came is then theirs to ask for again, and nothing of it is kept here.
        """
        key = (row.id or 0, held.list_id)
        out = self._out.get(key)
        with self.database.begin() as work:
            jobs.renew(work, lease)
            refuse_denied(work, Authority(row.peer))
            if out is None or not self._still_good(work, out):
                out = self._prepare(work, row, held)
        if out is None:
            return "nothing_to_ask"
        self._out[key] = out
        sys.audit("celosia.ask_list.asked")
        self.database.telemetry.count(MetricName.ELEMENTS, out.request.envelope.body.size, side="asked")
        outcome = self._converse(lease, row, out)
        self._out.pop(key, None)
        return outcome

    def forget(self, row: QuestionToPeer) -> None:
        """A peer's question is settled, or another's: what would have finalized an answer is not kept."""
        for key in list(self._out):
            if key[0] == row.id:
                self._out.pop(key, None)

    def _still_good(self, work: Work, out: _UnderWay) -> bool:
        """A question is sent again as it is while its envelope is fresh, its manifest valid and its epoch on; else anew."""
        manifest, now = out.manifest, work.now()
        member = self.federation.directory.member(out.cleared.to)
        running = member.epoch_key(manifest.list, manifest.epoch, now) is not None
        return running and now < min(out.request.envelope.exp, manifest.valid_until)

    def _prepare(self, work: Work, row: QuestionToPeer, held: HeldManifest) -> _UnderWay | None:
        question = work.session.get_one(Question, row.question_id)
        manifest, peer = manifests.content(held), Authority(row.peer)
        check_usable(manifest, self.federation.directory.member(peer), self.federation.directory, work.now())
        lines, people, skipped = self._inputs(work, question, manifest)
        _keep_skipped(work, row, manifest.list, skipped)
        if not lines:
            return None
        inputs = tuple(lines)
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
            cites=_unanswered(work, row, manifest.list),
        )
        cleared, request = self.door.request(work, Outgoing(peer, body, inputs), officer=question.officer_id)
        work.session.add(
            QuestionExchange(
                x=request.envelope.x,
                question_peer_id=row.id or 0,
                list_id=manifest.list,
                manifest=held.digest,
                state="asked",
                lines=len({line for each in lines.values() for line in each}),
                list_size=manifest.size,
                openings_sealed=seal_to(self.keys.audit, canonical(prepared.openings)),
                asked=work.now(),
            )
        )
        _move(work, row, "asked")
        sys.audit("celosia.ask_list.signed")
        return _UnderWay(prepared, inputs, tuple(map(tuple, lines.values())), people, manifest, held.digest, cleared, request)

    @staticmethod
    def _inputs(
        work: Work, question: Question, manifest: Manifest
    ) -> tuple[dict[bytes, list[int]], dict[int, Person], set[tuple[int, str]]]:
        """OPRF inputs of the list's class, each once, with its lines; the people of these lines; and (line, kind) of what the
        peer lists under other versions."""
        lines: dict[bytes, list[int]] = {}
        people: dict[int, Person] = {}
        skipped: set[tuple[int, str]] = set()
        for line in work.session.exec(select(QuestionLine).where(QuestionLine.question_id == question.id)).all():
            for kind, version, value in json.loads(work.open(question.id, line.inputs_sealed, f"inputs:{line.line}")):
                if class_of(kind) != manifest.entropy:
                    continue
                if manifest.normalisers.get(kind) != version:
                    skipped.add((line.line, kind))
                else:
                    lines.setdefault(bytes.fromhex(value), []).append(line.line)
            if line.person_sealed is not None:
                words = json.loads(work.open(question.id, line.person_sealed, f"person:{line.line}"))
                people[line.line] = Person.from_words(words)
        return lines, people, skipped

    def _converse(self, lease: Lease, row: QuestionToPeer, out: _UnderWay) -> str:
        for reply in self.call.replies(out.cleared, out.request):
            body: Body = reply.body
            if isinstance(body, MatchReceipt):
                with self.database.begin() as work:
                    jobs.renew(work, lease)
                    self._note(work, out, "received")
                    _move(work, row, "received")
                sys.audit("celosia.ask_list.received")
            elif isinstance(body, MatchRefusal):
                with self.database.begin() as work:
                    jobs.renew(work, lease)
                    self._note(work, out, "refused")
                return f"refused:{body.outcome}"
            elif isinstance(body, MatchAnswer):
                with self.database.begin() as work:
                    x, peer = reply.envelope.x, out.cleared.to
                    work.record(Act.ANSWER_RECEIVED, x=x, peer=peer, direction="out", envelope=reply.digest)
                sys.audit("celosia.ask_list.answered")
                self._take(lease, row, out, body)
                sys.audit("celosia.ask_list.kept")
                return "answered"
        raise AnswerMissing

    def _take(self, lease: Lease, row: QuestionToPeer, out: _UnderWay, answer: MatchAnswer) -> None:
        peer, directory = out.cleared.to, self.federation.directory
        place = out.manifest.place
        with self.database.read() as work:
            now, newest = work.now(), manifests.newest(work, place.authority, place.list, place.epoch)
        # A result from a manifest past its validity is not shown as an answer; the question goes out anew and cites this one.
        check_usable(out.manifest, directory.member(peer), directory, now)
        try:
            # `check_usable` compared the manifest's key with the directory's
            outputs = matching.read_answer(out.prepared, answer, PublicKey.from_bytes(out.manifest.key))
            found = look_up(self.files, out.manifest, outputs, None if newest is None else manifests.content(newest))
        except CryptoError:
            self._void(lease, out, peer, "proof_does_not_hold")
        except ProtocolError as error:
            self._void(lease, out, peer, str(error.facts.get("reason", error.code)))
        else:
            with self.database.begin() as work:
                jobs.renew(work, lease)
                self._keep_hits(work, row, out, found)
                sys.audit("celosia.ask_list.found")

    def _void(self, lease: Lease, out: _UnderWay, peer: Authority, reason: str) -> None:
        with self.database.begin() as work:
            jobs.renew(work, lease)
            self._note(work, out, "void")
            work.record(Act.ANSWER_VOID, x=out.request.envelope.x, peer=peer, direction="out", reason=reason)
        raise AnswerVoid(reason)

    def _keep_hits(self, work: Work, row: QuestionToPeer, out: _UnderWay, found: Sequence[Found]) -> None:
        hits = _people(out, found) if out.manifest.entropy == "name_keys" else _identifiers(out, found)
        for (line, _), (label, judgement) in sorted(hits.items(), key=lambda item: item[0]):
            work.session.add(
                Hit(
                    question_id=row.question_id,
                    peer=row.peer,
                    list_id=out.manifest.list,
                    line=line,
                    record_id=label.record,
                    handle=label.handle,
                    key_type=label.key_type,
                    verdict=None if judgement is None else judgement.verdict.value,
                    agreements=None if judgement is None else " ".join(judgement.agreements),
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
            hits=[[line, record] for line, record in sorted(hits)],
        )

    @staticmethod
    def _note(work: Work, out: _UnderWay, state: str) -> None:
        exchange = work.session.get_one(QuestionExchange, out.request.envelope.x)
        exchange.state = state
        work.session.add(exchange)


_Hits = dict[tuple[int, str], tuple[Label, Judgement | None]]
"""By line and record."""


def _identifiers(out: _UnderWay, found: Sequence[Found]) -> _Hits:
    return {(line, hit.label.record): (hit.label, None) for hit in reversed(found) for line in out.lines[hit.index]}


def _people(out: _UnderWay, found: Sequence[Found]) -> _Hits:
    """Whom of a list of people the lines may mean: all keys of one handle are weighed together, and chance is left out."""
    told = {line: {key.oprf_input(): key.facts for key in name_keys(person)} for line, person in out.people.items()}
    agreeing: dict[tuple[int, bytes], tuple[Label, frozenset[Fact]]] = {}
    for hit in found:
        for line in out.lines[hit.index]:
            facts = told[line].get(out.inputs[hit.index], frozenset())
            label, before = agreeing.get((line, hit.label.handle), (hit.label, frozenset()))
            agreeing[line, hit.label.handle] = (label, before | facts)
    hits: _Hits = {}
    people = out.manifest.size // KEYS_A_PERSON
    for (line, _), (label, facts) in agreeing.items():
        judgement = judge(out.people[line], facts, people)
        _, known = hits.get((line, label.record), (label, None))
        if judgement.verdict is not Verdict.CHANCE and (known is None or judgement.odds > known.odds):
            hits[line, label.record] = (label, judgement)
    return hits


class AnswerMissing(ProtocolError):
    """The peer signed for the question and then gave no answer."""

    code = "answer_missing"

    def __init__(self) -> None:
        super().__init__("reply")


def _keep_skipped(work: Work, row: QuestionToPeer, list_id: str, skipped: set[tuple[int, str]]) -> None:
    """What this list is not asked for, in place of what an earlier try noted: silence about it would read as "no hit"."""
    of_list = (col(QuestionSkip.question_peer_id) == row.id, col(QuestionSkip.list_id) == list_id)
    work.session.exec(delete(QuestionSkip).where(*of_list))
    rows = [{"question_peer_id": row.id, "list_id": list_id, "line": line, "kind": kind} for line, kind in sorted(skipped)]
    work.insert(QuestionSkip, rows)


def _unanswered(work: Work, row: QuestionToPeer, list_id: str) -> str | None:
    """The exchange that a new one replaces: the last of this question and list without an answer, from before a restart too."""
    return work.session.exec(
        select(QuestionExchange.x)
        .where(
            QuestionExchange.question_peer_id == row.id,
            QuestionExchange.list_id == list_id,
            col(QuestionExchange.state).in_(("asked", "received")),
        )
        .order_by(col(QuestionExchange.asked).desc())
    ).first()


def _move(work: Work, row: QuestionToPeer, state: str) -> None:
    held = work.session.get_one(QuestionToPeer, row.id)
    held.state, held.since = state, work.now()
    work.session.add(held)
