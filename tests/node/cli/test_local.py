"""Commands on the node's own machine, on real folders: founding, accounts, tokens, serving."""

import io
import json
import logging
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from deploy.demo.ceremony import AUDIT_HOLDERS, Ports, found_federation
from deploy.demo.states import STATES
from node.cli.local import tell_stage
from node.cli.session import General, Session
from node.durable import serving
from node.language import say
from node.settings import Settings
from protocol.vocabulary import Language
from tests.federation.running import free_port
from tests.node.cli.program import Program, Result

STATE = STATES[0].authority


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded federation: a folder for each node, and the Secretariat's."""
    folder = tmp_path_factory.mktemp("federation")
    ports = Ports(free_port(), {s.authority: free_port() for s in STATES}, {s.authority: free_port() for s in STATES})
    found_federation(folder, STATES, ports, "")
    return folder


@pytest.fixture
def celosia() -> Program:
    """The program without a node: local commands need none."""
    return Program("http://127.0.0.1:1")


@pytest.fixture
def staff_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"INVENTED-{time.monotonic_ns()}\n"))


def init(federation: Path, folder: Path, **changes: str) -> list[str]:
    """`celosia init` for a new node of the federation."""
    settings = Settings.read(federation / STATE)
    options = {
        "--directory-url": settings.directory.url,
        "--directory-certificate": str(federation / STATE / settings.directory.tls_authority),
        "--root": str(federation / STATE / settings.directory.root),
        "--root-fingerprint": settings.directory.root_fingerprint,
        "--contact-email": "enlace@example.org",
        "--contact-phone": "+5115550100",
        "--contact-languages": "es,en",
        "--audience": "CO,BR",
        "--node": str(folder),
        **changes,
    }
    holders = [f"--audit-holder={federation}/ceremony/{STATE}/audit-{number}.pub" for number in AUDIT_HOLDERS]
    return ["init", "PE", *holders, *(word for pair in options.items() for word in pair)]


def says(result: Result, text: str) -> bool:
    """Whether the program said so, wherever the lines break."""
    return "".join(text.split()) in "".join(result.text.split())


def test_a_node_is_founded_with_settings_keys_and_a_directory_entry(celosia: Program, federation: Path, tmp_path: Path) -> None:
    result = celosia(*init(federation, tmp_path / "node"), "--lang", "en")
    assert result.code == 0
    assert Settings.read(tmp_path / "node").authority == "PE"
    assert (tmp_path / "node" / "directory-entry.json").exists()
    for key in (tmp_path / "node" / "keys").glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "directory-entry.json" in result.text.replace(" ", "")


