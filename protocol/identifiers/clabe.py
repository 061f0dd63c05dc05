"""Mexican standard bank account keys. Source: Banxico's SPEI manual (CLABE, weights 3-7-1)."""

from protocol.identifiers.characters import compact, refuse_masked, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading


def clabe_check_digit(digits: str) -> int:
    """Of the first 17 digits: each product with 3, 7, 1 modulo 10, their sum's complement to ten."""
    return -sum((3, 7, 1)[i % 3] * int(d) % 10 for i, d in enumerate(digits)) % 10


def read_clabe(raw: RawIdentifier) -> tuple[Reading, ...]:
    """18 digits. Raises the errors of form."""
    text = written(raw.kind, raw.value)
    refuse_masked(raw.kind, text, of_digits=True)
    number = compact(text).removeprefix("CLABE")
    require(raw.kind, number, r"\d+", 18, 18)
    fits = clabe_check_digit(number[:17]) == int(number[17])
    return (Reading(raw.kind, number, frozenset(() if fits else {Doubt.CHECK_DIGIT_FAILED})),)


RULE = Rule(
    Kind.CLABE,
    1,
    None,
    read_clabe,
    (
        Example("032 180 00011835971 9", "032180000118359719"),
        Example("CLABE 032180000118359719", "032180000118359719"),
    ),
)
