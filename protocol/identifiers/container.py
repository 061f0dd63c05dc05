"""Freight containers. Source: ISO 6346."""

from stdnum import iso6346

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading


def read_container(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Owner, category, serial and check digit; a missing check digit is supplied."""
    number = compact(written(raw.kind, raw.value))
    require(raw.kind, number, r"[A-Z]{3}[UJZ]\d{6,7}", 10, 11)
    if len(number) == 10:
        number += str(iso6346.calc_check_digit(number))
    return (Reading(raw.kind, number, doubts_of(iso6346.validate, number)),)


RULE = Rule(
    Kind.CONTAINER,
    1,
    None,
    read_container,
    (
        Example("CSQU 305438 3", "CSQU3054383"),
        Example("csqu 305438", "CSQU3054383"),
    ),
)
