"""`celosia preview`, `celosia publish …`: what would leave, byte for byte and why; one officer proposes, another decides."""

import shlex
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, get_args

import typer
from pydantic import TypeAdapter

from node.cli.given import authorities, identifier, request
from node.cli.render import audience, day, field, label, printable
from node.cli.session import OK, Session, UsageProblem, session_of
from node.inbound.national.publication_models import (
    FieldShown,
    NetworkShown,
    PreviewShown,
    ProposeRequest,
    PublicationShown,
    PublicationState,
)

_NETWORKS = TypeAdapter(list[NetworkShown])
_PREVIEW = TypeAdapter(PreviewShown)
_PUBLICATION = TypeAdapter(PublicationShown)
_PUBLICATIONS = TypeAdapter(list[PublicationShown])

_STATES: tuple[str, ...] = get_args(PublicationState)

Identifier = Annotated[str, typer.Argument(help="help.publish.id", metavar="ID")]
_SOON_DAYS = 30
"""So long before its review date an officer is told that a publication will be taken back."""

Network = Annotated[str, typer.Argument(help="help.publish.network", metavar="NETWORK")]
To = Annotated[str | None, typer.Option("--to", "--audience", help="help.publish.to", metavar="PE,BR")]
Bytes = Annotated[bool, typer.Option("--bytes", help="help.publish.bytes")]


