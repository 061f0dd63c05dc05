"""What `celosia audit` writes on an auditor's machine, of a log that peers witness, under tools that nobody here wrote."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from node.officers import Role
from protocol.checkpoint import parse_checkpoint
from protocol.journal import Act
from tests.federation.running import CO, RunningNode, running_federation
from tests.node.cli.program import Program
from tests.outside.test_kept_log import record
from tests.outside.tiles_program import run

SCRIPT = Path(__file__).parent / "check_proof.sh"
pytestmark = [pytest.mark.system, pytest.mark.enable_socket]


def auditor(running: RunningNode) -> Program:
    """The program as an invented auditor of a node."""
    running.node.officers.create("auditor", "auditor (invented)", "STAFF-auditor", (Role.AUDITOR,))
    made = Program(running.url)
    made.environment["CELOSIA_TOKEN"] = running.node.officers.issue_token("auditor")
    return made


def test_what_an_auditor_writes_holds_under_outside_tools(program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "written"
    tree = folder / "tree"
    with running_federation(tmp_path / "federation") as federation:
        running = federation[CO]
        celosia = auditor(running)
        record(running.node.database, 20)
        running.node.keep_log()
        assert celosia("audit", "export-tiles", str(tree)).code == 0
        shutil.copy(tree / "checkpoint", folder / "older")
        record(running.node.database, 500)
        running.node.keep_log()
        assert celosia("audit", "export-tiles", str(tree)).code == 0
        size = parse_checkpoint((tree / "checkpoint").read_bytes()).checkpoint.size
        listed = json.loads(celosia("audit", "log", "--kind", Act.QUESTION_ASKED.value, "--json").out)
        position = listed["acts"][0]["position"]
        assert celosia("audit", "prove", str(position), str(folder / "act")).code == 0
        key = running.node.federation.directory.member(CO).log

    for name, file in (("proof", "act.tlog-proof"), ("entry", "act.entry"), ("policy", "act.policy")):
        (folder / file).rename(folder / name)
    checked = run(program, key.to_text(), folder, without=("request",))
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith(f"checkpoint: {size} entries, signed by {key.name}\n")
    shown = check_proof(folder)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"holds: {key.name}, entry {position} of {size}; 2 of 2 witnesses, 2 needed, since ")

    # the same files with one byte of the entry changed: neither says that it holds
    raw = (folder / "entry").read_bytes()
    assert Act.QUESTION_ASKED.value.encode() in raw
    (folder / "entry").write_bytes(raw.replace(b'"', b"'", 1))
    assert run(program, key.to_text(), folder, without=("request",)).returncode != 0
    assert check_proof(folder).returncode != 0


def check_proof(folder: Path) -> subprocess.CompletedProcess[str]:
    given = ["sh", str(SCRIPT), *(str(folder / name) for name in ("policy", "proof", "entry"))]
    return subprocess.run(given, capture_output=True, text=True, check=False)
