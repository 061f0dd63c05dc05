"""`celosia audit key`, `open`, `openings`, `confirm`, `check`: a past question opened by two people, each with their own key.

The keys are read here, on the machine of their holder: the node never has one, and gives each holder what only they can open.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from crypto.stretching import MODERATE
from node.cli.faults import faults
from node.cli.local import asking_twice
from node.cli.results import need_new, report, write_new
from node.cli.session import OK, UsageProblem, session_of
from node.custody import Ask
from node.custody.holders import make_holder_key, public_line
from node.custody.secrets import Passphrase, read_passphrase
from node.custody.uri import parse_uri
from node.entry import key_id

_TYPED = "prompt:"

Words = Annotated[str, typer.Option("--passphrase", help="help.audit.passphrase", metavar="URI")]


def key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.audit.new_key", metavar="FILE.key")],
    passphrase: Words = _TYPED,
) -> int:
    """Make a holder's key: FILE.key, which stays with its holder, and FILE.pub, which is handed over."""
    session = session_of(context)
    if file.suffix == ".pub" or not file.name:
        raise UsageProblem("ceremony.usage.key_name", file=str(file))
    public = file.with_suffix(".pub")
    need_new(public)
    with faults():
        made = make_holder_key(file, _passphrase(passphrase, asking_twice(session)), os.urandom)
    write_new(public, public_line(made))
    report(session, "cli.audit.key_made", file=str(file), public=str(public), fingerprint=key_id(bytes(made)))
    return OK


def _passphrase(uri: str, ask: Ask) -> Passphrase:
    """Raises `KeysUnusable`."""
    return read_passphrase(parse_uri(uri), Path(), os.environ, lambda: ask(False), os.urandom, MODERATE)


COMMANDS: Mapping[str, Callable[..., int]] = {"key": key}
