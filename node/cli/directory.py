"""The published directory: the Secretariat publishes and serves it, a state submits its own change, an administrator looks."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from pydantic import TypeAdapter

from node.cli.faults import FileFault, faults, unusable_file
from node.cli.given import content, request
from node.cli.local import HERE, Folder, tell_stage
from node.cli.render import country, moment, printable, tell_left_out
from node.cli.results import report
from node.cli.session import OK, Session, UsageProblem, session_of
from node.directory import files, submission
from node.directory.ceremony import load_key
from node.directory.client import DirectoryClient, directory_http
from node.directory.repository import Repository
from node.directory.server import serve as serve_repository
from node.inbound.national.models import RevocationRequest, RevocationShown, rfc3339
from node.logs import set_up_logs
from node.settings import DirectorySettings, Settings
from node.tls.contexts import trusting
from node.tls.errors import BadMaterial

_DAY = 86400
"""What the Secretariat signs is good for a day: a longer beat would let it expire."""
_REVOCATION = TypeAdapter(RevocationShown)


def serve(
    context: typer.Context,
    repository: Annotated[Path, typer.Option("--repository", help="help.directory.repository", metavar="FOLDER")],
    online_key: Annotated[Path, typer.Option("--online-key", help="help.directory.online_key", metavar="FILE.pem")],
    certificate: Annotated[Path, typer.Option("--certificate", help="help.directory.certificate", metavar="FILE.pem")],
    key: Annotated[Path, typer.Option("--key", help="help.directory.key", metavar="FILE.pem")],
    host: Annotated[str, typer.Option("--host", help="help.directory.host", metavar="HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="help.directory.port", metavar="PORT", min=0, max=65535)] = 8472,
    beat: Annotated[int, typer.Option("--beat", help="help.directory.beat", metavar="SECONDS", min=1, max=_DAY)] = 3600,
) -> int:
    """Serve over TLS 1.3 until Ctrl-C or SIGTERM."""
    session = session_of(context)
    set_up_logs()
    with faults():
        served = Repository(repository, load_key(online_key))
        tell_stage(session, "starting", "cli.directory.starting", address=f"https://{host}:{port}")
        try:
            serve_repository(served, host, port, certificate=certificate, key=key, interval=timedelta(seconds=beat))
        except KeyboardInterrupt:
            tell_stage(session, "stopped", "cli.serve.stopped")
    return OK


def publish(
    context: typer.Context,
    repository: Annotated[Path, typer.Argument(help="help.directory.repository", metavar="FOLDER")],
    changed: Annotated[list[Path], typer.Argument(help="help.ceremony.changed", metavar="FILE.json…")],
    online_key: Annotated[Path, typer.Option("--online-key", help="help.directory.online_key", metavar="FILE.pem")],
    first: Annotated[bool, typer.Option("--first", help="help.ceremony.first")] = False,
) -> int:
    """Publish what was signed, if every member would accept the outcome."""
    session = session_of(context)
    brought = {str(path): content(path) for path in changed}
    if len(brought) < len(changed):
        raise UsageProblem("ceremony.usage.twice")
    change = files.sort(brought)
    published = Repository(repository, load_key(online_key))
    adopted = (published.found if first else published.publish)(change, datetime.now(UTC))
    report(session, "ceremony.publish.done", version=adopted.version, snapshot=adopted.snapshot_hash)
    return OK


def submit(
    context: typer.Context,
    role: Annotated[Path, typer.Argument(help="help.ceremony.role", metavar="FILE.json")],
    entry: Annotated[Path, typer.Argument(help="help.ceremony.entry", metavar="directory-entry.json")],
    node: Folder = HERE,
) -> int:
    """Send a state's own change, signed by its officers, to the Secretariat, which publishes it."""
    session = session_of(context)
    raw = submission.bundle(content(role), content(entry))
    with _directory_of(node) as (settings, http):
        accepted = submission.send(http, settings.url, raw)
    report(session, "ceremony.submit.done", version=accepted.version, snapshot=accepted.snapshot)
    return OK


def revoke(
    context: typer.Context,
    role: Annotated[Path, typer.Argument(help="help.ceremony.role", metavar="FILE.json")],
    entry: Annotated[Path, typer.Argument(help="help.ceremony.entry", metavar="directory-entry.json")],
) -> int:
    """Hand a state's signed change to this node: what it leaves out counts no more, here and then at every member."""
    session = session_of(context)
    given_as = {"role": str(role), "entry": str(entry)}
    body = request(RevocationRequest, given_as, role=content(role), entry=content(entry))
    with session.api() as api:
        session.show(api.post(["revocations"], _REVOCATION, body), lambda shown: _show_revocation(session, shown))
    return OK


def look(context: typer.Context, node: Folder = HERE) -> int:
    """Fetch and verify the directory as the node would, and adopt nothing."""
    session = session_of(context)
    with _directory_of(node) as (settings, http), tempfile.TemporaryDirectory() as memory:
        # what the node has seen goes along, so that an older directory than that is refused here too
        if (node / "directory").is_dir():
            shutil.copytree(node / "directory", memory, dirs_exist_ok=True)
        root = content(node / settings.root)
        client = DirectoryClient(Path(memory), settings.url, root, root_fingerprint=settings.root_fingerprint, http=http)
        adopted = client.refresh()
    directory = adopted.assemble()
    if session.general.json:
        expires = rfc3339(int(adopted.expires.timestamp()))
        facts = {"version": adopted.version, "snapshot": adopted.snapshot_hash, "expires": expires}
        session.print_json(json.dumps({**facts, "members": sorted(directory.members), "left_out": dict(directory.left_out)}))
        return OK
    session.tell("cli.peers.directory", version=adopted.version, expires=moment(int(adopted.expires.timestamp())))
    for authority, member in sorted(directory.members.items()):
        name = printable(getattr(member.names, session.language.value))
        session.pair(country(authority, session.language), f"{name} · {member.working.peer_url}")
    tell_left_out(session, directory.left_out)
    return OK


def _show_revocation(session: Session, shown: RevocationShown) -> None:
    session.tell(f"ceremony.revoke.{shown.outcome}", authority=country(shown.authority, session.language), version=shown.version)


@contextmanager
def _directory_of(node: Path) -> Iterator[tuple[DirectorySettings, httpx2.Client]]:
    """Where the node in this folder finds the directory, and a line to there."""
    with faults():
        settings = Settings.read(node).directory
    try:
        with directory_http(trusting(node / settings.tls_authority)) as http:
            yield settings, http
    except BadMaterial:
        raise unusable_file(FileFault.NOT_A_CERTIFICATE, node / settings.tls_authority) from None
