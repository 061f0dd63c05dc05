"""National identity numbers: python-stdnum where it knows the state, else the state's length and alphabet.

The canonical form is "CO:1020304050": the issuing state is part of the key.
"""

import re
from collections.abc import Callable, Mapping

from stdnum.br import cpf as br_cpf
from stdnum.ca import sin as ca_sin
from stdnum.cl import rut as cl_rut
from stdnum.cr import cpf as cr_cpf
from stdnum.cr import cr as cr_dimex
from stdnum.cu import ni as cu_ni
from stdnum.do import cedula as do_cedula
from stdnum.ec import ci as ec_ci
from stdnum.mx import curp as mx_curp
from stdnum.pe import cui as pe_cui
from stdnum.us import ssn as us_ssn

from protocol.identifiers.characters import compact, doubts_of, require
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.number_forms import GENERIC, LENGTH_RULE_ONLY, NumberForm
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_FORMS: Mapping[str, NumberForm] = {
    "AR": NumberForm(r"\d+", 6, 8, label="DNI|LE|LC|[MF]", drops_zeros=True),
    "BB": NumberForm(r"\d+", 10, 10),
    "BR": NumberForm(r"\d+", 9, 11, label="CPF", width=11, check=br_cpf.validate),
    "CA": NumberForm(r"\d+", 9, 9, label="SIN|NAS", check=ca_sin.validate),
    "CL": NumberForm(r"\d+[\dK]", 7, 9, label="RUN|RUT", drops_zeros=True, check=cl_rut.validate),
    "CO": NumberForm(r"(?:CE|PPT)?\d+", 5, 11, label="CC|TI|NUIP|RC", drops_zeros=True),
    "CU": NumberForm(r"\d+", 11, 11, check=cu_ni.validate),
    "DO": NumberForm(r"\d+", 10, 11, width=11, check=do_cedula.validate),
    "EC": NumberForm(r"\d+", 9, 10, label="CI", width=10, check=ec_ci.validate),
    "GT": NumberForm(r"\d+", 13, 13, label="DPI|CUI"),
    "HN": NumberForm(r"\d+", 13, 13, label="DNI"),
    "HT": NumberForm(r"\d{10}|\d{17}", 10, 17, label="NINU|NIF|CIN"),
    "JM": NumberForm(r"\d+", 9, 9, label="TRN"),
    "MX": NumberForm(r"[A-Z]{4}\d{6}[A-Z]{6}[A-Z\d]\d", 18, 18, label="CURP(?=.{18})", check=mx_curp.validate),
    "NI": NumberForm(r"\d{13}[A-Z]", 14, 14),
    "PY": NumberForm(r"\d+", 4, 8, label="CI", drops_zeros=True),
    "SV": NumberForm(r"\d+", 8, 9, label="DUI", width=9),
    "TT": NumberForm(r"\d+", 11, 11),
    "US": NumberForm(r"\d+", 9, 9, label="SSN", check=us_ssn.validate),
    "UY": NumberForm(r"\d+", 7, 8, label="CI", drops_zeros=True),
}


def _bolivia(kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
    """Number, and the complement ("1A") that tells duplicates apart; the issuing department is not part of it."""
    number = re.sub(r"(?<=.{4})(?:LP|CB|SC|OR|PT|TJ|CH|BE|PD)$", "", compact(text).removeprefix("CI"))
    require(kind, number, r"\d{4,8}(?:\d[A-Z])?", 4, 10)
    return number, LENGTH_RULE_ONLY


def _costa_rica(kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
    """Citizens: 0P-VVVV-AAAA, each group filled up with zeros. Foreigners (DIMEX): 11 or 12 digits."""
    groups = re.fullmatch(r"0?(\d)-(\d{1,4})-(\d{1,4})", text, re.ASCII)
    number = f"0{groups[1]}{groups[2]:0>4}{groups[3]:0>4}" if groups else compact(text)
    require(kind, number, r"\d+", 9, 12)
    if len(number) > 10:
        return number, doubts_of(cr_dimex.validate, number)
    number = number.zfill(10)
    return number, doubts_of(cr_cpf.validate, number)


def _panama(kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
    """Province or letter, book, entry. Without dashes the three cannot be told apart."""
    spaced = re.sub(r"[ \-]+", "-", text.upper())
    if "-" not in spaced:
        raise NotNormalisable(kind, Reason.NEEDS_SEPARATORS)
    parts = re.fullmatch(r"(?:0?(\d{1,2})(AV|PI|NT)?|(PE|E|N))-(\d{1,4})-(\d{1,6})", spaced, re.ASCII)
    if parts is None:
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    first = parts[3] or f"{int(parts[1])}{parts[2] or ''}"
    return f"{first}-{int(parts[4])}-{int(parts[5])}", LENGTH_RULE_ONLY


def _peru(kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
    """Eight digits; the check character that follows on the card is tested and left out of the key."""
    number = compact(text).removeprefix("DNI")
    require(kind, number, r"\d{7,8}|\d{8}[\dA-K]", 7, 9)
    if len(number) == 9:
        return number[:8], doubts_of(pe_cui.validate, number)
    return number.zfill(8), LENGTH_RULE_ONLY


def _venezuela(kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
    """V for citizens, E for foreigners, whose numbers begin at 80 million: enough to supply a missing letter."""
    found = re.fullmatch(r"(?:CI)?([VE]?)0*([1-9]\d*)", compact(text), re.ASCII)
    if found is None:
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    require(kind, found[2], r"\d+", 4, 9)
    letter = found[1] or ("E" if int(found[2]) >= 80_000_000 else "V")
    return letter + found[2], LENGTH_RULE_ONLY


_PROCEDURES: Mapping[str, Callable[[Kind, str], tuple[str, frozenset[Doubt]]]] = {
    "BO": _bolivia,
    "CR": _costa_rica,
    "PA": _panama,
    "PE": _peru,
    "VE": _venezuela,
}


def national_number(kind: Kind, country: str, text: str) -> tuple[str, frozenset[Doubt]]:
    """(number without its country, doubts) of an identity number issued by `country`."""
    procedure = _PROCEDURES.get(country) or _FORMS.get(country, GENERIC).read
    return procedure(kind, text)


def read_national_id(raw: RawIdentifier) -> tuple[Reading, ...]:
    """State and number, such as "CO:1020304050".

    Raises needs_country, unknown_country, conflicting_context and the errors of form.
    """
    country, text = issuing_state(raw)
    number, doubts = national_number(raw.kind, country, text)
    return (Reading(raw.kind, f"{country}:{number}", doubts),)


RULE = Rule(
    Kind.NATIONAL_ID,
    1,
    None,
    read_national_id,
    (
        Example("C.C. 1.020.304.050", "CO:1020304050", country="CO"),
        Example("390.533.447-05", "BR:39053344705", country="BR"),
        Example("RUN 12.345.678-5", "CL:123456785", country="CL"),
    ),
)