def test_a_folder_that_holds_something_is_left_alone(celosia: Program, federation: Path, tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("invented")
    result = celosia(*init(federation, tmp_path))
    assert result.code == 1
    assert say(Language.ES, "local.folder_not_empty.title") in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["diary"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--contact-email", "nobody"), ("--contact-phone", "555"), ("--contact-languages", "es,de"), ("--audience", "CO,ES")],
)
def test_a_wrong_detail_is_refused_before_anything_is_made(
    celosia: Program, federation: Path, tmp_path: Path, option: str, value: str
) -> None:
    assert celosia(*init(federation, tmp_path / "node", **{option: value})).code == 2
    assert not (tmp_path / "node").exists()


def test_a_file_that_is_missing_is_named(celosia: Program, federation: Path, tmp_path: Path) -> None:
    result = celosia(*init(federation, tmp_path / "node", **{"--root": str(tmp_path / "absent.json")}))
    assert result.code == 2
    assert "absent.json" in result.text.replace(" ", "")


ANOTHER_ROOT = "0000 " * 16


@pytest.mark.parametrize("language", Language)
def test_a_node_whose_questions_one_person_could_open_is_not_founded(
    celosia: Program, federation: Path, tmp_path: Path, language: Language
) -> None:
    words = init(federation, tmp_path / "node")
    result = celosia(*(word for word in words if not word.endswith("audit-2.pub")), "--lang", language.value)
    assert (result.code, result.out) == (1, "")
    assert says(result, say(language, "local.holders_unusable.next"))
    result = celosia(*words, "--audit-holder", str(federation / STATE / "node.toml"), "--lang", language.value)
    assert result.code == 2
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--root", "a JSON file that is none", "root_unusable"),
        ("--root-fingerprint", ANOTHER_ROOT, "root_not_read_aloud"),
        ("--directory-certificate", "no certificate", "certificate_unusable"),
        ("--directory-url", "http://127.0.0.1:8472", "directory_url_unusable"),
        ("--peer-host", "Node.Example", "address_unusable"),
        ("--national-port", "8471", "ports_unusable"),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_what_cannot_make_a_node_is_refused_and_no_folder_is_left(
    celosia: Program, federation: Path, tmp_path: Path, language: Language, option: str, value: str, code: str
) -> None:
    if option in ("--root", "--directory-certificate"):
        (tmp_path / "given").write_text(value)
        value = str(tmp_path / "given")
    result = celosia(*init(federation, tmp_path / "node", **{option: value}), "--lang", language.value)
    assert (result.code, result.out) == (1, "")
    assert say(language, f"local.{code}.title") in result.text
    assert say(language, f"local.{code}.next") in result.text
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "many"])
def test_a_port_that_is_none_is_refused_by_its_option(celosia: Program, federation: Path, tmp_path: Path, port: str) -> None:
    result = celosia(*init(federation, tmp_path / "node", **{"--peer-port": port}))
    assert result.code == 2
    assert "--peer-port" in result.text
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("username", "name", "number", "code"),
    [
        ("", "Eva Inventada", "INVENTED-77", "username_missing"),
        ("na die", "Eva Inventada", "INVENTED-77", "username_missing"),
        ("nadie", "Eva Inventada", "", "staff_number_missing"),
        ("nadie", "Eva Inventada", "12", "staff_number_missing"),
        ("nadie", "Eva Inventada", "- - -", "staff_number_missing"),
        ("nadie", " ", "INVENTED-77", "name_missing"),
    ],
)
def test_an_account_needs_a_person_behind_it(
    celosia: Program,
    federation: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: Language,
    username: str,
    name: str,
    number: str,
    code: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{number}\n"))
    node = str(federation / STATE)
    result = celosia("officer", "add", username, "--name", name, "--role", "auditor", "--node", node, "--lang", language.value)
    assert result.code == 1
    assert say(language, f"local.{code}.title") in result.text
    assert celosia("officer", "token", username, "--node", node).code == 1


@pytest.mark.parametrize("language", Language)
def test_what_is_wrong_with_settings_or_keys_is_said_in_the_language_of_who_reads_it(
    celosia: Program, federation: Path, tmp_path: Path, language: Language
) -> None:
    command = ["officer", "token", "eva", "--lang", language.value, "--node"]
    there_is_none = celosia(*command, str(tmp_path))
    assert says(there_is_none, say(language, "settings.fault.no_file", file=str(tmp_path / "node.toml")))
    shutil.copytree(federation / STATE, tmp_path / "node")
    settings = tmp_path / "node" / "node.toml"
    settings.write_text(re.sub(r"(\[national\]\nport = )\d+", r'\1"eighty"', settings.read_text()))
    wrong = celosia(*command, str(tmp_path / "node"))
    assert says(wrong, say(language, "settings.fault.not_a_number", file=str(settings), place="national.port"))
    shutil.copy(federation / STATE / "node.toml", settings)
    (tmp_path / "node" / "keys" / "node.key").chmod(0o644)
    open_key = celosia(*command, str(tmp_path / "node"))
    assert says(open_key, say(language, "keys.fault.open_to_others", file=str(tmp_path / "node" / "keys" / "node.key")))
    assert {there_is_none.code, wrong.code, open_key.code} == {1}


def test_a_node_is_founded_and_opened_under_a_passphrase_that_a_file_holds(
    celosia: Program, federation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "passphrase"
    words.write_text("six invented words of no meaning\n")
    words.chmod(0o600)
    folder = tmp_path / "node"
    made = celosia(*init(federation, folder, **{"--passphrase": f"file:{words}"}))
    assert made.code == 0
    assert not (folder / "keys" / "node.key").exists()
    monkeypatch.setattr(sys, "stdin", io.StringIO("INVENTED-4711\n" * 2))
    account = ["officer", "add", "ana", "--name", "Ana Inventada", "--role", "analyst", "--node", str(folder)]
    words.write_text("another passphrase of no meaning\n")
    wrong = celosia(*account)
    assert wrong.code == 1
    assert says(wrong, say(Language.ES, "keys.fault.wrong_passphrase", file=str(folder / "keys" / "signing.key")))
    assert "meaning" not in wrong.text
    words.write_text("six invented words of no meaning\n")
    assert celosia(*account).code == 0


def test_a_passphrase_that_is_to_be_typed_needs_a_terminal(celosia: Program, federation: Path, tmp_path: Path) -> None:
    refused = celosia(*init(federation, tmp_path / "node", **{"--passphrase": "prompt:"}), "--lang", "en")
    assert refused.code == 1
    assert say(Language.EN, "keys.fault.no_terminal") in refused.text
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize("typed", [["six invented words of no meaning"] * 2, ["six invented words of no meaning", "seven"]])
def test_a_new_passphrase_is_typed_twice(
    celosia: Program, federation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: list[str]
) -> None:
    monkeypatch.setattr("node.cli.session.getpass", lambda _prompt, answers=iter(typed): next(answers))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    result = celosia(*init(federation, tmp_path / "node", **{"--passphrase": "prompt:"}), "--lang", "en")
    assert result.code == (0 if typed[0] == typed[1] else 1)
    assert (say(Language.EN, "keys.fault.passphrases_differ") in result.text) == (typed[0] != typed[1])
    assert "invented words" not in result.text


def test_two_secrets_or_one_on_the_command_line_are_no_custody(celosia: Program, federation: Path, tmp_path: Path) -> None:
    both = {"--passphrase": "env:A", "--node-key": "env:B"}
    for given in (both, {"--node-key": "hunter2"}):
        result = celosia(*init(federation, tmp_path / "node", **given), "--lang", "en")
        assert result.code == 2
        assert say(Language.EN, "usage.custody") in result.text
        assert "hunter2" not in result.text


@pytest.mark.usefixtures("staff_number")
def test_an_account_gets_a_token_alone_on_standard_output(
    celosia: Program, federation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = str(federation / STATE)
    made = celosia("officer", "add", "ana", "--name", "Ana Inventada", "--role", "analyst", "--node", node, "--lang", "en")
    assert made.code == 0
    assert "Account made: ana. Roles: Analyst." in made.text
    monkeypatch.setenv("CELOSIA_NODE", node)
    issued = celosia("officer", "token", "ana")
    assert issued.code == 0
    assert issued.out.startswith("celosia_")
    assert len(issued.out.split()) == 1
    assert say(Language.ES, "cli.officer.token_note") in " ".join(issued.err.split())


def test_what_cannot_be_done_is_said_with_what_to_do(
    celosia: Program, federation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("INVENTED-EVA\nINVENTED-OTRA\n"))
    node = ["--node", str(federation / STATE)]
    assert celosia("officer", "add", "eva", "--name", "Eva Inventada", "--role", "auditor", *node).code == 0
    for argv, key in (
        (["officer", "add", "eva", "--name", "Otra Inventada", "--role", "auditor", *node], "username_taken"),
        (["officer", "token", "nobody", *node], "unknown_officer"),
        (["officer", "token", "eva", "--role", "analyst", *node], "scope_not_held"),
        (["officer", "token", "eva", "--node", str(tmp_path)], "settings_unusable"),
    ):
        result = celosia(*argv)
        assert result.code == 1
        assert say(Language.ES, f"local.{key}.title") in result.text
        assert "Traceback" not in result.text


def test_a_role_that_does_not_exist_is_answered_with_those_that_do(celosia: Program, federation: Path) -> None:
    result = celosia("officer", "token", "ana", "--role", "boss", "--node", str(federation / STATE))
    assert result.code == 2
    assert "investigator, analyst, liaison, protection, administrator, auditor" in result.text


def test_the_staff_number_is_no_option(celosia: Program, federation: Path) -> None:
    """Arguments can be seen by every user of the machine."""
    argv = ["officer", "add", "x", "--name", "X", "--role", "analyst", "--staff-number", "1", "--node", str(federation / STATE)]
    assert celosia(*argv).code == 2


@pytest.mark.federation
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_node_serves_until_it_is_told_to_stop_and_then_ends_cleanly(federation: Path, ending: signal.Signals) -> None:
    folder = federation / STATE
    served = subprocess.Popen(
        [sys.executable, "-m", "node", "serve", "--node", str(folder), "--lang", "en"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    address = f"http://127.0.0.1:{Settings.read(folder).national.port}"
    deadline = time.monotonic() + 30
    with httpx2.Client(trust_env=False) as http:
        while True:
            assert time.monotonic() < deadline
            try:
                assert http.get(f"{address}/healthz").status_code == 200
                break
            except httpx2.TransportError:
                time.sleep(0.05)
    served.send_signal(ending)
    _, said = served.communicate(timeout=30)
    assert served.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]  # each of them is one
    assert [line["state"] for line in lines if line["event"] == "server"] == ["starting", "stopped"]
    assert lines[0]["event"] == "server"


def test_at_a_terminal_a_stage_is_told_in_words_in_the_language_asked_for_and_in_a_file_as_an_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    written, terminal = io.StringIO(), Terminal()
    for err in (written, terminal):
        session = Session.open(Language.FR, General.of([]), {}, io.StringIO(), err)
        tell_stage(session, "starting", "cli.directory.starting", address="here")
    assert written.getvalue() == ""
    assert [record.__dict__["state"] for record in caplog.records] == ["starting"]
    assert terminal.getvalue().strip() == say(Language.FR, "cli.directory.starting", address="here")


class Terminal(io.StringIO):
    """Where a person reads."""

    def isatty(self) -> bool:
        return True


@pytest.mark.federation
def test_a_second_process_says_that_another_one_serves_and_not_that_it_starts(federation: Path) -> None:
    argv = [sys.executable, "-m", "node", "serve", "--node", str(federation / STATE), "--lang", "en"]
    with serving(federation / STATE):
        environment = {**os.environ, "COLUMNS": "200"}
        second = subprocess.run(argv, check=False, stderr=subprocess.PIPE, text=True, timeout=60, env=environment)
    assert second.returncode == 1
    assert say(Language.EN, "local.served_already.title") in second.stderr
    assert "starting" not in second.stderr
