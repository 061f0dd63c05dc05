"""`celosia protected`: the register of protected people, for its liaison.

What is personal is asked for or piped in: arguments of a command can be seen by everybody on the machine.
"""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from node.case_files.pasted import Encoding, read_pasted
from node.case_files.sheet_text import SIGNATURES
from node.cli.client import Answer, Api, Refused
from node.cli.given import content, identifier, request
from node.cli.render import import_reason, label, moment, printable
from node.cli.session import OK, REFUSED, Session, UsageProblem, session_of
from node.inbound.national.register import (
    BorneIdentifier,
    Entered,
    EntryRequest,
    FeedProblemShown,
    FeedShown,
    RegisterShown,
    RemovalRequest,
    RemovalShown,
    TakenFeedShown,
)
from node.language import catalogue
from protocol.identifiers import Kind

_ENTERED, _FEED, _TAKEN = TypeAdapter(Entered), TypeAdapter(FeedShown), TypeAdapter(TakenFeedShown)
_REGISTER, _REMOVAL = TypeAdapter(RegisterShown), TypeAdapter(RemovalShown)
_POLL_SECONDS = 0.2
_ROWS_NAMED = 50
"""Of more rows the rest is counted; `--json` has them all."""
_BESIDE = ("country", "platform", "bank")


def add(context: typer.Context) -> int:
    """Ask for one person, or read one from what is piped in, and enter it."""
    session = session_of(context)
    texts = {
        name: session.ask_openly(f"cli.protected.ask.{name}") for name in ("reference", "given_names", "surnames", "birth_date")
    }
    identifiers: list[BorneIdentifier] = []
    beside: dict[str, str] = {}
    while line := session.ask_openly("cli.protected.ask.identifier"):
        name, equals, value = (part.strip() for part in line.partition("="))
        if equals and name in _BESIDE:
            beside[name] = value
        elif equals and value and name in list(Kind):
            identifiers.append(request(BorneIdentifier, {"value": name}, kind=Kind(name), value=value))
        else:
            raise UsageProblem("usage.kind_and_value", kinds=", ".join(Kind))
    given_as = {name: session.say(f"cli.protected.field.{name}") for name in (*texts, "identifiers")} | {
        each: each for each in _BESIDE
    }
    body = request(EntryRequest, given_as, **texts, identifiers=identifiers, **beside)
    with session.api() as api:
        answer = api.post(["protected", "entries"], _ENTERED, body)
    session.show(answer, lambda entered: session.tell("cli.protected.added", count=entered.fresh))
    return OK


def remove(context: typer.Context) -> int:
    """Propose to take an entry out, or confirm what another liaison proposed."""
    session = session_of(context)
    reference = session.ask_openly("cli.protected.ask.removal")
    body = request(RemovalRequest, {"reference": session.say("cli.protected.field.reference")}, reference=reference)
    with session.api() as api:
        answer = api.post(["protected", "removals"], _REMOVAL, body)
    session.show(answer, lambda shown: session.tell(f"cli.protected.{shown.state}"))
    return OK


