"""Help in the officer's language. Commands and parameters carry keys of the catalogue; here they become texts."""

from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from node.cli.session import Session, UsageProblem, session_of

_GENERAL = (
    ("--lang es|en|pt|fr", "help.general.lang"),
    ("--json", "help.general.json"),
    ("--url", "help.general.url"),
    ("--token-file", "help.general.token_file"),
    ("--help", "help.general.help"),
)


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


def _write(command: Command | Group, ctx: Any, formatter: Any) -> None:
    session: Session = session_of(ctx)
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if isinstance(each, TyperOption)]
    pieces = [session.say("help.options_piece"), *(_piece(each) for each in arguments)]
    if isinstance(command, Group):
        pieces.append(session.say("help.command_piece"))
    formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=session.say("help.usage") + " ")
    formatter.write_paragraph()
    formatter.write_text(session.say(command.help or "help.celosia"))
    sections = [("help.arguments", [(_piece(each), session.say(each.help or "")) for each in arguments])]
    sections.append(("help.options", [(_option(each), _meaning(session, each)) for each in options]))
    if isinstance(command, Group):
        rows = [(name, session.say(each.help or "").partition(". ")[0].rstrip(".")) for name, each in command.commands.items()]
        sections.append(("help.commands", rows))
    sections.append(("help.general.title", [(name, session.say(key)) for name, key in _GENERAL]))
    for title, rows in sections:
        if rows:
            with formatter.section(session.say(title)):
                formatter.write_dl(rows)


def _piece(argument: TyperArgument) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def _option(option: TyperOption) -> str:
    return ", ".join(option.opts) + (f" {option.metavar}" if option.metavar else "")


def _meaning(session: Session, option: TyperOption) -> str:
    text = session.say(option.help or "")
    return f"{text} {session.say('help.required')}" if option.required else text
