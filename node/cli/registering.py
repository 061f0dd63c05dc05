"""`celosia protected rotate` and `serve`: what an administrator does with the register's key, who learns nothing of anybody."""

import os
import pwd
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from node.cli import protecting
from node.cli.faults import LocalFault, faults
from node.cli.local import HERE, Folder, asking, open_node, tell_stage
from node.cli.session import OK, Session, UsageProblem, session_of
from node.custody import Custody, KeyFault, KeysUnusable, Vault, new_vault, open_vault
from node.durable import serving
from node.flows.rotate_register import RotateRegister
from node.logs import set_up_logs
from node.marking import KEY_FILE, LocalKey, make_register_key, process
from node.marking.process import MARKS_A_DAY, DayLimit
from node.settings import Settings


def serve(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--keys", help="help.protected.keys", metavar="FOLDER")],
    socket: Annotated[Path, typer.Option("--socket", help="help.protected.socket", metavar="FILE")],
    take_from: Annotated[Path | None, typer.Option("--take-from", help="help.protected.take_from", metavar="FOLDER")] = None,
    new: Annotated[bool, typer.Option("--new", help="help.protected.new")] = False,
    user: Annotated[str | None, typer.Option("--user", help="help.protected.user", metavar="USERNAME")] = None,
    most: Annotated[int, typer.Option("--marks-a-day", help="help.protected.marks_a_day", metavar="NUMBER", min=1)] = MARKS_A_DAY,
) -> int:
    """Keep the register's key in this process, for a node on the same machine. It makes one, or takes the node's, if told to."""
    session, caller = session_of(context), _user_id(user)
    set_up_logs()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with faults(), serving(folder):
        vault = _vault(folder, take_from, session, new=new)
        key = LocalKey(vault, os.urandom)
        limit = DayLimit(folder / "marks-today.json", most, lambda: int(time.time()))
        try:
            begins = partial(tell_stage, session, "serving", "cli.protected.serving", socket=str(socket))
            process.serve(socket, key, limit, caller, begins)
        except KeyboardInterrupt:
            tell_stage(session, "stopped", "cli.serve.stopped")
    return OK


def _user_id(user: str | None) -> int:
    """Who may ask: a user of this machine, by name or number; nobody but the process's own where none is named."""
    if user is None:
        return os.geteuid()
    try:
        return int(user) if user.isdecimal() else pwd.getpwnam(user).pw_uid
    except KeyError:
        raise UsageProblem("usage.user", user=user) from None


def _vault(folder: Path, take_from: Path | None, session: Session, *, new: bool) -> Vault:
    """The vault of the process's own folder, with a key in it.

    A key is made when somebody asks for it, never because there is none: a folder whose disk is not mounted is empty, and under a
    fresh key nobody in the register would be found. Where there is one the option is refused, so that it stays in no command that
    a machine starts with.
    """
    path = folder / "keys" / KEY_FILE
    if new and path.exists():
        raise KeysUnusable(KeyFault.EXISTS, file=str(path))
    if not (path.exists() or new or take_from is not None):
        raise LocalFault("register_key_missing", str(path))
    vault = open_vault(folder, Custody()) if path.exists() else new_vault(folder, Custody())
    if take_from is not None:
        held = take_from / "keys" / KEY_FILE
        secret = open_vault(take_from, Settings.read(take_from).keys, asking(session)).read(held)
        if path.exists() and vault.read(path) != secret:  # the same one: a stop came before the last step
            raise KeysUnusable(KeyFault.EXISTS, file=str(path))
        vault.write(path, secret)
        held.unlink()
    elif new:
        make_register_key(vault, os.urandom)
    return vault


def rotate(context: typer.Context, node: Folder = HERE) -> int:
    """Replace the key of the register, or go on with that. The node must not serve meanwhile."""
    session = session_of(context)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        faults(),
        serving(node),
        open_node(node, session) as opened,
        Progress(*columns, console=session.err, disable=not session.err.is_terminal, transient=True) as shown,
    ):
        task = shown.add_task(session.say("cli.protected.turning"), total=None)
        story = RotateRegister(opened.database, opened.keys)
        total = story.rotate(lambda done, of: shown.update(task, completed=done, total=of))
    session.tell("cli.protected.turned", count=total)
    return OK


COMMANDS: Mapping[str, Callable[..., int]] = {
    "add": protecting.add,
    "import": protecting.import_,
    "feed": protecting.feed,
    "status": protecting.status,
    "give-up": protecting.give_up,
    "remove": protecting.remove,
    "rotate": rotate,
    "serve": serve,
}
"""Of `celosia protected`: the liaison's, over the API, and the administrator's."""
