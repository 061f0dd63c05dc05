"""`celosia audit forks`: which logs show two histories, and the notes that prove it as files for others."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.render import country, moment, printable
from node.cli.session import OK, Session, session_of
from node.durable import write_whole
from node.inbound.national.audit_models import ForksShown

_FORKS = TypeAdapter(ForksShown)


def forks(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="help.audit.forks_folder", metavar="FOLDER")] = None,
) -> int:
    """All forks that were found, and what witnesses showed against our own log; with a folder, their notes and keys as files."""
    session = session_of(context)
    with session.api() as api:
        answer = api.get(["audit", "forks"], _FORKS)
    session.show(answer, lambda shown: _show(session, shown))
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        files = _files(answer.value)
        for name, text in files.items():
            write_whole(folder / name, text.encode())
        session.note("cli.audit.forks.written", count=len(files), folder=printable(str(folder)))
    return OK


def _files(shown: ForksShown) -> dict[str, str]:
    """Signed notes as they are, and verifier keys on one line: what any reader of C2SP's notes takes. By name."""
    files: dict[str, str] = {}
    for fork in shown.of_peers:
        name = f"{fork.authority}-{fork.number}"
        files |= {f"{name}-first.checkpoint": fork.first, f"{name}-second.checkpoint": fork.second}
        files |= {} if fork.key is None else {f"{name}.vkey": f"{fork.key}\n"}
    for number, against in enumerate(shown.against_us, 1):
        files[f"ours-{number}.checkpoint"] = against.note
        files |= {} if against.key is None else {f"ours-{number}.vkey": f"{against.key}\n"}
    return files


def _show(session: Session, shown: ForksShown) -> None:
    if not shown.of_peers and not shown.against_us:
        session.tell("cli.audit.forks.none")
    if shown.of_peers:
        columns = ("number", "authority", "log", "cause", "noticed", "settled")
        table = session.table(*(f"cli.audit.forks.{column}" for column in columns))
        for fork in shown.of_peers:
            cause, peer = session.say(f"cli.audit.forks.{fork.cause}"), country(fork.authority, session.language)
            settled = session.say("cli.audit.forks.unsettled") if fork.settled is None else moment(fork.settled)
            table.add_row(str(fork.number), peer, printable(fork.log), cause, moment(fork.noticed), settled)
        session.out.print(table)
    for number, against in enumerate(shown.against_us, 1):
        witnesses = ", ".join(country(each, session.language) for each in against.witnesses)
        told: dict[str, str | int] = {"log": printable(against.log), "size": against.size, "witnesses": witnesses}
        session.tell("cli.audit.forks.against", number=number, **told)
    without = {each.log for each in shown.of_peers if each.key is None} | {
        each.log for each in shown.against_us if each.key is None
    }
    for log in sorted(without):
        session.tell("cli.audit.forks.no_key", log=printable(log))
