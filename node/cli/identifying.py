"""`celosia identify`: what a pasted text holds, line by line. It needs no node and no network.

What the officer pasted is shown again, on standard output only: nothing of it goes to a log or an error, and no control
character of it to the terminal.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn
from rich.table import Table

from node.case_files.limits import FILE_BYTES
from node.case_files.pasted import Encoding, PastedLine
from node.cli.given import authority, chunks, opened
from node.cli.render import country as country_of
from node.cli.render import import_reason, label, printable
from node.cli.session import OK, Session, UsageProblem, session_of
from node.flows.identify import Summary, identify, identify_sheets, row_of
from protocol.identifiers import Doubt, Kind
from protocol.recognition import Candidate, Clue, Confidence, PersonCandidate, ProtectedAs, ReadLine, State

_BATCH = 200
"""Lines of one piece of the table: its columns are as wide as their longest cell, so it cannot wait for the last line."""
_WIDEST_TABLE = 200
_CELLS = (6, 20, 28)
"""Columns of the line, the value and the kind; the reason has the rest."""
_SHOWN_OF_A_VALUE = 200
# JSON escapes C0 only: what else could steer a terminal, or turn the direction of its text, is escaped as well.
_STEERING = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_SKIPPED = frozenset({State.EMPTY, State.PART_OF_ZONE})
"""Lines that the table leaves out and the summary counts."""

_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls"})
"""The reader takes the first; of the others it says what is wrong, where a text would be rubbish."""
_SAID_BY_CLUES: Mapping[str, str] = {Doubt.CHECK_DIGIT_FAILED: Clue.CHECK_DIGIT_FAILED, Doubt.LENGTH_RULE_ONLY: Clue.SHAPE}

_Read = tuple[PastedLine, ReadLine]


def identify_(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="help.identify.file", metavar="FILE")] = None,
    country: Annotated[str | None, typer.Option("--country", help="help.identify.country", metavar="PE")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="help.identify.encoding", metavar="ENCODING")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="help.identify.quiet")] = False,
) -> int:
    """Read a file or standard input to its end and say of every line what it may hold."""
    session = session_of(context)
    state = None if country is None else authority(country)
    told = _encoding(encoding)
    summary, today = Summary(), datetime.now(UTC).date()
    if file is None:
        if sys.stdin.isatty() and not quiet:
            session.note("cli.identify.paste")
        _tell(session, identify(chunks(sys.stdin.buffer), state, summary, told, today=today), summary, quiet=quiet)
    elif file.suffix.casefold() in _WORKBOOKS:
        with opened(file) as raw:
            # one byte more than may be, so that what is too large is told as such and not read
            sheets = identify_sheets(raw.read(FILE_BYTES + 1), file.name, state, summary, today)
        for name, lines in sheets:
            if not session.general.json:
                session.heading(printable(name))
            _tell(session, lines, summary, quiet=quiet)
    else:
        with opened(file) as raw:
            _tell(session, identify(chunks(raw), state, summary, told, file.name, today), summary, quiet=quiet)
    if not session.general.json:
        _sum_up(session, summary, country_known=state is not None)
    elif not quiet:
        session.err.file.write(json.dumps(summary.row()) + "\n")
    return OK


def _encoding(name: str | None) -> Encoding | None:
    try:
        return None if name is None else Encoding(name.strip().lower())
    except ValueError:
        raise UsageProblem("usage.encoding", choices=", ".join(Encoding)) from None


def _tell(session: Session, lines: Iterator[_Read], summary: Summary, *, quiet: bool) -> None:
    """Print as the text is read, with a count of lines on standard error where a person watches and the answer goes elsewhere."""
    silent = quiet or session.out.is_terminal or not session.err.is_terminal
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:.0f}"))
    with Progress(*columns, console=session.err, disable=silent, transient=True) as progress:
        task = progress.add_task(session.say("cli.identify.reading"), total=None)
        headed = False
        while batch := list(islice(lines, _BATCH)):
            if session.general.json:
                session.out.file.writelines(_json(row_of(line, read)) + "\n" for line, read in batch)
            else:
                headed = _show(session, batch, headed=headed)
            progress.update(task, completed=summary.lines)


def _json(row: dict[str, object]) -> str:
    return _STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(row, ensure_ascii=False))


def _show(session: Session, batch: Iterable[_Read], *, headed: bool) -> bool:
    """A piece of the table; whether there is a heading above by now."""
    rows = [row for line, read in batch for row in _rows(session, line, read)]
    if not rows:
        return headed
    table = session.table("cli.identify.line", "cli.identify.value", "cli.identify.may_be", "cli.identify.why")
    table.show_header = not headed
    if session.out.width <= _WIDEST_TABLE:
        _fix(table, session.out.width)
    for row in rows:
        table.add_row(*row)
    session.out.print(table)
    return True


def _fix(table: Table, width: int) -> None:
    """Columns of one width in all pieces of the table."""
    gaps = 2 * len(_CELLS)
    for column, cell in zip(table.columns, (*_CELLS, max(width - sum(_CELLS) - gaps, 12)), strict=True):
        column.width = cell


def _rows(session: Session, line: PastedLine, read: ReadLine) -> Iterator[tuple[str, str, str, str]]:
    if read.state in _SKIPPED:
        return
    if not read.found:
        yield str(line.number), _shortened(line.text), "–", session.say(f"cli.identify.state.{read.state}")
    for found in read.found:
        for place, candidate in enumerate(found.candidates):
            first = place == 0
            pieces = (line.text[span.start : span.end] for span in (found.span, *found.further))
            value = _shortened(" · ".join(pieces)) if first else ""
            number = str(line.number) if first and found is read.found[0] else ""
            if found.protected_as is None:
                yield number, value, _what(session, candidate), _why(session, candidate)
            elif first:
                yield number, *_protected(session, found.protected_as, value, candidate)
    if read.found and read.left:
        left = " · ".join(_shortened(line.text[span.start : span.end]) for span in read.left)
        yield "", left, "–", session.say("cli.identify.left")


def _protected(session: Session, called: ProtectedAs, value: str, candidate: Candidate | PersonCandidate) -> tuple[str, str, str]:
    """The mark stands in the value's own cell, so that whoever copies it pastes the mark too; a form to ask with is not shown."""
    mark = session.say("cli.identify.do_not_ask", called=session.say(f"cli.identify.called.{called}"))
    kind = label("identifier_kind", str(candidate.kind), session.language)
    return session.say("cli.pair", name=mark, value=value), kind, session.say("cli.identify.protected")


