"""The demonstration's story: import, publish, ask, compare with the overlap file. Each step checks what it got."""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from deploy.demo.officers import Account, client_of
from deploy.demo.states import BRAZIL, COLOMBIA, PERU, STATES
from protocol.authority import Authority
from protocol.directory import ENTROPY_CLASSES

DATA = Path(__file__).parent / "data"
LISTS_AN_AUDIENCE = len(ENTROPY_CLASSES)


class NotAsExpected(Exception):
    """A step gave something else than the hand-written files say."""


@dataclass(frozen=True)
class RunningNode:
    """A node of the demonstration, and its officers."""

    authority: Authority
    folder: Path
    url: str
    accounts: Mapping[str, Account]

    def client(self, username: str) -> httpx2.Client:
        """The national API as that officer."""
        return client_of(self.url, self.accounts[username])


Known = tuple[int, str, str, str | None]


@dataclass(frozen=True)
class Outcome:
    """What the question brought: hits as (line, peer, national reference there, a person's verdict), and the question's id."""

    question: str
    hits: frozenset[Known]


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for something that a beat brings. Raises `NotAsExpected` when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotAsExpected(f"{what}: nothing after {seconds:g} s")
        time.sleep(0.1)


def wait_for_directory(node: RunningNode) -> None:
    """Until the node has adopted the directory: it answers its officers before that, and can do nothing for them."""
    with node.client("investigator") as officer:
        wait_for(lambda: officer.get("/v1/peers").status_code == 200, f"the directory at {node.authority}")


def import_cases(node: RunningNode) -> dict[str, Any]:
    """Import the state's own export and compare with what a person counted in it. Returns the import as the API shows it."""
    folder = DATA / node.authority
    mapping = (folder / "mapping.json").read_bytes()
    names = sorted({file["path"] for file in json.loads(mapping)["files"]})
    parts = [("mapping", ("mapping.json", mapping)), *(("files", (name, (folder / name).read_bytes())) for name in names)]
    with node.client("analyst-1") as analyst:
        started = _json(analyst.post("/v1/imports", files=parts))
        path = f"/v1/imports/{started['id']}"
        wait_for(lambda: _json(analyst.get(path))["state"] != "running", f"import of {node.authority}")
        shown: dict[str, Any] = _json(analyst.get(path))
    expected = json.loads((folder / "expected_import.json").read_text("utf-8"))
    problems = [(row["line"], row["column"] or "", row["reason"]) for row in expected["problems"]]
    found = [(row["line"], row["column"], row["reason"]) for row in shown["problems"]]
    if shown["state"] != "done" or sorted(found) != sorted(problems):
        raise NotAsExpected(f"import of {node.authority}: other problems than expected_import.json")
    if shown["rows_protected"] != expected["protected_rows"]:
        raise NotAsExpected(f"import of {node.authority}: other protected rows than expected_import.json")
    return shown


def publish(node: RunningNode) -> dict[str, str]:
    """Propose and approve every network of the plan, by two officers. Returns national references by network record id."""
    plan = json.loads((DATA / "plan.json").read_text("utf-8"))[node.authority]
    references = {}
    with node.client("analyst-1") as first, node.client("analyst-2") as second:
        for item in plan:
            audience = None if item["audience"] == "all" else item["audience"]
            body = {"network": item["network"], "audience": audience}
            if "review" in _json(first.post("/v1/previews", json=body))["withheld"]:
                _release_reviews(node)
            proposed = _json(first.post("/v1/publications", json=body))
            own = first.post(f"/v1/publications/{proposed['id']}/approval")
            if own.status_code != 403:
                raise NotAsExpected(f"publishing in {node.authority}: one officer alone could publish")
            approved = _json(second.post(f"/v1/publications/{proposed['id']}/approval"))
            references[approved["records"][0]["id"]] = approved["network"]
    return references


def wait_for_records(nodes: Mapping[Authority, RunningNode]) -> dict[str, int]:
    """Until every peer has verified and signed for every record of its audience. Returns how many each node holds of others."""
    for node in nodes.values():
        with node.client("investigator") as officer:

            def all_accepted(officer: httpx2.Client = officer, node: RunningNode = node) -> bool:
                own = _json(officer.get("/v1/records", params={"authority": node.authority}))
                states = [state for record in own for state in record["deliveries"].values()]
                if "quarantined" in states:
                    raise NotAsExpected(f"a record of {node.authority} was refused by a peer")
                return bool(states) and set(states) == {"accepted"}

            wait_for(all_accepted, f"the peers' receipts for {node.authority}")
    held = {}
    for code, node in nodes.items():
        with node.client("investigator") as officer:
            held[str(code)] = sum(record["authority"] != code for record in _json(officer.get("/v1/records")))
    return held


def wait_for_lists(asker: RunningNode, publishers: Mapping[Authority, RunningNode], lists: Mapping[Authority, int]) -> None:
    """Until everything published stands in the publishers' lists, and the asker holds lists that are at least as new."""
    listed_at = {}
    for code, node in publishers.items():
        with node.client("analyst-1") as analyst:

            def all_listed(analyst: httpx2.Client = analyst) -> bool:
                return all(shown["waiting"] == 0 for shown in _json(analyst.get("/v1/publications")))

            wait_for(all_listed, f"the index beat of {code}")
            listed_at[code] = time.time()
    with asker.client("investigator") as officer:

        def held() -> bool:
            peers = {peer["authority"]: peer for peer in _json(officer.get("/v1/peers"))["peers"]}
            return all(peers[code]["lists"] >= count and peers[code]["issued"] > listed_at[code] for code, count in lists.items())

        wait_for(held, f"the peers' lists at {asker.authority}")


