"""`celosia audit erase | decide | erasures | hold | lift | holds`: what exchanges were about, erased or kept by law."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import typer
from pydantic import TypeAdapter

from node.cli.given import exchange_named, identifier, request
from node.cli.render import country, moment, printable
from node.cli.session import OK, Session, UsageProblem, session_of
from node.inbound.national.erasure_models import (
    ErasureDecision,
    ErasureProposal,
    ErasureShown,
    LegalHoldRequest,
    LegalHoldShown,
)

_ERASURES = TypeAdapter(list[ErasureShown])
_HOLD = TypeAdapter(LegalHoldShown)
_HOLDS = TypeAdapter(list[LegalHoldShown])

Subject = Annotated[str, typer.Argument(help="help.audit.subject", metavar="NUMBER")]


def propose_erasure(context: typer.Context, subject: Subject) -> int:
    """Propose to erase an exchange, or a question with its exchanges."""
    session, named = session_of(context), exchange_named(subject)
    with session.api() as api:
        answer = api.post(["audit", "erasures"], _ERASURES, request(ErasureProposal, {"subject": "NUMBER"}, subject=named))
    session.show(answer, lambda shown: session.tell("cli.audit.erasure.proposed", count=len(shown), subject=shown[0].subject))
    return OK


def decide_erasure(
    context: typer.Context,
    subject: Subject,
    decision: Annotated[str, typer.Argument(help="help.audit.decision", metavar="CODE")],
) -> int:
    """Erase for good what somebody else has proposed, or what the peer asks for; or keep it."""
    session, named = session_of(context), exchange_named(subject)
    if decision not in ("erase", "keep"):
        raise UsageProblem("usage.bad_value", name="CODE")
    body = request(ErasureDecision, {}, decision=decision)
    with session.api() as api:
        answer = api.post(["audit", "erasures", named, "decisions"], _ERASURES, body)
    session.show(answer, lambda shown: session.tell(f"cli.audit.erasure.now.{decision}", count=len(shown)))
    return OK


def list_erasures(context: typer.Context) -> int:
    """What is to be erased and what was, the newest first."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["audit", "erasures"], _ERASURES), lambda shown: _show(session, shown))
    return OK


def place_hold(
    context: typer.Context,
    subject: Annotated[str | None, typer.Argument(help="help.audit.subject", metavar="NUMBER")] = None,
    everything: Annotated[bool, typer.Option("--all", help="help.audit.everything")] = False,
) -> int:
    """Suspend erasure; the reference of the order is asked for at the terminal."""
    session = session_of(context)
    if everything is (subject is not None):
        raise UsageProblem("usage.bad_value", name="NUMBER")
    named = None if subject is None else exchange_named(subject)
    reference = session.ask_for("cli.audit.hold.reference_wanted")
    body = request(LegalHoldRequest, {"subject": "NUMBER", "reference": "REFERENCE"}, subject=named, reference=reference)
    with session.api() as api:
        answer = api.post(["audit", "legal-holds"], _HOLD, body)
    session.show(answer, lambda shown: session.tell("cli.audit.hold.placed", id=shown.id))
    return OK


def lift_hold(context: typer.Context, number: Annotated[str, typer.Argument(help="help.audit.hold_id", metavar="ID")]) -> int:
    """Lift a legal hold that somebody else has placed."""
    session, named = session_of(context), identifier(number, "celosia audit holds")
    with session.api() as api:
        answer = api.post(["audit", "legal-holds", named, "lifting"], _HOLD)
    session.show(answer, lambda _: session.tell("cli.audit.hold.lifted"))
    return OK


def list_holds(context: typer.Context) -> int:
    """All legal holds, those in force first."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["audit", "legal-holds"], _HOLDS), lambda shown: _show_holds(session, shown))
    return OK


COMMANDS: Mapping[str, Callable[..., int]] = {
    "erase": propose_erasure,
    "decide": decide_erasure,
    "erasures": list_erasures,
    "hold": place_hold,
    "lift": lift_hold,
    "holds": list_holds,
}


def _show(session: Session, shown: list[ErasureShown]) -> None:
    if not shown:
        session.tell("cli.audit.erasure.none")
        return
    table = session.table(*(f"cli.audit.erasure.{column}" for column in ("subject", "since", "with", "here", "there")))
    for each in shown:
        peer = session.say("cli.audit.erasure.question") if each.peer is None else country(each.peer, session.language)
        here, there = session.say(f"cli.audit.erasure.state.{_here(each)}"), _there(session, each)
        overdue = session.say("cli.audit.erasure.overdue", state=here if each.decision is None else there)
        told = (here, there) if not each.overdue else (overdue, there) if each.decision is None else (here, overdue)
        table.add_row(each.subject, moment(each.since), peer, *told)
    session.out.print(table)


def _here(each: ErasureShown) -> Literal["erased", "kept", "asked", "proposed"]:
    if each.erased is not None:
        return "erased"
    if each.decision == "keep":
        return "kept"
    return "asked" if each.proposed_by is None else "proposed"


def _there(session: Session, each: ErasureShown) -> str:
    if each.outcome is None or each.outcome_at is None:
        return ""
    return session.say(f"cli.audit.erasure.outcome.{each.outcome}", when=moment(each.outcome_at))


def _show_holds(session: Session, shown: list[LegalHoldShown]) -> None:
    if not shown:
        session.tell("cli.audit.hold.none")
    for each in shown:
        what = session.say("cli.audit.hold.everything") if each.subject is None else each.subject
        session.heading(f"{each.id} \N{MIDDLE DOT} {what}")
        session.pair(session.say("cli.audit.hold.reference"), printable(each.reference))
        placed = session.say("cli.audit.hold.by", officer=printable(each.placed_by), when=moment(each.placed))
        session.pair(session.say("cli.audit.hold.in_force"), placed)
        if each.lifted is not None:
            lifted = session.say("cli.audit.hold.by", officer=printable(each.lifted_by or ""), when=moment(each.lifted))
            session.pair(session.say("cli.audit.hold.over"), lifted)
