"""`celosia entry`: what this node would have the directory say of it, and how that differs from what the directory says."""

import json
from pathlib import Path
from typing import Annotated

import typer

from node.cli import description
from node.cli.local import HERE, Folder, LocalFault, faults, open_node
from node.cli.results import report, write_new
from node.cli.session import OK, session_of
from node.entry import ENTRY_FILE, compose, entry_before
from protocol.errors import ProtocolError


def entry(
    context: typer.Context,
    write: Annotated[Path | None, typer.Option("--write", help="help.entry.write", metavar="FILE.json")] = None,
    node: Folder = HERE,
) -> int:
    """Show what changes; with `--write`, lay the entry down for the two officers to sign."""
    session = session_of(context)
    with faults(), open_node(node, session) as served:
        directory = served.federation.directory if served.adopt.load() else None
        try:
            before = entry_before(node, served.settings.authority, directory)
        except ProtocolError as error:
            raise LocalFault("file_unusable", f"{node / ENTRY_FILE}: {error.code}") from None
        with served.database.read() as work:
            made = compose(node, served.settings, served.keys, work, before)
    if write is not None:
        write_new(write, made.to_bytes())
        report(session, "cli.entry.written", file=str(write))
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