def status(context: typer.Context) -> int:
    """Counts, and what has to be done."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["protected"], _REGISTER), lambda shown: _show(session, shown))
    return OK


def import_(context: typer.Context, file: Annotated[Path, typer.Argument(help="help.protected.file", metavar="FILE")]) -> int:
    """Send the file, wait, and say what came of it. 1 if it stopped on the way."""
    session = session_of(context)
    raw = content(file)
    _tell_encodings(session, raw, file.name)
    with session.api() as api:
        answer = _wait(session, api, _sent(api, raw, file.name))
    session.show(answer, lambda shown: _show_feed(session, shown))
    return REFUSED if answer.value.state == "stopped" else OK


def give_up(context: typer.Context, run: Annotated[str, typer.Argument(help="help.protected.run", metavar="ID")]) -> int:
    """Wait no longer for the rest of a file that stopped."""
    session, number = session_of(context), identifier(run, "celosia protected status")
    with session.api() as api:
        answer = api.delete(["protected", "imports", number], _FEED)
    session.show(answer, lambda shown: _show_feed(session, shown))
    return OK


def feed(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="help.protected.feed_file", metavar="FILE.json")]
) -> int:
    """Hand in a signed feed of the national system."""
    session = session_of(context)
    with session.api() as api:
        answer = api.upload(["protected", "feeds"], _TAKEN, [("signed", ("feed", content(file)))])
    session.show(answer, lambda taken: _show_taken(session, taken))
    return OK


def _show_taken(session: Session, taken: TakenFeedShown) -> None:
    session.tell("cli.protected.fed", sequence=taken.sequence, taken=taken.taken)
    _show_problems(session, taken.problems)


def _tell_encodings(session: Session, raw: bytes, name: str) -> None:
    """What the node assumes of a file that is not in UTF-8. Raises `CaseFileError` for what is no table at all."""
    if raw.startswith(SIGNATURES):
        return
    encodings = Counter(line.encoding for line in read_pasted([raw], file=name))
    if encodings.keys() - {Encoding.UTF_8}:
        read_as = ", ".join(f"{encoding} ({count})" for encoding, count in encodings.most_common())
        session.note("cli.bench.read_as", encodings=read_as)


def _sent(api: Api, raw: bytes, name: str) -> Answer[FeedShown]:
    """The file is sent without its name, for offices name files after people; a refusal gets it back here."""
    try:
        return api.upload(["protected", "imports"], _FEED, [("file", ("register", raw))])
    except Refused as refused:
        facts = {key: name if key == "file" else fact for key, fact in refused.problem.facts.items()}
        raise Refused(refused.problem.model_copy(update={"facts": facts}), refused.document) from None


def _wait(session: Session, api: Api, answer: Answer[FeedShown]) -> Answer[FeedShown]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=session.err, disable=not session.err.is_terminal, transient=True) as progress:
        task = progress.add_task(session.say("cli.import.reading"), total=answer.value.rows_total)
        try:
            while answer.value.state == "running":
                time.sleep(_POLL_SECONDS)
                answer = api.get(["protected", "imports", answer.value.id], _FEED)
                progress.update(task, completed=answer.value.rows_read)
        except KeyboardInterrupt:
            session.note("cli.protected.interrupted")
            raise
    return answer


def _show_feed(session: Session, shown: FeedShown) -> None:
    session.tell(f"cli.protected.feed.{shown.state}", read=shown.rows_read, total=shown.rows_total, taken=shown.rows_taken)
    if shown.state == "stopped" and shown.reason:
        session.tell("cli.pair", name=session.say("cli.protected.why"), value=_why(session, shown.reason))
    _show_problems(session, shown.problems)
    if shown.problems:
        session.tell("cli.protected.feed.again")


def _why(session: Session, reason: str) -> str:
    """Why a file stopped, and what to do."""
    texts = catalogue(session.language)
    return texts.get(f"register.fault.{reason}") or texts.get(f"cli.protected.stopped_by.{reason}") or printable(reason)


def _show_problems(session: Session, problems: Sequence[FeedProblemShown]) -> None:
    if not problems:
        return
    session.tell("cli.import.problems", count=len(problems))
    table = session.table("cli.import.line", "cli.import.column", "cli.import.reason")
    for problem in problems[:_ROWS_NAMED]:
        table.add_row(str(problem.line), problem.column, import_reason(session, problem.reason))
    session.out.print(table)
    if len(problems) > _ROWS_NAMED:
        session.tell("cli.import.more_rows", count=len(problems) - _ROWS_NAMED)


def _show(session: Session, shown: RegisterShown) -> None:
    table = session.table("cli.protected.what", "cli.count")
    for source, count in sorted(shown.entries.items()):
        table.add_row(session.say(f"cli.protected.source.{source}"), str(count))
    table.add_row(session.say("cli.protected.identifiers"), str(shown.identifiers))
    table.add_row(session.say("cli.protected.names"), str(shown.names))
    session.out.print(table)
    if shown.behind:
        kinds = ", ".join(label("identifier_kind", kind, session.language) for kind in shown.behind)
        session.tell("cli.protected.behind", kinds=kinds)
    if shown.removals:
        session.tell("cli.protected.removals", count=shown.removals)
    if shown.unfinished:
        session.tell("cli.protected.unfinished", count=len(shown.unfinished))
        for each in shown.unfinished:
            session.heading(each.id)
            session.pair(session.say("cli.since"), moment(each.created))
            session.pair(session.say("cli.protected.officer"), printable(each.officer))
            session.pair(session.say("cli.protected.rows"), f"{each.rows_read}/{each.rows_total}")
            session.pair(session.say("cli.protected.why"), _why(session, each.reason))
    if shown.feed:
        session.tell("cli.protected.last_feed", sequence=shown.feed, next=shown.feed + 1)