def _shortened(text: str) -> str:
    """At most a few lines of a cell, without what could steer a terminal."""
    shown = printable(text.strip())
    return shown if len(shown) <= _SHOWN_OF_A_VALUE else shown[: _SHOWN_OF_A_VALUE - 1] + "…"


def _what(session: Session, candidate: Candidate | PersonCandidate) -> str:
    kind = label("identifier_kind", str(candidate.kind), session.language)
    return kind if candidate.canonical is None else f"{kind}\n{printable(candidate.canonical)}"


def _why(session: Session, candidate: Candidate | PersonCandidate) -> str:
    clues = candidate.clues[:2]
    reasons = ", ".join(session.say(f"cli.identify.clue.{clue}") for clue in clues)
    words = session.say("cli.pair", name=session.say(f"cli.identify.confidence.{candidate.confidence}"), value=reasons)
    doubts = [session.say(f"doubt.{doubt}") for doubt in sorted(candidate.doubts) if _SAID_BY_CLUES.get(doubt) not in clues]
    if isinstance(candidate, Candidate):
        needs = [] if candidate.needs is None else [import_reason(session, f"not_normalisable:{candidate.needs}")]
        return "\n".join([words, *doubts, *needs, *_assumed(session, candidate)])
    needs = [] if candidate.needs is None else [import_reason(session, f"not_comparable:{candidate.needs}")]
    return "\n".join([words, *_headings(session, candidate), *doubts, *needs])


def _headings(session: Session, candidate: PersonCandidate) -> list[str]:
    if not candidate.headings:
        return []
    return [session.say("cli.identify.headings", headings=" · ".join(map(printable, candidate.headings)))]


def _assumed(session: Session, candidate: Candidate) -> list[str]:
    """Of a passport that could not be certain, under which state it was read."""
    if candidate.kind is not Kind.PASSPORT or candidate.confidence is Confidence.CERTAIN or candidate.country is None:
        return []
    return [session.say("cli.identify.assumed", country=country_of(candidate.country, session.language))]


def _sum_up(session: Session, summary: Summary, *, country_known: bool) -> None:
    """How many lines of each state, how the bytes were read, and what to do next."""
    states = summary.states
    session.heading(session.say("cli.identify.summary", lines=summary.lines, values=summary.values))
    for state in State:
        if states[state]:
            session.pair(session.say(f"cli.identify.state.{state}"), str(states[state]))
    read_as = ", ".join(f"{encoding} ({count})" for encoding, count in summary.encodings.most_common())
    if set(summary.encodings) - {Encoding.UTF_8}:
        session.tell("cli.identify.read_as", encodings=read_as)
    if summary.unfit:
        lines = ", ".join(map(str, summary.unfit_lines)) + (" …" if summary.unfit > len(summary.unfit_lines) else "")
        session.tell("cli.identify.unfit", count=summary.unfit, lines=lines)
    if states[State.PROTECTED]:
        session.tell("cli.identify.next.protected")
    if states[State.TO_CONFIRM]:
        session.tell("cli.identify.next.confirm" if country_known else "cli.identify.next.country")
    if states[State.NOT_RECOGNISED]:
        session.tell("cli.identify.next.not_recognised")
    if states[State.TOO_LONG]:
        session.tell("cli.identify.next.too_long")
    if summary.values:
        session.tell("cli.identify.next.ask")
