"""Tax numbers of persons and of companies in the states of the OAS, with the form of each and who publishes it.

The two tables stand together because each number is held against both: a person recorded as a company would escape the
victim screening. Sources besides python-stdnum: what each tax administration publishes, also by way of the OECD's pages on
tax identification numbers for the automatic exchange of information.
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
from stdnum.cu import ni as cu_ni
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

from protocol.identifiers.characters import compact
from protocol.identifiers.check_digits import guatemalan_cui, salvadoran_dui
from protocol.identifiers.national_forms import NATIONAL_FORMS, panamanian_groups
from protocol.identifiers.number_forms import NumberForm, generic


def _colombian(name: str, shortest: int, longest: int, shape: str) -> tuple[NumberForm, NumberForm]:
    """Without and with the check digit, which half of the papers leave out. The key has none.

    The digit is there after a dash, or where there is one digit more than the number can have.
    """

    def has_check_digit(text: str) -> bool:
        return re.search(r"-\s?\d$", text) is not None or len(compact(text)) == longest + 1

    return (
        NumberForm(
            name,
            "Dirección de Impuestos y Aduanas Nacionales",
            shortest,
            longest,
            ("NIT", "CC"),
            shape=shape,
            take=lambda text: text if has_check_digit(text) else compact(text),
        ),
        NumberForm(
            f"{name} con dígito de verificación",
            "python-stdnum: co.nit; the key is without the check digit",
            shortest + 1,
            longest + 1,
            ("NIT", "CC"),
            shape=rf"{shape}\d",
            take=lambda text: compact(text) if has_check_digit(text) else "",
            key=lambda number: number[:-1],
            digit=co_nit.validate,
        ),
    )


_SALVADORAN_NIT = NumberForm("NIT", "python-stdnum: sv.nit", 14, 14, ("NIT", "SV"), digit=sv_nit.validate)
_URUGUAYAN_RUT = NumberForm("RUT", "python-stdnum: uy.rut", 12, 12, ("RUT", "RUC", "UY"), digit=uy_rut.validate)
_GUATEMALAN_NIT = NumberForm(
    "NIT", "python-stdnum: gt.nit", 2, 12, ("NIT",), shape=r"\d+[\dK]", drops_zeros=True, digit=gt_nit.validate
)
_HONDURAN_RTN = NumberForm("RTN", "Servicio de Administración de Rentas", 14, 14, ("RTN",))
_JAMAICAN_TRN = NumberForm("TRN", "Tax Administration Jamaica", 9, 9, ("TRN",))
_GUYANESE_TIN = NumberForm("TIN", "Guyana Revenue Authority", 9, 9, ("TIN",))
_BARBADIAN_TIN = NumberForm("TIN", "Barbados Revenue Authority: 13 digits, the first is 1", 13, 13, ("TIN",), shape=r"1\d{12}")
_TRINIDADIAN_BIR = NumberForm("BIR file number", "Board of Inland Revenue", 10, 10, ("BIR", "TIN"))
_HAITIAN_NIF = NumberForm("NIF", "Direction Générale des Impôts", 10, 10, ("NIF",))
_LUCIAN_TIN = NumberForm(
    "TIN",
    "Inland Revenue Department: six digits, two more for the kind of tax are no part of the key",
    3,
    8,
    ("TIN",),
    shape=r"\d{1,6}|\d{8}",
    key=lambda number: number[:6].zfill(6),
)
_ANTIGUAN_TIN = NumberForm("TIN", "Inland Revenue Department: six digits", 3, 6, ("TIN",), width=6)
_BELIZEAN_TIN = NumberForm(
    "TIN",
    "Belize Tax Service: six digits, two more for the kind of tax are no part of the key",
    6,
    8,
    ("TIN",),
    shape=r"\d{6}|\d{8}",
    key=lambda number: number[:6],
)


def _mexican_check(number: str) -> None:
    """With the check digit: about 1.5 % of the numbers in use have a wrong one, which is a doubt and no refusal."""
    mx_rfc.validate(number, validate_check_digits=True)


PERSON_FORMS: Mapping[str, tuple[NumberForm, ...]] = {
    "AG": (_ANTIGUAN_TIN,),
    "AR": (
        NumberForm("CUIL, CUIT", "python-stdnum: ar.cuit", 11, 11, ("CUIL", "CUIT"), shape=r"2\d{10}", digit=ar_cuit.validate),
    ),
    "BB": (_BARBADIAN_TIN,),
    "BO": (generic("NIT", "NIT"),),
    "BR": (NumberForm("CPF", "python-stdnum: br.cpf", 9, 11, ("CPF",), width=11, digit=br_cpf.validate),),
    "BS": (generic("TIN", "TIN"),),
    "BZ": (_BELIZEAN_TIN,),
    "CA": (NumberForm("SIN, NAS", "python-stdnum: ca.sin", 9, 9, ("SIN", "NAS"), digit=ca_sin.validate),),
    "CL": (
        NumberForm(
            "RUT",
            "python-stdnum: cl.rut; persons below 50 million",
            7,
            9,
            ("RUT", "RUN"),
            shape=r"(?:[1-4]\d{7}|\d{6,7})[\dK]",
            drops_zeros=True,
            digit=cl_rut.validate,
        ),
    ),
    "CO": _colombian("NIT de persona natural", 5, 10, r"[1-9]\d*"),
    "CR": (
        NumberForm(
            "Cédula de identidad",
            "python-stdnum: cr.cpf",
            9,
            10,
            ("CPF",),
            shape=r"0?[1-9]\d{8}",
            width=10,
            parts=cr_cpf.validate,
        ),
    ),
    "CU": (NumberForm("NIT", "python-stdnum: cu.ni", 11, 11, ("NIT",), parts=cu_ni.validate),),
    "DM": (generic("TIN", "TIN"),),
    "DO": (NumberForm("Cédula, RNC", "python-stdnum: do.cedula", 10, 11, ("RNC",), width=11, digit=do_cedula.validate),),
    "EC": (NumberForm("RUC", "python-stdnum: ec.ruc", 13, 13, ("RUC",), shape=r"\d\d[0-6]\d{10}", digit=ec_ruc.validate),),
    "GD": (generic("TIN", "TIN"),),
    "GT": (
        _GUATEMALAN_NIT,
        NumberForm(
            "CUI",
            "Superintendencia de Administración Tributaria: persons by their DPI",
            13,
            13,
            ("CUI", "DPI", "NIT"),
            shape=r"[1-9]\d{12}",
            digit=guatemalan_cui,
        ),
    ),
    "GY": (_GUYANESE_TIN,),
    "HN": (_HONDURAN_RTN,),
    "HT": (_HAITIAN_NIF,),
    "JM": (_JAMAICAN_TRN,),
    "KN": (generic("TIN", "TIN"),),
    "LC": (_LUCIAN_TIN,),
    "MX": (
        NumberForm(
            "RFC",
            "python-stdnum: mx.rfc",
            13,
            13,
            ("RFC",),
            shape=r"[A-ZÑ&]{4}\d{6}[A-Z\d]{3}",
            letters=True,
            digit=_mexican_check,
        ),
    ),
    "NI": (NumberForm("RUC", "Dirección General de Ingresos: the cédula", 14, 14, ("RUC",), shape=r"\d{13}[A-Z]"),),
    "PA": NATIONAL_FORMS["PA"],
    "PE": (NumberForm("RUC", "python-stdnum: pe.ruc", 11, 11, ("RUC",), shape=r"1[0567]\d{9}", digit=pe_ruc.validate),),
    "PY": (
        NumberForm(
            "RUC",
            "python-stdnum: py.ruc; the cédula and a check digit",
            5,
            9,
            ("RUC",),
            shape=r"(?!80\d{7}$)\d+",
            drops_zeros=True,
            digit=py_ruc.validate,
        ),
    ),
    "SR": (generic("FIN", "FIN"),),
    "SV": (
        _SALVADORAN_NIT,
        NumberForm("DUI", "Ministerio de Hacienda: since 2021 persons by their DUI", 9, 9, ("DUI", "NIT"), digit=salvadoran_dui),
    ),
    "TT": (_TRINIDADIAN_BIR,),
    "US": (NumberForm("SSN, ITIN", "python-stdnum: us.tin", 9, 9, ("SSN", "ITIN", "ATIN"), parts=us_tin.validate),),
    "UY": (_URUGUAYAN_RUT,),
    "VC": (generic("TIN", "TIN"),),
    "VE": (
        NumberForm("RIF", "python-stdnum: ve.rif", 10, 10, ("RIF",), shape=r"[VEP]\d{9}", letters=True, digit=ve_rif.validate),
    ),
}
"""State -> its tax numbers of persons."""

COMPANY_FORMS: Mapping[str, tuple[NumberForm, ...]] = {
    "AG": (_ANTIGUAN_TIN,),
    "AR": (NumberForm("CUIT", "python-stdnum: ar.cuit", 11, 11, ("CUIT",), shape=r"[35]\d{10}", digit=ar_cuit.validate),),
    "BB": (_BARBADIAN_TIN,),
    "BO": (generic("NIT", "NIT"),),
    "BR": (
        NumberForm(
            "CNPJ",
            "python-stdnum: br.cnpj; letters since July 2026",
            14,
            14,
            ("CNPJ",),
            shape=r"[A-Z\d]{12}\d\d",
            letters=True,
            digit=br_cnpj.validate,
        ),
    ),
    "BS": (generic("TIN", "TIN"),),
    "BZ": (_BELIZEAN_TIN,),
    "CA": (
        NumberForm(
            "BN, NE",
            "python-stdnum: ca.bn; the account of one programme (RC 0001) is no part of the key",
            9,
            9,
            ("BN", "NE"),
            shape=r"\d{9}",
            tail=r"R[CMPTRZ]\d{4}",
            digit=ca_bn.validate,
        ),
    ),
    "CL": (
        NumberForm(
            "RUT",
            "python-stdnum: cl.rut; companies from 50 million",
            9,
            9,
            ("RUT",),
            shape=r"[5-9]\d{7}[\dK]",
            drops_zeros=True,
            digit=cl_rut.validate,
        ),
    ),
    "CO": _colombian("NIT de persona jurídica", 9, 9, r"[89]\d{8}"),
    "CR": (NumberForm("Cédula jurídica", "python-stdnum: cr.cpj", 10, 10, shape=r"[2-5]\d{9}", parts=cr_cpj.validate),),
    "CU": (generic("NIT", "NIT"),),
    "DM": (generic("TIN", "TIN"),),
    "DO": (NumberForm("RNC", "python-stdnum: do.rnc", 9, 9, ("RNC",), shape=r"\d{9}", digit=do_rnc.validate),),
    "EC": (NumberForm("RUC", "python-stdnum: ec.ruc", 13, 13, ("RUC",), shape=r"\d\d[69]\d{10}", digit=ec_ruc.validate),),
    "GD": (generic("TIN", "TIN"),),
    "GT": (_GUATEMALAN_NIT,),
    "GY": (_GUYANESE_TIN,),
    "HN": (_HONDURAN_RTN,),
    "HT": (_HAITIAN_NIF,),
    "JM": (_JAMAICAN_TRN,),
    "KN": (generic("TIN", "TIN"),),
    "LC": (_LUCIAN_TIN,),
    "MX": (
        NumberForm(
            "RFC",
            "python-stdnum: mx.rfc",
            12,
            12,
            ("RFC",),
            shape=r"[A-ZÑ&]{3}\d{6}[A-Z\d]{3}",
            letters=True,
            digit=_mexican_check,
        ),
    ),
    "NI": (
        NumberForm("RUC", "Dirección General de Ingresos: J and 13 digits", 14, 14, ("RUC",), shape=r"J\d{13}", letters=True),
    ),
    "PA": (
        NumberForm(
            "RUC",
            "Dirección General de Ingresos; the check digits (DV) are no part of the key",
            5,
            21,
            ("RUC",),
            shape=r"\d{1,9}-\d{1,4}-\d{1,6}",
            needs_dashes=True,
            take=lambda text: panamanian_groups(re.sub(r"\s*-?\s*D\.?V\.?\s*\d{1,2}$", "", text)),
        ),
    ),
    "PE": (NumberForm("RUC", "python-stdnum: pe.ruc", 11, 11, ("RUC",), shape=r"20\d{9}", digit=pe_ruc.validate),),
    "PY": (NumberForm("RUC", "python-stdnum: py.ruc", 9, 9, ("RUC",), shape=r"80\d{7}", digit=py_ruc.validate),),
    "SR": (generic("FIN", "FIN"),),
    "SV": (_SALVADORAN_NIT,),
    "TT": (_TRINIDADIAN_BIR,),
    "US": (NumberForm("EIN", "python-stdnum: us.ein", 9, 9, ("EIN",), parts=us_ein.validate),),
    "UY": (_URUGUAYAN_RUT,),
    "VC": (generic("TIN", "TIN"),),
    "VE": (
        NumberForm("RIF", "python-stdnum: ve.rif", 10, 10, ("RIF",), shape=r"[JGC]\d{9}", letters=True, digit=ve_rif.validate),
    ),
}
"""State -> its tax numbers of companies."""
