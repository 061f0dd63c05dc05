"""Nothing that a person can type makes a traceback: every command, every argument of it, with what no argument should be.

States, offices and numbers are invented.
"""

import io
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperArgument, TyperOption

from deploy.demo.states import STATES
from node.cli.app import build, run
from node.cli.session import CRITICAL, OK, REFUSED, UNREACHABLE, USAGE, WARNINGS
from tests.architecture.test_documents import rows_of
from tests.node.cli.program import TOKEN

STATE = STATES[0].authority
ABSURD = (
    "",
    " ",
    "9" * 20,
    "-1",
    "1e999",
    "\udcff\udcfe",
    "one\udcffmore",
    "\u202e\x1b[2J☠",
    "{node}%s\\",
    "a=b,,;é",
    "x" * 300,
    "y" * 70_000,
    "../" * 3_000,
    "http://[",
    "https://node.invalid:99999999/?#",
    "pkcs11:token=%zz;object=a?module-path=%00",
    "file:",
    "PE," * 3_000,
    "2026-13-45T99:99:99Z",
)
ENDS = (REFUSED, USAGE, UNREACHABLE, WARNINGS, CRITICAL)


@pytest.fixture
def place(founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a founded federation, in a folder that what has no path of its own falls into."""
    shutil.copytree(founded, tmp_path / "federation", symlinks=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "federation"


def sane(place: Path) -> Mapping[str, str]:
    """What a parameter is given while another one is absurd, by the key of its help text or by what it is called there."""
    roles = place / "secretariat" / "repository" / "published" / "metadata"
    officer, entry = str(place / "ceremony" / STATE / "officer-1.pem"), str(place / STATE / "directory-entry.json")
    return {
        "FOLDER": str(place / STATE),
        "help.directory.repository": str(place / "secretariat" / "repository"),
        "help.directory.online_key": str(place / "ceremony" / "secretariat" / "online.pem"),
        "help.ceremony.out": str(place / "made.json"),
        "help.ceremony.new_key": str(place / "made.pem"),
        "help.ceremony.entry": entry,
        "help.ceremony.holder_key": officer,
        "help.entry.write": str(place / "made.json"),
        "help.tls.out": str(place / "made.csr"),
        "help.backup.file": str(place / "made.backup"),
        "help.init.directory_certificate": str(place / "secretariat" / "leaf.pem"),
        "root.json": str(roles / "1.root.json"),
        "FILE.json": str(roles / f"1.{STATE}.json"),
        "FILE.json…": entry,
        "FILE": entry,
        "FILE.pem": str(place / STATE / "tls" / "leaf.pem"),
        "PE": "PE",
        "PE,BR": "PE,BR",
        "CO,BR": "CO,BR",
        "URL": "https://127.0.0.1:8472",
        "EMAIL": "desk@co.example.org",
        "+…": "+00000000000",
        "es,en": "es,en",
        "HOST": "127.0.0.1",
        "DAYS": "30",
        "SECONDS": "60",
        "NAME": "An invented name",
        "ROLE": "analyst",
        "ID": "a" * 32,
    }


def commands(command: Any, path: Sequence[str] = ()) -> Iterator[tuple[str, Any]]:
    """Every command with its words; a group that does something by itself is one, too."""
    below = getattr(command, "commands", {})
    if path and (not below or command.params):
        yield " ".join(path), command
    for name, each in below.items():
        yield from commands(each, [*path, name])


COMMANDS = dict(commands(typer.main.get_command(build())))


def call(name: str, values: Mapping[str, str]) -> list[str]:
    """The command line that gives each parameter its value."""
    words = name.split()
    for parameter in COMMANDS[name].params:
        value = values.get(parameter.name)
        if value is not None:
            words += [f"{parameter.opts[0]}={value}"] if isinstance(parameter, TyperOption) else [value]
    return words


def calls(name: str, place: Path, of_each: int) -> Iterator[list[str]]:
    """Every `of_each`-th absurdity for each parameter in turn, the others as they should be; and every one for all at once."""
    parameters = [each for each in COMMANDS[name].params if isinstance(each, TyperArgument) or not each.is_flag]
    known = sane(place)
    good = {
        each.name: known.get(each.help or "", known.get(each.metavar or "", "1"))
        for each in parameters
        if each.required or each.metavar == "FOLDER"
    }
    for number, absurd in enumerate(ABSURD):
        yield call(name, {each.name: absurd for each in parameters})
        for at, each in enumerate(parameters):
            if (number + at) % of_each == 0:
                yield call(name, {**good, each.name: absurd})


def told(argv: Sequence[str], typed: str = "INVENTED-4711") -> tuple[int, str]:
    """One call, with streams as strict as a terminal's. Returns exit code and what was complained of."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors=errors) for errors in ("strict", "backslashreplace"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
        code = run(argv, {"CELOSIA_URL": "http://127.0.0.1:1", "CELOSIA_TOKEN": TOKEN}, out, err)
    out.flush()
    err.flush()
    assert isinstance(err.buffer, io.BytesIO)
    return code, err.buffer.getvalue().decode("utf-8")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("of_each", [4, pytest.param(1, marks=pytest.mark.deep)], ids=["a quarter", "all"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_absurd_argument_makes_a_traceback(name: str, of_each: int, place: Path) -> None:
    documented = rows_of("errors.md").keys()
    for argv in calls(name, place, of_each):
        shown = [word[:40] for word in argv]
        try:
            code, complaint = told([*argv, "--json"])
        except Exception as error:
            raise AssertionError(f"{shown}: {type(error).__name__}") from error
        assert code == OK or json.loads(complaint.splitlines()[-1])["code"] in documented, f"{shown}: {code}: {complaint}"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_absurd_word_is_too_much_for_a_reader_s_terminal_either(name: str, place: Path) -> None:
    for absurd in ABSURD:
        argv = call(name, {each.name: absurd for each in COMMANDS[name].params if isinstance(each, TyperArgument)})
        code, complaint = told([*argv, "--lang", "en"])
        assert "Traceback" not in complaint, name
        assert code in (OK, *ENDS) and (code == OK) == (not complaint), f"{name} {absurd[:40]!r}: {code}: {complaint}"


@pytest.mark.usefixtures("place")
def test_general_options_are_no_less_robust() -> None:
    for absurd in ABSURD:
        for option in ("--lang", "--url", "--token-file"):
            code, complaint = told(["peers", f"{option}={absurd}", "--json"])
            assert code in (UNREACHABLE, USAGE), (option, absurd[:40])
            assert json.loads(complaint)["code"] in rows_of("errors.md")
        for variable in ("CELOSIA_LANG", "CELOSIA_URL", "CELOSIA_TOKEN", "COLUMNS"):
            for form in (["--json"], []):
                out, err = io.StringIO(), io.StringIO()
                code = run(["peers", *form], {"CELOSIA_URL": "http://127.0.0.1:1", variable: absurd}, out, err)
                assert code in (UNREACHABLE, USAGE), (variable, absurd[:40])
                assert err.getvalue()


def test_what_is_typed_may_be_absurd_too(place: Path) -> None:
    for typed in (each for each in ABSURD if "\n" not in each):
        argv = ["officer", "add", "invented", "--name", "An invented name", "--role", "analyst", "--node", str(place / STATE)]
        code, complaint = told([*argv, "--json"], typed)
        assert code == OK or json.loads(complaint.splitlines()[-1])["code"] in rows_of("errors.md"), typed[:40]
