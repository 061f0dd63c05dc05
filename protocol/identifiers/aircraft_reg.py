"""Aircraft: nationality and registration marks. Source: ICAO Annex 7 and its supplement of nationality marks."""

import re
from collections.abc import Mapping

from protocol.identifiers.characters import compact, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

MARKS: Mapping[str, tuple[str, str]] = {
    "AG": ("V2", r"[A-Z]{3}"),
    "AR": ("LV|LQ", r"[A-Z]{3}|[A-Z]{1,2}\d{2,3}|X\d{1,3}"),
    "BB": ("8P", r"[A-Z]{3}"),
    "BO": ("CP", r"\d{3,4}"),
    "BR": ("PP|PR|PS|PT|PU", r"[A-Z]{3}"),
    "BS": ("C6", r"[A-Z]{3}"),
    "BZ": ("V3", r"[A-Z]{3}"),
    "CA": ("C(?=[FGI])", r"[A-Z]{4}"),
    "CL": ("CC", r"[A-Z]{3}"),
    "CO": ("HK|HJ", r"\d{3,4}[A-Z]?"),
    "CR": ("TI", r"[A-Z]{3}"),
    "CU": ("CU", r"[A-Z]\d{3,4}"),
    "DM": ("J7", r"[A-Z]{3}"),
    "DO": ("HI", r"\d{3,4}(?:[A-Z]{2})?"),
    "EC": ("HC", r"[A-Z]{3}"),
    "GD": ("J3", r"[A-Z]{3}"),
    "GT": ("TG", r"[A-Z]{3,4}"),
    "GY": ("8R", r"[A-Z]{3}"),
    "HN": ("HR", r"[A-Z]{3}"),
    "HT": ("HH", r"[A-Z]{3}|\d{2,3}"),
    "JM": ("6Y", r"[A-Z]{3}"),
    "KN": ("V4", r"[A-Z]{3}"),
    "LC": ("J6", r"[A-Z]{3}"),
    "MX": ("XA|XB|XC", r"[A-Z]{3}"),
    "NI": ("YN", r"[A-Z]{3}"),
    "PA": ("HP", r"\d{3,4}(?:[A-Z]{2,3})?"),
    "PE": ("OB", r"\d{3,4}[A-Z]?"),
    "PY": ("ZP", r"[A-Z]{3}|[A-Z]{2}\d{2}"),
    "SR": ("PZ", r"[A-Z]{3}"),
    "SV": ("YS", r"[A-Z]{3}|\d{2,3}[A-Z]{0,2}"),
    "TT": ("9Y", r"[A-Z]{3}"),
    "US": ("N", r"[1-9]\d{0,4}|[1-9]\d{0,3}[A-Z]|[1-9]\d{0,2}[A-Z]{2}"),
    "UY": ("CX", r"[A-Z]{3}"),
    "VC": ("J8", r"[A-Z]{3}"),
    "VE": ("YV", r"\d{3,4}[A-Z]?|[A-Z]?\d{3,4}[A-Z]{0,2}"),
}
"""State -> its nationality marks and the form of what follows. Ultralights, gliders and the military have forms of their own."""

_WORDS = re.compile(r"(?:MATRICULA|MATRÍCULA|AERONAVE|AIRCRAFT|TAIL|REG|IMMATRICULATION)+(?=[A-Z\d]{3,9}$)")
_AMERICAN = re.compile(r"N(?=[1-9])[A-Z\d]{1,5}", re.ASCII)
_LOOKALIKES = str.maketrans("OI", "01")


def _known(number: str) -> bool:
    """Whether the marks are those of a state of the OAS in their usual form, or of another state."""
    usual = (re.fullmatch(rf"(?:{marks})(?:{rest})", number, re.ASCII) for marks, rest in MARKS.values())
    return any(usual) or not any(re.match(marks, number) for marks, _ in MARKS.values())


def read_aircraft_reg(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Nationality and registration marks without the dash. There is no check digit.

    The United States give neither I nor O, so they are read as 1 and 0. Marks that begin as those of a state of the OAS and do
    not go on as its own do have the doubt not_assigned.
    """
    number = _WORDS.sub("", compact(written(raw.kind, raw.value)), count=1)
    require(raw.kind, number, r"(?=.*[A-Z])[A-Z\d]+", 3, 9)
    doubts = {Doubt.LENGTH_RULE_ONLY}
    marks = number.translate(_LOOKALIKES) if _AMERICAN.fullmatch(number) else number
    if marks != number:
        doubts.add(Doubt.LETTERS_CORRECTED)
    if not _known(marks):
        doubts.add(Doubt.NOT_ASSIGNED)
    return (Reading(raw.kind, marks, frozenset(doubts)),)


RULE = Rule(
    Kind.AIRCRAFT_REG,
    2,
    None,
    read_aircraft_reg,
    (
        Example("lv-abc", "LVABC"),
        Example("N 123AB", "N123AB"),
        Example("HK-1234-P", "HK1234P"),
    ),
)
