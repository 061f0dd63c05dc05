"""`celosia ask` and `celosia hits`: a case file to the peers, each answer as it arrives, and what was found."""

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
from node.cli.client import Answer, Api
from node.cli.given import authorities, code, content, identifier, request, text
from node.cli.hits import show_hits
from node.cli.render import clock, country, label, moment, reason
from node.cli.session import OK, Session, session_of
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
            session.show(asked, lambda shown: session.tell("cli.ask.taken", id=shown.id))
            return OK
        _finish(session, api, asked.value.id)
    return OK


def hits(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(help="help.hits.question", metavar="QUESTION")] = None,
) -> int:
    """The officer's questions, or where one stands and what it found."""
    session, number = session_of(context), None if question is None else identifier(question)
    with session.api() as api:
        if number is None:
            session.show(api.get(["questions"], _QUESTIONS), lambda shown: _show_questions(session, shown))
            return OK
        found = api.get(["questions", number, "hits"], _HITS)
        if session.general.json:
            session.print_json(found.raw)
            return OK
        session.out.print(_progress(session, api.get(["questions", number], _QUESTION).value.peers))
        show_hits(session, api, found.value)
    return OK


def _text_of(session: Session, case_file: Path) -> str:
    """The text of a case file; of one that is not in UTF-8, what was assumed is told. Raises `UsageProblem`."""
    lines = list(read_pasted([content(case_file)]))
    encodings = Counter(line.encoding for line in lines)
    # UTF-8 goes as it is; of another encoding, nothing may be lost on the way
    if not encodings.keys() - {Encoding.UTF_8} or any(line.unfit or line.too_long for line in lines):
        return text(case_file)
    counted = ", ".join(f"{encoding} ({count})" for encoding, count in encodings.most_common())
    session.note("cli.ask.read_as", encodings=counted)
    return "\n".join(line.text for line in lines)


def _finish(session: Session, api: Api, question_id: str) -> None:
    try:
        answer = _watch(session, api, question_id)
    except KeyboardInterrupt:
        session.note("cli.ask.interrupted", id=question_id)
        raise
    if session.general.json:
        session.print_json(answer.raw)
        return
    show_hits(session, api, api.get(["questions", question_id, "hits"], _HITS).value)
    if not answer.value.done:
        session.tell("cli.ask.goes_on", until=moment(answer.value.expires))
    session.tell("cli.ask.again", id=question_id)


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


def _show_questions(session: Session, shown: Sequence[QuestionShown]) -> None:
    """A block for each: its number, which the next command takes, does not fit into a table of eighty columns with the rest."""
    if not shown:
        session.tell("cli.ask.no_questions")
    for each in shown:
        session.heading(f"{moment(each.created)} · {label('request_purpose', each.purpose, session.language)}")
        state = session.say("cli.ask.done" if each.done else "cli.ask.under_way")
        session.tell("cli.ask.question", state=state, lines=each.lines, hits=each.hits, id=each.id)