def networks(context: typer.Context) -> int:
    """The networks of the case data and where their publications stand."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["networks"], _NETWORKS), lambda shown: _show_networks(session, shown))
    return OK


def propose(context: typer.Context, network: Network, to: To = None, exact: Bytes = False) -> int:
    """Draft a publication, show what would leave, and say who has to approve."""
    session = session_of(context)
    with session.api() as api:
        answer = api.post(["publications"], _PUBLICATION, _request(session, network, to))
        session.show(answer, lambda shown: show_one(session, shown, exact=exact))
    return OK


def _request(session: Session, network: str, to: str | None) -> ProposeRequest:
    return request(
        ProposeRequest,
        {"network": session.say("cli.publish.network"), "audience": "--to"},
        network=network,
        audience=None if to is None else authorities(to, "--to"),
    )


def preview(context: typer.Context, network: Network, to: To = None, exact: Bytes = False) -> int:
    """Exactly what a network would send, before anybody proposes it."""
    session = session_of(context)
    with session.api() as api:
        answer = api.post(["previews"], _PREVIEW, _request(session, network, to))
        session.show(answer, lambda shown: _show_look(session, shown, network, to, exact=exact))
    return OK


def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state", help="help.publish.state", metavar="STATE")] = None,
) -> int:
    """All publications, or those in one state."""
    session = session_of(context)
    if state is not None and state not in _STATES:
        choices = session.choices({each: session.say(f"cli.publication.{each}") for each in _STATES})
        raise UsageProblem("usage.unknown_code", option="--state", choices=choices)
    with session.api() as api:
        answer = api.get(["publications"], _PUBLICATIONS, {"state": state})
        session.show(answer, lambda shown: _show_all(session, shown))
    return OK


def show(context: typer.Context, publication: Identifier, exact: Bytes = False) -> int:
    """One publication."""
    session, number = session_of(context), identifier(publication, "celosia publish list")
    with session.api() as api:
        answer = api.get(["publications", number], _PUBLICATION)
        session.show(answer, lambda shown: show_one(session, shown, exact=exact))
    return OK


def approve(context: typer.Context, publication: Identifier) -> int:
    """Publish, as the second officer."""
    return _decide(context, publication, "approval")


def refuse(context: typer.Context, publication: Identifier) -> int:
    """Do not publish, as the second officer."""
    return _decide(context, publication, "refusal")


def withdraw(context: typer.Context, publication: Identifier) -> int:
    """Take a publication back."""
    return _decide(context, publication, "withdrawal")


def _decide(context: typer.Context, publication: str, decision: str) -> int:
    session, number = session_of(context), identifier(publication, "celosia publish list")
    with session.api() as api:
        answer = api.post(["publications", number, decision], _PUBLICATION)
        session.show(
            answer,
            lambda shown: session.tell(
                f"cli.publish.after.{decision}",
                network=printable(shown.network),
                audience=audience(session, shown.audience),
                records=len(shown.records),
            ),
        )
    return OK


def show_one(session: Session, shown: PublicationShown, *, exact: bool) -> None:
    """A publication: who it is for and where it stands, what it sends, and what comes next."""
    session.tell(
        "cli.publish.heading",
        network=printable(shown.network),
        audience=audience(session, shown.audience),
        state=session.say(f"cli.publication.{shown.state}"),
    )
    _show_content(session, shown, exact=exact)
    if shown.waiting:
        session.tell("cli.publish.waiting", count=shown.waiting)
    if shown.state == "proposed":
        session.tell("cli.publish.second", id=shown.id)


def _show_look(session: Session, shown: PreviewShown, network: str, to: str | None, *, exact: bool) -> None:
    session.tell("cli.publish.look", network=printable(shown.network), audience=audience(session, shown.audience))
    _show_content(session, shown, exact=exact)
    words = ["celosia", "publish", "propose", network, *([] if to is None else ["--to", to])]
    session.tell("cli.publish.propose_next", command=printable(shlex.join(words)))


def _show_content(session: Session, shown: PreviewShown, *, exact: bool) -> None:
    """The records field by field with the ground of each, or as bytes; what less is said of; then the counts."""
    for record in shown.records:
        kind = label("record_kind", record.kind, session.language)
        session.heading(session.say("cli.publish.record", kind=kind, id=record.id, version=record.version))
        session.tell(f"cli.publish.changed.{record.changed}")
        if exact:
            session.print_json(record.bytes)
            continue
        table = session.table("cli.publish.field", "cli.publish.value", "cli.publish.ground")
        for each in record.fields:
            if each.value not in (None, [], "") or each.before:
                table.add_row(session.say(f"field.{each.name}"), _value(session, each), _ground(session, each))
        session.out.print(table)
    for each_gone in shown.gone:
        session.tell("cli.publish.gone", kind=label("record_kind", each_gone.kind, session.language), id=each_gone.id)
    _show_left_out(session, shown)
    _show_counts(session, shown)


def _value(session: Session, shown: FieldShown) -> str:
    value = session.say("cli.none") if shown.value in (None, [], "") else field(session, shown.name, shown.value)
    if not shown.before or shown.name in ("version", "supersedes"):
        return value
    return session.say("cli.publish.instead_of", value=value, before=field(session, shown.name, shown.before))


def _ground(session: Session, shown: FieldShown) -> str:
    numbers = ", ".join(map(str, shown.directives))
    return session.say("cli.publish.directives", ground=session.say(f"ground.{shown.ground}"), numbers=numbers)


def _show_left_out(session: Session, shown: PreviewShown) -> None:
    if not shown.left_out:
        return
    table = session.table("cli.publish.field", "cli.publish.less", "cli.publish.until")
    for each in shown.left_out:
        until = "" if each.until is None else day(each.until)
        table.add_row(session.say(f"field.{each.field}"), session.say(f"left_out.{each.reason}"), until)
    session.out.print(table)


def _show_counts(session: Session, shown: PreviewShown) -> None:
    kinds = {label("identifier_kind", kind, session.language): count for kind, count in shown.listed.items()}
    reasons = {session.say(f"withheld.{reason}"): count for reason, count in shown.withheld.items()}
    for heading, counts in (("cli.publish.listed", kinds), ("cli.publish.withheld", reasons)):
        _show_count(session, heading, counts)


def _show_count(session: Session, heading: str, counts: Mapping[str, int]) -> None:
    table = session.table(heading, "cli.count")
    for name, count in sorted(counts.items()):
        table.add_row(name, str(count))
    if not counts:
        table.add_row(session.say("cli.none"), "0")
    session.out.print(table)


def _show_networks(session: Session, shown: list[NetworkShown]) -> None:
    table = session.table("cli.publish.network", "cli.publish.audience", "cli.state")
    for network in shown:
        states = network.publications or {"": "none"}
        for name, state in states.items():
            audience_ = audience(session, name) if name else ""
            table.add_row(printable(network.reference), audience_, session.say(f"cli.publication.{state}"))
    session.out.print(table)


def _review(session: Session, shown: PublicationShown) -> str:
    """The review date; of what is in force and will be taken back soon, with what to do."""
    soon = datetime.now(UTC).date() + timedelta(days=_SOON_DAYS)
    if shown.state != "published" or date.fromisoformat(shown.review) > soon:
        return shown.review
    return session.say("cli.publish.review_soon", date=shown.review)


def _show_all(session: Session, shown: list[PublicationShown]) -> None:
    table = session.table("cli.id", "cli.publish.network", "cli.publish.audience", "cli.state", "cli.publish.review")
    for each in shown:
        state = session.say(f"cli.publication.{each.state}")
        review = _review(session, each)
        table.add_row(each.id, printable(each.network), audience(session, each.audience), state, review)
    session.out.print(table)
