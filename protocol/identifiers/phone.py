"""Telephone numbers as officers write them, each to one E.164 key.

Source: ITU-T E.164 and E.123, read with the data of phonenumbers; the national migrations below from the
numbering plans of BR (ninth digit, 2012 to 2016), MX (end of 044, 045, 01 and of the 1 after +52, 2019 to 2022),
CL (2016), EC (2012) and AR (9 from abroad, 15 at home).
"""

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneNumber, ValidationResult

from protocol.identifiers.characters import written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.messaging_links import whatsapp_number
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import known_country
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_LONGEST_URL = 512

_LABEL = re.compile(
    r"(?:whats\s?app|wsp|wpp|wa|tel[eé]fono|telefone|t[eé]l[eé]phone|telephone|tel|celular|cel|m[oó]vil|m[oó]vel"
    r"|mobile|phone|fone|fono|sms|callto|signal|viber)[\s.:]*(?=[+(\d])",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"(?:;\s?ext=|,|#|\b(?:extensi[oó]n|extens[aã]o|extension|extn?|ramal|interno|int|anexo|poste|x)\b[\s.:]*|\bx)"
    r"\s?(\d{1,6})$",
    re.IGNORECASE,
)

# Country code, national number as it was once written, as it is dialled today. Tried in order, only on a number that
# is not valid as it stands, and kept only if the outcome is valid. MX: a number that is valid never begins so.
_MIGRATIONS = (
    (52, r"(?:04[45]|01|1)([2-9]\d{9})", r"\1"),
    (54, r"9(\d{2})15(\d{8})", r"9\1\2"),
    (54, r"9(\d{3})15(\d{7})", r"9\1\2"),
    (54, r"9(\d{4})15(\d{6})", r"9\1\2"),
    (55, r"(\d{2})([6-9]\d{7})", r"\g<1>9\2"),
    (56, r"0?9([6-9]\d{7})", r"9\1"),
    (56, r"([89]\d{7})", r"9\1"),
    (593, r"0?([89]\d{7})", r"9\1"),
)
_WITHOUT_AREA = re.compile(r"\+(?:5415\d{6,8}|559\d{8}|55[2-9]\d{7})")
"""Mobiles as dialled within their own area, whose length passes for a whole number."""

_ARGENTINA = 54


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _with_national(number: PhoneNumber, national: str) -> PhoneNumber:
    return PhoneNumber(country_code=number.country_code, national_number=int(national))


def _as_dialled_today(number: PhoneNumber) -> PhoneNumber:
    if phonenumbers.is_valid_number(number):
        return number
    national = phonenumbers.national_significant_number(number)
    for country_code, old, new in _MIGRATIONS:
        found = re.fullmatch(old, national) if country_code == number.country_code else None
        if found:
            migrated = _with_national(number, found.expand(new))
            if phonenumbers.is_valid_number(migrated):
                return migrated
    return number


def _reads_back(number: PhoneNumber) -> bool:
    """Whether the E.164 form is read as the same number: zeros in front of an unassigned one would get lost."""
    return _e164(_as_dialled_today(phonenumbers.parse(_e164(number)))) == _e164(number)


def _interpretations(digits: str, region: str | None) -> Iterator[tuple[str, bool]]:
    """(digits to parse, whether + was assumed) of a number without +, the likeliest first."""
    if digits.startswith("00"):
        yield "+" + digits.lstrip("0"), False
    if region is not None:
        yield digits, False
    if digits.startswith("011"):
        yield "+" + digits[3:], False
    if region is not None and not digits.startswith("0"):
        yield "+" + digits, True


def _digits(kind: Kind, text: str) -> tuple[str, bool]:
    """(digits, whether they begin with +). Raises wrong_characters."""
    # "0xx11": Brazilian for "0, the carrier of your choice, 11".
    plain = re.sub(r"^\(?0\s?xx", "0", text, flags=re.IGNORECASE)
    international = re.match(r"\(?\+", plain) is not None
    if international or re.match(r"\(?(?:00|011)", plain):
        plain = plain.replace("(0)", "")
    if not re.fullmatch(r"\(?\+?[\d\s().\-/]+", plain, re.ASCII):
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    digits = re.sub(r"\D", "", plain)
    if not digits:
        raise NotNormalisable(kind, Reason.EMPTY)
    return digits, international


