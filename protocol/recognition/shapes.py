"""What a text must look like before a kind is tried at all: expressions are cheap, libraries are asked where one fits."""

import re
from dataclasses import dataclass

from protocol.identifiers import Kind
from protocol.recognition.candidates import Clue

# Leading digits and lengths of the large schemes (ISO/IEC 7812-1 leaves lengths to them).
_CARD = r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[068]\d{12}|6\d{15,18}"


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind, the strongest clue that its reader can give, and an expression.

    `as_written`: the expression is for the text with its separators, else for capitals and digits alone. `only_if_said`: tried
    only where a word speaks for the kind, since too many other numbers look so.
    """

    kind: Kind
    strongest: Clue
    expression: re.Pattern[str]
    as_written: bool = False
    only_if_said: bool = False


def _shape(kind: Kind, strongest: Clue, expression: str, *, as_written: bool = False, only_if_said: bool = False) -> Shape:
    return Shape(kind, strongest, re.compile(expression, re.ASCII), as_written, only_if_said)


SHAPES = (
    _shape(Kind.IBAN, Clue.CHECK_DIGIT, r"(?:IBAN)?[A-Z]{2}\d{2}[A-Z\d]{11,30}"),
    _shape(Kind.PIX_KEY, Clue.SYNTAX, r"(?=.*[A-F])[\dA-F]{32}"),
    _shape(Kind.CBU, Clue.CHECK_DIGIT, r"\d{22}"),
    _shape(Kind.CLABE, Clue.CHECK_DIGIT, r"\d{18}"),
    _shape(Kind.CONTAINER, Clue.CHECK_DIGIT, r"[A-Z]{3}[UJZ]\d{7}"),
    _shape(Kind.VIN, Clue.CHECK_DIGIT, r"(?=.*[A-Z])(?=.*\d.*\d)[A-HJ-NPR-Z\d]{17}"),
    _shape(Kind.IMO, Clue.CHECK_DIGIT, r"\d{7}", only_if_said=True),
    _shape(Kind.NATIONAL_ID, Clue.CHECK_DIGIT, r"\d{5,13}|[A-Z]{1,3}\d{5,12}|[A-Z]{4}\d{6}[A-Z]{6}[A-Z\d]\d|\d{8,13}[A-Z]"),
    _shape(
        Kind.TAX_ID_COMPANY, Clue.CHECK_DIGIT, r"\d{8,14}[A-Z\d]?|[A-ZÑ&]{3}\d{6}[A-Z\d]{3}|[A-Z]\d{9,13}|(?=.*\d)[A-Z\d]{12}\d\d"
    ),
    _shape(Kind.TAX_ID_PERSON, Clue.CHECK_DIGIT, r"\d{8,14}[A-Z\d]?|[A-ZÑ&]{4}\d{6}[A-Z\d]{3}|[A-Z]\d{9}"),
    _shape(Kind.PAYMENT_CARD, Clue.CHECK_DIGIT, _CARD),
    _shape(Kind.IMEI, Clue.CHECK_DIGIT, r"(?:IMEI)?\d{15}"),
    _shape(Kind.PHONE, Clue.ASSIGNED, r"\(?\+?\(?\d[\d().\-/ ]{5,22}\d", as_written=True),
    _shape(Kind.IMSI, Clue.ASSIGNED, r"(?:IMSI)?\d{15}"),
    _shape(Kind.MAC, Clue.SHAPE, r"(?=.*[A-F])(?=.*\d)[\dA-F]{12}"),
    _shape(Kind.VEHICLE_PLATE, Clue.SHAPE, r"(?=.*\d.*\d)(?=(?:\d*[A-Z]){1,4}\d*$)[A-Z\d]{5,8}"),
    _shape(Kind.PASSPORT, Clue.SHAPE, r"[A-Z]{1,3}\d{6,8}"),
    _shape(
        Kind.AIRCRAFT_REG, Clue.SHAPE, r"N-?[1-9]\d{0,4}[A-Z]{0,2}|[A-Z]{1,2}-[A-Z]{3,4}|[A-Z]{2}-?\d{3,4}[A-Z]?", as_written=True
    ),
)

ALSO_WHEN_NAMED = {
    Kind.PAYMENT_CARD: re.compile(_CARD, re.ASCII),
    Kind.VEHICLE_PLATE: re.compile(r"(?=.*\d)[A-Z\d]{4,8}", re.ASCII),
    Kind.NATIONAL_ID: re.compile(r"(?=.*\d.*\d.*\d)[A-Z\d]{4,20}", re.ASCII),
    Kind.PASSPORT: re.compile(r"(?=.*\d.*\d)[A-Z\d]{6,9}", re.ASCII),
}
"""A word that names the kind lets the reader try more; what is here still keeps it from taking in the next word."""

# How documents of one state are written, where no other number is: the marks stand for more than the digits do.
FORMS = tuple(
    (re.compile(expression, re.ASCII), kind, country)
    for expression, kind, country in (
        (r"\d{3}\.\d{3}\.\d{3}-\d{2}", Kind.TAX_ID_PERSON, "BR"),
        (r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", Kind.TAX_ID_COMPANY, "BR"),
        (r"2\d-\d{8}-\d", Kind.TAX_ID_PERSON, "AR"),
        (r"3\d-\d{8}-\d", Kind.TAX_ID_COMPANY, "AR"),
        (r"(?:[1-4]\d|\d)\.\d{3}\.\d{3}-[\dkK]", Kind.TAX_ID_PERSON, "CL"),
        (r"[5-9]\d\.\d{3}\.\d{3}-[\dkK]", Kind.TAX_ID_COMPANY, "CL"),
        (r"\d\.\d{3}\.\d{3}-\d", Kind.NATIONAL_ID, "UY"),
        (r"\d{3}-\d{7}-\d", Kind.NATIONAL_ID, "DO"),
        (r"\d{4}-\d{6}-\d{3}-\d", Kind.TAX_ID_PERSON, "SV"),
        (r"\d{8}-\d", Kind.NATIONAL_ID, "SV"),
        (r"\d{3}-\d{6}-\d{4}[A-Z]", Kind.NATIONAL_ID, "NI"),
        (r"\d{4}-\d{4}-\d{5}", Kind.NATIONAL_ID, "HN"),
        (r"\d{3}-\d{2}-\d{4}", Kind.NATIONAL_ID, "US"),
        (r"[VE]-?\d{1,2}\.\d{3}\.\d{3}", Kind.NATIONAL_ID, "VE"),
        (r"[VEP]-\d{8}-\d", Kind.TAX_ID_PERSON, "VE"),
        (r"[JG]-\d{8}-\d", Kind.TAX_ID_COMPANY, "VE"),
        (r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d", Kind.NATIONAL_ID, "MX"),
    )
)

NEGLIGIBLE = frozenset({(Kind.CRYPTO_ADDRESS, None), (Kind.NATIONAL_ID, "MX")})
"""Kinds and states whose check at most one in 10,000 random texts of the same pattern of letters and digits passes."""

RARE = NEGLIGIBLE | {
    (Kind.IBAN, None),
    (Kind.CBU, None),
    (Kind.CONTAINER, None),
    (Kind.TAX_ID_PERSON, "BR"),
    (Kind.TAX_ID_COMPANY, "BR"),
    (Kind.NATIONAL_ID, "BR"),
    (Kind.TAX_ID_PERSON, "AR"),
    (Kind.TAX_ID_COMPANY, "AR"),
    (Kind.TAX_ID_PERSON, "PE"),
    (Kind.TAX_ID_COMPANY, "PE"),
    (Kind.TAX_ID_PERSON, "MX"),
    (Kind.TAX_ID_COMPANY, "MX"),
    (Kind.TAX_ID_COMPANY, "EC"),
}
"""… at most one in 50."""
