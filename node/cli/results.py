"""What a command of the ceremony leaves behind: one new file, and one report of what it did."""

import json
from pathlib import Path

from node.cli.faults import of_the_machine
from node.cli.render import printable
from node.cli.session import Session, UsageProblem
from node.durable import write_whole


def need_new(path: Path) -> None:
    """Raises `UsageProblem` when there is a file at `path`: what holders have read aloud is never overwritten."""
    if path.exists():
        raise UsageProblem("ceremony.usage.file_exists", file=str(path))


def write_new(path: Path, raw: bytes) -> None:
    """Writes the new file `path`. Raises as `need_new` and `replace` do."""
    need_new(path)
    replace(path, raw)


def replace(path: Path, raw: bytes) -> None:
    """Writes `raw` whole, over what may be there. Raises `LocalFault` when it cannot."""
    try:
        write_whole(path, raw)
    except OSError as error:
        raise of_the_machine(error, path) from None


def report(session: Session, key: str, **facts: str | int) -> None:
    """What was done: `key` with its facts for a reader, the facts alone with `--json`."""
    if session.general.json:
        session.print_json(json.dumps(facts, ensure_ascii=False))
    else:
        session.tell(key, **{name: printable(fact) if isinstance(fact, str) else fact for name, fact in facts.items()})
