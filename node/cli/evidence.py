"""`celosia evidence`: one exchange as one file for a court, with all that proves it. Checked here once more before it is kept."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from deploy.verify_bundle import FAILS, GAPS, WORDS, Files, Report, read_envelopes, verify
from node.cli.client import NotANode
from node.cli.faults import LocalFault
from node.cli.given import authority, identifier, request
from node.cli.opened import Exhibit
from node.cli.render import country, printable
from node.cli.render import reason as reason_of
from node.cli.session import OK, Session, UsageProblem, session_of
from node.durable import write_whole
from node.inbound.national.evidence import LEFT_OUT, EvidenceRequest
from node.language import catalogue
from node.outbound.time_stamps import TimeStampUnusable, ask_stamp
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.evidence import Evidence, ProvenEntry
from protocol.messages import MatchRequest
from protocol.tlog_proof import LogProof
from protocol.vocabulary import Language
from protocol.wire import sha256

REFUSALS = frozenset({"bundle_fails", "peer_half_missing", "no_bundle"})
"""Codes whose facts `places` words."""


def evidence(
    context: typer.Context,
    exchange: Annotated[str, typer.Argument(help="help.evidence.exchange", metavar="NUMBER")],
    file: Annotated[Path, typer.Argument(help="help.evidence.file", metavar="FILE")],
    reason: Annotated[str, typer.Option("--reason", help="help.evidence.reason", metavar="TEXT")],
    languages: Annotated[str | None, typer.Option("--language", help="help.evidence.language", metavar="LANGUAGE")] = None,
    timestamp: Annotated[str | None, typer.Option("--timestamp", help="help.evidence.timestamp", metavar="URL")] = None,
    peer: Annotated[str | None, typer.Option("--peer", help="help.evidence.peer", metavar="PE")] = None,
) -> int:
    """Gather the messages of an exchange with what proves them in both logs, and write them as one file."""
    session = session_of(context)
    body = request(
        EvidenceRequest,
        {"reason": "--reason", "languages": "--language", "peer": "--peer"},
        reason=reason,
        languages=_languages(session, languages),
        peer=None if peer is None else authority(peer),
    )
    with session.api() as api:
        raw, headers = api.post_for_file(["exchanges", identifier(exchange, "celosia audit log"), "evidence"], body)
        try:
            bundle = Evidence.from_bytes(raw)
        except ProtocolError:
            raise NotANode(api.address) from None
        root = sha256(bundle.roots[-1])
        if verify(raw, root).exit_code == FAILS:
            raise NotANode(api.address)
    if timestamp is not None:
        raw = _stamped(bundle, timestamp).to_bytes()
    report = verify(raw, root)
    write_whole(file, raw)
    left_out = headers.get(LEFT_OUT, "0")
    if session.general.json:
        session.print_json(_as_json(session, file, report, root, left_out))
    else:
        _show(session, file, report, root, left_out)
    return OK


def read_exhibit(raw: bytes, root: str) -> tuple[Report, Exhibit | None]:
    """What a court's program says of a bundle under the root of this digest, and which questions it proves; None if it fails."""
    report = verify(raw, root)
    if report.exit_code == FAILS:
        return report, None
    sent = read_envelopes(Files(raw))
    asker, holder = Authority(sent[0].sender), Authority(sent[0].to)
    questions = frozenset(each.digest for each in sent if each.type == MatchRequest.type)
    return report, Exhibit(sent[0].x, asker, holder, questions)


def told_of(session: Session, report: Report, status: str) -> list[str]:
    """The report's sentences of one kind, `fails` or `unsaid`, in the reader's language."""
    words = WORDS[session.language.value]
    found = (line for line in report.lines if line.status == status)
    return [f"[{words[status]}] {printable(words[line.code].format(**line.facts))}" for line in found]


def places(session: Session, code: str, facts: Mapping[str, str | int]) -> list[str]:
    """What a refusal of the node's says: which check failed, or what the peer did not give."""
    if code == "peer_half_missing":
        why = _reason(session, str(facts["reason"]))
        return [session.say("cli.pair", name=country(str(facts["peer"]), session.language), value=why)]
    if code == "no_bundle":
        return [session.say("cli.evidence.leaves_none")] if facts.get("reason") == "leaves_none" else []
    known = {name: printable(str(value)) for name, value in facts.items()}
    try:
        return [WORDS[session.language.value][str(facts["check"])].format(**known)]
    except KeyError:  # a program of another version
        return [known.get("check", "")]


def _reason(session: Session, code: str) -> str:
    own = f"cli.evidence.peer.{code}"
    return session.say(own) if own in catalogue(session.language) else reason_of(session, code)


def _stamped(bundle: Evidence, authority_: str) -> Evidence:
    """The bundle with a time stamp over each checkpoint that says when a message's entry was there."""
    tokens: dict[bytes, bytes] = {}

    def stamped(entry: ProvenEntry) -> ProvenEntry:
        text = LogProof.from_bytes(entry.early or entry.proof).checkpoint.checkpoint.to_text().encode()
        if text not in tokens:
            tokens[text] = ask_stamp(authority_, text)
        return replace(entry, token=tokens[text])

    try:
        logs = {state: replace(log, messages=tuple(map(stamped, log.messages))) for state, log in bundle.logs.items()}
    except TimeStampUnusable as fault:
        raise LocalFault("no_time_stamp", authority_, why=(f"cli.evidence.stamp.{fault.reason}", {})) from None
    return replace(bundle, logs=logs)


def _languages(session: Session, given: str | None) -> tuple[Language, ...]:
    if given is None:
        return (session.language,)
    try:
        return tuple(dict.fromkeys(Language(each.strip().lower()) for each in given.split(",")))
    except ValueError:
        raise UsageProblem("usage.bad_value", name="--language") from None


def _unsaid(session: Session, report: Report) -> list[str]:
    words = WORDS[session.language.value]
    return [words[line.code].format(**line.facts) for line in report.lines if line.status == "unsaid"]


def _as_json(session: Session, file: Path, report: Report, root: str, left_out: str) -> str:
    told = {
        "file": str(file),
        "outcome": "gaps" if report.exit_code == GAPS else "holds",
        "unsaid": _unsaid(session, report),
        "root_sha256": root,
        "left_out": int(left_out),
        "time_stamps": sum(line.code == "token" for line in report.lines),
    }
    return json.dumps(told, ensure_ascii=False)


def _show(session: Session, file: Path, report: Report, root: str, left_out: str) -> None:
    words = WORDS[session.language.value]
    session.tell("cli.evidence.written", file=printable(str(file)))
    if left_out != "0":
        session.tell("cli.evidence.left_out", count=printable(left_out))
    if any(line.code == "token" for line in report.lines):
        session.tell("cli.evidence.stamped")
    for sentence in told_of(session, report, "unsaid"):
        session.out.print(sentence)
    session.out.print(words["verdict_gaps" if report.exit_code == GAPS else "verdict_holds"])
    session.tell("cli.evidence.root", root=root)
