"""Road vehicles, ships, aircraft and containers.

Source: ISO 3779 and 49 CFR 565.15 (VIN), IMO resolution A.1117(30), ICAO Annex 7 (aircraft marks), ISO 6346.
"""

import re

from stdnum import imo as stdnum_imo
from stdnum import iso6346

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.states import issuing_state, known_country, known_subdivision
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_PLATES_REPEAT = frozenset({"CA", "US"})
"""States whose provinces or states number on their own."""

_LOOKALIKES = str.maketrans("OI", "01")
_IMPOSSIBLE_IN_VIN = str.maketrans("OQI", "001")
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", "012345678912345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


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


def vin_check_character(vin: str) -> str:
    """49 CFR 565.15(c): the character that belongs in the ninth place of these 17."""
    rest = sum(w * int(_VIN_VALUES[c]) for w, c in zip(_VIN_WEIGHTS, vin, strict=True)) % 11
    return "0123456789X"[rest]


def read_vin(raw: RawIdentifier) -> tuple[Reading, ...]:
    """17 characters; I, O and Q cannot occur and are read as 1 and 0.

    The check character is only compulsory in North America (first character 1 to 5): elsewhere it raises no doubt.
    """
    number = compact(written(raw.kind, raw.value)).removeprefix("VIN")
    require(raw.kind, number, r"[A-Z\d]+", 17, 17)
    vin = number.translate(_IMPOSSIBLE_IN_VIN)
    doubts = set() if vin == number else {Doubt.LETTERS_CORRECTED}
    if vin[0] in "12345" and vin_check_character(vin) != vin[8]:
        doubts.add(Doubt.CHECK_DIGIT_FAILED)
    return (Reading(raw.kind, vin, frozenset(doubts)),)


def read_imo(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Seven digits of the ship, which keeps them through every change of name and flag."""
    number = compact(written(raw.kind, raw.value)).removeprefix("IMO")
    require(raw.kind, number, r"\d+", 7, 7)
    return (Reading(raw.kind, number, doubts_of(stdnum_imo.validate, number)),)


def read_aircraft_reg(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Nationality and registration marks without the dash. There is no check digit."""
    number = compact(written(raw.kind, raw.value))
    require(raw.kind, number, r"(?=.*[A-Z])[A-Z\d]+", 3, 8)
    return (Reading(raw.kind, number, frozenset({Doubt.LENGTH_RULE_ONLY})),)


def read_container(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Owner, category, serial and check digit; a missing check digit is supplied."""
    number = compact(written(raw.kind, raw.value))
    require(raw.kind, number, r"[A-Z]{3}[UJZ]\d{6,7}", 10, 11)
    if len(number) == 10:
        number += str(iso6346.calc_check_digit(number))
    return (Reading(raw.kind, number, doubts_of(iso6346.validate, number)),)
