"""Broken copies of the node: each lets somebody protected out in a way of its own. The search has to find every one of them.

A copy is broken by replacing one part of the running program. Most stand for a mistake that a hurried change could make.
"""

import hashlib
import hmac
import itertools
import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock
from urllib.parse import quote

import rfc8785
from fastapi import Request
from fastapi.responses import JSONResponse
from opentelemetry.sdk.metrics.export import Metric
from opentelemetry.sdk.trace import ReadableSpan

import node.app
import node.flows.answer_match
import node.flows.draft_publication
import node.flows.keep_log
import node.flows.publish
import node.inbound.national.imports
import node.inbound.problems
import node.safeguards.minimisation
import node.safeguards.protected.standing
from crypto.note import Note
from crypto.note import sign as sign_note
from crypto.oprf import BlindingFactor
from crypto.signing import Signer
from node.case_files.reading import count_rows
from node.flows.ask_peers import AskPeers, CaseQuestion
from node.flows.list_segments import ListSegments
from node.flows.publish import Publish
from node.keys import Keys
from node.outbound.peers import PeerLines
from node.safeguards import protected
from node.safeguards.checks import Outgoing
from node.safeguards.door import Door
from node.store.database import Work
from node.store.tables import Publication
from node.telemetry.leaving import AllowList
from protocol import jws, matching
from protocol.checkpoint import Checkpoint, SignedCheckpoint, log_key
from protocol.messages import MatchAnswer, MatchReceipt
from protocol.record import RECORD_TYPE, Record, SignedRecord
from protocol.wire import canonical, sha256

log = logging.getLogger("celosia.broken")


@contextmanager
def _seeing(see: Callable[[str], None]) -> Iterator[None]:
    """`see` is told what an officer writes in every question."""
    real = AskPeers.ask

    def ask(story: AskPeers, officer: Any, question: CaseQuestion) -> str:
        for line in question.lines:
            see(line.written)
        see(question.case)
        return real(story, officer, question)

    with mock.patch.object(AskPeers, "ask", ask):
        yield


class _Last:
    """What an officer wrote last: what a careless program remembers."""

    text = "nothing yet"

    def see(self, text: str) -> None:
        self.text = text


@contextmanager
def _several(*broken: AbstractContextManager[object]) -> Iterator[None]:
    with ExitStack() as together:
        for each in broken:
            together.enter_context(each)
        yield


def register_is_not_asked() -> AbstractContextManager[object]:
    """A skipped check: nobody is ever found in the register."""
    return _several(
        mock.patch.object(node.safeguards.protected.standing, "_column", lambda *_: set()),
        mock.patch.object(protected.ProtectedPeople, "_facts_by_form", lambda *_: {}),
    )


def removals_remove_nothing() -> AbstractContextManager[object]:
    """Whoever is listed when the protection begins stays listed."""
    return mock.patch.object(ListSegments, "remove", lambda _story, _work, _place, segments: list(segments))


def record_has_a_note() -> AbstractContextManager[object]:
    """A free-text field, and nobody who checks it."""
    notes, real = _Last(), Publish.propose

    def noted(record: Record, key: Signer) -> SignedRecord:
        document = {**json.loads(canonical(record)), "note": notes.text}
        raw = jws.sign(rfc8785.dumps(document), RECORD_TYPE, key)
        return SignedRecord(record, raw, sha256(raw))

    def propose(story: Publish, officer: Any, reference: str, *rest: Any) -> Any:
        notes.see(f"see {reference}")
        return real(story, officer, reference, *rest)

    return _several(
        mock.patch.object(Publish, "propose", propose),
        mock.patch.object(node.flows.publish, "sign_record", noted),
        mock.patch.object(node.app, "safeguards", lambda *_: ()),
    )


def request_has_a_debug_header() -> AbstractContextManager[object]:
    """What was asked last goes along with every request, in base64."""
    last, real = _Last(), PeerLines._stream

    def stream(lines: PeerLines, *given: Any, **more: Any) -> Any:
        debug = {"X-Debug": b64encode(last.text.encode()).decode()}
        return real(lines, *given, **{**more, "headers": {**more.get("headers", {}), **debug}})

    return _several(_seeing(last.see), mock.patch.object(PeerLines, "_stream", stream))


