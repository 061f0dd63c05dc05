"""`celosia epoch` and `celosia list`: how the keys of this node's lists stand, the next ones, and lists for named sets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from node.cli.faults import faults
from node.cli.given import authorities, identifier
from node.cli.local import HERE, Folder, open_node
from node.cli.render import moment, own_list
from node.cli.session import OK, Session, session_of
from node.flows.show_epochs import EpochFinding, EpochShown, epoch_findings, show_epochs
from node.flows.turn_epochs import Started
from node.inbound.national.models import rfc3339

_TIMES = ("not_before", "not_after", "ends")


def show(context: typer.Context, node: Folder = HERE) -> int:
    """Every list's epochs, and what to do so that no list ends."""
    if context.invoked_subcommand is not None:
        return OK
    session = session_of(context)
    with faults(), open_node(node, session) as served:
        directory = served.federation.directory if served.adopt.load() else None
        with served.database.read() as work:
            shown = show_epochs(work, served.keys, served.settings.authority, directory)
            found = epoch_findings(work, served.keys, served.settings.authority, directory)
    if session.general.json:
        session.print_json(json.dumps({"epochs": [_plain(each) for each in shown], "findings": [_plain(each) for each in found]}))
        return OK
    _table(session, shown)
    _findings(session, found)
    return OK


def start(
    context: typer.Context,
    list_id: Annotated[str | None, typer.Option("--list", help="help.epoch.list", metavar="LIST")] = None,
    at_once: Annotated[bool, typer.Option("--now", help="help.epoch.now")] = False,
    alone: Annotated[bool, typer.Option("--without-overlap", help="help.epoch.alone")] = False,
    node: Folder = HERE,
) -> int:
    """Make the key of the next epoch, of one list or of all."""
    session = session_of(context)
    chosen = None if list_id is None else identifier(list_id, "celosia epoch")
    with faults(), open_node(node, session) as served:
        _tell(session, served.epochs.start(chosen, at_once=at_once or alone, overlap=not alone))
    return OK


def list_add(
    context: typer.Context,
    members: Annotated[str, typer.Argument(help="help.list.members", metavar="CO,BR")],
    node: Folder = HERE,
) -> int:
    """Open a list of its own for a named set of authorities."""
    session = session_of(context)
    named = authorities(members, "CO,BR")
    with faults(), open_node(node, session) as served:
        _tell(session, served.epochs.open_lists(named))
    return OK


def _plain(shown: EpochShown | EpochFinding | Started) -> Mapping[str, object]:
    """As a program reads it: times as everywhere in the program's JSON."""
    facts = asdict(shown)
    return facts | {name: rfc3339(facts[name]) for name in _TIMES if facts.get(name) is not None}


def _tell(session: Session, started: Sequence[Started]) -> None:
    if session.general.json:
        session.print_json(json.dumps([_plain(each) for each in started]))
        return
    for each in started:
        session.tell(
            "cli.epoch.started",
            list=each.list_id,
            epoch=each.epoch,
            begins=moment(each.not_before),
            ends=moment(each.not_after),
        )
    session.tell("cli.entry.next")


def _table(session: Session, shown: Sequence[EpochShown]) -> None:
    for list_id, name, entropy in dict.fromkeys((each.list_id, each.audience, each.entropy) for each in shown):
        session.heading(f"{list_id} · {own_list(session, name, entropy)}")
        table = session.table(
            "cli.epoch.epoch", "cli.state", "cli.epoch.begins", "cli.epoch.ends", "cli.epoch.directory", "cli.epoch.entries"
        )
        for each in (each for each in shown if each.list_id == list_id):
            table.add_row(
                str(each.epoch),
                session.say(f"cli.epoch.state.{each.state}"),
                moment(each.not_before),
                moment(each.not_after),
                session.say("cli.epoch.listed" if each.in_directory else "cli.epoch.unlisted"),
                str(each.entries),
            )
        session.out.print(table)


def _findings(session: Session, found: Sequence[EpochFinding]) -> None:
    if not found:
        session.tell("cli.epoch.well")
    for code in dict.fromkeys(each.code for each in found):  # one entry, signed once, is for all of them
        for each in (each for each in found if each.code == code):
            ends = session.say("cli.epoch.not_served") if each.ends is None else moment(each.ends)
            facts: dict[str, str | int] = {"list": each.list_id, "epoch": each.epoch or 0, "ends": ends}
            session.out.print(session.say(f"epoch.{code}.title", **facts), style="bold red" if each.urgent else None)
        session.tell(f"epoch.{code}.next")
