"""One question to one list of one peer: prepared, blinded, committed, through the door; then receipt, answer, proof, look-up."""

import sys
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from sqlmodel import col, delete, select

from crypto.errors import CryptoError
from crypto.oprf import PublicKey
from node.federation import Federation
from node.flows.call_peer import CallPeer, refuse_denied
from node.flows.look_up import Found, look_up
from node.flows.question_lines import KeptLine, lines_of
from node.flows.recheck_hits import seal_outputs
from node.flows.weigh_found import Compared, entries, people
from node.keys import Keys
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.safeguards.holds import Holding, held_lines
from node.store import jobs, manifests
from node.store.database import Database, ExchangeRef, Work, in_parts
from node.store.index_files import IndexFiles
from node.store.jobs import Lease
from node.store.kept_openings import keep_openings
from node.store.tables import HeldManifest, Hit, Question, QuestionExchange, QuestionSkip, QuestionToPeer
from node.telemetry.words import MetricName
from protocol import matching
from protocol.authority import Authority
from protocol.envelope import SignedEnvelope
from protocol.errors import ProtocolError
from protocol.index.manifest import Manifest, check_usable
from protocol.journal import Act
from protocol.messages import Body, MatchAnswer, MatchReceipt, MatchRefusal, MatchRequest
from protocol.names import NAME_KEYS_VERSION, NAME_KIND, class_of
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency


class AnswerVoid(Exception):
    """The peer's answer cannot be believed: another key than the directory's, or an index that is broken. Kept as evidence."""

    code = "answer_void"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class OutAsItWas(Exception):
    """What is out may still be answered, and must not be sent again: somebody in it is held by now. The peer is asked anew when
    it would be anyway, once the envelope is not fresh any more: sooner would tell it that something had changed here."""


@dataclass(frozen=True, repr=False)
class _UnderWay:
    """A question that is out, with what finalizes its answer. In memory only: blinding factors are nobody else's."""

    prepared: matching.Prepared
    compared: Compared
    manifest: Manifest
    manifest_digest: str
    cleared: Cleared
    request: SignedEnvelope[MatchRequest]
    held: Set[int]


