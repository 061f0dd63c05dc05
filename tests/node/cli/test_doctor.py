"""`celosia doctor`: the worst first, for a person in four languages and for a monitor, and an exit code for each severity."""

import json
import shutil
import time
from pathlib import Path

import pytest

from node.cli.doctor import _size, _span
from node.cli.session import General, Session
from node.doctor.findings import Severity, Subject
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli.program import Program, says
from tests.node.doctor.conftest import Patient, healthy

__all__ = ["healthy"]


@pytest.fixture
def celosia() -> Program:
    """The program without a node's address: the doctor needs none."""
    return Program("http://127.0.0.1:1")


@pytest.fixture
def folder(healthy: Patient, tmp_path: Path) -> Path:
    shutil.copytree(healthy.folder, tmp_path / "CO")
    return tmp_path / "CO"


@pytest.mark.parametrize("language", Language)
def test_a_key_that_others_can_read_is_told_in_the_readers_language(celosia: Program, folder: Path, language: Language) -> None:
    (folder / "keys" / "signing.key").chmod(0o644)
    result = celosia("doctor", "--node", str(folder), "--lang", language.value)
    assert result.code == 11
    assert say(language, "doctor.key_open.title", file="keys/signing.key", mode="0644") in result.text
    assert say(language, "doctor.key_open.why") in result.text
    assert say(language, "doctor.key_open.next") in result.text
    assert "{" not in result.out
    assert all(len(line.rstrip()) <= 80 for line in result.out.splitlines())


def test_what_is_critical_stands_before_what_is_not_and_what_is_in_order_on_one_line_at_the_end(
    celosia: Program, folder: Path
) -> None:
    out = celosia("doctor", "--node", str(folder), "--lang", "en").out
    headings = [line.removeprefix("── ") for line in out.splitlines() if line.startswith("── ")]
    assert headings[0] == "Node"
    assert headings.index("Directory") < headings.index("Officers")
    assert "In order: Settings, Certificates" in " ".join(out.split())


def test_a_program_reads_stable_codes_and_plain_facts(celosia: Program, folder: Path) -> None:
    result = celosia("doctor", "--node", str(folder), "--json", "--quick", "--lang", "en")
    document = json.loads(result.out)
    assert document["worst"] == Severity.CRITICAL
    assert {each["subject"] for each in document["findings"]} == set(Subject)
    (down,) = [each for each in document["findings"] if each["code"] == "node_down"]
    assert set(down) == {"code", "severity", "subject", "facts", "title", "next"}
    last = time.strptime(down["facts"]["last"], "%Y-%m-%dT%H:%M:%SZ")
    assert last.tm_year >= 2025


def test_of_each_own_list_it_is_said_whom_it_is_for_and_what_it_is_of(celosia: Program, folder: Path) -> None:
    for seed in (folder / "keys" / "epochs").iterdir():
        seed.unlink()
    found = json.loads(celosia("doctor", "--node", str(folder), "--json", "--quick").out)["findings"]
    lists = {each["facts"]["list"] for each in found if each["code"] == "epoch_without_seed"}
    assert lists == {"all/identifiers", "all/name_keys"}
    text = " ".join(celosia("doctor", "--node", str(folder), "--lang", "en").out.split())
    assert "our list (All authorities, identifiers)" in text
    assert "our list (All authorities, people)" in text


def test_quiet_leaves_notes_out_and_the_exit_code_as_it_is(celosia: Program, folder: Path) -> None:
    result = celosia("doctor", "--node", str(folder), "--json", "--quiet")
    assert {each["severity"] for each in json.loads(result.out)["findings"]} == {"critical", "warning"}
    assert result.code == 11
    shown = celosia("doctor", "--node", str(folder), "--quiet", "--lang", "en").out
    assert "Note" not in shown and "In order" not in shown


def test_a_warning_alone_ends_with_ten(celosia: Program, folder: Path) -> None:
    """A node that was made and never started, whose directory does not answer: nobody has to be woken."""
    database = Patient(folder, 0)
    database.sql("DELETE FROM beat_runs")
    result = celosia("doctor", "--node", str(folder), "--quick", "--json")
    assert json.loads(result.out)["worst"] == Severity.WARNING
    assert result.code == 10


@pytest.mark.parametrize("language", Language)
def test_a_folder_without_a_node_is_no_sick_node_and_why_is_said(celosia: Program, tmp_path: Path, language: Language) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        result = celosia("doctor", "--node", str(folder), "--lang", language.value)
        assert result.code == 1
        reason = say(language, "settings.fault.no_file", file=str(folder / "node.toml"))
        assert says(result, say(language, "local.settings_unusable.title"))
        assert says(result, reason)
        document = json.loads(celosia("doctor", "--node", str(folder), "--lang", language.value, "--json").err)
        assert document["facts"] == {"reason": "no_file", "file": str(folder / "node.toml")}
        assert reason in document["detail"]


def test_an_option_that_does_not_exist_is_a_usage_error(celosia: Program) -> None:
    assert celosia("doctor", "--quickly").code == 2


def test_a_length_of_time_is_told_in_its_two_largest_units(capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    session = Session.open(Language.EN, General.of([]), {}, sys.stdout, sys.stderr)
    told = [_span(session, seconds) for seconds in (0, 59, 3600, 5 * 3600 + 60, 3 * 86400 + 4 * 3600 + 59)]
    assert told == ["0 s", "59 s", "1 h 0 min", "5 h 1 min", "3 d 4 h"]
    assert [_size(size) for size in (1 << 10, 3 << 20, 5 << 29)] == ["1 KiB", "3.0 MiB", "2.5 GiB"]
