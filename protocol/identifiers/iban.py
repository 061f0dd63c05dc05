"""International bank account numbers. Source: ISO 13616 and its registry, as schwifty carries it."""

from schwifty import IBAN
from schwifty.exceptions import InvalidChecksumDigits, InvalidCountryCode, InvalidLength, SchwiftyException

from protocol.identifiers.characters import compact, refuse_masked, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import known_country
from protocol.identifiers.values import Doubt, RawIdentifier, Reading


def _iban_fault(number: str) -> Doubt | Reason | None:
    """What the registry finds. schwifty's errors quote the number, so they must not be the context of one of ours."""
    try:
        IBAN(number)
    except InvalidChecksumDigits:
        return Doubt.CHECK_DIGIT_FAILED
    except InvalidCountryCode:
        return Doubt.LENGTH_RULE_ONLY
    except InvalidLength:
        return Reason.WRONG_LENGTH
    except SchwiftyException:
        return Reason.WRONG_CHARACTERS
    return None


def read_iban(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Electronic form. A state outside the registry gives length_rule_only. Raises the errors of form."""
    text = written(raw.kind, raw.value)
    refuse_masked(raw.kind, text)
    number = compact(text).removeprefix("IBAN")
    require(raw.kind, number, r"[A-Z]{2}\d{2}[A-Z\d]+", 15, 34)
    found = _iban_fault(number)
    if isinstance(found, Reason):
        raise NotNormalisable(raw.kind, found)
    if found is Doubt.LENGTH_RULE_ONLY:
        known_country(raw, number[:2])
    return (Reading(raw.kind, number, frozenset({found} if found else ())),)


def is_valid_iban(number: str) -> bool:
    """Whether `number`, compact, has the structure and the checksum of an IBAN of the registry."""
    return IBAN(number, allow_invalid=True).is_valid


RULE = Rule(
    Kind.IBAN,
    1,
    None,
    read_iban,
    (
        Example("CR05 0152 0200 1026 2840 66", "CR05015202001026284066"),
        Example("IBAN: DO28 BAGR 0000 0001 2124 5361 1324", "DO28BAGR00000001212453611324"),
    ),
)
