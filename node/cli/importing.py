"""`celosia import`: a national export into the node, with its progress, and what was not taken and why."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from node.case_files.reasons import RowReason
from node.cli.client import Answer, Api
from node.cli.given import content
from node.cli.render import import_reason, printable
from node.cli.session import OK, REFUSED, Session, UsageProblem, session_of
from node.inbound.national.models import ImportProblemShown, ImportShown

_IMPORT = TypeAdapter(ImportShown)
_POLL_SECONDS = 0.2
_ROWS_NAMED = 50
"""Of more rows the rest is counted; `--json` has them all."""
_LISTS: Mapping[str, str] = {
    "category": "subject_category",
    "role": "network_role",
    "screening": "victim_screening",
    "user_screening": "victim_screening",
    "registrant_screening": "victim_screening",
    "acts": "act",
    "means": "means",
    "purposes": "purpose",
    "structure": "network_structure",
    "size": "network_size_band",
    "offences": "offence",
    "victim_count": "victim_count_band",
    "victim_ages": "victim_age_band",
    "source_evaluation": "source_evaluation",
    "information_evaluation": "information_evaluation",
    "handling": "handling_code",
    "tlp": "tlp",
    "sectors": "sector",
    "venues": "venue",
    "recruitment_methods": "recruitment_method",
    "control_methods": "control_method",
    "document_frauds": "document_fraud",
    "money_movements": "money_movement",
    "platform_kinds": "platform_kind",
    "kind": "route_node_kind",
    "transport": "transport_mode",
    "crossing": "border_crossing",
}
"""Our name of a column that holds codes -> the vocabulary's list of them."""


def import_(
    context: typer.Context, mapping: Annotated[Path, typer.Argument(help="help.import.mapping", metavar="MAPPING.json")]
) -> int:
    """Send the mapping and the files that it names, wait, and say what came of it. 1 if the import failed."""
    session = session_of(context)
    parts = _parts(mapping)
    with session.api() as api:
        answer = _wait(session, api, api.upload(["imports"], _IMPORT, parts))
    session.show(answer, lambda result: _show(session, result, _lists(parts[0][1][1])))
    return REFUSED if answer.value.state == "failed" else OK


def _parts(mapping: Path) -> list[tuple[str, tuple[str, bytes]]]:
    """The mapping and its files, which lie next to it. What the mapping says is for the node to judge."""
    raw = content(mapping)
    try:
        named = [entry["path"] for entry in json.loads(raw)["files"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageProblem("usage.not_a_mapping", file=str(mapping)) from None
    parts = [("mapping", (mapping.name, raw))]
    for name in dict.fromkeys(named):
        if not isinstance(name, str) or Path(name).name != name:
            raise UsageProblem("usage.file_beside_mapping", file=str(mapping))
        parts.append(("files", (name, content(mapping.parent / name))))
    return parts


def _wait(session: Session, api: Api, answer: Answer[ImportShown]) -> Answer[ImportShown]:
    import_id = answer.value.id
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=session.err, disable=not session.err.is_terminal, transient=True) as progress:
        task = progress.add_task(session.say("cli.import.reading"), total=answer.value.rows_total)
        while answer.value.state == "running":
            time.sleep(_POLL_SECONDS)
            answer = api.get(["imports", import_id], _IMPORT)
            progress.update(task, completed=answer.value.rows_read, total=answer.value.rows_total)
    return answer


def _lists(mapping: bytes) -> Mapping[tuple[str, str], str]:
    """File and header -> the vocabulary's list that words its cells. The node has taken the mapping: its form holds."""
    return {
        (file["path"], header): _LISTS[name]
        for file in json.loads(mapping)["files"]
        for name, header in file.get("columns", {}).items()
        if name in _LISTS
    }


def _reason(session: Session, problem: ImportProblemShown, lists: Mapping[tuple[str, str], str]) -> str:
    """The reason; of a word that is no code with the command that shows the codes."""
    words = import_reason(session, problem.reason)
    list_name = lists.get((problem.file, problem.column))
    if problem.reason != RowReason.UNKNOWN_CODE.value or list_name is None:
        return words
    return f"{words} {session.say('cli.import.codes', list=list_name)}"


def _show(session: Session, result: ImportShown, lists: Mapping[tuple[str, str], str]) -> None:
    if result.state == "failed":
        session.tell("cli.import.failed")
    else:
        session.tell("cli.import.done")
        counts = session.table("cli.import.rows", "cli.count")
        for name in ("total", "new", "changed", "unchanged", "protected"):
            counts.add_row(session.say(f"cli.import.{name}"), str(getattr(result, f"rows_{name}")))
        session.out.print(counts)
    if result.publish_again:
        rows = ", ".join(f"{printable(row.file)}:{row.line}" for row in result.publish_again[:_ROWS_NAMED])
        more = len(result.publish_again) - _ROWS_NAMED
        session.tell("cli.import.publish_again", count=len(result.publish_again))
        session.tell("cli.import.publish_again_rows", rows=rows)
        if more > 0:
            session.tell("cli.import.more_rows", count=more)
    if result.problems:
        session.tell("cli.import.problems", count=len(result.problems))
        table = session.table("cli.import.file", "cli.import.line", "cli.import.column", "cli.import.reason")
        for problem in result.problems:
            table.add_row(printable(problem.file), str(problem.line), printable(problem.column), _reason(session, problem, lists))
        session.out.print(table)
        session.tell("cli.import.again")
