"""Mobile devices. Source: 3GPP TS 23.003 section 6.2 and annex B (Luhn)."""

import re

from stdnum import luhn

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading


def read_imei(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Type and serial number, 14 digits: neither the check digit nor an IMEISV's software version is part of it.

    One digit throughout gives not_unique: counterfeit devices by the thousand bear 00000000000000. Raises the errors of form.
    """
    number = re.sub("^IMEI(?:SV)?", "", compact(written(raw.kind, raw.value)))
    require(raw.kind, number, r"\d+", 14, 16)
    doubts = doubts_of(luhn.validate, number) if len(number) == 15 else frozenset()
    if len(set(number[:14])) == 1:
        doubts |= {Doubt.NOT_UNIQUE}
    return (Reading(raw.kind, number[:14], doubts),)


RULE = Rule(
    Kind.IMEI,
    1,
    None,
    read_imei,
    (
        Example("49-015420-323751-8", "49015420323751"),
        Example("IMEISV 4901542032375101", "49015420323751"),
    ),
)
