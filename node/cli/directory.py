"""What the Secretariat does on its own machine: serve the signed directory, and sign its timestamp anew on a beat."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from node.cli.local import faults
from node.cli.session import OK, session_of
from node.directory.ceremony import load_key
from node.directory.repository import Repository
from node.directory.server import serve as serve_repository
from node.logs import set_up_logs


def serve(
    context: typer.Context,
    repository: Annotated[Path, typer.Option("--repository", help="help.directory.repository", metavar="FOLDER")],
    online_key: Annotated[Path, typer.Option("--online-key", help="help.directory.online_key", metavar="FILE.pem")],
    certificate: Annotated[Path, typer.Option("--certificate", help="help.directory.certificate", metavar="FILE.pem")],
    key: Annotated[Path, typer.Option("--key", help="help.directory.key", metavar="FILE.pem")],
    host: Annotated[str, typer.Option("--host", help="help.directory.host", metavar="HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="help.directory.port", metavar="PORT", min=0, max=65535)] = 8472,
    beat: Annotated[int, typer.Option("--beat", help="help.directory.beat", metavar="SECONDS", min=1)] = 3600,
) -> int:
    """Serve over TLS 1.3 until Ctrl-C or SIGTERM."""
    session = session_of(context)
    set_up_logs()
    with faults():
        served = Repository(repository, load_key(online_key))
        session.note("cli.directory.starting", address=f"https://{host}:{port}")
        try:
            serve_repository(served, host, port, certificate=certificate, key=key, interval=timedelta(seconds=beat))
        except KeyboardInterrupt:
            session.note("cli.serve.stopped")
    return OK
