"""Tax numbers of persons and of companies, state by state.

The two tables stand together because each number is held against both: a person recorded as a company would escape the
victim screening.
"""

import re
from collections.abc import Mapping

from stdnum.ar import cuit as ar_cuit
from stdnum.br import cnpj as br_cnpj
from stdnum.br import cpf as br_cpf
from stdnum.ca import bn as ca_bn
from stdnum.ca import sin as ca_sin
from stdnum.cl import rut as cl_rut
from stdnum.co import nit as co_nit
from stdnum.cr import cpf as cr_cpf
from stdnum.cr import cpj as cr_cpj
from stdnum.do import cedula as do_cedula
from stdnum.do import rnc as do_rnc
from stdnum.ec import ruc as ec_ruc
from stdnum.gt import nit as gt_nit
from stdnum.mx import rfc as mx_rfc
from stdnum.pe import ruc as pe_ruc
from stdnum.py import ruc as py_ruc
from stdnum.sv import nit as sv_nit
from stdnum.us import ein as us_ein
from stdnum.us import tin as us_tin
from stdnum.uy import rut as uy_rut
from stdnum.ve import rif as ve_rif

from protocol.identifiers.characters import compact, doubts_of, require
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.national_id import national_number
from protocol.identifiers.number_forms import GENERIC, LENGTH_RULE_ONLY, NumberForm
from protocol.identifiers.values import Doubt

_PERSONS: Mapping[str, NumberForm] = {
    "AR": NumberForm(r"2\d{10}", 11, 11, label="CUI[TL]", check=ar_cuit.validate),
    "BR": NumberForm(r"\d+", 9, 11, label="CPF", width=11, check=br_cpf.validate),
    "CA": NumberForm(r"\d+", 9, 9, label="SIN|NAS", check=ca_sin.validate),
    "CL": NumberForm(r"(?:[1-4]\d{7}|\d{6,7})[\dK]", 7, 9, label="RU[NT]", drops_zeros=True, check=cl_rut.validate),
    "CR": NumberForm(r"0?[1-9]\d{8}", 9, 10, width=10, check=cr_cpf.validate),
    "DO": NumberForm(r"\d{10,11}", 10, 11, width=11, check=do_cedula.validate),
    "EC": NumberForm(r"\d\d[0-6]\d{10}", 13, 13, label="RUC", check=ec_ruc.validate),
    "GT": NumberForm(r"\d+[\dK]", 2, 12, label="NIT", drops_zeros=True, check=gt_nit.validate),
    "HN": NumberForm(r"\d+", 14, 14, label="RTN"),
    "JM": NumberForm(r"\d+", 9, 9, label="TRN"),
    "MX": NumberForm(r"[A-ZÑ&]{4}\d{6}[A-Z\d]{3}", 13, 13, label="RFC(?=.{13})", check=mx_rfc.validate),
    "NI": NumberForm(r"\d{13}[A-Z]", 14, 14),
    "PE": NumberForm(r"1[057]\d{9}", 11, 11, label="RUC", check=pe_ruc.validate),
    "PY": NumberForm(r"(?!80\d{7}$)\d+", 5, 9, label="RUC", drops_zeros=True, check=py_ruc.validate),
    "SV": NumberForm(r"\d+", 14, 14, label="NIT", check=sv_nit.validate),
    "US": NumberForm(r"\d+", 9, 9, label="SSN|ITIN", check=us_tin.validate),
    "UY": NumberForm(r"\d+", 12, 12, label="RUT", check=uy_rut.validate),
    "VE": NumberForm(r"[VEP]\d{9}", 10, 10, label="RIF", check=ve_rif.validate),
}
_COMPANIES: Mapping[str, NumberForm] = {
    "AR": NumberForm(r"[35]\d{10}", 11, 11, label="CUIT", check=ar_cuit.validate),
    "BR": NumberForm(r"[A-Z\d]{12}\d\d", 14, 14, label="CNPJ(?=.{14})", check=br_cnpj.validate),
    "CA": NumberForm(r"\d{9}", 9, 9, label="BN", check=ca_bn.validate),
    "CL": NumberForm(r"[5-9]\d{7}[\dK]", 9, 9, label="RUT", drops_zeros=True, check=cl_rut.validate),
    "CR": NumberForm(r"[2-5]\d{9}", 10, 10, check=cr_cpj.validate),
    "DO": NumberForm(r"\d{9}", 9, 9, label="RNC", check=do_rnc.validate),
    "EC": NumberForm(r"\d\d[69]\d{10}", 13, 13, label="RUC", check=ec_ruc.validate),
    "GT": _PERSONS["GT"],
    "HN": _PERSONS["HN"],
    "JM": _PERSONS["JM"],
    "MX": NumberForm(r"[A-ZÑ&]{3}\d{6}[A-Z\d]{3}", 12, 12, label="RFC(?=.{12})", check=mx_rfc.validate),
    "NI": NumberForm(r"J\d{13}", 14, 14),
    "PE": NumberForm(r"20\d{9}", 11, 11, label="RUC", check=pe_ruc.validate),
    "PY": NumberForm(r"80\d{7}", 9, 9, label="RUC", check=py_ruc.validate),
    "SV": _PERSONS["SV"],
    "US": NumberForm(r"\d+", 9, 9, label="EIN", check=us_ein.validate),
    "UY": _PERSONS["UY"],
    "VE": NumberForm(r"[JGC]\d{9}", 10, 10, label="RIF", check=ve_rif.validate),
}
_TABLES = {Kind.TAX_ID_PERSON: _PERSONS, Kind.TAX_ID_COMPANY: _COMPANIES}
_OTHER = {Kind.TAX_ID_PERSON: Kind.TAX_ID_COMPANY, Kind.TAX_ID_COMPANY: Kind.TAX_ID_PERSON}


def _colombia(kind: Kind, text: str) -> tuple[str, frozenset[Doubt]]:
    """The NIT without its check digit, which half of the papers leave out.

    The digit is there after a dash, or when there is one digit more than the number can have: nine for companies,
    ten for persons (their cédula).
    """
    bare = re.sub(r"^(?:NIT|CC)[ .:]*", "", text.upper())
    longest = 10 if kind is Kind.TAX_ID_PERSON else 9
    number = compact(bare)
    checked = re.search(r"-\s?\d$", bare) is not None or len(number) == longest + 1
    base = number[:-1] if checked else number
    shape, shortest = (r"[1-9]\d*", 5) if kind is Kind.TAX_ID_PERSON else (r"[89]\d{8}", 9)
    require(kind, base, shape, shortest, longest)
    return base, doubts_of(co_nit.validate, number) if checked else LENGTH_RULE_ONLY


def tax_number(kind: Kind, country: str, text: str) -> tuple[str, frozenset[Doubt]]:
    """(number without its country, doubts) of a tax number issued by `country`.

    Raises is_other_kind when only the other table's shape takes the number, and the errors of form.
    """
    if country == "CO":
        return _colombia(kind, text)
    if country == "PA" and kind is Kind.TAX_ID_PERSON:
        return national_number(kind, country, text)
    try:
        return _TABLES[kind].get(country, GENERIC).read(kind, text)
    except NotNormalisable as mismatch:
        other = _OTHER[kind]
        try:
            _, doubts = _TABLES[other].get(country, GENERIC).read(other, text)
        except NotNormalisable:
            raise mismatch from None
        if doubts - LENGTH_RULE_ONLY:
            raise
        raise NotNormalisable(kind, Reason.IS_OTHER_KIND, other) from None
