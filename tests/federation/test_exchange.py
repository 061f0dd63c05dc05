"""Three nodes exchange on their own beats: what one publishes the others verify, and a question finds what it should, no more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from node.officers import Role
from node.store import manifests
from tests.federation.cases import settled, take_in
from tests.federation.running import BR, CO, PE, Federation, RunningNode, running_federation
from tests.serving import wait_until

pytestmark = pytest.mark.federation

DATA = Path("deploy/demo/data")
# Fast enough not to wait for, slow enough to leave three nodes in one process time for their work.
BY_THEMSELVES = """
[beats]
directory = 5
additions = 6
removals = 6
manifests = 4
outbox = 1
questions = 1
manifest_validity = 120
"""


@pytest.fixture
def beating(tmp_path: Path) -> Iterator[Federation]:
    with running_federation(tmp_path, BY_THEMSELVES) as running:
        yield running


def upload(folder: Path) -> list[tuple[str, tuple[str, bytes]]]:
    mapping = (folder / "mapping.json").read_bytes()
    names = sorted({file["path"] for file in json.loads(mapping)["files"]})
    return [("mapping", ("mapping.json", mapping)), *(("files", (name, (folder / name).read_bytes())) for name in names)]


def publish_all(first: httpx2.Client, second: httpx2.Client, plan: list[dict[str, Any]]) -> None:
    for item in plan:
        audience = None if item["audience"] == "all" else item["audience"]
        proposed = first.post("/v1/publications", json={"network": item["network"], "audience": audience})
        assert proposed.status_code == 201, proposed.text
        approved = second.post(f"/v1/publications/{proposed.json()['id']}/approval")
        assert approved.status_code == 200, approved.text


def heads(node: RunningNode, of: RunningNode) -> dict[str, int]:
    """The newest usable manifests that `node` holds of `of`: list -> position."""
    with node.node.database.read() as work:
        newest = [manifests.newest(work, *chain, usable_only=True) for chain in manifests.chains(work, of.authority)]
        return {held.list_id: held.position for held in newest if held is not None}


def publications(officer: httpx2.Client) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = officer.get("/v1/publications").json()
    return shown


def test_the_demonstration_s_question_finds_exactly_what_the_overlap_file_says(beating: Federation) -> None:
    plan = json.loads((DATA / "plan.json").read_text("utf-8"))
    overlap = json.loads((DATA / "overlap.json").read_text("utf-8"))
    references: dict[str, str] = {}
    publishers: list[httpx2.Client] = []
    for code in (CO, PE, BR):
        first, second = (beating[code].officer(Role.ANALYST) for _ in range(2))
        shown = take_in(first, upload(DATA / code))
        assert shown["state"] == "done", shown
        publish_all(first, second, plan[code])
        publishers.append(first)
    for first in publishers:
        wait_until(lambda p=first: all(each["waiting"] == 0 for each in publications(p)), "the index beat")  # type: ignore[misc]
        for publication in publications(first):
            references[publication["records"][0]["id"]] = publication["network"]
    asker = beating[CO].officer(Role.INVESTIGATOR)
    for code, count in {PE: 6, BR: 5}.items():
        params = {"authority": code, "kind": "network"}
        listed = heads(beating[code], beating[code])
        wait_until(lambda p=params, n=count: len(asker.get("/v1/records", params=p).json()) == n, "records")  # type: ignore[misc]
        wait_until(
            lambda c=code, listed=listed: all(heads(beating[CO], beating[c]).get(k, -1) >= v for k, v in listed.items()),  # type: ignore[misc]
            "a manifest that lists what was published",
            seconds=120,
        )
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
    assert [peer["state"] for peer in settled(asker, question_id)] == ["answered", "answered"]
    hits = asker.get(f"/v1/questions/{question_id}/hits").json()
    found = {(hit["line"], hit["peer"], references[hit["record_id"]], hit["verdict"]) for hit in hits}
    known = {(row["line"], row["peer"], row["network"], row.get("verdict")) for row in overlap["known"]}
    assert found == known
    assert all(hit["contact"]["email"].endswith("example.org") for hit in hits)
