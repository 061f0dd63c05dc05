"""Hits as an officer reads them: which lines are known where, to which network they belong, and whom to call."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from node.cli.client import Api
from node.cli.render import contact, country, day, label, moment, place, printable, record_lines
from node.cli.session import Session
from node.inbound.national.models import HitShown, QuestionShown, RecordShown

_RECORDS = TypeAdapter(list[RecordShown])
_FIELDS = ("purposes", "sectors", "offences", "size", "first_activity", "last_activity", "grading", "handling", "tlp")


def show_hits(session: Session, api: Api, question: QuestionShown, hits: Sequence[HitShown]) -> None:
    """A table of the lines, each with the number of its record; then the records with their places and contact points."""
    if not hits:
        session.tell(f"cli.hits.none.{_how_far(question)}")
        return
    session.tell("cli.hits.found", lines=len({hit.line for hit in hits}), count=len(hits))
    numbers: dict[tuple[str, str], int] = {}
    table = session.table(
        "cli.import.line", "cli.hits.kind", "cli.hits.written", "cli.peer", "cli.hits.subject", "cli.hits.record"
    )
    for hit in hits:
        number = numbers.setdefault((hit.peer, hit.record_id), len(numbers) + 1)
        kind = label("identifier_kind", hit.kind, session.language)
        mark = _marked(session, f"[{number}]", hit)
        table.add_row(str(hit.line), kind, printable(hit.written), country(hit.peer, session.language), hit.subject, mark)
    session.out.print(table)
    session.tell("cli.hits.same_subject")
    if any(hit.withdrawn is not None for hit in hits):
        session.tell("cli.hits.withdrawn_advice")
    _show_people(session, [hit for hit in hits if hit.verdict is not None], numbers)
    places = _places(session, api, sorted({peer for peer, _ in numbers}))
    for key, number in numbers.items():
        _show_record(session, number, [hit for hit in hits if (hit.peer, hit.record_id) == key], places.get(key[1], []))


def _how_far(question: QuestionShown) -> str:
    """Of a question without a hit: who has answered so far. Only where all have, on every line, does that say something."""
    if not question.done:
        return "so_far"
    whole = all(peer.state == "answered" and peer.reason is None for peer in question.peers)
    return ("but_held" if question.held else "of_some" if question.not_asked else "of_all") if whole else "of_some"


def _marked(session: Session, text: str, hit: HitShown) -> str:
    if hit.withdrawn is None:
        return text
    return session.say("cli.hits.withdrawn_mark", number=text, date=day(hit.withdrawn))


def _show_people(session: Session, hits: Sequence[HitShown], numbers: Mapping[tuple[str, str], int]) -> None:
    """Of each person, how sure the node is and why, in words: the officer decides, not the count of keys."""
    if not hits:
        return
    session.heading(session.say("cli.hits.people"))
    for hit in hits:
        number = _marked(session, f"[{numbers[hit.peer, hit.record_id]}]", hit)
        verdict = session.say(f"person.verdict.{hit.verdict}")
        reasons = "; ".join(session.say(f"person.agreement.{code}") for code in hit.agreements)
        told = {"number": number, "subject": hit.subject, "verdict": verdict, "reasons": reasons}
        session.tell("cli.hits.person", line=hit.line, **told)
    session.tell("cli.hits.people_advice")


def _show_record(session: Session, number: int, hits: Sequence[HitShown], places: Sequence[str]) -> None:
    """A record while one of its hits stands. What was taken back looks alike, whether it was the record or an entry, and why."""
    standing, first = [hit for hit in hits if hit.withdrawn is None], hits[0]
    record = standing[0].record or {} if standing else {}
    kind = label("record_kind", str(record.get("kind", "network")), session.language)
    session.heading(f"[{number}] {country(first.peer, session.language)} · {kind} · {first.record_id}")
    if not standing:
        session.out.print(session.say("cli.withdrawn", date=day(min(hit.withdrawn or 0 for hit in hits))), style="bold red")
    elif not record:
        session.tell("cli.hits.record_missing")
    lines = record_lines(session, record, _FIELDS)
    lines += [(session.say("field.nodes"), route) for route in places if standing]
    if standing:
        lines.append((session.say("cli.hits.standing"), moment(min(hit.standing for hit in standing))))
    lines.append((session.say("cli.contact.title"), contact(session, first.contact)))
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
