"""`celosia ask` and `celosia hits`: a case file to the peers, each answer as it arrives, and what was found."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.live import Live
from rich.table import Table

from node.case_files.pasted import Encoding, read_pasted
from node.case_files.sheet_text import SIGNATURES, case_file_of
from node.cli.client import Answer, Api
from node.cli.given import authorities, code, content, question_named, request, text
from node.cli.hits import show_hits
from node.cli.render import clock, country, label, moment, printable, reason
from node.cli.session import OK, Session, UsageProblem, session_of
from node.inbound.national.models import AskedShown, AskRequest, HitShown, PeerProgressShown, QuestionShown
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency

_ASKED = TypeAdapter(AskedShown)
_QUESTION = TypeAdapter(QuestionShown)
_QUESTIONS = TypeAdapter(list[QuestionShown])
_HITS = TypeAdapter(list[HitShown])
_POLL_SECONDS = 0.3
_UNDER_WAY = ("asked", "received")
_TRIES_WATCHED = 3
"""Once whoever is left has not answered so many tries, the node goes on trying for a day, and the officer need not watch."""


def ask(
    context: typer.Context,
    case_file: Annotated[Path, typer.Argument(help="help.ask.case_file", metavar="CASE_FILE.csv")],
    purpose: Annotated[str, typer.Option("--purpose", help="help.ask.purpose", metavar="CODE")],
    basis: Annotated[str, typer.Option("--basis", help="help.ask.basis", metavar="CODE")],
    offence: Annotated[str, typer.Option("--offence", help="help.ask.offence", metavar="CODE")],
    case: Annotated[str, typer.Option("--case", help="help.ask.case", metavar="REF")],
    urgency: Annotated[str, typer.Option("--urgency", help="help.ask.urgency", metavar="CODE")] = "routine_7d",
    to: Annotated[str | None, typer.Option("--to", help="help.ask.to", metavar="PE,BR")] = None,
    attest: Annotated[bool, typer.Option("--attest", help="help.ask.attest")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="help.ask.no_wait")] = False,
) -> int:
    """Ask, watch the answers come, and show the hits."""
    session = session_of(context)
    body = request(
        AskRequest,
        {"case_file": str(case_file), "case": "--case", "peers": "--to"},
        case_file=_text_of(session, case_file),
        purpose=code(session, RequestPurpose, "--purpose", purpose),
        basis=code(session, LegalBasis, "--basis", basis),
        offence=code(session, Offence, "--offence", offence),
        urgency=code(session, Urgency, "--urgency", urgency),
        case=case,
        peers=[] if to is None else authorities(to, "--to"),
        attested=attest,
    )
    with session.api() as api:
        asked = api.post(["questions"], _ASKED, body)
        if no_wait:
            session.show(asked, lambda shown: session.tell("cli.ask.taken", reference=shown.reference))
            return OK
        _finish(session, api, asked.value)
    return OK


def hits(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(help="help.hits.question", metavar="QUESTION")] = None,
    case: Annotated[str | None, typer.Option("--case", help="help.hits.case", metavar="REF")] = None,
) -> int:
    """The officer's questions, all or those of one case, or where one stands and what it found."""
    session, name = session_of(context), None if question is None else question_named(question)
    if name is not None and case is not None:
        raise UsageProblem("usage.question_or_case")
    with session.api() as api:
        if name is None:
            _show_questions(session, api.get(["questions"], _QUESTIONS), case)
            return OK
        found = api.get(["questions", name, "hits"], _HITS)
        if session.general.json:
            session.print_json(found.raw)
            return OK
        state = api.get(["questions", name], _QUESTION).value
        _name(session, state)
        _tell_doubts(session, state)
        _tell_held(session, state)
        session.out.print(_progress(session, state.peers))
        show_hits(session, api, state, found.value)
    return OK


def _text_of(session: Session, case_file: Path) -> str:
    """The text of a case file; of one that is not in UTF-8, what was assumed is told. Raises `UsageProblem`, `CaseFileError`."""
    raw = content(case_file)
    if raw.startswith(SIGNATURES):
        return case_file_of(raw, case_file.name)
    lines = list(read_pasted([raw], file=case_file.name))
    encodings = Counter(line.encoding for line in lines)
    # UTF-8 goes as it is; of another encoding, nothing may be lost on the way
    if not encodings.keys() - {Encoding.UTF_8} or any(line.unfit or line.too_long for line in lines):
        return text(case_file)
    counted = ", ".join(f"{encoding} ({count})" for encoding, count in encodings.most_common())
    session.note("cli.ask.read_as", encodings=counted)
    return "\n".join(line.text for line in lines)