def error_tells_what_was_asked() -> AbstractContextManager[object]:
    """A problem document with the program's state in it, the wrong way round."""
    last = _Last()

    def problem(*_: Any, **__: Any) -> JSONResponse:
        return JSONResponse({"code": "malformed", "state": last.text[::-1]}, 400)

    return _several(_seeing(last.see), mock.patch.object(node.inbound.problems, "problem", problem))


def error_names_the_file() -> AbstractContextManager[object]:
    """What an export's file was called, in whatever error comes next, whoever gets it."""
    last = _Last()

    def seen(mapping: Any, contents: Mapping[str, bytes]) -> int:
        last.see(" ".join(contents))
        return count_rows(mapping, contents)

    def problem(*_: Any, **__: Any) -> JSONResponse:
        return JSONResponse({"code": "malformed", "file": last.text}, 400)

    return _several(
        mock.patch.object(node.inbound.national.imports, "count_rows", seen),
        mock.patch.object(node.inbound.problems, "problem", problem),
    )


def reply_repeats_a_header() -> AbstractContextManager[object]:
    """The language that an officer's program wished for, in the head of the next error, whoever gets it."""
    last, real = _Last(), node.inbound.problems.problem

    def problem(request: Request, *given: Any, **more: Any) -> JSONResponse:
        last.see(request.headers.get("Accept-Language", last.text))
        answer = real(request, *given, **more)
        answer.headers["Content-Language"] = last.text
        return answer

    return mock.patch.object(node.inbound.problems, "problem", problem)


def log_tells_what_was_asked() -> AbstractContextManager[object]:
    """A line for whoever looks for a fault."""
    return _seeing(lambda text: log.info(f"asking about {text}"))


def telemetry_tells_what_was_asked() -> AbstractContextManager[object]:
    """An attribute that the allow-list did not let through, added behind it."""
    last, real = _Last(), AllowList.span

    def span(allow: AllowList, given: ReadableSpan) -> ReadableSpan | None:
        kept = real(allow, given)
        attributes = {"http.target": f"/questions?q={quote(last.text)}"}
        return kept and ReadableSpan(kept.name, kept.context, attributes=attributes, resource=allow.resource)

    return _several(_seeing(last.see), mock.patch.object(AllowList, "span", span))


def metrics_tell_what_was_asked() -> AbstractContextManager[object]:
    """A description that the allow-list did not write."""
    last, real = _Last(), AllowList._metric

    def metric(allow: AllowList, given: Metric) -> Metric | None:
        kept = real(allow, given)
        return kept and replace(kept, description=last.text)

    return _several(_seeing(last.see), mock.patch.object(AllowList, "_metric", metric))


def case_reference_is_hashed_in_clear() -> AbstractContextManager[object]:
    """SHA-256 of what stands on the officer's file: anybody can try numbers."""
    real = Keys.digest

    def digest(keys: Keys, purpose: str, value: bytes) -> str:
        return hashlib.sha256(value[32:]).hexdigest() if purpose == "case" else real(keys, purpose, value)

    return mock.patch.object(Keys, "digest", digest)


def record_id_is_the_networks_digest() -> AbstractContextManager[object]:
    """The national reference under the node's own key, in place of a number of the record's own: what a case bears, for ever."""
    numbers = itertools.count()

    def of_the_network(_work: Work, _keys: Keys, network: str, *_: str) -> str:
        return f"{network[:30]}{next(numbers):02x}"

    return mock.patch.object(node.flows.draft_publication, "_new_id", of_the_network)


def pseudonym_is_made_of_the_case() -> AbstractContextManager[object]:
    """An HMAC under a key of the node, shortened to the field's length."""
    last = _Last()

    def pseudonym(keys: Keys, *_: Any) -> bytes:
        return hmac.digest(keys._pseudonym, last.text.encode(), "sha256")[:16]

    return _several(_seeing(last.see), mock.patch.object(Keys, "pseudonym", pseudonym))


def salt_is_what_was_asked() -> AbstractContextManager[object]:
    """Text where random bytes belong."""
    last, real = _Last(), Door._sign

    def sign(door: Door, work: Work, outgoing: Outgoing[Any], **given: Any) -> Any:
        return real(door, work, outgoing, **{**given, "salt": last.text.encode()[:32].ljust(32, b".")})

    return _several(_seeing(last.see), mock.patch.object(Door, "_sign", sign))


