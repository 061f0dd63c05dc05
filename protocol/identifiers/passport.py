"""Passport numbers, written out or within a pasted machine-readable zone.

Source: ICAO Doc 9303 part 3 (section 4.9: check digit, weights 7-3-1; section 5: codes of states) and part 4 (TD3: two
lines of 44 characters). Canonical form "CO:AB123456". Names and birth dates in the zone are read past and forgotten.
"""

import re

import pycountry

from protocol.identifiers.characters import compact, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state, known_country
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_LINE_1 = r"P[A-Z<]([A-Z<]{3})[A-Z<]{39}"
_LINE_2 = r"([A-Z\d<]{9})([\d<])([A-Z<]{3})\d{6}\d[MFX<]\d{6}\d[A-Z\d<]{14}[\d<]\d"
_ZONE = re.compile(f"(?:{_LINE_1})?{_LINE_2}", re.ASCII)
_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_NOT_ISO_3166 = {"D": "DE", "GBD": "GB", "GBN": "GB", "GBO": "GB", "GBP": "GB", "GBS": "GB"}


def check_digit(characters: str) -> int:
    """ICAO 9303-3 section 4.9: weights 7, 3, 1 repeated, modulo 10."""
    return sum((7, 3, 1)[i % 3] * _VALUES[c] for i, c in enumerate(characters)) % 10


def zone(text: str) -> re.Match[str] | None:
    """The match of a TD3 zone (both lines, or the second alone) if the text is one."""
    return _ZONE.fullmatch(text.replace(" ", "").upper())


def _two_letters(raw: RawIdentifier, code: str) -> str:
    letters = code.replace("<", "")
    country = pycountry.countries.get(alpha_3=letters)
    return known_country(raw, _NOT_ISO_3166.get(letters) or (country.alpha_2 if country else ""))


def _from_zone(raw: RawIdentifier, found: re.Match[str]) -> Reading:
    issuer, filled, digit, nationality = found.groups()
    doubts = set()
    given = None if raw.country is None else known_country(raw, raw.country)
    if issuer is not None:
        country = _two_letters(raw, issuer)
        if given not in (None, country):
            raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
    elif given is not None:
        country = given
    else:
        country = _two_letters(raw, nationality)
        doubts.add(Doubt.ASSUMED_COUNTRY)
    if _VALUES[digit] != check_digit(filled):
        doubts.add(Doubt.CHECK_DIGIT_FAILED)
    number = filled.rstrip("<")
    require(raw.kind, number, r"[A-Z\d]+", 5, 9)
    return Reading(raw.kind, f"{country}:{number}", frozenset(doubts))


def read_passport(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Issuing state and number. With only the second line and no country, the nationality stands in, with a doubt.

    Raises needs_country, unknown_country, conflicting_context and the errors of form.
    """
    found = zone(written(raw.kind, raw.value))
    if found:
        return (_from_zone(raw, found),)
    country, text = issuing_state(raw)
    number = compact(text)
    require(raw.kind, number, r"(?=.*\d)[A-Z\d]+", 5, 9)
    return (Reading(raw.kind, f"{country}:{number}"),)


RULE = Rule(
    Kind.PASSPORT,
    1,
    None,
    read_passport,
    (
        Example("AB 123456", "CO:AB123456", country="CO"),
        Example("L898902C36COL7408122F1204159ZE184226B<<<<<10", "CO:L898902C3", country="CO"),
    ),
)
