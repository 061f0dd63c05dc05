"""Values as an officer reads them: codes by their labels, places by their names, times by the clock on the wall."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from node.case_files.reasons import RowReason
from node.cli.places import country_name, subdivision_name
from node.cli.session import Session
from node.inbound.national.models import ContactShown
from node.language import catalogue
from protocol.vocabulary import Language, code_lists

_LISTS: Mapping[str, str] = {
    "kind": "record_kind",
    "acts": "act",
    "means": "means",
    "purposes": "purpose",
    "sectors": "sector",
    "venues": "venue",
    "structure": "network_structure",
    "size": "network_size_band",
    "roles": "network_role",
    "recruitment": "recruitment_method",
    "control": "control_method",
    "document_fraud": "document_fraud",
    "money": "money_movement",
    "platforms": "platform_kind",
    "offences": "offence",
    "handling": "handling_code",
    "tlp": "tlp",
}
"""Field of a record -> the vocabulary's list that words its codes."""

_READ = (
    "purposes", "acts", "means", "sectors", "venues", "structure", "size", "roles", "recruitment", "control", "document_fraud",
    "money", "platforms", "offences", "first_activity", "last_activity", "victims", "nodes", "grading", "handling", "tlp",
    "review", "links", "version",
)  # fmt: skip
"""The fields that say something to a reader, in the order of reading."""


def label(list_name: str, code: str, language: Language) -> str:
    """A code's label, or the code itself if this node's vocabulary does not have it yet."""
    entry = code_lists()[list_name].get(code)
    return code if entry is None else str(entry[language.value])


def labels(list_name: str, codes: Iterable[str], language: Language) -> str:
    """Labels of several codes."""
    return "; ".join(label(list_name, code, language) for code in codes)


def country(code: str, language: Language) -> str:
    """A country's name with its code, which commands take."""
    return f"{country_name(code, language)} ({code})"


def audience(session: Session, name: str) -> str:
    """Who receives a publication."""
    if name == "all":
        return session.say("cli.audience.all")
    return ", ".join(country(code, session.language) for code in name.split())


def own_list(session: Session, audience_name: str, entropy: str) -> str:
    """A list of this node's own: for whom, and of what."""
    return f"{audience(session, audience_name)}, {session.say(f'cli.list.class.{entropy}')}"


def moment(seconds: int) -> str:
    """POSIX seconds as local date and time, with the zone."""
    local = datetime.fromtimestamp(seconds, UTC).astimezone()
    return f"{local:%Y-%m-%d %H:%M} {_zone(local)}"


def day(seconds: int) -> str:
    """POSIX seconds as local date."""
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%Y-%m-%d}"


def clock(seconds: int) -> str:
    """POSIX seconds as local time of day with the zone, for what happens while one watches."""
    local = datetime.fromtimestamp(seconds, UTC).astimezone()
    return f"{local:%H:%M:%S} {_zone(local)}"


def _zone(local: datetime) -> str:
    """`UTC`, or `UTC-03:00`: names of zones differ between machines."""
    offset = local.strftime("%z")
    return "UTC" if not int(offset) else f"UTC{offset[:3]}:{offset[3:5]}"


def contact(session: Session, point: ContactShown | None) -> str:
    """Whom to call."""
    if point is None:
        return session.say("cli.contact.none")
    languages = ", ".join(session.say(f"cli.language.{code}") for code in point.languages)
    return f"{printable(point.phone)} · {printable(point.email)} · {languages}"


def reason(session: Session, code: str) -> str:
    """Why a peer has not answered, or why something stopped, in words."""
    texts = catalogue(session.language)
    for key in (f"peer.reason.{code}", f"problem.{code}.title", f"aside.{code}"):
        if key in texts:
            return texts[key]
    if code in code_lists()["match_outcome"]:
        return label("match_outcome", code, session.language)
    return session.say("peer.reason.unknown") + f" ({printable(code)})"


def left_out_reason(session: Session, code: str) -> str:
    """Why a state is left out of the directory: a code of its own, or that of an error."""
    own = f"ceremony.left_out.{code}"
    return session.say(own if own in catalogue(session.language) else f"ceremony.fault.{code}.title")


def tell_left_out(session: Session, left_out: Mapping[str, str]) -> None:
    """Print the states that the directory names and leaves out, each with the reason."""
    for state, code in sorted(left_out.items()):
        session.tell("ceremony.look.left_out", authority=country(state, session.language), reason=left_out_reason(session, code))


def import_reason(session: Session, code: str) -> str:
    """Why a row or cell was not taken, and what to do; or what is doubtful about a value that was."""
    family, _, doubt = code.partition(":")
    key = f"doubt.{doubt}" if family == RowReason.DOUBTFUL else f"import.reason.{code}"
    return catalogue(session.language).get(key, printable(code))


def field(session: Session, name: str, value: Any) -> str:
    """The value of a record's field."""
    language = session.language
    if name == "grading":
        return "; ".join(
            (
                label("source_evaluation", value["source"], language),
                label("information_evaluation", value["information"], language),
            )
        )
    if name == "victims":
        parts = [label("victim_count_band", value["count"], language), labels("victim_age_band", value.get("ages", ()), language)]
        return "; ".join(filter(None, parts))
    if name == "nodes":
        return " → ".join(place(session, node) for node in value)
    if name == "links":
        return "; ".join(
            session.say(f"cli.link.{link['relation']}", record=link["record"], authority=country(link["authority"], language))
            for link in value
        )
    if name == "authority":
        return country(value, language)
    if name in _LISTS:
        return label(_LISTS[name], value, language) if isinstance(value, str) else labels(_LISTS[name], value, language)
    return printable(str(value))


def place(session: Session, node: Mapping[str, str]) -> str:
    """One place of a route."""
    language = session.language
    parts = [country_name(node["country"], language)]
    if "subdivision" in node:
        parts.insert(0, subdivision_name(node["subdivision"], language))
    extras = [label("route_node_kind", node["kind"], language)]
    extras += [label(name, node[key], language) for key, name in _WAYS if key in node]
    extras += [node["locode"]] if "locode" in node else []
    return f"{', '.join(parts)} ({', '.join(extras)})"


_WAYS = (("transport", "transport_mode"), ("crossing", "border_crossing"))


def record_lines(session: Session, record: Mapping[str, Any], names: Sequence[str] = _READ) -> list[tuple[str, str]]:
    """Label and value of the fields that say something to a reader; those of `names` that the record has."""
    return [(session.say(f"field.{name}"), field(session, name, record[name])) for name in names if record.get(name)]


def printable(text: str) -> str:
    """Text that cannot steer a terminal: tabs and other blanks become a space, other control characters a mark."""
    blanks = (" " if character.isspace() else character for character in text)
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in blanks)