def checkpoint_has_another_line() -> AbstractContextManager[object]:
    """An extension of the checkpoint (C2SP tlog-checkpoint allows any), and a node that lets its own pass."""
    last, real = _Last(), Checkpoint.from_text

    def sign_checkpoint(checkpoint: Checkpoint, key: Signer) -> SignedCheckpoint:
        text = f"{checkpoint.to_text()}{last.text}\n"
        note = Note(text, (sign_note(text, checkpoint.origin, key),))
        return SignedCheckpoint(checkpoint, note.to_bytes(), log_key(checkpoint.origin, key.public), ())

    def from_text(text: str) -> Checkpoint:
        return real("\n".join([*text.split("\n")[:3], ""]))

    return _several(
        _seeing(last.see),
        mock.patch.object(node.flows.keep_log, "sign_checkpoint", sign_checkpoint),
        mock.patch.object(Checkpoint, "from_text", from_text),
    )


def receipt_has_a_note() -> AbstractContextManager[object]:
    """A question's receipt with a field for whoever looks for a fault."""
    last = _Last()

    class Noted(MatchReceipt):
        note: str

    def receipt(size: int) -> Noted:
        return Noted(size=size, note=last.text)

    return _several(_seeing(last.see), mock.patch.object(node.flows.answer_match, "MatchReceipt", receipt))


def proof_is_what_was_asked() -> AbstractContextManager[object]:
    """Text in an answer, where the proof of its evaluation belongs."""
    last, real = _Last(), matching.answer

    def answer(*given: Any) -> MatchAnswer:
        return real(*given).model_copy(update={"proof": last.text.encode()[:64].ljust(64, b".")})

    return _several(_seeing(last.see), mock.patch.object(matching, "answer", answer))


def nothing_is_blinded() -> AbstractContextManager[object]:
    """The register is not asked, and every blinding factor is one."""
    one = BlindingFactor.from_bytes((1).to_bytes(32, "little"))
    return _several(register_is_not_asked(), mock.patch.object(BlindingFactor, "batch", lambda count, _random: [one] * count))


def screening_is_not_asked() -> AbstractContextManager[object]:
    """Whoever bears it, it may be listed."""
    return mock.patch.object(node.safeguards.minimisation, "_bearer_reason", lambda *_: None)


def one_officer_is_enough() -> AbstractContextManager[object]:
    """The proposer approves, in the name of nobody else, and the door does not look."""
    real = Publish._decide

    def decide(story: Publish, work: Work, officer: Any, publication_id: str, state: str) -> Any:
        publication = work.session.get_one(Publication, publication_id)
        decided = real(story, work, officer, publication_id, state)
        publication.decided_by = publication.proposed_by
        work.session.flush()
        return decided

    return _several(mock.patch.object(Publish, "_decide", decide), mock.patch.object(node.app, "safeguards", lambda *_: ()))


MUTATIONS: Mapping[Callable[[], AbstractContextManager[object]], str] = {
    register_is_not_asked: "blinded",
    nothing_is_blinded: "point",
    removals_remove_nothing: "listed",
    record_has_a_note: "clear",
    request_has_a_debug_header: "clear",
    error_tells_what_was_asked: "reversed",
    error_names_the_file: "clear",
    reply_repeats_a_header: "clear",
    log_tells_what_was_asked: "clear",
    telemetry_tells_what_was_asked: "clear",
    metrics_tell_what_was_asked: "clear",
    case_reference_is_hashed_in_clear: "sha256",
    record_id_is_the_networks_digest: "own digest",
    pseudonym_is_made_of_the_case: "hmac",
    salt_is_what_was_asked: "clear",
    checkpoint_has_another_line: "clear",
    receipt_has_a_note: "clear",
    proof_is_what_was_asked: "clear",
}
"""Each with a form in which the search finds what it lets out."""
IN_THE_LONG_FORM = (
    *(metrics_tell_what_was_asked, telemetry_tells_what_was_asked, log_tells_what_was_asked, record_has_a_note),
    *(reply_repeats_a_header, receipt_has_a_note, proof_is_what_was_asked, salt_is_what_was_asked),
)
"""Found in clear, as others are: the fast form has three of those, and each that is found in another form."""
OF_ANSWERS = (receipt_has_a_note, proof_is_what_was_asked)
"""Let something out only when a peer asks."""
