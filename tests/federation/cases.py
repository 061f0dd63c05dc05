"""Invented case exports, and what officers do with them. No person, number, company or network in them exists."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from node.officers import Role
from tests.federation.running import RunningNode
from tests.serving import wait_until

_numbers = itertools.count(1)

_COLUMNS = {
    "subjects": (
        *("network", "subject", "case", "category", "role", "screening", "user_screening", "registrant_screening"),
        *("given_names", "surnames", "birth_date"),
    ),
    "networks": (
        *("network", "acts", "means", "purposes", "structure", "size", "offences", "first_activity", "last_activity"),
        *("victim_count", "source_evaluation", "information_evaluation", "handling", "tlp", "review_date"),
    ),
    "routes": ("network", "route", "order", "kind", "country"),
}
_NETWORK = {
    **{"acts": "recruitment", "means": "deception", "purposes": "sexual_prostitution", "structure": "core_group"},
    **{"size": "n6_10", "offences": "tip_sexual", "first_activity": "2025-03", "last_activity": "2026-08"},
    **{"victim_count": "v11_25", "source_evaluation": "B", "information_evaluation": "2", "handling": "H0", "tlp": "amber"},
    "review_date": "2030-01-31",
}


def phone() -> str:
    """A number of Colombia's mobile range that no other story uses. Invented."""
    return f"+57301555{next(_numbers):04}"


def reference() -> str:
    """A network's national reference that no other story uses."""
    return f"NET-{next(_numbers)}"


@dataclass(frozen=True)
class Suspect:
    """A subject of an invented network: by default one that may be published."""

    phones: Sequence[str] = ()
    subject: str = "S-1"
    category: str = "suspect"
    screening: str = "done_no_indicator"
    name: tuple[str, str, str] = ("", "", "")
    """Given names, surnames, birth date."""
    passport: str = ""
    """A Colombian one."""


def _file(rows: str, lines: Sequence[dict[str, str]]) -> tuple[dict[str, Any], bytes]:
    columns = list(_COLUMNS[rows])
    headers = [*columns, "phones", "passport"] if rows == "subjects" else columns
    mapped: dict[str, Any] = {
        **{"path": f"{rows}.csv", "format": "csv", "delimiter": ";", "encoding": "utf-8", "rows": rows},
        "columns": {column: column for column in columns},
    }
    if rows == "subjects":
        mapped["identifiers"] = [
            {"column": "phones", "kind": "phone", "split": "/"},
            {"column": "passport", "kind": "passport"},
        ]
    if rows == "networks":
        mapped["list_separator"] = "|"
    text = [headers, *([line.get(header, "") for header in headers] for line in lines)]
    return mapped, "\n".join(";".join(cells) for cells in text).encode()


def export(network: str, *suspects: Suspect, **changes: str) -> list[tuple[str, tuple[str, bytes]]]:
    """The upload of an export with one network and its subjects; `changes` by the network's columns."""
    marks = {"role": "recruiter", "case": "INVENTED-1"}
    tables = [
        _file("networks", [{**_NETWORK, **changes, "network": network}]),
        _file(
            "subjects",
            [
                {
                    **{
                        "network": network,
                        "subject": each.subject,
                        "category": each.category,
                        "phones": "/".join(each.phones),
                        "passport": each.passport,
                    },
                    **dict.fromkeys(("screening", "user_screening", "registrant_screening"), each.screening),
                    **dict(zip(("given_names", "surnames", "birth_date"), each.name, strict=True)),
                    **(marks if each.category == "suspect" else {"case": "INVENTED-1"}),
                }
                for each in suspects
            ],
        ),
        _file(
            "routes",
            [
                {"network": network, "route": "R", "order": str(at), "kind": "transit", "country": country}
                for at, country in enumerate(("CO", "PE", "BR"), 1)
            ],
        ),
    ]
    mapping = json.dumps({"country": "CO", "files": [mapped for mapped, _ in tables]}).encode()
    return [("mapping", ("mapping.json", mapping)), *(("files", (mapped["path"], raw)) for mapped, raw in tables)]


