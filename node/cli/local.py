"""What an administrator does on the node's own machine: found the node, serve it, make officers' accounts and tokens."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from node.app import Node
from node.cli.faults import faults
from node.cli.given import authorities, content, holder, text
from node.cli.given import authority as authority_of
from node.cli.render import country
from node.cli.session import OK, Session, UsageProblem, session_of
from node.custody import Ask, Custody, KeyFault, KeysUnusable
from node.entry import ENTRY_FILE, MEMBER_FILE
from node.founding import Founding, check, found
from node.logs import set_up_logs
from node.officers import Role
from node.settings import SETTINGS_FILE, Settings, SettingsError, SettingsFault
from protocol.directory import Contact

log = logging.getLogger("celosia.node")

Folder = Annotated[Path, typer.Option("--node", envvar="CELOSIA_NODE", help="help.local.node", metavar="FOLDER")]
HERE = Path()


def init(
    context: typer.Context,
    authority: Annotated[str, typer.Argument(help="help.init.authority", metavar="PE")],
    directory_url: Annotated[str, typer.Option("--directory-url", help="help.init.directory_url", metavar="URL")],
    directory_certificate: Annotated[
        Path, typer.Option("--directory-certificate", help="help.init.directory_certificate", metavar="FILE.pem")
    ],
    root: Annotated[Path, typer.Option("--root", help="help.init.root", metavar="root.json")],
    root_fingerprint: Annotated[
        str, typer.Option("--root-fingerprint", help="help.init.root_fingerprint", metavar="FINGERPRINT")
    ],
    contact_email: Annotated[str, typer.Option("--contact-email", help="help.init.contact_email", metavar="EMAIL")],
    contact_phone: Annotated[str, typer.Option("--contact-phone", help="help.init.contact_phone", metavar="+…")],
    contact_languages: Annotated[str, typer.Option("--contact-languages", help="help.init.contact_languages", metavar="es,en")],
    audit_holders: Annotated[list[Path], typer.Option("--audit-holder", help="help.init.audit_holder", metavar="FILE.pub")],
    peer_host: Annotated[str, typer.Option("--peer-host", help="help.init.peer_host", metavar="HOST")] = "127.0.0.1",
    peer_port: Annotated[int, typer.Option("--peer-port", help="help.init.peer_port", metavar="PORT", min=1, max=65535)] = 8471,
    national_port: Annotated[
        int, typer.Option("--national-port", help="help.init.national_port", metavar="PORT", min=1, max=65535)
    ] = 8470,
    settings: Annotated[Path | None, typer.Option("--settings", help="help.init.settings", metavar="FILE.toml")] = None,
    audiences: Annotated[list[str] | None, typer.Option("--audience", help="help.init.audience", metavar="CO,BR")] = None,
    node_key: Annotated[str | None, typer.Option("--node-key", help="help.init.node_key", metavar="URI")] = None,
    passphrase: Annotated[str | None, typer.Option("--passphrase", help="help.init.passphrase", metavar="URI")] = None,
    signing_token: Annotated[str | None, typer.Option("--signing-token", help="help.init.signing_token", metavar="URI")] = None,
    node: Folder = HERE,
) -> int:
    """Found a node: keys, certificates, settings, and the directory entry that two officers sign."""
    session = session_of(context)
    try:
        contact = Contact.model_validate(
            {"id": "cp-1", "email": contact_email, "phone": contact_phone, "languages": tuple(contact_languages.split(","))}
        )
    except ValidationError:
        raise UsageProblem("usage.contact") from None
    founding = Founding(
        authority=authority_of(authority),
        peer_host=peer_host,
        peer_port=peer_port,
        national_port=national_port,
        directory_url=directory_url,
        directory_tls_authority=content(directory_certificate),
        directory_root=content(root),
        root_fingerprint=root_fingerprint,
        contact=contact,
        audit_holders=tuple(map(holder, audit_holders)),
        audiences=tuple(tuple(authorities(each, "--audience")) for each in audiences or ()),
        custody=_custody(node_key, passphrase),
        signing_token=signing_token,
        extra_settings="" if settings is None else text(settings),
    )
    with faults():
        check(founding)
        found(node, founding, asking_twice(session))
    session.tell("cli.init.done", folder=str(node), entry=str(node / ENTRY_FILE), member=str(node / MEMBER_FILE))
    return OK


def tell_stage(session: Session, state: str, key: str, **facts: str | int) -> None:
    """Tell a stage of a server's life: in words to a person at a terminal, and as a line of the log where a file takes it."""
    if session.err.file.isatty():
        session.note(key, **facts)
    else:
        log.info("server", extra={"state": state})


