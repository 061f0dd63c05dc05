"""Numbers of payment cards. Source: ISO/IEC 7812-1 (Luhn)."""

from stdnum import luhn

from protocol.identifiers.characters import compact, doubts_of, refuse_masked, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading


def read_payment_card(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The whole number, 12 to 19 digits. Raises masked, and the errors of form."""
    text = written(raw.kind, raw.value)
    refuse_masked(raw.kind, text, of_digits=True)
    number = compact(text)
    require(raw.kind, number, r"\d+", 12, 19)
    return (Reading(raw.kind, number, doubts_of(luhn.validate, number)),)


RULE = Rule(
    Kind.PAYMENT_CARD,
    1,
    None,
    read_payment_card,
    (
        Example("4111 1111 1111 1111", "4111111111111111"),
        Example("3782-822463-10005", "378282246310005"),
    ),
)
