"""Plates of road vehicles: state, subdivision where plates repeat, and the characters on the plate."""

import re

from protocol.identifiers.characters import compact, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state, known_country, known_subdivision
from protocol.identifiers.values import RawIdentifier, Reading

_PLATES_REPEAT = frozenset({"CA", "US"})
"""States whose provinces or states number on their own."""

_LOOKALIKES = str.maketrans("OI", "01")


def read_plate(raw: RawIdentifier) -> tuple[Reading, ...]:
    """State and plate, such as "AR:AB123CD", or "US-TX:ABC1234" where plates repeat between a country's states.

    O and I are kept as written; if there are any, the plate with 0 and 1 in their place follows as an alternative key.
    Raises needs_country, needs_subdivision, unknown_country, unknown_subdivision, conflicting_context, errors of form.
    """
    text = written(raw.kind, raw.value)
    named = re.match(r"([A-Za-z]{2})-([A-Za-z\d]{1,3}):", text)
    if named:
        country = known_country(raw, raw.country or named[1])
        if (country, known_subdivision(raw, country, raw.subdivision or named[2])) != (
            named[1].upper(),
            f"{country}-{named[2].upper()}",
        ):
            raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
        subdivision, text = named[2], text[named.end() :]
    else:
        country, text = issuing_state(raw)
        subdivision = raw.subdivision
    place = country
    if country in _PLATES_REPEAT:
        if subdivision is None:
            raise NotNormalisable(raw.kind, Reason.NEEDS_SUBDIVISION)
        place = known_subdivision(raw, country, subdivision)
    number = compact(text)
    require(raw.kind, number, r"[A-Z\d]+", 2, 10)
    main = Reading(raw.kind, f"{place}:{number}")
    folded = number.translate(_LOOKALIKES)
    return (main,) if folded == number else (main, Reading(raw.kind, f"{place}:{folded}"))


RULE = Rule(
    Kind.VEHICLE_PLATE,
    1,
    None,
    read_plate,
    (
        Example("ab 123 cd", "AR:AB123CD", country="AR"),
        Example("ABC-1234", "US-TX:ABC1234", country="US", subdivision="TX"),
    ),
)
