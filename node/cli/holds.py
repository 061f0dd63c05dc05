"""`celosia holds`: what is held for review and why, whether a line is released or kept, and officers who were locked."""

from typing import Annotated, Literal

import typer
from pydantic import TypeAdapter

from node.cli.given import identifier, request
from node.cli.render import label, moment, printable
from node.cli.session import OK, Session, session_of
from node.inbound.national.oversight_models import HoldDecisionRequest, HoldShown, UnlockRequest, UnlockShown

_HOLD = TypeAdapter(HoldShown)
_HOLDS = TypeAdapter(list[HoldShown])
_UNLOCKED = TypeAdapter(UnlockShown)

Id = Annotated[str, typer.Argument(help="help.holds.id", metavar="ID")]
Note = Annotated[bool, typer.Option("--note", help="help.holds.note")]


def list_(context: typer.Context, decided: Annotated[bool, typer.Option("--all", help="help.holds.all")] = False) -> int:
    """What nobody has decided on yet; with `--all` what was decided, too."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["holds"], _HOLDS, {"decided": "true"} if decided else {}), lambda shown: _show_all(session, shown))
    return OK


def show(context: typer.Context, hold: Id) -> int:
    """One line that is held, with the cause."""
    session, number = session_of(context), identifier(hold, "celosia holds list")
    with session.api() as api:
        session.show(api.get(["holds", number], _HOLD), lambda shown: _show(session, shown))
    return OK


def release(context: typer.Context, hold: Id, note: Note = False) -> int:
    """Let a line be asked."""
    return _decide(context, hold, "release", note=note)


def keep(context: typer.Context, hold: Id, note: Note = False) -> int:
    """Keep a line held. Nobody else learns of it."""
    return _decide(context, hold, "keep", note=note)


def unlock(
    context: typer.Context, username: Annotated[str, typer.Argument(help="help.holds.username", metavar="USERNAME")]
) -> int:
    """Let an officer ask again."""
    session = session_of(context)
    body = request(UnlockRequest, {"username": "USERNAME"}, username=username)
    with session.api() as api:
        answer = api.post(["holds", "unlockings"], _UNLOCKED, body)
    session.show(answer, lambda shown: session.tell("cli.holds.unlocked", username=printable(shown.username)))
    return OK


def _decide(context: typer.Context, hold: str, decision: Literal["release", "keep"], *, note: bool) -> int:
    session, number = session_of(context), identifier(hold, "celosia holds list")
    text = session.ask_for("cli.holds.note_wanted") if note else ""
    body = request(HoldDecisionRequest, {"note": "--note"}, decision=decision, note=text)
    with session.api() as api:
        answer = api.post(["holds", number, "decisions"], _HOLD, body)
    session.show(answer, lambda shown: session.tell(f"cli.holds.now.{_outcome(shown)}"))
    return OK


def _outcome(shown: HoldShown) -> str:
    if shown.released is not None:
        return "released" if shown.network is None else "released_network"
    return "kept" if shown.decisions[-1].what == "keep" else "second_wanted"


def _show_all(session: Session, shown: list[HoldShown]) -> None:
    for hold in shown:
        _show(session, hold)
    if not shown:
        session.tell("cli.holds.none")


def _show(session: Session, hold: HoldShown) -> None:
    kind = label("identifier_kind", hold.kind, session.language)
    cause = session.say(f"hold.cause.{hold.cause}")
    session.heading(f"{hold.id} · {cause}")
    published = hold.network is not None
    places = [
        (
            "cli.holds.what_network" if published else "cli.holds.what",
            session.say("cli.pair", name=kind, value=printable(hold.written)),
        ),
        ("cli.holds.officer_network" if published else "cli.holds.officer", printable(hold.officer)),
    ]
    if hold.network is not None:
        places.append(("cli.publish.network", printable(hold.network)))
    else:
        purpose = label("request_purpose", hold.purpose or "", session.language)
        places.append(("cli.holds.case", f"{printable(hold.case)} \N{MIDDLE DOT} {purpose}"))
        line = session.say("cli.holds.line", question=hold.question or "", line=hold.line or 0)
        places.append(("cli.holds.question", line))
    for name, value in (*places, ("cli.since", moment(hold.created))):
        session.pair(session.say(name), value)
    for each in hold.decisions:
        told = session.say(f"cli.holds.decided.{each.what}", liaison=printable(each.liaison), when=moment(each.at))
        session.out.print(session.say("cli.pair", name=told, value=printable(each.note)) if each.note else told)
    if hold.released is None:
        session.tell(f"hold.next.{hold.cause}")
    else:
        session.tell("cli.holds.released_at", when=moment(hold.released))
