"""Three nodes exchange: what one publishes the others verify, and a question finds what it should and nothing else."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from node.officers import Role
from tests.federation.conftest import BR, CO, PE, Federation, RunningNode, wait_until

pytestmark = pytest.mark.federation

DATA = Path("deploy/demo/data")


def import_export(node: RunningNode, officer: httpx2.Client, folder: Path) -> dict[str, Any]:
    mapping = json.loads((folder / "mapping.json").read_text("utf-8"))
    names = sorted({file["path"] for file in mapping["files"]})
    files = [("mapping", ("mapping.json", (folder / "mapping.json").read_bytes()))]
    files += [("files", (name, (folder / name).read_bytes())) for name in names]
    answer = officer.post("/v1/imports", files=files)
    assert answer.status_code == 202, answer.text
    import_id = answer.json()["id"]
    wait_until(lambda: officer.get(f"/v1/imports/{import_id}").json()["state"] != "running", "the import")
    shown: dict[str, Any] = officer.get(f"/v1/imports/{import_id}").json()
    return shown


def publish_all(first: httpx2.Client, second: httpx2.Client, plan: list[dict[str, Any]]) -> None:
    for item in plan:
        audience = None if item["audience"] == "all" else item["audience"]
        proposed = first.post("/v1/publications", json={"network": item["network"], "audience": audience})
        assert proposed.status_code == 201, proposed.text
        approved = second.post(f"/v1/publications/{proposed.json()['id']}/approval")
        assert approved.status_code == 200, approved.text


def test_the_demonstration_s_question_finds_exactly_what_the_overlap_file_says(federation: Federation) -> None:
    plan = json.loads((DATA / "plan.json").read_text("utf-8"))
    overlap = json.loads((DATA / "overlap.json").read_text("utf-8"))
    references: dict[str, str] = {}
    for code in (CO, PE, BR):
        node = federation.nodes[code]
        first, second = node.officer("first", Role.ANALYST), node.officer("second", Role.ANALYST)
        shown = import_export(node, first, DATA / code)
        assert shown["state"] == "done", shown
        publish_all(first, second, plan[code])
        for publication in first.get("/v1/publications").json():
            references[publication["records"][0]["id"]] = publication["network"]
    asker = federation.nodes[CO].officer("asker", Role.INVESTIGATOR)
    expected_records = {PE: 6, BR: 5}
    wait_until(
        lambda: all(
            len(asker.get("/v1/records", params={"authority": code, "kind": "network"}).json()) == count
            for code, count in expected_records.items()
        ),
        "the peers' records",
    )
    wait_until(lambda: all(peer["lists"] >= 1 for peer in asker.get("/v1/peers").json()["peers"]), "the peers' lists")
    import time

    time.sleep(3)
    question = {
        "case_file": (DATA / "CO" / "case_file.csv").read_text("utf-8"),
        "purpose": "investigate_network",
        "basis": "untoc_police",
        "offence": "tip",
        "case": "INVENTED-2026-0001",
        "attested": True,
    }
    asked = asker.post("/v1/questions", json=question)
    assert asked.status_code == 202, asked.text
    question_id = asked.json()["id"]
    wait_until(lambda: asker.get(f"/v1/questions/{question_id}").json()["done"], "both answers")
    state = asker.get(f"/v1/questions/{question_id}").json()
    assert [peer["state"] for peer in state["peers"]] == ["answered", "answered"], state
    hits = asker.get(f"/v1/questions/{question_id}/hits").json()
    found = {(hit["line"], hit["peer"], references[hit["record_id"]]) for hit in hits}
    known = {(row["line"], row["peer"], row["network"]) for row in overlap["known"]}
    assert found == known
    assert all(hit["contact"]["email"].endswith("example.org") for hit in hits)