@dataclass(frozen=True, repr=False)
class _Asking:
    """What a list is to be asked for: OPRF inputs of its class, each once, with its lines; how many more are held; and (line,
    kind) of what the peer lists under other versions."""

    lines: Mapping[bytes, Sequence[int]]
    held: int
    skipped: set[tuple[int, str]]


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
    holding: Holding
    _out: dict[tuple[int, str, int], _UnderWay] = field(default_factory=dict)

    def ask(self, lease: Lease, row: QuestionToPeer, held: HeldManifest, batch: int) -> str:
        """Ask `held`'s list for a batch of the question of `row`. Returns `answered`, `refused:<code>` or `nothing_to_ask`.

        Raises `PeerFault` and `ProtocolError` for what may go better next time, `OutAsItWas` for what has to wait, `Stopped` and
        `AnswerVoid` for what will not, and `LeaseLost` when somebody else asks meanwhile: what came is then theirs to ask for
        again, and nothing of it is kept here.
        """
        key = (row.id or 0, held.list_id, batch)
        out = self._out.get(key)
        with self.database.begin() as work:
            jobs.renew(work, lease)
            refuse_denied(work, Authority(row.peer))
            question = work.session.get_one(Question, row.question_id)
            stored = lines_of(work, question.id, batch)
            not_now = self._held(work, question, stored)
            in_the_way = out is not None and self._still_good(work, out) and not not_now <= out.held
            if out is None or not self._still_good(work, out):
                out = self._prepare(work, row, held, batch, stored, not_now)
        if in_the_way:  # what was cleared before somebody in it was protected is not sent again either
            raise OutAsItWas
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

    def _prepare(
        self, work: Work, row: QuestionToPeer, held: HeldManifest, batch: int, stored: Sequence[KeptLine], not_now: Set[int]
    ) -> _UnderWay | None:
        question = work.session.get_one(Question, row.question_id)
        manifest, peer = manifests.content(held), Authority(row.peer)
        check_usable(manifest, self.federation.directory.member(peer), self.federation.directory, work.now())
        asking = _asking(stored, not_now, manifest)
        _keep_skipped(work, row, manifest.list, stored, asking.skipped)
        if not asking.lines and not asking.held:
            return None
        inputs = tuple(asking.lines)
        prepared = matching.prepare(inputs, self.random, held=asking.held)
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
            cites=_unanswered(work, row, manifest.list, batch),
        )
        asked = {line for lines in asking.lines.values() for line in lines}
        people = tuple(each.person for each in stored if each.person is not None and each.line in asked)
        cleared, request = self.door.request(work, Outgoing(peer, body, inputs, people), officer=question.officer_id)
        work.session.add(
            QuestionExchange(
                x=request.envelope.x,
                question_peer_id=row.id or 0,
                list_id=manifest.list,
                batch=batch,
                manifest=held.digest,
                state="asked",
                lines=len(asked),
                list_size=manifest.size,
                openings_sealed=keep_openings(work, request.envelope.x, peer, prepared.openings, self.keys.holders),
                asked=work.now(),
            )
        )
        _move(work, row, "asked")
        sys.audit("celosia.ask_list.signed")
        asked_after = {each.line: each.person for each in stored if each.person is not None}
        compared = Compared(inputs, tuple(map(tuple, asking.lines.values())), asked_after)
        return _UnderWay(prepared, compared, manifest, held.digest, cleared, request, not_now)

    def _held(self, work: Work, question: Question, stored: Sequence[KeptLine]) -> set[int]:
        """The lines of `stored` that must not be asked now. Who was protected since the officer asked is held in the unit of
        work that clears the question, and in the one that sends it again: after a wait, a restart or an epoch, too."""
        known = held_lines(work, question.id)
        fresh = [each.to_look_at() for each in stored if each.line not in known]
        held = known | self.holding.hold(work, question.officer_id, question.id, fresh)
        return held & {each.line for each in stored}

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
                self._keep_hits(work, row, out, found, outputs)
                sys.audit("celosia.ask_list.found")

    def _void(self, lease: Lease, out: _UnderWay, peer: Authority, reason: str) -> None:
        with self.database.begin() as work:
            jobs.renew(work, lease)
            self._note(work, out, "void")
            work.record(Act.ANSWER_VOID, about=ExchangeRef(out.request.envelope.x, peer, "out"), reason=reason)
        raise AnswerVoid(reason)

    def _keep_hits(
        self, work: Work, row: QuestionToPeer, out: _UnderWay, found: Sequence[Found], outputs: Sequence[bytes]
    ) -> None:
        of_people = out.manifest.entropy == "name_keys"
        hits = people(out.compared, found, out.manifest.size) if of_people else entries(out.compared, found)
        for entry in hits:
            judgement = entry.judgement
            hit = Hit(
                question_id=row.question_id,
                peer=row.peer,
                list_id=out.manifest.list,
                line=entry.line,
                record_id=entry.record,
                handle=entry.handle,
                key_type=entry.key_type,
                verdict=None if judgement is None else judgement.verdict.value,
                agreements=None if judgement is None else " ".join(judgement.agreements),
                odds=None if judgement is None else judgement.odds,
                manifest=out.manifest_digest,
                found=work.now(),
                standing=work.now(),
            )
            hit.outputs_sealed = seal_outputs(work, hit, [outputs[index] for index in entry.indexes])
            work.session.add(hit)
        self._note(work, out, "answered")
        # the outcome, "no hit" too, enters under an id of its own: the peer must not learn which it was
        work.record(
            Act.OUTCOME,
            about=ExchangeRef(out.request.envelope.x, out.cleared.to, "out"),
            manifest=out.manifest_digest,
            hits=[[entry.line, entry.record, entry.handle.hex()] for entry in hits],
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


def _asking(stored: Sequence[KeptLine], held: Set[int], manifest: Manifest) -> _Asking:
    lines: dict[bytes, list[int]] = {}
    replaced: set[bytes] = set()
    skipped: set[tuple[int, str]] = set()
    for each in stored:
        for kind, version, value in each.inputs:
            if class_of(kind) != manifest.entropy:
                continue
            if manifest.normalisers.get(kind) != version or (kind == NAME_KIND and version != NAME_KEYS_VERSION):
                # Of name keys that an older release of ours has made, nobody could tell any more what a hit says.
                skipped.add((each.line, kind))
            elif each.line in held:
                replaced.add(value)
            else:
                lines.setdefault(value, []).append(each.line)
    return _Asking(lines, len(replaced - lines.keys()), skipped)


def _keep_skipped(
    work: Work, row: QuestionToPeer, list_id: str, stored: Sequence[KeptLine], skipped: set[tuple[int, str]]
) -> None:
    """What this list is not asked for, in place of what an earlier try noted: silence about it would read as "no hit"."""
    of_list = (col(QuestionSkip.question_peer_id) == row.id, col(QuestionSkip.list_id) == list_id)
    for part in in_parts(each.line for each in stored):
        work.session.exec(delete(QuestionSkip).where(*of_list, col(QuestionSkip.line).in_(part)))
    rows = [{"question_peer_id": row.id, "list_id": list_id, "line": line, "kind": kind} for line, kind in sorted(skipped)]
    work.insert(QuestionSkip, rows)


def _unanswered(work: Work, row: QuestionToPeer, list_id: str, batch: int) -> str | None:
    """The exchange that a new one replaces: the last of this batch and list without an answer, from before a restart too."""
    return work.session.exec(
        select(QuestionExchange.x)
        .where(
            QuestionExchange.question_peer_id == row.id,
            QuestionExchange.list_id == list_id,
            QuestionExchange.batch == batch,
            col(QuestionExchange.state).in_(("asked", "received")),
        )
        .order_by(col(QuestionExchange.asked).desc())
    ).first()


def _move(work: Work, row: QuestionToPeer, state: str) -> None:
    held = work.session.get_one(QuestionToPeer, row.id)
    held.state, held.since = state, work.now()
    work.session.add(held)
