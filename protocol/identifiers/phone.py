"""Telephone numbers as officers write them, each to one E.164 key.

Source: ITU-T E.164 and E.123, read with the data of phonenumbers, a port of Google's libphonenumber; RFC 3966 for
extensions. What numbers were before their plans changed stands in `telephone_plans`, links in `messaging_links`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, ValidationResult

from protocol.identifiers.characters import refuse_masked, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.messaging_links import chat_number, dialled_number
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import known_country
from protocol.identifiers.telephone_plans import as_written_today, lacks_area
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_LONGEST_URL = 512

_LABEL = re.compile(
    r"(?:whats\s?app|wsp|wpp|wa|tel[eé]fono|telefone|t[eé]l[eé]phone|telephone|tel|tel[eé]f|tlf|tfno|fijo|fixo|fax"
    r"|celular|cell|cel|m[oó]vil|m[oó]vel|mobile|mob|phone|fone|fono|n[uú]mero|numero|n[uú]m|nro|num|sms|signal"
    r"|viber|telegram)(?:\s?(?:n[ºo°]|no)\b)?[\s.:#]*(?=[+(\d])",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"(?:;\s?ext=|(?<=\d{7}),|#|\b(?:extensi[oó]n|extens[aã]o|extension|extn?|ramal|interno|int|anexo|poste|x)\b[\s.:]*|\bx)"
    r"\s?(\d{1,6})$",
    re.IGNORECASE,
)
_AROUND = " \"'=;:,.☎☏✆📞📱📲"
_FROM_A_SPREADSHEET = re.compile(r"(\d{7,15})\.0")
# "0xx11": Brazilian for "0, the carrier of your choice, 11".
_CARRIER_OF_CHOICE = re.compile(r"^\(?0?[\s\-]?(?:xx|\*\*)[\s\-]?(?=[(\d])", re.IGNORECASE)
_SEPARATED = re.compile(r"[(\[]?\+?[\d\s().\-\[\]_·•,|]+(?:/[\d\s().\-]{5,})?", re.ASCII)

_ARGENTINA, _BRAZIL = 54, 55
_BRAZILIAN_OLD_MOBILE = re.compile(r"(\d{2})(7[1-6]\d{6})")
"""Valid as it stands, since trunked radio kept eight digits behind 70, 77, 78 and 79: the rest are mobiles without their 9."""


@dataclass(frozen=True, slots=True)
class _Interpretation:
    """A number that a text may mean. `unclear`: without its area code it is more than one number, or none."""

    number: PhoneNumber
    assumed: bool
    valid: bool
    unclear: bool = False


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _with_national(number: PhoneNumber, national: str) -> PhoneNumber:
    return PhoneNumber(country_code=number.country_code, national_number=int(national))


def _became(number: PhoneNumber, with_area: bool) -> dict[str, PhoneNumber]:
    """What a number that is not valid today has become, by its E.164 form."""
    national = phonenumbers.national_significant_number(number)
    return {
        _e164(changed): changed
        for each in as_written_today(number.country_code or 0, national, with_area=with_area)
        if phonenumbers.is_valid_number(changed := _with_national(number, each))
    }


def _reads_back(number: PhoneNumber) -> bool:
    """Whether an unassigned number's E.164 form is read as the same: zeros in front would get lost."""
    again = phonenumbers.parse(_e164(number))
    return _e164(again) == _e164(number) and not _became(again, with_area=True)


