"""Hits as an officer reads them: which lines are known where, to which network they belong, and whom to call."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from node.cli.client import Api
from node.cli.render import contact, country, day, label, place, printable, record_lines
from node.cli.session import Session
from node.inbound.national.models import HitShown, RecordShown

_RECORDS = TypeAdapter(list[RecordShown])
_FIELDS = ("purposes", "sectors", "offences", "size", "first_activity", "last_activity", "grading", "handling", "tlp")


def show_hits(session: Session, api: Api, hits: Sequence[HitShown]) -> None:
    """A table of the lines, each with the number of its record; then the records with their places and contact points."""
    if not hits:
        session.tell("cli.hits.none")
        return
    session.tell("cli.hits.found", lines=len({hit.line for hit in hits}), count=len(hits))
    numbers: dict[tuple[str, str], int] = {}
    table = session.table(
        "cli.import.line", "cli.hits.kind", "cli.hits.written", "cli.peer", "cli.hits.subject", "cli.hits.record"
    )
    for hit in hits:
        number = numbers.setdefault((hit.peer, hit.record_id), len(numbers) + 1)
        kind = label("identifier_kind", hit.kind, session.language)
        mark = f"[{number}]" if hit.withdrawn is None else session.say("cli.hits.withdrawn_mark", number=f"[{number}]")
        table.add_row(str(hit.line), kind, printable(hit.written), country(hit.peer, session.language), hit.subject, mark)
    session.out.print(table)
    session.tell("cli.hits.same_subject")
    _show_people(session, [hit for hit in hits if hit.verdict is not None], numbers)
    shown = {(hit.peer, hit.record_id): hit for hit in hits}
    places = _places(session, api, sorted({peer for peer, _ in shown}))
    for key, number in numbers.items():
        _show_record(session, number, shown[key], places.get(key[1], []))


def _show_people(session: Session, hits: Sequence[HitShown], numbers: Mapping[tuple[str, str], int]) -> None:
    """Of each person, how sure the node is and why, in words: the officer decides, not the count of keys."""
    if not hits:
        return
    session.heading(session.say("cli.hits.people"))
    for hit in hits:
        number = f"[{numbers[hit.peer, hit.record_id]}]"
        verdict = session.say(f"person.verdict.{hit.verdict}")
        reasons = ", ".join(session.say(f"person.agreement.{code}") for code in hit.agreements)
        session.tell("cli.hits.person", line=hit.line, number=number, verdict=verdict, reasons=reasons)
    session.tell("cli.hits.people_advice")


def _show_record(session: Session, number: int, hit: HitShown, places: Sequence[str]) -> None:
    record = {} if hit.record is None or hit.withdrawn is not None else hit.record
    kind = label("record_kind", str(record.get("kind", "network")), session.language)
    session.heading(f"[{number}] {country(hit.peer, session.language)} · {kind} · {hit.record_id}")
    lines = record_lines(session, record, _FIELDS)
    if hit.withdrawn is not None:
        session.out.print(session.say("cli.withdrawn", date=day(hit.withdrawn)), style="bold red")
    elif not record:
        session.tell("cli.hits.record_missing")
    lines += [(session.say("field.nodes"), route) for route in places]
    lines.append((session.say("cli.contact.title"), contact(session, hit.contact)))
    for name, value in lines:
        session.pair(name, value)


def _places(session: Session, api: Api, peers: Sequence[str]) -> dict[str, list[str]]:
    """Routes by the record that they are part of: a network's places stand in records of their own."""
    routes: dict[str, list[str]] = {}
    for peer in peers:
        for shown in api.get(["records"], _RECORDS, {"authority": peer, "kind": "route"}).value:
            record: Mapping[str, Any] = shown.record
            for link in record.get("links", ()):
                if link["relation"] == "part_of":
                    nodes = " → ".join(place(session, node) for node in record["nodes"])
                    routes.setdefault(link["record"], []).append(nodes)
    return routes
