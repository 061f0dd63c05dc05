"""`celosia ledger`: what each side learnt of an exchange, and what it could infer."""

from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.given import exchange_named
from node.cli.render import country, moment
from node.cli.session import OK, Session, session_of
from node.inbound.national.oversight_models import ExchangeTold

_LEDGER = TypeAdapter(list[ExchangeTold])


def ledger(context: typer.Context, name: Annotated[str, typer.Argument(help="help.ledger.name", metavar="NUMBER")]) -> int:
    """One exchange, or all exchanges of a question."""
    session, named = session_of(context), exchange_named(name)
    with session.api() as api:
        session.show(api.get(["exchanges", named, "ledger"], _LEDGER), lambda told: _show(session, told))
    return OK


def _show(session: Session, told: list[ExchangeTold]) -> None:
    for each in told:
        peer, what = country(each.peer, session.language), session.say(f"cli.ledger.type.{each.type}")
        session.heading(session.say(f"cli.ledger.{each.direction}", peer=peer, what=what))
        if each.answered is None:
            session.tell("cli.ledger.unanswered", x=each.x, began=moment(each.began))
        else:
            session.tell("cli.ledger.times", x=each.x, began=moment(each.began), answered=moment(each.answered))
        for part in ("we_learnt", "they_learnt", "we_may_infer", "they_may_infer"):
            statements = getattr(each, part)
            if statements:
                session.heading(session.say(f"cli.ledger.{part}"))
            for statement in statements:
                session.out.print(f"- {statement.text}", markup=False, highlight=False)