def ask(asker: RunningNode, references: Mapping[str, str], language: str) -> Outcome:
    """Ask both peers by the command line, as the investigator would, and read the hits back."""
    account = asker.accounts["investigator"]
    environment = {"CELOSIA_URL": asker.url, "CELOSIA_TOKEN": account.token, "CELOSIA_LANG": language}
    command = [sys.executable, "-m", "node", *ask_arguments(str(DATA / asker.authority / "case_file.csv"))]
    finished = subprocess.run(command, env={**_terminal(), **environment}, check=False)
    if finished.returncode != 0:
        raise NotAsExpected(f"the question ended with exit code {finished.returncode}")
    with asker.client("investigator") as officer:
        question = _json(officer.get("/v1/questions"))[0]
        if question["held"]:
            question = _released(asker, officer, question["id"])
        if [peer["state"] for peer in question["peers"]] != ["answered"] * (len(STATES) - 1):
            raise NotAsExpected("not every peer has answered")
        hits = _json(officer.get(f"/v1/questions/{question['id']}/hits"))
    if not all(hit["contact"] for hit in hits):
        raise NotAsExpected("a hit without a contact point")
    return Outcome(
        question["id"], frozenset((hit["line"], hit["peer"], references[hit["record_id"]], hit["verdict"]) for hit in hits)
    )


def _released(asker: RunningNode, officer: httpx2.Client, question_id: str) -> dict[str, Any]:
    """The question once both protection liaisons have released what fell to a random review; the protected stay held."""
    _release_reviews(asker)
    place = f"/v1/questions/{question_id}"
    wait_for(lambda: bool(_json(officer.get(place))["done"]), "the answers about what was released")
    state: dict[str, Any] = _json(officer.get(place))
    return state


def _release_reviews(node: RunningNode) -> None:
    """Both protection liaisons release what fell to a random review; what the register knows stays as it is."""
    with node.client("protection-1") as first, node.client("protection-2") as second:
        for hold in _json(first.get("/v1/holds")):
            for liaison in {"review": (first,), "review_by_two": (first, second)}.get(hold["cause"], ()):
                liaison.post(f"/v1/holds/{hold['id']}/decisions", json={"decision": "release"})


def ask_arguments(case_file: str) -> list[str]:
    """The question of the demonstration, as arguments of `celosia`."""
    return [
        "ask",
        case_file,
        "--purpose",
        "investigate_network",
        "--basis",
        "untoc_police",
        "--offence",
        "tip",
        "--case",
        "DEMO-2026-0001",
        "--attest",
    ]


def check_overlap(outcome: Outcome) -> int:
    """Compare with the file that was written by hand. Returns how many hits there are."""
    known = json.loads((DATA / "overlap.json").read_text("utf-8"))["known"]
    expected: set[Known] = {(row["line"], row["peer"], row["network"], row.get("verdict")) for row in known}
    if outcome.hits != expected:
        missed, invented = sorted(map(str, expected - outcome.hits)), sorted(map(str, outcome.hits - expected))
        raise NotAsExpected(f"missed {missed}, not in the overlap file {invented}")
    return len(expected)


def check_third(nodes: Mapping[Authority, RunningNode]) -> None:
    """Brazil has nothing of what Peru shares with Colombia alone: no record, and half of the lists of Peru that Colombia has."""
    with nodes[PERU.authority].client("investigator") as officer:
        own = _json(officer.get("/v1/records", params={"authority": PERU.authority}))
    bilateral = {shown["record"]["id"] for shown in own if set(shown["deliveries"]) == {COLOMBIA.authority}}
    held, lists = {}, {}
    for code in (COLOMBIA.authority, BRAZIL.authority):
        with nodes[code].client("investigator") as officer:
            records = _json(officer.get("/v1/records", params={"authority": PERU.authority}))
            held[code] = bilateral & {shown["record"]["id"] for shown in records}
            lists[code] = {peer["authority"]: peer["lists"] for peer in _json(officer.get("/v1/peers"))["peers"]}[PERU.authority]
    if not bilateral or held != {COLOMBIA.authority: bilateral, BRAZIL.authority: set()}:
        raise NotAsExpected("what Peru shares with Colombia alone: a record is missing there, or lies in Brazil")
    if lists != {COLOMBIA.authority: 2 * LISTS_AN_AUDIENCE, BRAZIL.authority: LISTS_AN_AUDIENCE}:
        raise NotAsExpected("what Peru shares with Colombia alone: its list is missing there, or lies in Brazil")


def case_file_values() -> list[str]:
    """What the investigator wrote, line by line: an identifier or a name."""
    with (DATA / COLOMBIA.authority / "case_file.csv").open(encoding="utf-8", newline="") as file:
        return [row["value"] or f"{row['given_names']} {row['surnames']}" for row in csv.DictReader(file)]


def peers_of_the_asker() -> tuple[Authority, Authority]:
    """Whom the Colombian investigator asks."""
    return PERU.authority, BRAZIL.authority


def _json(answer: httpx2.Response) -> Any:
    if answer.status_code >= 400:
        raise NotAsExpected(f"{answer.request.url.path}: {answer.status_code} {answer.json().get('code')}")
    return answer.json()


def _terminal() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CELOSIA_")}
