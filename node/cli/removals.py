"""`celosia protected removals`: what left the lists since somebody was registered, and which peers have taken it."""

from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.render import country, moment, own_list
from node.cli.session import OK, Session, session_of
from node.inbound.national.removal_models import PeersShareShown, TakenBackShown

_REMOVALS = TypeAdapter(list[TakenBackShown])


def removals(context: typer.Context, closed: Annotated[bool, typer.Option("--all", help="help.protected.all")] = False) -> int:
    """What not every peer has taken yet; with `--all` the others, too."""
    session = session_of(context)
    with session.api() as api:
        query = {"closed": "true"} if closed else {}
        session.show(api.get(["protected", "departures"], _REMOVALS, query), lambda shown: _show(session, shown))
    return OK


def _show(session: Session, shown: list[TakenBackShown]) -> None:
    if not shown:
        session.tell("cli.removals.none")
    for each in shown:
        which = session.say("cli.removals.several") if each.registration is None else each.registration
        session.heading(session.say("cli.pair", name=str(each.number), value=which))
        session.tell("cli.removals.registered", when=moment(each.registered), source=session.say(f"cli.removals.{each.source}"))
        session.tell("cli.removals.list", entries=each.entries, list=own_list(session, each.audience, each.entropy))
        if each.left is None:
            session.tell("cli.removals.waits")
            continue
        session.tell("cli.removals.left", when=moment(each.left), position=each.position or 0, ends=moment(each.ends))
        table = session.table("cli.peer", "cli.state", "cli.removals.heard")
        for peer in each.peers:
            heard = "" if peer.heard is None else moment(peer.heard)
            table.add_row(country(peer.peer, session.language), session.say(f"cli.removals.state.{_state(peer)}"), heard)
        session.out.print(table)


def _state(peer: PeersShareShown) -> str:
    return "taken" if peer.taken else "overdue" if peer.overdue else "open"
