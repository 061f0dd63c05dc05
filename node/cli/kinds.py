"""`celosia kinds`: which identifiers can be matched, how each is read, and what protects it. Needs no node."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
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
from protocol.names import NAME_KEYS_VERSION, NAME_KIND, read_birth_date, read_person
from protocol.vocabulary import entropy_class_of

_FORMS = {
    Kind.NATIONAL_ID.value: NATIONAL_FORMS,
    Kind.TAX_ID_PERSON.value: PERSON_FORMS,
    Kind.TAX_ID_COMPANY.value: COMPANY_FORMS,
}


@dataclass(frozen=True, slots=True)
class _Matched:
    """A kind as an officer reads about it: an identifier's rule, or people, who have keys of their own.

    `examples`: what is written, by the name of its column, and `canonical`, what becomes of it.
    """

    code: str
    version: str
    examples: tuple[dict[str, str], ...]

    @classmethod
    def of(cls, rule: Rule) -> "_Matched":
        """An identifier's."""
        examples = tuple({name: text for name, text in asdict(each).items() if text is not None} for each in rule.examples)
        return cls(rule.kind.value, rule.version, examples)


_PEOPLE = _Matched(
    NAME_KIND,
    NAME_KEYS_VERSION,
    tuple(
        {
            "given_names": given,
            "surnames": surnames,
            "birth_date": born,
            "canonical": read_person(given, surnames, read_birth_date(born)).written(),
        }
        for given, surnames, born in (
            ("Rosa Elvira", "Quispe Huamán", "1990-05-31"),
            ("João", "dos Santos Pereira", "1985-02"),
        )
    ),
)
"""Invented people."""
_ALL = {rule.kind.value: _Matched.of(rule) for rule in RULES.values()} | {_PEOPLE.code: _PEOPLE}


def kinds(
    context: typer.Context,
    kind: Annotated[str | None, typer.Argument(help="help.kinds.kind", metavar="KIND")] = None,
) -> int:
    """All kinds, or all about one: what it is, what protects it, examples, and the forms of each state."""
    session = session_of(context)
    if kind is None:
        _list(session)
        return OK
    if kind not in _ALL:
        raise UsageProblem("usage.unknown_kind", choices=", ".join(sorted(_ALL)))
    if session.general.json:
        session.print_json(json.dumps(_document(session, _ALL[kind]), ensure_ascii=False))
    else:
        _page(session, _ALL[kind])
    return OK


def _list(session: Session) -> None:
    if session.general.json:
        session.print_json(json.dumps([_document(session, each) for each in _ALL.values()], ensure_ascii=False))
        return
    table = session.table("cli.kinds.kind", "cli.kinds.label", "cli.kinds.guessing", "cli.kinds.version")
    for each in _ALL.values():
        guessing = session.say(f"cli.kinds.class.{entropy_class_of(each.code)}")
        table.add_row(each.code, label("identifier_kind", each.code, session.language), guessing, each.version)
    session.out.print(table)


def _page(session: Session, kind: _Matched) -> None:
    session.heading(f"{label('identifier_kind', kind.code, session.language)} · {kind.version}")
    session.tell(f"explained.{kind.code}")
    session.heading(session.say("cli.kinds.protection"))
    session.tell(f"explained.protection.{entropy_class_of(kind.code)}")
    session.heading(session.say("cli.kinds.examples"))
    for example in kind.examples:
        session.out.print(f"{_written(example)} → {example['canonical']}")
    if kind.code in _FORMS:
        documents = session.table("cli.kinds.state", "cli.kinds.document", "cli.kinds.checked")
        for country, form in _forms(kind.code):
            documents.add_row(_state(session, country), form.name, session.say(f"cli.kinds.check.{form.checking}"))
        session.out.print(documents)
    if kind.code == Kind.VEHICLE_PLATE:
        plates = session.table("cli.kinds.state", "cli.kinds.form")
        for country, series in PLATE_FORMS.items():
            plates.add_row(_state(session, country), "  ".join(each.shape for each in series))
        session.out.print(plates)


def _written(example: dict[str, str]) -> str:
    """An example as one writes it: an identifier with what it was read with, or the columns of a person."""
    place = next((example[name] for name in ("subdivision", "country", "platform", "bank") if name in example), None)
    columns = [text for name, text in example.items() if name in ("value", "given_names", "surnames", "birth_date")]
    return " · ".join(columns) + (f" ({place})" if place else "")


def _state(session: Session, country: str) -> str:
    return f"{country} {country_name(country, session.language)}"


def _forms(kind: str) -> Iterator[tuple[str, NumberForm]]:
    return ((country, form) for country, forms in _FORMS[kind].items() for form in forms)


def _document(session: Session, kind: _Matched) -> dict[str, Any]:
    entropy = entropy_class_of(kind.code)
    document: dict[str, Any] = {
        "kind": kind.code,
        "label": label("identifier_kind", kind.code, session.language),
        "explanation": session.say(f"explained.{kind.code}"),
        "entropy": entropy,
        "protection": session.say(f"explained.protection.{entropy}"),
        "version": kind.version,
        "examples": list(kind.examples),
    }
    if kind.code in _FORMS:
        document["forms"] = [
            {"state": country, "document": form.name, "form": form.shape, "checked": form.checking.value, "source": form.source}
            for country, form in _forms(kind.code)
        ]
    if kind.code == Kind.VEHICLE_PLATE:
        document["forms"] = [
            {"state": country, "series": each.name, "form": each.shape}
            for country, series in PLATE_FORMS.items()
            for each in series
        ]
    return document
