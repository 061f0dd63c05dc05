"""Freight containers. Source: ISO 6346."""

import re

from stdnum import iso6346

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_OWNER = 4
_TO_LETTERS, _TO_DIGITS = str.maketrans("01", "OI"), str.maketrans("OI", "01")
_SIZE_AND_TYPE = re.compile(r"(.{11})[\dA-Z]\d[A-Z]\d", re.ASCII)


def read_container(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Owner, category, serial and check digit; a missing check digit is supplied, size and type behind are dropped.

    The owner's code has letters only, the rest digits only: 0, 1, O and I are read accordingly.
    """
    written_out = compact(written(raw.kind, raw.value))
    sized = _SIZE_AND_TYPE.fullmatch(written_out)
    whole = sized[1] if sized else written_out
    number = whole[:_OWNER].translate(_TO_LETTERS) + whole[_OWNER:].translate(_TO_DIGITS)
    require(raw.kind, number, r"[A-Z]{3}[UJZ]\d{6,7}", 10, 11)
    corrected = {Doubt.LETTERS_CORRECTED} if number != whole else set()
    if len(number) == 10:
        number += str(iso6346.calc_check_digit(number))
    return (Reading(raw.kind, number, doubts_of(iso6346.validate, number) | corrected),)


RULE = Rule(
    Kind.CONTAINER,
    1,
    None,
    read_container,
    (
        Example("CSQU 305438 3", "CSQU3054383"),
        Example("csqu 305438", "CSQU3054383"),
        Example("CSQU 305438 3 22G1", "CSQU3054383"),
    ),
)
