"""`celosia publish …`: what would leave, byte for byte and why it may; proposed by one officer, decided by another."""

from collections.abc import Mapping
from typing import Annotated, get_args

import typer
from pydantic import TypeAdapter

from node.cli.given import authorities, identifier, request
from node.cli.render import audience, field, label, printable
from node.cli.session import OK, Session, UsageProblem, session_of
from node.inbound.national.models import NetworkShown, ProposeRequest, PublicationShown, PublicationState

_NETWORKS = TypeAdapter(list[NetworkShown])
_PUBLICATION = TypeAdapter(PublicationShown)
_PUBLICATIONS = TypeAdapter(list[PublicationShown])

_STATES: tuple[str, ...] = get_args(PublicationState)

Identifier = Annotated[str, typer.Argument(help="help.publish.id", metavar="ID")]
Bytes = Annotated[bool, typer.Option("--bytes", help="help.publish.bytes")]


def networks(context: typer.Context) -> int:
    """The networks of the case data and where their publications stand."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["networks"], _NETWORKS), lambda shown: _show_networks(session, shown))
    return OK


def propose(
    context: typer.Context,
    network: Annotated[str, typer.Argument(help="help.publish.network", metavar="NETWORK")],
    to: Annotated[str | None, typer.Option("--to", help="help.publish.to", metavar="PE,BR")] = None,
    exact: Bytes = False,
) -> int:
    """Draft a publication, show what would leave, and say who has to approve."""
    session = session_of(context)
    body = request(
        ProposeRequest,
        {"network": session.say("cli.publish.network"), "audience": "--to"},
        network=network,
        audience=None if to is None else authorities(to, "--to"),
    )
    with session.api() as api:
        session.show(api.post(["publications"], _PUBLICATION, body), lambda shown: show_one(session, shown, exact=exact))
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
    session, number = session_of(context), identifier(publication)
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
    session, number = session_of(context), identifier(publication)
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
    """A publication: its records field by field with the ground of each, or as bytes; then the counts, and what comes next."""
    session.tell(
        "cli.publish.heading",
        network=printable(shown.network),
        audience=audience(session, shown.audience),
        state=session.say(f"cli.publication.{shown.state}"),
    )
    for record in shown.records:
        kind = label("record_kind", record.kind, session.language)
        session.heading(session.say("cli.publish.record", kind=kind, id=record.id, version=record.version))
        if exact:
            session.print_json(record.bytes)
            continue
        table = session.table("cli.publish.field", "cli.publish.value", "cli.publish.ground")
        for each in record.fields:
            if each.value not in (None, [], ""):
                value = field(session, each.name, each.value)
                table.add_row(session.say(f"field.{each.name}"), value, session.say(f"ground.{each.ground}"))
        session.out.print(table)
    _show_counts(session, shown)
    if shown.state == "proposed":
        session.tell("cli.publish.second", id=shown.id)


def _show_counts(session: Session, shown: PublicationShown) -> None:
    kinds = {label("identifier_kind", kind, session.language): count for kind, count in shown.listed.items()}
    reasons = {session.say(f"withheld.{reason}"): count for reason, count in shown.withheld.items()}
    for heading, counts in (("cli.publish.listed", kinds), ("cli.publish.withheld", reasons)):
        _show_count(session, heading, counts)
    if shown.waiting:
        session.tell("cli.publish.waiting", count=shown.waiting)


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


def _show_all(session: Session, shown: list[PublicationShown]) -> None:
    table = session.table("cli.id", "cli.publish.network", "cli.publish.audience", "cli.state")
    for each in shown:
        table.add_row(
            each.id, printable(each.network), audience(session, each.audience), session.say(f"cli.publication.{each.state}")
        )
    session.out.print(table)
