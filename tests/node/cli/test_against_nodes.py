"""The program against real nodes: an import in Peru, a publication by two people, and a question from Colombia that finds it."""

import json
from pathlib import Path

import pytest

from node.officers import Role
from tests.federation.running import CO, PE, RunningNode, running_federation
from tests.node.cli.program import Program

DATA = Path(__file__).parents[3] / "deploy" / "demo" / "data"
pytestmark = pytest.mark.federation


def officer(running: RunningNode, username: str, *roles: Role) -> Program:
    """The program as an invented officer of a node."""
    running.node.officers.create(username, f"{username} (invented)", f"STAFF-{username}", roles)
    program = Program(running.url)
    program.environment["CELOSIA_TOKEN"] = running.node.officers.issue_token(username)
    return program


def test_a_network_published_in_peru_is_found_from_colombia(tmp_path: Path) -> None:
    with running_federation(tmp_path) as federation:
        first, second = (officer(federation[PE], name, Role.ANALYST) for name in ("first", "second"))
        investigator = officer(federation[CO], "investigator", Role.INVESTIGATOR)

        assert first("import", str(DATA / "PE" / "mapping.json")).code == 0
        again = json.loads(first("import", str(DATA / "PE" / "mapping.json"), "--json").out)
        assert (again["rows_new"], again["rows_changed"]) == (0, 0)

        proposed = first("publish", "propose", "RED-PE-03", "--json")
        publication = json.loads(proposed.out)["id"]
        assert first("publish", "approve", publication).code == 1
        assert second("publish", "approve", publication).code == 0
        federation.beat()

        asked = investigator(
            "ask", str(DATA / "CO" / "case_file.csv"), "--purpose", "investigate_network", "--basis", "untoc_police",
            "--offence", "tip", "--case", "CASO-INVENTADO", "--to", "PE", "--attest", "--lang", "en",
        )  # fmt: skip
        assert asked.code == 0, asked.err
        assert "Peru (PE): Has answered" in asked.err
        assert "Criminal network" in asked.out
        assert "Contact: +51" in asked.text
        assert "Perú (PE)" in investigator("records", "--from", "PE").text
        assert investigator("publish", "networks").code == 1

        question = asked.out.rstrip().rpartition(" ")[2]
        assert "do not use" not in investigator("hits", question, "--lang", "en").text
        assert second("publish", "withdraw", publication).code == 0
        federation.beat()
        again = investigator("hits", question, "--lang", "en")
        assert again.code == 0, again.err
        assert "Withdrawn on 20" in again.text
        assert "do not use." in again.text
        assert "Purpose of exploitation" not in again.text