def _parsed(interpretations: Iterator[tuple[str, bool]], region: str | None) -> list[tuple[PhoneNumber, bool]]:
    numbers = []
    for text, assumed in interpretations:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        today = _as_dialled_today(number)
        if _reads_back(today):
            numbers.append((today, assumed))
    return numbers


def _chosen(kind: Kind, numbers: list[tuple[PhoneNumber, bool]]) -> tuple[PhoneNumber, frozenset[Doubt]]:
    """The first valid number, else the first whose length is possible. Raises wrong_length, needs_area_code."""
    valid = [(number, assumed) for number, assumed in numbers if phonenumbers.is_valid_number(number)]
    if valid:
        number, assumed = valid[0]
        doubts = {Doubt.ASSUMED_INTERNATIONAL} if assumed else set()
        if len({_e164(each) for each, _ in valid}) > 1:
            doubts.add(Doubt.ANOTHER_READING)
        return number, frozenset(doubts)
    lengths = [phonenumbers.is_possible_number_with_reason(number) for number, _ in numbers]
    if ValidationResult.IS_POSSIBLE in lengths:
        number, _ = numbers[lengths.index(ValidationResult.IS_POSSIBLE)]
        if _WITHOUT_AREA.fullmatch(_e164(number)):
            raise NotNormalisable(kind, Reason.NEEDS_AREA_CODE)
        return number, frozenset({Doubt.NOT_ASSIGNED})
    if ValidationResult.IS_POSSIBLE_LOCAL_ONLY in lengths:
        raise NotNormalisable(kind, Reason.NEEDS_AREA_CODE)
    raise NotNormalisable(kind, Reason.WRONG_LENGTH)


def read_phone(raw: RawIdentifier) -> tuple[Reading, ...]:
    """E.164 with its +. `raw.country` is the region in which a number without + was written.

    An Argentine number without 9 or 15 may be a fixed line or a mobile, and the plan gives the ten digits once only:
    its mobile form follows as an alternative key. Raises needs_country, unknown_country, needs_area_code,
    wrong_length, wrong_characters, empty, too_long.
    """
    text = written(raw.kind, raw.value, _LONGEST_URL)
    region = None if raw.country is None else known_country(raw, raw.country)
    linked = whatsapp_number(text)
    text = "+" + linked if linked else _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    extension = _EXTENSION.search(text)
    if extension:
        text = text[: extension.start()]
    digits, international = _digits(raw.kind, text)
    if international:
        interpretations = iter([("+" + digits.lstrip("0"), False)])
    else:
        interpretations = _interpretations(digits, region)
        if region is None and not digits.startswith(("00", "011")):
            raise NotNormalisable(raw.kind, Reason.NEEDS_COUNTRY)
    number, doubts = _chosen(raw.kind, _parsed(interpretations, region))
    if extension:
        doubts |= {Doubt.EXTENSION_DROPPED}
    main = Reading(raw.kind, _e164(number), doubts)
    national = phonenumbers.national_significant_number(number)
    if number.country_code == _ARGENTINA and not national.startswith("9"):
        mobile = _with_national(number, "9" + national)
        if phonenumbers.is_valid_number(mobile):
            return main, Reading(raw.kind, _e164(mobile), doubts)
    return (main,)


RULE = Rule(
    Kind.PHONE,
    1,
    phonenumbers.__version__,
    read_phone,
    (
        Example("310 234 5678", "+573102345678", country="CO"),
        Example("(0xx11) 8765-4321", "+5511987654321", country="BR"),
        Example("wa: +52 1 55 1234 5678", "+525512345678"),
        Example("011 15-2345-6789", "+5491123456789", country="AR"),
    ),
)
