"""`celosia bench names`: how well name keys find people again in a country's own registers. It needs no node and no network.

The registers are real people's. Of their rows only counts and line numbers are shown, and nothing at all goes to a log.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from node.case_files.pasted import Encoding
from node.case_files.reasons import RowReason
from node.case_files.registers import BadDateForm, DateForm
from node.case_files.streamed import Lines
from node.cli.given import chunks, opened
from node.cli.render import import_reason, printable
from node.cli.session import OK, Session, UsageProblem, session_of
from node.flows.bench_names import FileCount, NamesBench, Source, bench_names
from protocol.names import PersonReason
from protocol.names.measuring import Measures


def names(
    context: typer.Context,
    asked: Annotated[Path, typer.Argument(help="help.bench.asked", metavar="A.csv")],
    held: Annotated[Path, typer.Argument(help="help.bench.held", metavar="B.csv")],
    links: Annotated[Path, typer.Argument(help="help.bench.links", metavar="LINKS.csv")],
    birth_date_format: Annotated[
        str | None, typer.Option("--birth-date-format", help="help.bench.birth_date_format", metavar="%d/%m/%Y")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="help.bench.quiet")] = False,
) -> int:
    """Measure, and say how good the answers were, what they cost, and which rows could not be read."""
    session = session_of(context)
    dates = _date_form(birth_date_format)
    began = time.monotonic()
    with ExitStack() as stack:
        files = {path: stack.enter_context(opened(path)) for path in (asked, held, links)}
        _need_different(files)
        sizes = sum(os.fstat(raw.fileno()).st_size for raw in files.values())
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        silent = quiet or not session.err.is_terminal
        with Progress(*columns, console=session.err, disable=silent, transient=True) as progress:
            progress.add_task(session.say("cli.bench.reading"), total=sizes or None)
            sources = {path: Source(str(path), _counted(raw, progress)) for path, raw in files.items()}
            bench = bench_names(sources[asked], sources[held], sources[links], dates)
    seconds = time.monotonic() - began
    if session.general.json:
        session.print_json(json.dumps(bench.row() | {"seconds": round(seconds, 1)}))
    else:
        _show(session, bench, seconds)
    return OK


def _date_form(form: str | None) -> DateForm | None:
    try:
        return None if form is None else DateForm(form)
    except BadDateForm:
        raise UsageProblem("usage.birth_date_format") from None


def _need_different(files: Mapping[Path, BinaryIO]) -> None:
    """Raises `UsageProblem` when a file was named twice, under whatever name: a register is found in itself without fail."""
    places = {(found.st_dev, found.st_ino) for found in (os.fstat(raw.fileno()) for raw in files.values())}
    if len(places) < 3:
        raise UsageProblem("usage.same_file")


def _counted(raw: BinaryIO, progress: Progress) -> Iterator[bytes]:
    for chunk in chunks(raw):
        progress.advance(progress.task_ids[0], len(chunk))
        yield chunk


def _show(session: Session, bench: NamesBench, seconds: float) -> None:
    table = session.table("cli.bench.shown", "cli.bench.precision", "cli.bench.recall", "cli.bench.f1", "cli.bench.false_hits")
    table.add_row(session.say("cli.bench.candidate"), *_cells(bench.candidate))
    table.add_row(session.say("cli.bench.strong"), *_cells(bench.strong))
    session.out.print(table)
    session.pair(session.say("cli.bench.recall_at_99"), f"{bench.recall_at_99:.3f}")
    session.pair(session.say("cli.bench.inputs"), f"{bench.inputs:.1f}")
    session.pair(session.say("cli.bench.linked"), str(bench.linked))
    session.pair(session.say("cli.bench.seconds"), f"{seconds:.1f}")
    for key, file in (("asked", bench.asked), ("held", bench.held), ("links", bench.links)):
        session.heading(session.say("cli.pair", name=session.say(f"cli.bench.file.{key}"), value=printable(file.table.file)))
        _show_file(session, file)
    if bench.left_out.count:
        session.tell("cli.bench.left_out", **_lines(bench.left_out))
    if PersonReason.BAD_BIRTH_DATE in bench.asked.not_comparable.keys() | bench.held.not_comparable.keys():
        session.tell("cli.bench.next.birth_date")
    session.tell("cli.bench.explained")


def _cells(measures: Measures) -> tuple[str, ...]:
    rates = (measures.precision, measures.recall, measures.f1)
    return (*(f"{rate:.3f}" for rate in rates), f"{measures.false_hits:.2f}")


def _show_file(session: Session, file: FileCount) -> None:
    """How many rows there were, how they were read, and what became of those that could not be compared."""
    session.pair(session.say("cli.bench.rows"), str(file.rows))
    if set(file.table.encodings) - {Encoding.UTF_8}:
        read_as = ", ".join(f"{encoding} ({count})" for encoding, count in file.table.encodings.most_common())
        session.tell("cli.bench.read_as", encodings=read_as)
    if file.table.unfit.count:
        session.tell("cli.bench.unfit", **_lines(file.table.unfit))
    for key, reasons in (("unread", file.unread), ("not_comparable", file.not_comparable)):
        for reason, lines in reasons.items():
            session.tell(f"cli.bench.{key}", reason=_reason(session, reason), **_lines(lines))


def _reason(session: Session, reason: RowReason | PersonReason) -> str:
    return import_reason(session, reason.value if isinstance(reason, RowReason) else f"{RowReason.NOT_COMPARABLE}:{reason}")


def _lines(lines: Lines) -> dict[str, str | int]:
    return {"count": lines.count, "lines": ", ".join(map(str, lines.first)) + (" …" if lines.count > len(lines.first) else "")}
