"""Ships. Source: IMO resolution A.1117(30)."""

import re

from stdnum import imo as stdnum_imo

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading


def read_imo(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Seven digits of the ship, which keeps them through every change of name and flag."""
    number = re.sub("^(?:IMO|OMI)", "", compact(written(raw.kind, raw.value)))
    require(raw.kind, number, r"\d+", 7, 7)
    return (Reading(raw.kind, number, doubts_of(stdnum_imo.validate, number)),)


RULE = Rule(
    Kind.IMO,
    1,
    None,
    read_imo,
    (
        Example("IMO 9319466", "9319466"),
        Example("9319466", "9319466"),
    ),
)
