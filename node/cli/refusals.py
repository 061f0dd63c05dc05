"""`celosia refusals`: what this node refused, counted by month, authority, purpose and cause."""

from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.render import country, label, reason
from node.cli.session import OK, Session, session_of
from node.inbound.national.oversight_models import RefusalsShown
from node.safeguards.refusals import ERASED

_REFUSALS = TypeAdapter(list[RefusalsShown])


def refusals(
    context: typer.Context,
    months: Annotated[int, typer.Option("--months", help="help.refusals.months", metavar="NUMBER", min=1, max=120)] = 12,
) -> int:
    """The last months, this one among them."""
    session = session_of(context)
    with session.api() as api:
        answer = api.get(["refusals"], _REFUSALS, {"months": str(months)})
    session.show(answer, lambda shown: _show(session, shown))
    return OK


def _show(session: Session, shown: list[RefusalsShown]) -> None:
    if not shown:
        session.tell("cli.refusals.none")
        return
    table = session.table(
        "cli.refusals.month", "cli.refusals.who", "cli.refusals.purpose", "cli.refusals.cause", "cli.refusals.count"
    )
    for each in shown:
        who = session.say("cli.refusals.own") if each.peer is None else country(each.peer, session.language)
        purpose = "" if each.purpose is None else label("request_purpose", each.purpose, session.language)
        cause = session.say("cli.refusals.erased") if each.cause == ERASED else reason(session, each.cause)
        table.add_row(each.month, who, purpose, cause, str(each.count))
    session.out.print(table)
