"""What an administrator copies from a runbook at night: every command line in `docs/runbook/` is one that its command takes."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from node.cli.app import build
from node.cli.session import General, UsageProblem

RUNBOOKS = sorted((Path(__file__).parents[2] / "docs" / "runbook").glob("*.md"))
_FENCE = re.compile(r"^ *```[a-z ]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:\.venv/bin/)?celosia [^`\n]+)`")
_CALL = re.compile(r"(?:^|[\s(\"$])(?:\.venv/bin/)?celosia (?=[a-z-])(.*)")


def calls(text: str) -> list[str]:
    """What follows `celosia` on every line of every block, continued lines joined, up to what the shell does with it."""
    found = []
    for block in _FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            call = _CALL.search(line.partition(" # ")[0])
            if call:
                plain = re.sub(r"\$\([^()]*\)|\$\{?\w+\}?", "1", call[1])  # what the shell puts in: a word, or a number
                found.append(re.split(r"\s\d?[|&;>]|[;)]", plain)[0])
    return found


def named(text: str) -> list[str]:
    """What follows `celosia` between backticks in the text: often without what the command needs."""
    return [call.partition("celosia ")[2] for call in _INLINE.findall(_FENCE.sub("", text))]


def fault(call: str, *, whole: bool) -> str | None:
    """Why a call would not be taken, or None. Without `whole`, what is missing is not looked at."""
    command = typer.main.get_command(build())
    try:
        words = list(General.of(shlex.split(call)).rest)
        path: list[str] = []
        while words and words[0] in getattr(command, "commands", {}):
            path.append(words.pop(0))
            command = command.commands[path[-1]]  # type: ignore[attr-defined]
        if not path:
            return "no such command"
        if words and getattr(command, "commands", None) and not words[0].startswith("-"):
            return "no such command"
        if whole:
            command.make_context(path[-1], words)
        else:
            known = {name for each in command.params for name in each.opts}
            unknown = {word.partition("=")[0] for word in words if word.startswith("--")} - known - {"--help"}
            return f"no option {unknown}" if unknown else None
    except (typer.TyperException, UsageProblem, ValueError) as error:
        return type(error).__name__
    return None


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: str(page.name))
def test_every_command_line_of_a_runbook_is_one_that_its_command_takes(page: Path) -> None:
    for call in calls(page.read_text("utf-8")):
        assert fault(call, whole=True) is None, f"{page.name}: celosia {call}: {fault(call, whole=True)}"


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: str(page.name))
def test_every_command_that_the_text_of_a_runbook_names_exists(page: Path) -> None:
    for call in named(page.read_text("utf-8")):
        assert fault(call, whole=False) is None, f"{page.name}: celosia {call}"


def test_commands_are_found_and_wrong_ones_noticed() -> None:
    text = "```\n(umask 077; .venv/bin/celosia officer token a \\\n    --node X > a.token)\n```\nand `celosia peers deny`."
    assert [shlex.split(call) for call in calls(text)] == [["officer", "token", "a", "--node", "X"]]
    assert named(text) == ["peers deny"]
    assert fault("officer token a --node X", whole=True) is None
    assert fault("officer token", whole=True) is not None
    assert fault("officer tokens a", whole=True) is not None
    assert fault("doctor --qiuck", whole=True) is not None
    assert fault("peers denies", whole=False) is not None
    assert fault("doctor --nodes", whole=False) is not None
