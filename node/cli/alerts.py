"""`celosia alerts`: what was noticed and has to be looked at, and that somebody has."""

from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.render import country, moment, printable
from node.cli.session import OK, Session, session_of
from node.inbound.national.oversight_models import AlertShown, AlertsShown

_ALERTS = TypeAdapter(AlertsShown)
_ALERT = TypeAdapter(AlertShown)


def list_(context: typer.Context, settled: Annotated[bool, typer.Option("--all", help="help.alerts.all")] = False) -> int:
    """What is open for one's roles; with `--all` what was settled, too."""
    session = session_of(context)
    with session.api() as api:
        query = {"settled": "true"} if settled else {}
        session.show(api.get(["alerts"], _ALERTS, query), lambda shown: _show(session, shown))
    return OK


def settle(
    context: typer.Context, alert: Annotated[int, typer.Argument(help="help.alerts.number", metavar="NUMBER", min=1)]
) -> int:
    """Somebody has looked at one."""
    session = session_of(context)
    with session.api() as api:
        answer = api.post(["alerts", str(alert), "settlement"], _ALERT)
    session.show(answer, lambda shown: session.tell("cli.alerts.settled_now", id=shown.id, what=_what(session, shown)))
    return OK


def _show(session: Session, shown: AlertsShown) -> None:
    for alert in shown.alerts:
        session.heading(session.say("cli.pair", name=str(alert.id), value=_what(session, alert)))
        session.tell("cli.alerts.times", count=alert.count, first=moment(alert.first), last=moment(alert.last))
        if alert.settled is None:
            session.tell(f"alert.{alert.kind}.next")
        else:
            session.tell("cli.alerts.settled", when=moment(alert.settled), who=printable(alert.settled_by or ""))
    here = sum(alert.settled is None for alert in shown.alerts)
    if not here:
        session.tell("cli.alerts.none")
    if shown.open > here:
        session.tell("cli.alerts.of_others", count=shown.open - here)


def _what(session: Session, alert: AlertShown) -> str:
    """What was noticed, and about whom."""
    what = session.say(f"alert.{alert.kind}.what")
    about = country(alert.peer, session.language) if alert.peer is not None else printable(alert.officer or "")
    return session.say("cli.alerts.about", what=what, about=about) if about else what
