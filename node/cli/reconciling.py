"""`celosia audit reconcile`: our log beside a peer's, what does not agree, and what to do about it."""

from collections.abc import Iterable
from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.given import authority as authority_of
from node.cli.render import country, moment, printable, reason
from node.cli.session import OK, REFUSED, Session, session_of
from node.inbound.national.audit_models import BreachShown, DifferenceShown, EnteredShown, ReconciliationShown

_RECONCILED = TypeAdapter(ReconciliationShown)


def reconcile(
    context: typer.Context, authority: Annotated[str, typer.Argument(help="help.audit.authority", metavar="PE")]
) -> int:
    """Compare our log with a peer's: one line says whether they agree, and then comes what does not."""
    session, peer = session_of(context), authority_of(authority)
    with session.api() as api:
        answer = api.post(["audit", "reconciliations", peer], _RECONCILED)
    session.show(answer, lambda told: _show(session, told))
    return OK if answer.value.agrees else REFUSED


def _show(session: Session, told: ReconciliationShown) -> None:
    peer = country(told.peer, session.language)
    if told.error is not None:
        session.tell("cli.reconcile.failed", reason=reason(session, told.error))
    if told.compared is None:
        session.tell("cli.reconcile.never" if told.log is None else "cli.reconcile.unfinished", peer=peer, agreed=told.agreed)
    elif told.error is None and told.compared != told.tried:
        session.tell("cli.reconcile.unfinished", peer=peer, agreed=told.agreed)
    else:
        stands = "differs" if told.differences_in_all or told.breaches or told.forked else "agrees"
        facts: dict[str, str | int] = {"agreed": told.agreed, "differences": told.differences_in_all}
        session.tell(f"cli.reconcile.{stands}", peer=peer, when=moment(told.compared), **facts)
    if told.forked:
        session.heading(session.say("reconcile.log.forked.what"))
        session.tell("cli.doctor.next", text=session.say("reconcile.log.forked.next"))
    if told.unwitnessed is not None:
        session.heading(session.say("reconcile.log.unwitnessed.what", since=moment(told.unwitnessed)))
        session.tell("cli.doctor.next", text=session.say("reconcile.log.unwitnessed.next"))
    if told.log is not None and told.newest is not None:
        newest = moment(told.newest)
        session.tell("cli.reconcile.read_to", log=printable(told.log), reached=told.reached, newest=newest)
    if told.under_way:
        session.tell("cli.reconcile.under_way", count=told.under_way)
    _show_differences(session, told.differences, told.differences_in_all)
    _show_breaches(session, told.breaches)
    if told.noted:
        session.heading(session.say("cli.reconcile.noted"))
        _show_differences(session, told.noted, told.noted_in_all)


def _show_differences(session: Session, differences: list[DifferenceShown], in_all: int) -> None:
    """By cause, each with what to do; the exchanges in the order in which they came up."""
    for cause in dict.fromkeys(each.cause for each in differences):
        session.heading(session.say(f"reconcile.cause.{cause}.what"))
        session.tell("cli.doctor.next", text=session.say(f"reconcile.cause.{cause}.next"))
        for each in differences:
            if each.cause == cause:
                session.tell("cli.reconcile.exchange", x=each.x, since=moment(each.since))
                _show_sides(session, (("ours", each.ours), ("theirs", each.theirs)))
    if in_all > len(differences):
        session.tell("cli.reconcile.more", count=in_all - len(differences))


def _show_sides(session: Session, sides: Iterable[tuple[str, EnteredShown | None]]) -> None:
    for side, entry in sides:
        if entry is not None:
            facts: dict[str, str | int] = {"at": moment(entry.at), "seq": entry.seq, "log": printable(entry.log)}
            session.tell(f"cli.reconcile.{side}", kind=session.say(f"log.kind.{entry.kind}"), **facts)


def _show_breaches(session: Session, breaches: list[BreachShown]) -> None:
    if breaches:
        session.heading(session.say("cli.reconcile.breaches"))
    for each in breaches:
        session.tell(
            "cli.reconcile.breach",
            what=session.say(f"reconcile.breach.{each.code}"),
            log=printable(each.log),
            seq=each.seq,
            exchange=each.exchange,
            count=each.count,
            first=moment(each.first),
            last=moment(each.last),
        )
    if breaches:
        session.tell("cli.doctor.next", text=session.say("cli.reconcile.breach_next"))