def _interpreted(text: str, region: str | None, assumed: bool) -> _Interpretation | None:
    """`text` as a number of today; None where it is none."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_valid_number(number):
        return _Interpretation(number, assumed, valid=True)
    became = _became(number, with_area=text.startswith(("+", "0")))
    if len(became) == 1:
        return _Interpretation(next(iter(became.values())), assumed, valid=True)
    if became or lacks_area(number.country_code or 0, phonenumbers.national_significant_number(number)):
        return _Interpretation(number, assumed, valid=False, unclear=True)
    return _Interpretation(number, assumed, valid=False) if _reads_back(number) else None


def _meanings(digits: str, region: str | None) -> Iterator[tuple[str, bool]]:
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
    """(digits, whether they begin with +). Raises wrong_characters, empty."""
    international = re.match(r"[(\[]?\+", text) is not None
    if international or re.match(r"\(?(?:00|011)", text):
        text = text.replace("(0)", "")
    if not _SEPARATED.fullmatch(text):
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    digits = re.sub(r"\D", "", text)
    if not digits:
        raise NotNormalisable(kind, Reason.EMPTY)
    return digits, international


def _chosen(kind: Kind, found: list[_Interpretation]) -> tuple[PhoneNumber, frozenset[Doubt]]:
    """The first valid number, else the first whose length is possible. Raises wrong_length, needs_area_code."""
    valid = [each for each in found if each.valid]
    if valid:
        doubts = {Doubt.ASSUMED_INTERNATIONAL} if valid[0].assumed else set()
        if len(valid) > 1 and len({_e164(each.number) for each in valid}) > 1:
            doubts.add(Doubt.ANOTHER_READING)
        return valid[0].number, frozenset(doubts)
    if any(each.unclear for each in found):
        raise NotNormalisable(kind, Reason.NEEDS_AREA_CODE)
    # An unassigned number is only believed in the country where it was written, not with a + that nobody wrote.
    said = [each.number for each in found if not each.assumed]
    lengths = [phonenumbers.is_possible_number_with_reason(number) for number in said]
    if ValidationResult.IS_POSSIBLE in lengths:
        return said[lengths.index(ValidationResult.IS_POSSIBLE)], frozenset({Doubt.NOT_ASSIGNED})
    if ValidationResult.IS_POSSIBLE_LOCAL_ONLY in lengths:
        raise NotNormalisable(kind, Reason.NEEDS_AREA_CODE)
    raise NotNormalisable(kind, Reason.WRONG_LENGTH)


def _also(number: PhoneNumber) -> PhoneNumber | None:
    """The same subscriber's number under another form of the plan, where the digits do not tell which form it is."""
    national = phonenumbers.national_significant_number(number)
    other = None
    if number.country_code == _ARGENTINA and not national.startswith("9"):
        other = "9" + national
    elif number.country_code == _BRAZIL and (old := _BRAZILIAN_OLD_MOBILE.fullmatch(national)):
        other = f"{old[1]}9{old[2]}"
    if other is None:
        return None
    mobile = _with_national(number, other)
    return mobile if phonenumbers.is_valid_number(mobile) else None


def _without_wrapping(text: str) -> str:
    """The number alone: out of links, labels, quotation marks and what spreadsheets add."""
    linked = chat_number(text)
    if linked:
        return "+" + linked.removeprefix("00")
    bare = dialled_number(text).strip(_AROUND)
    spreadsheet = _FROM_A_SPREADSHEET.fullmatch(bare)
    return spreadsheet[1] if spreadsheet else _LABEL.sub("", bare, count=1) if _LABEL.match(bare) else bare


def read_phone(raw: RawIdentifier) -> tuple[Reading, ...]:
    """E.164 with its +. `raw.country` is the region in which a number without + was written.

    An Argentine number without 9 or 15 may be a fixed line or a mobile, and the plan gives the ten digits once only:
    its mobile form follows as an alternative key; so does a Brazilian mobile's with its ninth digit where eight digits are
    valid too. Raises needs_country, unknown_country, needs_area_code, wrong_length, wrong_characters, masked, empty, too_long.
    """
    text = _CARRIER_OF_CHOICE.sub("0", _without_wrapping(written(raw.kind, raw.value, _LONGEST_URL)))
    refuse_masked(raw.kind, text, of_digits=True)
    region = None if raw.country is None else known_country(raw, raw.country)
    extension = _EXTENSION.search(text)
    if extension:
        text = text[: extension.start()]
    digits, international = _digits(raw.kind, text)
    if international:
        meanings: Iterable[tuple[str, bool]] = [("+" + digits.lstrip("0"), False)]
    else:
        meanings = _meanings(digits, region)
        if region is None and not digits.startswith(("00", "011")):
            raise NotNormalisable(raw.kind, Reason.NEEDS_COUNTRY)
    interpretations = (_interpreted(text, region, assumed) for text, assumed in meanings)
    number, doubts = _chosen(raw.kind, [each for each in interpretations if each])
    if extension:
        doubts |= {Doubt.EXTENSION_DROPPED}
    other = _also(number)
    main = Reading(raw.kind, _e164(number), doubts)
    return (main,) if other is None else (main, Reading(raw.kind, _e164(other), doubts))


RULE = Rule(
    Kind.PHONE,
    2,
    phonenumbers.__version__,
    read_phone,
    (
        Example("310 234 5678", "+573102345678", country="CO"),
        Example("(0xx11) 8765-4321", "+5511987654321", country="BR"),
        Example("wa: +52 1 55 1234 5678", "+525512345678"),
        Example("011 15-2345-6789", "+5491123456789", country="AR"),
    ),
)
