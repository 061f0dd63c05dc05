"""`celosia entry`: what this node would have the directory say of it, and how that differs from what the directory says."""

import json
from pathlib import Path
from typing import Annotated

import typer

from node.cli import description
from node.cli.faults import FileFault, faults, unusable_file
from node.cli.given import key_named
from node.cli.local import HERE, Folder, open_node
from node.cli.results import report, write_new
from node.cli.session import OK, UsageProblem, session_of
from node.directory.client import seen_role
from node.entry import ENTRY_FILE, compose, entry_before
from protocol.errors import ProtocolError


def entry(
    context: typer.Context,
    write: Annotated[Path | None, typer.Option("--write", help="help.entry.write", metavar="FILE.json")] = None,
    without: Annotated[list[str] | None, typer.Option("--without", help="help.entry.without", metavar="ID")] = None,
    keep_records: Annotated[bool, typer.Option("--keep-records", help="help.entry.keep_records")] = False,
    node: Folder = HERE,
) -> int:
    """Show what changes; with `--write`, lay the entry down for the two officers to sign."""
    session = session_of(context)
    stolen = [key_named(each) for each in without or ()]
    if keep_records and not stolen:
        raise UsageProblem("usage.keep_records")
    with faults(), open_node(node, session) as served:
        directory = served.federation.directory if served.adopt.load() else None
        try:
            before = entry_before(node, served.settings.authority, directory)
        except ProtocolError:
            raise unusable_file(FileFault.MALFORMED, node / ENTRY_FILE) from None
        with served.database.read() as work:
            made = compose(node, served.settings, served.keys, work, before, without=stolen, keep_records=keep_records)
    if write is not None:
        write_new(write, made.to_bytes())
        role = seen_role(node / "directory", made.authority)
        if role.exists():
            report(session, "cli.entry.written", file=str(write), role=str(role))
        else:
            report(session, "cli.entry.written_first", file=str(write))
        return OK
    says, said = description.of_entry(session, made), description.of_entry(session, before)
    gone, new = [line for line in said if line not in says], [line for line in says if line not in said]
    if session.general.json:
        session.print_json(json.dumps({"gone": gone, "new": new, "in_directory": directory is not None}, ensure_ascii=False))
        return OK
    session.tell("cli.entry.changes" if gone or new else "cli.entry.same")
    for line in (*(f"- {each}" for each in gone), *(f"+ {each}" for each in new)):
        session.out.print(line)
    if gone or new:
        session.tell("cli.entry.next")
    return OK
