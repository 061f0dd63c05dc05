"""Devices and subscriptions: IMEI, IMSI, MAC.

Source: 3GPP TS 23.003 sections 2.2 and 6.2 and annex B (Luhn); IEEE Std 802-2014 section 8.2.
"""

import re

from stdnum import imsi as stdnum_imsi
from stdnum import luhn

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_LOCAL_OR_GROUP = 0b11


def read_imei(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Type and serial number, 14 digits: neither the check digit nor an IMEISV's software version is part of it."""
    number = re.sub("^IMEI(?:SV)?", "", compact(written(raw.kind, raw.value)))
    require(raw.kind, number, r"\d+", 14, 16)
    doubts = doubts_of(luhn.validate, number) if len(number) == 15 else frozenset()
    return (Reading(raw.kind, number[:14], doubts),)


def read_imsi(raw: RawIdentifier) -> tuple[Reading, ...]:
    """15 digits; an operator that python-stdnum does not list gives not_assigned."""
    number = compact(written(raw.kind, raw.value)).removeprefix("IMSI")
    require(raw.kind, number, r"\d+", 15, 15)
    return (Reading(raw.kind, number, doubts_of(stdnum_imsi.validate, number)),)


def read_mac(raw: RawIdentifier) -> tuple[Reading, ...]:
    """12 hexadecimal digits in upper case; a locally chosen or a group address gives not_unique."""
    number = compact(written(raw.kind, raw.value))
    require(raw.kind, number, r"[\dA-F]+", 12, 12)
    shared = int(number[:2], 16) & _LOCAL_OR_GROUP
    return (Reading(raw.kind, number, frozenset({Doubt.NOT_UNIQUE} if shared else ())),)
