"""`celosia records`: what this node holds, its own and its peers'."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.given import authorities, identifier
from node.cli.render import contact, country, day, label, record_lines
from node.cli.session import OK, Session, UsageProblem, session_of
from node.inbound.national.models import RecordShown

_RECORD = TypeAdapter(RecordShown)
_RECORDS = TypeAdapter(list[RecordShown])
_KINDS = ("network", "route", "modus_operandi")
_WITHDRAWAL = "revocation"


def records(
    context: typer.Context,
    publishers: Annotated[str | None, typer.Option("--from", help="help.records.from", metavar="PE,BR")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="help.records.kind", metavar="KIND")] = None,
) -> int:
    """All records in force, or those of some authorities or one kind."""
    if context.invoked_subcommand is not None:
        return OK
    session = session_of(context)
    if kind is not None and kind not in _KINDS:
        choices = session.choices({code: label("record_kind", code, session.language) for code in _KINDS})
        raise UsageProblem("usage.unknown_code", option="--kind", choices=choices)
    named: Sequence[str | None] = [None] if publishers is None else authorities(publishers, "--from")
    with session.api() as api:
        answers = [api.get(["records"], _RECORDS, {"authority": authority, "kind": kind}) for authority in named]
    if not session.general.json:
        _show_all(session, [record for answer in answers for record in answer.value])
    elif len(answers) == 1:
        session.print_json(answers[0].raw)
    else:
        session.print_json(json.dumps([record for answer in answers for record in json.loads(answer.raw)], ensure_ascii=False))
    return OK


def show(context: typer.Context, record: Annotated[str, typer.Argument(help="help.records.id", metavar="ID")]) -> int:
    """One record with its contact point, and how far it has come if it is ours."""
    session, number = session_of(context), identifier(record, "celosia records")
    with session.api() as api:
        session.show(api.get(["records", number], _RECORD), lambda shown: _show_one(session, shown))
    return OK


def _show_all(session: Session, shown: Sequence[RecordShown]) -> None:
    table = session.table("cli.id", "cli.peer", "cli.records.kind", "cli.records.received")
    for each in shown:
        kind = label("record_kind", str(each.record["kind"]), session.language)
        table.add_row(str(each.record["id"]), country(each.authority, session.language), kind, day(each.received))
    session.out.print(table)
    session.tell("cli.records.count", count=len(shown))


def _show_one(session: Session, shown: RecordShown) -> None:
    withdrawn = shown.record["kind"] == _WITHDRAWAL
    kind = label("record_kind", str(shown.record["kind"]), session.language)
    session.out.print(f"{kind} · {country(shown.authority, session.language)} · {shown.record['id']}")
    if withdrawn:
        session.out.print(session.say("cli.withdrawn", date=day(shown.received)), style="bold red")
    for name, value in record_lines(session, shown.record):
        session.pair(name, value)
    session.pair(session.say("cli.contact.title"), contact(session, shown.contact))
    session.pair(session.say("cli.records.digest"), shown.digest)
    if shown.deliveries:
        table = session.table("cli.peer", "cli.records.delivery")
        for peer, state in sorted(shown.deliveries.items()):
            table.add_row(country(peer, session.language), session.say(f"cli.delivery.{state}"))
        session.out.print(table)