def take_in(officer: httpx2.Client, upload: list[tuple[str, tuple[str, bytes]]]) -> dict[str, Any]:
    """Import an export and wait for its end."""
    answer = officer.post("/v1/imports", files=upload)
    assert answer.status_code == 202, answer.text
    place = f"/v1/imports/{answer.json()['id']}"
    wait_until(lambda: officer.get(place).json()["state"] != "running", "the import")
    shown: dict[str, Any] = officer.get(place).json()
    return shown


def publish(node: RunningNode, network: str, audience: list[str] | None = None) -> dict[str, Any]:
    """One analyst proposes what is imported, another approves."""
    first, second = node.officer(Role.ANALYST), node.officer(Role.ANALYST)
    proposed = first.post("/v1/publications", json={"network": network, "audience": audience})
    assert proposed.status_code == 201, proposed.text
    approved = second.post(f"/v1/publications/{proposed.json()['id']}/approval")
    assert approved.status_code == 200, approved.text
    shown: dict[str, Any] = approved.json()
    return shown


def publish_phones(node: RunningNode, *phones: str, audience: list[str] | None = None) -> dict[str, Any]:
    """A network with one suspect who used these numbers, imported and published."""
    network = reference()
    return publish_suspects(node, network, Suspect(phones), audience=audience)


def publish_suspects(node: RunningNode, network: str, *suspects: Suspect, audience: list[str] | None = None) -> dict[str, Any]:
    """A network with these subjects, imported and published."""
    import_suspects(node, network, *suspects)
    return publish(node, network, audience)


def import_suspects(node: RunningNode, network: str, *suspects: Suspect) -> None:
    """An export with these subjects, taken in without a problem."""
    imported = take_in(node.officer(Role.ANALYST), export(network, *suspects))
    assert imported["state"] == "done", imported
    assert imported["problems"] == []


def case_file(*phones: str) -> str:
    """The case file of a question."""
    return "\n".join(["kind,value,attests_not_protected", *(f"phone,{number},yes" for number in phones)])


def question(*phones: str, peers: Sequence[str], **changes: Any) -> dict[str, Any]:
    """A question as its officer's program sends it."""
    return {
        **{"case_file": case_file(*phones), "purpose": "investigate_network", "basis": "untoc_police", "offence": "tip"},
        **{"case": "INVENTED-2026-0001", "attested": True, "peers": list(peers)},
        **changes,
    }


def ask(officer: httpx2.Client, *phones: str, peers: Sequence[str], **changes: Any) -> str:
    """Ask, and return the question's id."""
    asked = officer.post("/v1/questions", json=question(*phones, peers=peers, **changes))
    assert asked.status_code == 202, asked.text
    return str(asked.json()["id"])


def progress(officer: httpx2.Client, question_id: str) -> list[dict[str, Any]]:
    """Where each peer stands."""
    peers: list[dict[str, Any]] = officer.get(f"/v1/questions/{question_id}").json()["peers"]
    return peers


def settled(officer: httpx2.Client, question_id: str, *, beating: RunningNode | None = None) -> list[dict[str, Any]]:
    """Wait until no peer changes any more, and show where each stands. The questions of `beating` recur meanwhile.

    One beat is not enough after a restart: the one that the node began with may still be busy with the row.
    """

    def done() -> bool:
        if beating is not None:
            beating.node.ask.resume()
        return bool(officer.get(f"/v1/questions/{question_id}").json()["done"])

    wait_until(done, "the answers")
    return progress(officer, question_id)


def people(*names: tuple[str, str, str]) -> str:
    """The case file of a question about people: given names, surnames, birth date."""
    return "\n".join(["given_names,surnames,birth_date,attests_not_protected", *(",".join((*name, "yes")) for name in names)])


def hits(officer: httpx2.Client, *phones: str, peers: Sequence[str], **changes: Any) -> list[dict[str, Any]]:
    """Ask, wait for all answers, and read the hits."""
    question_id = ask(officer, *phones, peers=peers, **changes)
    assert {peer["state"] for peer in settled(officer, question_id)} == {"answered"}
    found: list[dict[str, Any]] = officer.get(f"/v1/questions/{question_id}/hits").json()
    return found