def _finish(session: Session, api: Api, asked: AskedShown) -> None:
    try:
        answer = _watch(session, api, asked.id)
    except KeyboardInterrupt:
        session.note("cli.ask.interrupted", reference=asked.reference)
        raise
    if session.general.json:
        session.print_json(answer.raw)
        return
    _name(session, answer.value)
    _tell_doubts(session, answer.value)
    _tell_held(session, answer.value)
    show_hits(session, api, answer.value, api.get(["questions", asked.id, "hits"], _HITS).value)
    if not answer.value.done:
        session.tell("cli.ask.goes_on", until=moment(answer.value.expires))
    session.tell("cli.ask.again", reference=asked.reference)


def _watch(session: Session, api: Api, question_id: str) -> Answer[QuestionShown]:
    """Poll until nobody is left who is likely to answer soon; show each change as it comes."""
    told: dict[str, str] = {}
    with Live(console=session.err, auto_refresh=False, transient=False) as live:
        while True:
            answer = api.get(["questions", question_id], _QUESTION)
            peers = answer.value.peers
            if not session.general.json:
                if session.err.is_terminal:
                    live.update(_progress(session, peers), refresh=True)
                else:
                    _tell_changes(session, peers, told)
            if answer.value.done or not any(_may_answer_soon(peer) for peer in peers):
                return answer
            time.sleep(_POLL_SECONDS)


def _may_answer_soon(peer: PeerProgressShown) -> bool:
    return peer.state in _UNDER_WAY or (peer.state == "waiting" and peer.attempts < _TRIES_WATCHED)


def _tell_changes(session: Session, peers: Sequence[PeerProgressShown], told: dict[str, str]) -> None:
    """Without a terminal to repaint: a line whenever a peer moves on."""
    for peer in peers:
        state = _state(session, peer)
        if told.get(peer.peer) != state:
            told[peer.peer] = state
            moved = {"peer": country(peer.peer, session.language), "state": state}
            session.note("cli.ask.moved", since=clock(peer.since), hits=peer.hits, **moved)


def _state(session: Session, peer: PeerProgressShown) -> str:
    """A peer's lists are asked one after the other: without the list's number, the second would read as a step back."""
    text = session.say(f"peer.state.{peer.state}")
    if peer.state in _UNDER_WAY and peer.lists_known > 1:
        number = max(1, len({asked.list_id for asked in peer.lists}))
        text = session.say("cli.ask.list", state=text, number=number, count=peer.lists_known)
    return text if peer.reason is None else session.say("cli.pair", name=text, value=reason(session, peer.reason))


def _progress(session: Session, peers: Sequence[PeerProgressShown]) -> Table:
    table = session.table("cli.peer", "cli.state", "cli.since", "cli.hits.count")
    for peer in peers:
        hits_ = str(peer.hits) if peer.state == "answered" or peer.hits else ""
        table.add_row(country(peer.peer, session.language), _state(session, peer), clock(peer.since), hits_)
        for skipped in peer.not_compared:
            kind = label("identifier_kind", skipped.kind, session.language)
            table.add_row("", session.say(f"cli.ask.skipped.{skipped.why}", kind=kind, lines=skipped.lines), "", "")
    return table


def _name(session: Session, question: QuestionShown) -> None:
    """What tells a question from the officer's others: its reference, the case that it was asked for, when and what for."""
    purpose = label("request_purpose", question.purpose, session.language)
    parts = (question.reference, printable(question.case), moment(question.created), purpose)
    session.heading(" · ".join(part for part in parts if part))  # of a question whose key was erased, the case is not known


def _tell_doubts(session: Session, question: QuestionShown) -> None:
    """Before the hits: where there is none, a slip of the pen may be why."""
    for each in question.doubtful:
        session.tell("cli.ask.doubtful", lines=each.lines, doubt=session.say(f"doubt.{each.doubt}"))


def _tell_held(session: Session, question: QuestionShown) -> None:
    """Before the hits, too: of these lines there can be none."""
    if question.held:
        session.tell("cli.ask.held", lines=question.held)
    if question.not_asked:
        session.tell("cli.ask.not_asked", lines=question.not_asked)


def _show_questions(session: Session, answer: Answer[list[QuestionShown]], case: str | None) -> None:
    """A block for each. Those of one case are chosen here: its reference stays out of the address of a request."""
    if session.general.json:
        chosen = [each for each in json.loads(answer.raw) if case is None or each["case"] == case]
        session.print_json(json.dumps(chosen, ensure_ascii=False))
        return
    shown = [each for each in answer.value if case is None or each.case == case]
    if not shown:
        session.tell("cli.ask.no_questions" if case is None else "cli.ask.no_questions_of_case")
    for each in shown:
        _name(session, each)
        state = session.say("cli.ask.done" if each.done else "cli.ask.under_way")
        session.tell("cli.ask.question", state=state, lines=each.lines, hits=each.hits, reference=each.reference)
