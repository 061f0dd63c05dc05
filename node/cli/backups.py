"""`celosia backup` and `celosia restore`: one sealed file, and back into an empty folder."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from node.app import now
from node.backup.contents import Content, check_backup, restore_backup, write_backup
from node.backup.errors import BackupRefused
from node.cli.faults import LocalFault, faults
from node.cli.given import authorities
from node.cli.local import HERE, Folder, asking, open_node
from node.cli.render import country, moment
from node.cli.results import need_new, report
from node.cli.session import OK, Session, UsageProblem, session_of
from node.custody import open_vault
from node.durable import SERVING, serving, settle, writing_whole
from node.flows.recover import RecoveryRefused
from node.founding import FolderNotEmpty
from node.inbound.national.models import rfc3339
from node.keys import Keys
from node.settings import Settings
from node.store.database import Database
from node.store.place import url_of
from protocol.authority import Authority

Secret = Annotated[Path | None, typer.Option("--secret", help="help.backup.secret", metavar="FILE")]


def make(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.backup.file", metavar="FILE")],
    exchange_keys: Annotated[bool, typer.Option("--with-exchange-keys", help="help.backup.exchange_keys")] = False,
    secret: Secret = None,
    node: Folder = HERE,
) -> int:
    """Back the node up, also while it serves."""
    session = session_of(context)
    need_new(file)
    with faults(), _refusals(session), open_node(node, session) as served:
        given = _secret(session, secret)
        with writing_whole(file) as target:
            content = write_backup(target, node, served.database, given, os.urandom, exchange_keys=exchange_keys)
    _tell(session, "cli.backup.made", file, content)
    return OK


def check(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="help.backup.file", metavar="FILE")], secret: Secret = None
) -> int:
    """Read a backup to its end, and restore nothing."""
    session = session_of(context)
    with faults(), _refusals(session), _open(file) as source:
        content = check_backup(source, _secret(session, secret))
    _tell(session, "cli.backup.good", file, content)
    return OK


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.backup.file", metavar="FILE")],
    secret: Secret = None,
    node: Folder = HERE,
) -> int:
    """Put a backup into an empty folder, and start an epoch of each list."""
    session = session_of(context)
    with faults(), _refusals(session), _open(file) as source, _in_place_of(node) as made:
        content = restore_backup(source, made, _secret(session, secret), lambda folder: _database(folder, session))
        with open_node(made, session) as served:
            started = served.recover.begin(content.header.at, exchange_keys=content.has_exchange_keys)
    _tell(session, "cli.restore.done", file, content)
    if not session.general.json:
        session.tell("cli.restore.epochs", count=len(started))
        session.tell("cli.restore.next")
    return OK


def finish(
    context: typer.Context,
    imports_repeated: Annotated[bool, typer.Option("--imports-repeated", help="help.restore.imports")] = False,
    register_fed: Annotated[bool, typer.Option("--register-fed", help="help.restore.register")] = False,
    without: Annotated[str | None, typer.Option("--without", help="help.restore.without", metavar="PE,BR")] = None,
    node: Folder = HERE,
) -> int:
    """Learn from the peers what happened since the backup, and publish again."""
    session = session_of(context)
    if not imports_repeated:
        raise UsageProblem("usage.imports_repeated")
    if not register_fed:
        raise UsageProblem("usage.register_fed")
    given_up: list[Authority] = [] if without is None else authorities(without, "--without")
    with faults(), _refusals(session), open_node(node, session) as served:
        served.adopt.refresh()
        learnt = served.recover.finish(given_up)
    report(session, "cli.restore.finished", own=learnt.own, received=learnt.received, withdrawn=learnt.withdrawn)
    return OK


def _database(folder: Path, session: Session) -> Database:
    settings = Settings.read(folder)
    keys = Keys.read(open_vault(folder, settings.keys, asking(session)), settings.register_socket)
    return Database(url_of(folder, settings), keys.storage, os.urandom, now)


def _secret(session: Session, file: Path | None) -> str:
    """What the backup is sealed under: from a file that only its owner can read, typed, or piped in."""
    if file is None:
        return session.ask_for("cli.backup.secret")
    with file.open("rb") as opened:
        if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
            raise LocalFault("secret_open_to_others", str(file))
        return opened.readline().decode("utf-8", "replace").strip()


@contextmanager
def _open(file: Path) -> Iterator[BinaryIO]:
    with file.open("rb") as source:
        yield source


@contextmanager
def _in_place_of(folder: Path) -> Iterator[Path]:
    """A folder that takes the place of `folder`, which holds nothing, when the block ends well; else nothing is left of it.

    So a node that is half restored, and does not know that it is, is never there to be served. What an earlier restore left that
    was killed goes first: keys lie in it. Raises `ServedAlready` while another one is at work.
    """
    target = folder.resolve()
    if target.exists() and any(target.iterdir()):
        raise FolderNotEmpty(str(folder))
    made = target.parent / f".restoring-{target.name}"
    made.mkdir(mode=0o700, exist_ok=True)
    with serving(made):
        for left in made.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
            elif left.name != SERVING:
                left.unlink()
        try:
            yield made
            sys.audit("celosia.backups.restored")
            made.rename(target)
            sys.audit("celosia.backups.in_place")
        finally:
            shutil.rmtree(made, ignore_errors=True)
    settle(target.parent)


@contextmanager
def _refusals(session: Session) -> Iterator[None]:
    try:
        yield
    except BackupRefused as error:
        raise LocalFault(error.code) from None
    except RecoveryRefused as error:
        raise LocalFault(error.code, ", ".join(country(peer, session.language) for peer in error.peers)) from None


def _tell(session: Session, key: str, file: Path, content: Content) -> None:
    facts: dict[str, str | int] = {
        "file": str(file),
        "authority": content.header.authority,
        "at": rfc3339(content.header.at) if session.general.json else moment(content.header.at),
        "files": len(content.files),
        "rows": sum(content.rows.values()),
    }
    report(session, key, **facts)
    if not session.general.json and not content.has_exchange_keys:
        session.tell("cli.backup.without_keys")
