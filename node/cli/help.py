"""Help in the officer's language. Commands and parameters carry keys of the catalogue; here they become texts."""

from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from node.cli.given import usable
from node.cli.session import Session, UsageProblem, session_of
from node.language import catalogue
from protocol.vocabulary import Code, LegalBasis, Offence, RequestPurpose, Urgency

_GENERAL = (
    ("--lang es|en|pt|fr", "help.general.lang"),
    ("--json", "help.general.json"),
    ("--url", "help.general.url"),
    ("--token-file", "help.general.token_file"),
    ("--help", "help.general.help"),
)

_CODES: Mapping[str, type[Code]] = {
    "help.ask.purpose": RequestPurpose,
    "help.ask.basis": LegalBasis,
    "help.ask.offence": Offence,
    "help.ask.urgency": Urgency,
}
"""Help text of an option that takes a code -> the list, which its command's help shows in full."""


class Command(TyperCommand):
    """A command whose help is in the officer's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Usage, what it does, its arguments and options, the general options."""
        _write(self, ctx, formatter)


class Group(TyperGroup):
    """Commands under one word."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """As a command's, with the list of commands."""
        _write(self, ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As Typer does, with a complaint in the officer's language. Raises `UsageProblem`."""
        if args[0] not in self.commands:
            raise UsageProblem("usage.no_such_command", command=args[0], help=f"{ctx.command_path} --help")
        return super().resolve_command(ctx, args)


def help_if_alone(context: typer.Context) -> None:
    """For a group that does nothing by itself: show what it has."""
    if context.invoked_subcommand is None:
        session_of(context).out.file.write(context.get_help() + "\n")


def metavar(session: Session, name: str) -> str:
    """What a value is called in the officer's language: `FILE.json` is `ARCHIVO.json`. Codes and names of files stay."""
    word, dot, ending = name.partition(".")
    return catalogue(session.language).get(f"help.metavar.{word.lower()}", word) + dot + ending


def _write(command: Command | Group, ctx: Any, formatter: Any) -> None:
    session: Session = session_of(ctx)
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if isinstance(each, TyperOption)]
    pieces = [session.say("help.options_piece"), *(_piece(session, each) for each in arguments)]
    if isinstance(command, Group):
        pieces.append(session.say("help.command_piece"))
    formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=session.say("help.usage") + " ")
    formatter.write_paragraph()
    formatter.write_text(session.say(command.help or "help.celosia"))
    sections = [(session.say("help.arguments"), [(_piece(session, each), session.say(each.help or "")) for each in arguments])]
    sections.append((session.say("help.options"), [(_option(session, each), _meaning(session, each)) for each in options]))
    if isinstance(command, Group):
        rows = [(name, session.say(each.help or "").partition(". ")[0].rstrip(".")) for name, each in command.commands.items()]
        sections.append((session.say("help.commands"), rows))
    for each in options:
        codes = _CODES.get(each.help or "")
        if codes is not None:
            meanings = [(str(code), code.label(session.language)) for code in usable(codes)]
            sections.append((session.say("help.codes.of", option=each.opts[0]), meanings))
    sections.append((session.say("help.general.title"), [(name, session.say(key)) for name, key in _GENERAL]))
    for title, rows in sections:
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def _piece(session: Session, argument: TyperArgument) -> str:
    name = metavar(session, argument.metavar or argument.name)
    return name if argument.required else f"[{name}]"


def _option(session: Session, option: TyperOption) -> str:
    return ", ".join(option.opts) + (f" {metavar(session, option.metavar)}" if option.metavar else "")


def _meaning(session: Session, option: TyperOption) -> str:
    text = session.say(option.help or "")
    return f"{text} {session.say('help.required')}" if option.required else text
