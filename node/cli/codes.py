"""`celosia codes`: the lists of the common vocabulary, whose codes questions, mappings and records are written in."""

import json
from collections.abc import Mapping
from typing import Annotated

import typer

from node.cli.session import OK, Session, UsageProblem, session_of
from protocol.vocabulary import code_lists


def codes(
    context: typer.Context,
    list_name: Annotated[str | None, typer.Argument(help="help.codes.list", metavar="LIST")] = None,
) -> int:
    """The names of the lists, or one list's codes with what they mean."""
    session, lists = session_of(context), code_lists()
    if list_name is None:
        _show(session, {name: str(len(entries)) for name, entries in lists.items()}, "cli.codes.list", "cli.codes.count")
        return OK
    if list_name not in lists:
        raise UsageProblem("usage.unknown_list", choices=", ".join(sorted(lists)))
    meanings = {code: str(entry[session.language.value]) for code, entry in lists[list_name].items()}
    _show(session, meanings, "cli.codes.code", "cli.codes.meaning")
    return OK


def _show(session: Session, rows: Mapping[str, str], *headings: str) -> None:
    if session.general.json:
        session.print_json(json.dumps(rows, ensure_ascii=False))
        return
    table = session.table(*headings)
    for name, value in rows.items():
        table.add_row(name, value)
    session.out.print(table)
