"""`celosia doctor`: what is wrong with this node or soon will be, what it means and what to do; for people and monitors."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from node.app import now
from node.cli.faults import faults
from node.cli.local import HERE, Folder, asking, need_node
from node.cli.render import country, moment, own_list, printable
from node.cli.session import CRITICAL, OK, WARNINGS, Session, session_of
from node.doctor import examine
from node.doctor.chart import Chart
from node.doctor.findings import Examined, Fact, Fault, Moment, OwnList, Reason, Severity, Size, Span, Subject, worst
from node.inbound.national.models import rfc3339
from node.language import catalogue
from node.officers import Role
from protocol.authority import Authority

_CODES = {Severity.OK: OK, Severity.NOTE: OK, Severity.WARNING: WARNINGS, Severity.CRITICAL: CRITICAL}
_STYLES = {Severity.OK: "green", Severity.NOTE: "", Severity.WARNING: "yellow", Severity.CRITICAL: "bold red"}
_UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


def doctor(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="help.doctor.quick")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="help.doctor.quiet")] = False,
    node: Folder = HERE,
) -> int:
    """Examine the node in a folder. The exit code tells the worst finding."""
    session = session_of(context)
    with faults():
        need_node(node)  # which is not a sick one
    chart = Chart(node, now(), quick=quick, ask=asking(session))
    try:
        examined = examine(chart)
    finally:
        chart.close()
    shown = [each for each in examined if not quiet or each.finding.severity.rank > Severity.NOTE.rank]
    if session.general.json:
        session.print_json(_json(session, shown, worst(examined)))
    else:
        _print(session, shown)
    return _CODES[worst(examined)]


def _print(session: Session, examined: Sequence[Examined]) -> None:
    """By subject, the worst first; what is in order on one line at the end."""
    groups: dict[Subject, list[Examined]] = {}
    for each in sorted(examined, key=lambda each: -each.finding.severity.rank):
        groups.setdefault(each.subject, []).append(each)
    in_order = []
    for subject, group in groups.items():
        if group[0].finding.severity is Severity.OK:
            in_order.append(_subject(session, subject))
            continue
        session.heading(_subject(session, subject))
        for each in group:
            _print_one(session, each)
    if in_order:
        session.tell("cli.doctor.in_order", subjects=", ".join(in_order))
    if not groups:
        session.tell("cli.doctor.nothing")


def _print_one(session: Session, examined: Examined) -> None:
    severity = examined.finding.severity
    label = session.say(f"cli.doctor.severity.{severity}")
    title = _say(session, examined, "title")
    session.out.print(Text.assemble((label, _STYLES[severity]), f"  {title}"))
    for text in (_say(session, examined, "why"), session.say("cli.doctor.next", text=_say(session, examined, "next"))):
        session.out.print(Padding(text, (0, 0, 0, 2), expand=False))


def _json(session: Session, examined: Sequence[Examined], severity: Severity) -> str:
    findings = [
        {
            "code": each.finding.code,
            "severity": each.finding.severity,
            "subject": each.subject,
            "facts": {name: _plain(fact) for name, fact in each.finding.facts.items()},
            "title": _say(session, each, "title"),
            "next": _say(session, each, "next"),
        }
        for each in examined
    ]
    return json.dumps({"findings": findings, "worst": severity}, ensure_ascii=False)


def _say(session: Session, examined: Examined, part: str) -> str:
    facts = {name: _worded(session, fact) for name, fact in examined.finding.facts.items()}
    return session.say(f"doctor.{examined.finding.code}.{part}", **facts)


def _subject(session: Session, subject: Subject) -> str:
    return session.say(f"cli.doctor.subject.{subject}")


def _worded(session: Session, fact: Fact) -> str:
    """A fact as a person reads it."""
    match fact:
        case Moment(at):
            return moment(at)
        case Span(seconds):
            return _span(session, seconds)
        case Size(size):
            return _size(size)
        case Reason(code):
            return _reason(session, code)
        case OwnList(audience, entropy):
            return own_list(session, audience, entropy)
        case Fault(key, facts):
            return session.say(key, **{name: printable(str(value)) for name, value in facts.items()})
        case Authority():
            return country(fact, session.language)
        case Role():
            return session.say(f"cli.role.{fact}")
        case Subject():
            return _subject(session, fact)
        case _:
            return printable(str(fact))


def _plain(fact: Fact) -> str | int:
    """A fact as a program reads it: times in RFC 3339 (UTC), lengths of time in seconds, sizes in bytes."""
    match fact:
        case Moment(at):
            return rfc3339(at)
        case Span(number) | Size(number):
            return number
        case Reason(word):
            return word
        case OwnList(audience, entropy):
            return f"{audience}/{entropy}"
        case Fault(key):
            return key.rpartition(".")[2]
        case _:
            return fact


def _span(session: Session, seconds: int) -> str:
    """The two largest units: what has lasted for days is not told in seconds."""
    parts: list[str] = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        if count or parts:
            parts.append(session.say(f"cli.doctor.span.{unit}", count=count))
    return " ".join(parts[:2]) or session.say("cli.doctor.span.seconds", count=0)


def _size(size: int) -> str:
    for unit, length in (("GiB", 1 << 30), ("MiB", 1 << 20)):
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size >> 10} KiB"


def _reason(session: Session, code: str) -> str:
    """In the words of the part that it comes from: a peer, a problem, the directory. An error's type stays as it is."""
    texts = catalogue(session.language)
    stems = ("peer.reason.{}", "problem.{}.title", "local.{}.title", "ceremony.left_out.{}", "ceremony.fault.{}.title")
    keys = (stem.format(code) for stem in stems)
    return next((texts[key] for key in keys if key in texts), printable(code))
