"""Passport numbers, written out or within a pasted machine-readable zone.

Canonical form "CO:AB123456". An identity card's zone gives the card's number as well as the identity number in it, where the
state is known to put one there: within the region people travel on either document.
"""

import re

from protocol.identifiers.characters import compact, refuse_masked, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.mrz import ORGANISATIONS, MachineReadable, find_mrz
from protocol.identifiers.national_id import national_in_zone
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state, known_country
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_SHORTEST, _LONGEST = 5, 9
_WORDS = re.compile(r"(?:PASAPORTE|PASSAPORTE|PASSPORT|PASSEPORT)(?:N°|NO|NRO|NUMERO|NUMBER)?(?=.{5})")


def _issuer(raw: RawIdentifier, zone: MachineReadable) -> tuple[str, frozenset[Doubt]]:
    """(state or organisation, doubts). Only the second line: the state given, else the holder's nationality."""
    given = None if raw.country is None else known_country(raw, raw.country)
    if zone.issuer:
        if zone.issuing_state is None:
            raise NotNormalisable(raw.kind, Reason.UNKNOWN_COUNTRY)
        if given not in (None, zone.issuing_state):
            raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
        return zone.issuing_state, frozenset()
    if given is not None:
        return given, frozenset()
    if zone.nationality is None:
        raise NotNormalisable(raw.kind, Reason.NEEDS_COUNTRY)
    return zone.nationality, frozenset({Doubt.ASSUMED_COUNTRY})


def _from_zone(raw: RawIdentifier, zone: MachineReadable) -> tuple[Reading, ...]:
    issuer, doubts = _issuer(raw, zone)
    if zone.number_in_doubt:
        doubts |= {Doubt.CHECK_DIGIT_FAILED}
    if zone.corrected:
        doubts |= {Doubt.LETTERS_CORRECTED}
    require(raw.kind, zone.number, r"[A-Z\d]+", _SHORTEST, _LONGEST)
    main = Reading(raw.kind, f"{issuer}:{zone.number}", doubts)
    national = national_in_zone(zone)
    return (main,) if national is None else (main, national)


def _issued(raw: RawIdentifier) -> tuple[str, str]:
    """(state or organisation, what remains of the text)."""
    text = written(raw.kind, raw.value)
    organisation = text[:3].upper()
    if text[3:4] == ":" and organisation in ORGANISATIONS:
        if raw.country is not None:
            raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
        return organisation, text[4:]
    return issuing_state(raw)


def read_passport(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Issuing state and number; of an identity card's zone, the identity number follows as an alternative key.

    With only the second line and no country, the nationality stands in, with a doubt. Raises needs_country, unknown_country,
    conflicting_context and the errors of form.
    """
    zone = find_mrz(raw.value)
    if zone is not None:
        return _from_zone(raw, zone)
    issuer, text = _issued(raw)
    refuse_masked(raw.kind, text)
    number = _WORDS.sub("", compact(text), count=1)
    require(raw.kind, number, r"(?=.*\d)[A-Z\d]+", _SHORTEST, _LONGEST)
    return (Reading(raw.kind, f"{issuer}:{number}"),)


RULE = Rule(
    Kind.PASSPORT,
    1,
    None,
    read_passport,
    (
        Example("AB 123456", "CO:AB123456", country="CO"),
        Example("L898902C36COL7408122F1204159ZE184226B<<<<<10", "CO:L898902C3", country="CO"),
        Example("pasaporte N° xdd 123456", "PE:XDD123456", country="PE"),
    ),
)
