"""Vehicle identification numbers. Source: ISO 3779 and 49 CFR 565.15."""

import re

from protocol.identifiers.characters import compact, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_WORDS = re.compile(r"(?:VIN|NIV|CHASIS|CHASSI|CHASSIS)+(?=.{17}$)")
_IMPOSSIBLE_IN_VIN = str.maketrans("OQI", "001")
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", "012345678912345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_check_character(vin: str) -> str:
    """49 CFR 565.15(c): the character that belongs in the ninth place of these 17."""
    rest = sum(w * int(_VIN_VALUES[c]) for w, c in zip(_VIN_WEIGHTS, vin, strict=True)) % 11
    return "0123456789X"[rest]


def read_vin(raw: RawIdentifier) -> tuple[Reading, ...]:
    """17 characters; I, O and Q cannot occur and are read as 1 and 0.

    The check character is only compulsory in North America (first character 1 to 5): elsewhere it raises no doubt.
    """
    # Makers put a star at either end, so that nothing can be added.
    number = _WORDS.sub("", compact(written(raw.kind, raw.value).replace("*", " ")), count=1)
    require(raw.kind, number, r"[A-Z\d]+", 17, 17)
    vin = number.translate(_IMPOSSIBLE_IN_VIN)
    doubts = set() if vin == number else {Doubt.LETTERS_CORRECTED}
    if vin[0] in "12345" and vin_check_character(vin) != vin[8]:
        doubts.add(Doubt.CHECK_DIGIT_FAILED)
    return (Reading(raw.kind, vin, frozenset(doubts)),)


RULE = Rule(
    Kind.VIN,
    1,
    None,
    read_vin,
    (
        Example("1M8GDM9A XKP042788", "1M8GDM9AXKP042788"),
        Example("VIN: 1M8GDM9AXKPO42788", "1M8GDM9AXKP042788"),
    ),
)
