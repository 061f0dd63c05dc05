"""`celosia audit rebuild`: our log whole again from exported tiles, on the node's own machine."""

from pathlib import Path
from typing import Annotated

import typer

from node.cli.faults import LocalFault, faults
from node.cli.local import HERE, Folder, open_node
from node.cli.results import report
from node.cli.session import OK, session_of
from node.durable import serving
from node.flows.rebuild_log import RebuildLog, RebuildRefused


def rebuild(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="help.audit.tree", metavar="FOLDER")],
    node: Folder = HERE,
) -> int:
    """Put back what the exported tiles have more of our log than the store."""
    session = session_of(context)
    with faults(), open_node(node, session) as opened, serving(node):
        opened.adopt.load()
        try:
            done = RebuildLog(opened.database, opened.keys, opened.federation).rebuild(folder)
        except RebuildRefused as refusal:
            file = str(folder / refusal.file)
            raise LocalFault(refusal.code, why=(f"cli.audit.rebuild.{refusal.reason}", {"file": file})) from None
    report(session, "cli.audit.rebuilt", size=done.size, fresh=done.size - done.before, lost=done.lost, folder=str(folder))
    return OK
