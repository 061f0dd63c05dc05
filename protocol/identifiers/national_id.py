"""National identity numbers of the documents in `national_forms`.

The canonical form is "CO:1020304050": the issuing state is part of the key. A document whose numbers collide with another one
of its state has a mark in front: "CO:CE123456".
"""

import re
from collections.abc import Callable, Mapping

from protocol.identifiers.characters import compact
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.mrz import Layout, MachineReadable, find_mrz
from protocol.identifiers.national_forms import GENERIC, NATIONAL_FORMS
from protocol.identifiers.number_forms import LENGTH_RULE_ONLY, read_forms
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state, known_country, known_subdivision
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_RG = re.compile(
    r"RG(?P<before>[A-Z]{2})?0*(?P<number>[1-9]\d{3,11}X?)"
    r"(?:SSP|SESP|SDS|SJS|SEJUSP|PCERJ|PC|IFP|IIRGD|DETRAN|DIC|IGP|POLITEC)?(?P<after>[A-Z]{2})?",
    re.ASCII,
)
"""Brazil's general register: each state numbers on its own, and the issuing authority follows the number, as in SSP/SP."""

_IN_ZONES: Mapping[tuple[str, Layout], Callable[[MachineReadable], str]] = {
    ("AR", Layout.TD1): lambda zone: zone.number,
    ("CL", Layout.TD1): lambda zone: zone.optional,
    ("CO", Layout.TD1): lambda zone: zone.optional,
    ("PE", Layout.TD1): lambda zone: zone.number,
}
"""Cards on which the number is known to stand there, written as on the card itself."""


def national_numbers(kind: Kind, country: str, text: str) -> list[tuple[str, frozenset[Doubt]]]:
    """(number without its country, doubts) for each document that an identity number issued by `country` may be of."""
    return read_forms(kind, NATIONAL_FORMS.get(country, GENERIC), text)


def _general_register(raw: RawIdentifier, found: re.Match[str]) -> Reading:
    """Such as "BR:RGSP123456789". Raises needs_subdivision, unknown_subdivision, conflicting_context."""
    named = {each for each in (found["before"], found["after"], raw.subdivision) if each}
    states = {known_subdivision(raw, "BR", each).removeprefix("BR-") for each in named}
    if not states:
        raise NotNormalisable(raw.kind, Reason.NEEDS_SUBDIVISION)
    if len(states) > 1:
        raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
    return Reading(raw.kind, f"BR:RG{states.pop()}{found['number']}", LENGTH_RULE_ONLY)


def national_in_zone(zone: MachineReadable) -> Reading | None:
    """The identity number in a machine-readable zone, where the state is known to put it there or a label says so."""
    country = zone.issuing_state or ""
    forms = NATIONAL_FORMS.get(country)
    if forms is None:
        return None
    place = _IN_ZONES.get((country, zone.layout))
    try:
        if place is not None:
            number, doubts = read_forms(Kind.NATIONAL_ID, forms, place(zone))[0]
            return Reading(Kind.NATIONAL_ID, f"{country}:{number}", doubts)
        for form in forms:
            if form.labelled(zone.optional) and not form.letters:
                number, doubts = form.read(Kind.NATIONAL_ID, zone.optional)
                return Reading(Kind.NATIONAL_ID, f"{country}:{number}", doubts)
    except NotNormalisable:
        # A foreigner's card, or an issuer's own use of the field.
        return None
    return None


def _from_zone(raw: RawIdentifier, zone: MachineReadable) -> Reading:
    if raw.country is not None and known_country(raw, raw.country) != zone.issuing_state:
        raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
    found = national_in_zone(zone)
    if found is None:
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.PASSPORT)
    return found


def read_national_id(raw: RawIdentifier) -> tuple[Reading, ...]:
    """State and number, such as "CO:1020304050"; alternative keys where the number may be of several documents.

    The United States' 9xx, written on a form for social security numbers, is a person's tax number (ITIN), which follows too.
    Raises needs_country, needs_subdivision (a Brazilian RG), unknown_country, unknown_subdivision, conflicting_context,
    is_other_kind (a machine-readable zone without an identity number) and the errors of form.
    """
    zone = find_mrz(raw.value)
    if zone is not None:
        return (_from_zone(raw, zone),)
    country, text = issuing_state(raw)
    register = _RG.fullmatch(compact(text)) if country == "BR" else None
    if register:
        return (_general_register(raw, register),)
    numbers = national_numbers(raw.kind, country, text)
    readings = tuple(Reading(raw.kind, f"{country}:{number}", doubts) for number, doubts in numbers)
    return readings + tuple(
        Reading(Kind.TAX_ID_PERSON, each.canonical, each.doubts) for each in readings if each.canonical.startswith("US:9")
    )


RULE = Rule(
    Kind.NATIONAL_ID,
    2,
    None,
    read_national_id,
    (
        Example("C.C. 1.020.304.050", "CO:1020304050", country="CO"),
        Example("390.533.447-05", "BR:39053344705", country="BR"),
        Example("RUN 12.345.678-5", "CL:123456785", country="CL"),
        Example("carné de extranjería 001234567", "PE:CE001234567", country="PE"),
    ),
)
