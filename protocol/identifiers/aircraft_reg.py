"""Aircraft: nationality and registration marks. Source: ICAO Annex 7."""

from protocol.identifiers.characters import compact, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading


def read_aircraft_reg(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Nationality and registration marks without the dash. There is no check digit."""
    number = compact(written(raw.kind, raw.value))
    require(raw.kind, number, r"(?=.*[A-Z])[A-Z\d]+", 3, 8)
    return (Reading(raw.kind, number, frozenset({Doubt.LENGTH_RULE_ONLY})),)


RULE = Rule(
    Kind.AIRCRAFT_REG,
    1,
    None,
    read_aircraft_reg,
    (
        Example("lv-abc", "LVABC"),
        Example("N 123AB", "N123AB"),
    ),
)
