"""What every command has at hand: the language, the form of the output, the two streams and the line to the node."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import TextIO, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from node.cli.client import Answer, Api
from node.language import DEFAULT, say
from protocol.vocabulary import Language

DEFAULT_URL = "http://127.0.0.1:8470"

OK, REFUSED, USAGE, UNREACHABLE, INTERRUPTED, READER_GONE = 0, 1, 2, 3, 130, 141
"""Exit codes. 130 is what shells give a program that Ctrl-C ended."""
WARNINGS, CRITICAL = 10, 11
"""What `celosia doctor` found, apart from the codes above: a monitor must tell a sick node from an examination that failed."""

_UNBROKEN = 1000
"""Columns of what is no terminal: a file or a pipe breaks no line."""

_LOCALE_VARIABLES = ("CELOSIA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

T = TypeVar("T")


class UsageProblem(Exception):
    """The command was not called as it wants to be; `key` and `facts` word it."""

    def __init__(self, key: str, **facts: str | int) -> None:
        self.key, self.facts = key, facts
        super().__init__(key)


@dataclass(frozen=True)
class General:
    """The options that stand before or after any command, and the arguments without them."""

    language: str | None
    json: bool
    url: str | None
    token_file: str | None
    rest: tuple[str, ...]

    @classmethod
    def of(cls, argv: Sequence[str]) -> "General":
        """Take them out of `argv`, wherever they stand before a `--`. Raises `UsageProblem` for one without its value."""
        values: dict[str, str] = {}
        as_json, rest, pending = False, [], list(argv)
        while pending:
            word = pending.pop(0)
            name, equals, value = word.partition("=")
            if word == "--":
                rest += [word, *pending]
                break
            if word == "--json":
                as_json = True
            elif name in ("--lang", "--url", "--token-file"):
                if not equals and (not pending or pending[0].startswith("--")):
                    raise UsageProblem("usage.option_needs_value", option=name)
                values[name] = value if equals else pending.pop(0)
            else:
                rest.append(word)
        return cls(values.get("--lang"), as_json, values.get("--url"), values.get("--token-file"), tuple(rest))


def language_from(named: str | None, environment: Mapping[str, str]) -> Language:
    """The language named, else the environment's first that is one of ours, else Spanish. Raises `UsageProblem`."""
    known = {language.value: language for language in Language}
    if named is not None:
        if named not in known:
            raise UsageProblem("usage.unknown_language", language=named)
        return known[named]
    codes = (environment.get(variable, "")[:2].lower() for variable in _LOCALE_VARIABLES)
    return next((known[code] for code in codes if code in known), DEFAULT)


def need_text(words: Iterable[str]) -> None:
    """Raises `UsageProblem` for what is not in UTF-8: Python passes such bytes on as signs that no file and no database takes."""
    for word in words:
        try:
            word.encode("utf-8")
        except UnicodeEncodeError:
            raise UsageProblem("usage.not_utf8", given=word) from None


