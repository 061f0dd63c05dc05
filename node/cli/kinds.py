"""`celosia kinds`: which identifiers can be matched, how each is read, and what protects it. Needs no node."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from node.cli.places import country_name
from node.cli.render import label
from node.cli.session import OK, Session, UsageProblem, session_of
from protocol.identifiers import RULES, Kind, Rule
from protocol.identifiers.national_forms import NATIONAL_FORMS
from protocol.identifiers.number_forms import NumberForm
from protocol.identifiers.plate_forms import PLATE_FORMS
from protocol.identifiers.tax_forms import COMPANY_FORMS, PERSON_FORMS
from protocol.vocabulary import entropy_class_of

_FORMS = {Kind.NATIONAL_ID: NATIONAL_FORMS, Kind.TAX_ID_PERSON: PERSON_FORMS, Kind.TAX_ID_COMPANY: COMPANY_FORMS}


def kinds(
    context: typer.Context,
    kind: Annotated[str | None, typer.Argument(help="help.kinds.kind", metavar="KIND")] = None,
) -> int:
    """All kinds, or all about one: what it is, what protects it, examples, and the forms of each state."""
    session = session_of(context)
    if kind is None:
        _list(session)
        return OK
    if kind not in set(Kind):
        raise UsageProblem("usage.unknown_kind", choices=", ".join(sorted(Kind)))
    rule = RULES[Kind(kind)]
    if session.general.json:
        session.print_json(json.dumps(_document(session, rule), ensure_ascii=False))
    else:
        _page(session, rule)
    return OK


def _list(session: Session) -> None:
    if session.general.json:
        session.print_json(json.dumps([_document(session, rule) for rule in RULES.values()], ensure_ascii=False))
        return
    table = session.table("cli.kinds.kind", "cli.kinds.label", "cli.kinds.guessing", "cli.kinds.version")
    for rule in RULES.values():
        guessing = session.say(f"cli.kinds.class.{entropy_class_of(rule.kind)}")
        table.add_row(rule.kind.value, label("identifier_kind", rule.kind, session.language), guessing, rule.version)
    session.out.print(table)


def _page(session: Session, rule: Rule) -> None:
    session.heading(f"{label('identifier_kind', rule.kind, session.language)} · {rule.version}")
    session.tell(f"explained.{rule.kind.value}")
    session.heading(session.say("cli.kinds.protection"))
    session.tell(f"explained.protection.{entropy_class_of(rule.kind)}")
    session.heading(session.say("cli.kinds.examples"))
    for example in rule.examples:
        place = example.subdivision or example.country or example.platform or example.bank
        session.out.print(f"{example.value}{f' ({place})' if place else ''} → {example.canonical}")
    if rule.kind in _FORMS:
        documents = session.table("cli.kinds.state", "cli.kinds.document", "cli.kinds.checked")
        for country, form in _forms(rule.kind):
            documents.add_row(_state(session, country), form.name, session.say(f"cli.kinds.check.{form.checking}"))
        session.out.print(documents)
    if rule.kind is Kind.VEHICLE_PLATE:
        plates = session.table("cli.kinds.state", "cli.kinds.form")
        for country, series in PLATE_FORMS.items():
            plates.add_row(_state(session, country), "  ".join(each.shape for each in series))
        session.out.print(plates)


def _state(session: Session, country: str) -> str:
    return f"{country} {country_name(country, session.language)}"


def _forms(kind: Kind) -> Iterator[tuple[str, NumberForm]]:
    return ((country, form) for country, forms in _FORMS[kind].items() for form in forms)


def _document(session: Session, rule: Rule) -> dict[str, Any]:
    entropy = entropy_class_of(rule.kind)
    document: dict[str, Any] = {
        "kind": rule.kind.value,
        "label": label("identifier_kind", rule.kind, session.language),
        "explanation": session.say(f"explained.{rule.kind.value}"),
        "entropy": entropy,
        "protection": session.say(f"explained.protection.{entropy}"),
        "version": rule.version,
        "examples": [
            {name: value for name in each.__dataclass_fields__ if (value := getattr(each, name)) is not None}
            for each in rule.examples
        ],
    }
    if rule.kind in _FORMS:
        document["forms"] = [
            {"state": country, "document": form.name, "form": form.shape, "checked": form.checking.value, "source": form.source}
            for country, form in _forms(rule.kind)
        ]
    if rule.kind is Kind.VEHICLE_PLATE:
        document["forms"] = [
            {"state": country, "series": each.name, "form": each.shape}
            for country, series in PLATE_FORMS.items()
            for each in series
        ]
    return document