def serve(context: typer.Context, node: Folder = HERE) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    session = session_of(context)
    set_up_logs()
    # the server raises the signal again once it has stopped: by default SIGTERM would then end us before all is put away
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with faults():
        settings = Settings.read(node)
        served = Node(node, ask_passphrase=asking(session))
        address = f"http://{settings.national.host}:{settings.national.port}"
        authority = country(settings.authority, session.language)
        try:
            served.run(lambda: tell_stage(session, "starting", "cli.serve.starting", authority=authority, address=address))
        except KeyboardInterrupt:
            tell_stage(session, "stopped", "cli.serve.stopped")
    if served.cut_off:
        os._exit(OK)  # the interpreter would wait for a worker that waits for a silent peer; all that matters is committed
    return OK


def officer_add(
    context: typer.Context,
    username: Annotated[str, typer.Argument(help="help.officer.username", metavar="USERNAME")],
    name: Annotated[str, typer.Option("--name", help="help.officer.name", metavar="NAME")],
    roles: Annotated[list[str], typer.Option("--role", help="help.officer.role", metavar="ROLE")],
    node: Folder = HERE,
) -> int:
    """Make an account. The staff number is asked for: on the command line, others could see it."""
    session = session_of(context)
    held = _roles(roles)
    staff_number = session.ask_for("cli.officer.staff_number")
    with faults(), open_node(node, session) as served:
        served.officers.create(username, name, staff_number, held)
    session.tell("cli.officer.added", username=username, roles=", ".join(session.say(f"cli.role.{role}") for role in held))
    return OK


def officer_token(
    context: typer.Context,
    username: Annotated[str, typer.Argument(help="help.officer.username", metavar="USERNAME")],
    roles: Annotated[list[str] | None, typer.Option("--role", help="help.officer.scope", metavar="ROLE")] = None,
    node: Folder = HERE,
) -> int:
    """Issue a token: alone on standard output, so that it can go into a file that only its officer reads."""
    session = session_of(context)
    with faults(), open_node(node, session) as served:
        token = served.officers.issue_token(username, None if roles is None else _roles(roles))
    session.out.file.write(token + "\n")
    session.note("cli.officer.token_note")
    return OK


def _roles(names: list[str]) -> list[Role]:
    try:
        return [Role(name) for name in names]
    except ValueError:
        raise UsageProblem("usage.roles", choices=", ".join(Role)) from None


def asking(session: Session) -> Ask:
    """Asks for the passphrase at the terminal, if there is one: what is piped in is nobody's typing."""

    def ask(previous: bool) -> str | None:
        key = "cli.keys.passphrase_before" if previous else "cli.keys.passphrase"
        return session.ask_for(key) if sys.stdin.isatty() else None

    return ask


def asking_twice(session: Session) -> Ask:
    """As `asking`, where something is sealed under it: typed twice, since what is mistyped once would open nothing again."""

    def ask(previous: bool) -> str | None:
        first = asking(session)(previous)
        if first is not None and not previous and session.ask_for("cli.keys.passphrase_again") != first:
            raise KeysUnusable(KeyFault.PASSPHRASES_DIFFER)
        return first

    return ask


def _custody(node_key: str | None, passphrase: str | None) -> Custody:
    try:
        return Custody(node=node_key, passphrase=passphrase)
    except ValidationError:
        raise UsageProblem("usage.custody") from None


def need_node(folder: Path) -> None:
    """Raises `SettingsError` when there is no node in `folder`, which is another matter than one whose settings are bad."""
    if not (folder / SETTINGS_FILE).exists():
        raise SettingsError(SettingsFault.NO_FILE, file=str(folder / SETTINGS_FILE))


@contextmanager
def open_node(folder: Path, session: Session) -> Iterator[Node]:
    """The node in `folder`, its parts joined, for as long as the block runs. It may be serving in another process."""
    node = Node(folder, ask_passphrase=asking(session))
    try:
        yield node
    finally:
        node.close()