class _Terminal(Console):
    """Says when its reader is gone; the library would end the process as one that failed."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


@dataclass(frozen=True)
class Session:
    """One call of the program."""

    language: Language
    general: General
    environment: Mapping[str, str] = field(repr=False)
    out: Console
    err: Console

    @classmethod
    def open(cls, language: Language, general: General, environment: Mapping[str, str], out: TextIO, err: TextIO) -> "Session":
        """A session that prints to these streams: with colours where they are terminals; plain and unbroken elsewhere.

        `COLUMNS` in the environment sets the width of either.
        """
        consoles = [
            _Terminal(file=stream, markup=False, highlight=False, emoji=False, width=_width(stream, environment))
            for stream in (out, err)
        ]
        return cls(language, general, environment, consoles[0], consoles[1])

    def say(self, key: str, /, **facts: str | int) -> str:
        """A text of the catalogue in the officer's language."""
        return say(self.language, key, **facts)

    def tell(self, key: str, /, **facts: str | int) -> None:
        """Print a text of the catalogue."""
        self.out.print(self.say(key, **facts))

    def note(self, key: str, /, **facts: str | int) -> None:
        """Print a text next to the result: on standard error, so that the result can be piped."""
        self.err.print(self.say(key, **facts))

    def show(self, answer: Answer[T], render: Callable[[T], None]) -> None:
        """The answer: as JSON with `--json`, for a reader otherwise."""
        if self.general.json:
            self.print_json(answer.raw)
        else:
            render(answer.value)

    def heading(self, text: str) -> None:
        """Print the line under which a part of the answer stands."""
        self.out.print(f"── {text}")

    def pair(self, name: str, value: str) -> None:
        """Print a value with its name."""
        self.tell("cli.pair", name=name, value=value)

    def choices(self, meanings: Mapping[str, str]) -> str:
        """What can be given and what each means, a line for each."""
        return "\n".join("  " + self.say("cli.pair", name=name, value=meaning) for name, meaning in meanings.items())

    def print_json(self, raw: str) -> None:
        """JSON as it came, without wrapping."""
        self.out.file.write(raw + "\n")

    def complain(
        self,
        code: str,
        title: str,
        detail: str,
        *,
        lines: Sequence[str] = (),
        facts: Mapping[str, str | int] | None = None,
        document: str | None = None,
    ) -> None:
        """An error on standard error: what happened, where, what to do; a problem document, `document` or our own, with `--json`.

        `facts`: what a program may want to know of it, `reason` first.
        """
        if self.general.json:
            words = {"title": title, "detail": " ".join([*lines, detail])}
            own = {"type": f"urn:celosia:problem:{code}", **words, "code": code, **({"facts": facts} if facts else {})}
            self.err.file.write((document or json.dumps(own, ensure_ascii=False)) + "\n")
            return
        self.err.print(title, style="bold red")
        for line in (*lines, detail):
            self.err.print(line)
        self.err.print(self.say("cli.error_code", code=code), style="dim")

    def table(self, *columns: str) -> Table:
        """An empty table with these headings."""
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for column in columns:
            # a number is there to be copied into the next command, so it keeps to one line
            table.add_column(self.say(column), overflow="fold", no_wrap=column == "cli.id")
        return table

    def api(self) -> Api:
        """The line to the node. Raises `UsageProblem` when there is no token or the address cannot be used."""
        return Api(self.general.url or self.environment.get("CELOSIA_URL") or DEFAULT_URL, self._token(), self.language)

    def ask_for(self, key: str) -> str:
        """A line that others must not see: typed without an echo, or piped in. Raises `UsageProblem` for what is not in UTF-8."""
        try:
            line = getpass(self.say(key) + " ") if sys.stdin.isatty() else sys.stdin.readline()
            line.encode("utf-8")
        except UnicodeError:
            raise UsageProblem("usage.typed_not_utf8") from None
        return line.strip()

    def ask_openly(self, key: str) -> str:
        """A line that may be seen as it is typed, or piped in; "" at the end. Raises `UsageProblem` for what is no UTF-8."""
        if sys.stdin.isatty():
            self.err.print(self.say(key), end=" ")
        try:
            line = sys.stdin.readline()
            line.encode("utf-8")
        except UnicodeError:
            raise UsageProblem("usage.typed_not_utf8") from None
        return line.strip()

    def _token(self) -> str:
        if self.general.token_file is None:
            token = self.environment.get("CELOSIA_TOKEN", "").strip()
        else:
            try:
                token = Path(self.general.token_file).read_text("ascii").strip()
            except (OSError, UnicodeDecodeError):
                raise UsageProblem("usage.token_file", file=self.general.token_file) from None
        if not token:
            raise UsageProblem("usage.no_token")
        return token


def _width(stream: TextIO, environment: Mapping[str, str]) -> int | None:
    """The number of columns; None where the terminal says it."""
    named = environment.get("COLUMNS", "")
    if named.isascii() and named.isdigit() and int(named) > 0:
        return int(named)
    return None if stream.isatty() else _UNBROKEN


def session_of(context: typer.Context) -> Session:
    """The session that `run` opened."""
    session = context.find_object(Session)
    assert session is not None  # noqa: S101  `run` passes it to every command
    return session
