"""Identity documents of the 35 states of the OAS, with the form of each number and who publishes it.

Where python-stdnum knows a document, its module checks it; where a check is published elsewhere, `check_digits` does. For all
others length and alphabet are what can be checked. The first document of a state is the one that an unnamed number is of.

Known collisions, which no rule can take apart: AR, an enrolment book (LE) of a man and a civic book (LC) of a woman may bear
one number below eight million; states without a published form, numbers of two of their documents.
"""

import re
from collections.abc import Mapping

from stdnum.ar import cuit as ar_cuit
from stdnum.br import cpf as br_cpf
from stdnum.ca import sin as ca_sin
from stdnum.cl import rut as cl_rut
from stdnum.cr import cpf as cr_cpf
from stdnum.cr import cr as cr_dimex
from stdnum.cu import ni as cu_ni
from stdnum.do import cedula as do_cedula
from stdnum.ec import ci as ec_ci
from stdnum.ec import ruc as ec_ruc
from stdnum.mx import curp as mx_curp
from stdnum.pe import cui as pe_cui
from stdnum.pe import ruc as pe_ruc
from stdnum.us import ssn as us_ssn

from protocol.identifiers import check_digits
from protocol.identifiers.characters import compact
from protocol.identifiers.number_forms import NEVER, NumberForm, generic


def _costa_rican_groups(text: str) -> str:
    """Province, volume, entry: each group filled up with zeros."""
    groups = re.fullmatch(r"0?(\d)[ \-](\d{1,4})[ \-](\d{1,4})", text.strip(), re.ASCII)
    return f"0{groups[1]}{groups[2]:0>4}{groups[3]:0>4}" if groups else compact(text)


def panamanian_groups(text: str) -> str:
    """Province or letter, book, entry, with dashes and without zeros in front; other text with one dash between its parts."""
    spaced = re.sub(r"[ \-]+", "-", text.strip(" -"))
    parts = re.fullmatch(r"(?:0?(\d{1,2})-?(AV|PI|NT)?|(PE|E|N))-(\d{1,4})-(\d{1,6})", spaced, re.ASCII)
    if parts is None:
        return spaced
    first = parts[3] or f"{int(parts[1])}{parts[2] or ''}"
    return f"{first}-{int(parts[4])}-{int(parts[5])}"


NATIONAL_FORMS: Mapping[str, tuple[NumberForm, ...]] = {
    "AG": (generic("Social Security / Voter's card", "SSN"),),
    "AR": (
        NumberForm(
            "DNI, LE, LC",
            "Registro Nacional de las Personas (Ley 17.671)",
            6,
            8,
            ("DNI", "LE", "LC", "M", "F", "DU"),
            drops_zeros=True,
        ),
        NumberForm(
            "CUIL",
            "python-stdnum: ar.cuit; the eight digits in the middle are the DNI",
            11,
            11,
            ("CUIL", "CUIT"),
            shape=r"2\d(?!000)\d{9}",
            key=lambda number: number[2:10].lstrip("0"),
            digit=ar_cuit.validate,
        ),
    ),
    "BB": (
        NumberForm(
            "National registration number",
            "Electoral and Boundaries Commission",
            8,
            10,
            ("NRN", "ID"),
            width=10,
            parts=check_digits.barbadian_national_number,
        ),
    ),
    "BO": (
        NumberForm(
            "Cédula de identidad",
            "SEGIP; with the complement that tells duplicates apart, without the department",
            4,
            10,
            (),
            shape=r"\d{4,8}(?:\d[A-Z])?",
            tail=r"(?:EXP)?(?:LP|CB|SC|OR|PT|TJ|CH|BE|PD|QR)",
        ),
        NumberForm(
            "Cédula de identidad de extranjero",
            "Servicio General de Identificación Personal (SEGIP)",
            4,
            10,
            ("CIE", "E"),
            mark="E",
            bare=NEVER,
            drops_zeros=True,
        ),
    ),
    "BR": (
        NumberForm("CPF", "python-stdnum: br.cpf", 9, 11, ("CPF",), width=11, digit=br_cpf.validate),
        NumberForm("RNE, RNM", "Polícia Federal", 8, 8, ("RNE", "RNM", "CRNM"), shape=r"[A-Z]\d{6}[\dA-Z]", letters=True),
    ),
    "BS": (generic("National Insurance", "NIB"),),
    "BZ": (generic("Social Security", "SSN", "SSB"),),
    "CA": (NumberForm("SIN, NAS", "python-stdnum: ca.sin", 9, 9, ("SIN", "NAS"), digit=ca_sin.validate),),
    "CL": (
        NumberForm(
            "RUN", "python-stdnum: cl.rut", 7, 9, ("RUN", "RUT", "CL"), shape=r"\d+[\dK]", drops_zeros=True, digit=cl_rut.validate
        ),
    ),
    "CO": (
        NumberForm(
            "Cédula de ciudadanía, tarjeta de identidad, registro civil (NUIP)",
            "Registraduría Nacional del Estado Civil",
            5,
            11,
            ("CC", "TI", "NUIP", "RC", "CEDULA DE CIUDADANIA", "TARJETA DE IDENTIDAD"),
            drops_zeros=True,
        ),
        NumberForm(
            "NUIP alfanumérico (2000 a 2004)",
            "Registraduría Nacional del Estado Civil",
            10,
            10,
            ("NUIP", "RC", "TI"),
            shape=r"[A-Z]\d[A-Z]\d{7}",
            letters=True,
        ),
        NumberForm(
            "Cédula de extranjería",
            "Migración Colombia",
            3,
            10,
            ("CE", "CEDULA DE EXTRANJERIA"),
            mark="CE",
            bare=NEVER,
            drops_zeros=True,
        ),
        NumberForm(
            "Permiso por protección temporal",
            "Migración Colombia (Decreto 216 de 2021)",
            4,
            11,
            ("PPT",),
            mark="PPT",
            bare=NEVER,
            drops_zeros=True,
        ),
        NumberForm(
            "Permiso especial de permanencia", "Migración Colombia (Resolución 5797 de 2017)", 15, 15, ("PEP",), mark="PEP"
        ),
    ),
    "CR": (
        NumberForm(
            "Cédula de identidad",
            "python-stdnum: cr.cpf",
            9,
            10,
            (),
            shape=r"0?[1-9]\d{8}",
            width=10,
            take=_costa_rican_groups,
            parts=cr_cpf.validate,
        ),
        NumberForm("DIMEX, cédula de residencia", "python-stdnum: cr.cr", 11, 12, ("DIMEX",), parts=cr_dimex.validate),
    ),
    "CU": (NumberForm("Carné de identidad", "python-stdnum: cu.ni", 9, 11, width=11, parts=cu_ni.validate),),
    "DM": (generic("Social Security", "SSN"),),
    "DO": (
        NumberForm(
            "Cédula de identidad y electoral", "python-stdnum: do.cedula", 10, 11, ("CIE",), width=11, digit=do_cedula.validate
        ),
    ),
    "EC": (
        NumberForm("Cédula de identidad", "python-stdnum: ec.ci", 9, 10, (), width=10, digit=ec_ci.validate),
        NumberForm(
            "RUC de persona natural",
            "python-stdnum: ec.ruc; the first ten digits are the cédula",
            13,
            13,
            ("RUC",),
            shape=r"\d\d[0-6]\d{10}",
            key=lambda number: number[:10],
            digit=ec_ruc.validate,
        ),
    ),
    "GD": (generic("National Insurance / Voter's card", "NIS"),),
    "GT": (
        NumberForm(
            "DPI (CUI)", "Registro Nacional de las Personas (RENAP)", 13, 13, ("DPI", "CUI"), digit=check_digits.guatemalan_cui
        ),
    ),
    "GY": (generic("National identification card", "ID", "NIS"),),
    "HN": (
        NumberForm("DNI", "Registro Nacional de las Personas", 12, 13, ("DNI", "TI"), width=13, parts=check_digits.honduran_dni),
    ),
    "HT": (
        NumberForm("NINU", "Office National d'Identification", 10, 10, ("NINU",)),
        NumberForm("CIN", "Office National d'Identification", 16, 17, ("CIN",), width=17),
        NumberForm("NIF", "Direction Générale des Impôts", 10, 10, ("NIF",), mark="NIF"),
    ),
    "JM": (
        NumberForm("TRN", "Tax Administration Jamaica", 9, 9, ("TRN",)),
        NumberForm("NIN", "National Identification and Registration Authority", 9, 9, ("NIN",), mark="NIN", bare=NEVER),
    ),
    "KN": (generic("Social Security", "SSN"),),
    "LC": (generic("National Insurance / Voter's card", "NIC"),),
    "MX": (
        NumberForm(
            "CURP",
            "python-stdnum: mx.curp",
            18,
            18,
            ("CURP",),
            shape=r"[A-Z]{4}\d{6}[A-Z]{6}[A-Z\d]\d",
            letters=True,
            digit=mx_curp.validate,
        ),
        NumberForm(
            "Clave de elector",
            "Instituto Nacional Electoral",
            18,
            18,
            ("CLAVE DE ELECTOR", "INE", "IFE"),
            shape=r"[A-Z]{6}\d{8}[HM]\d{3}",
            letters=True,
            parts=check_digits.mexican_voter_key,
        ),
    ),
    "NI": (
        NumberForm(
            "Cédula de identidad",
            "Consejo Supremo Electoral",
            14,
            14,
            (),
            shape=r"\d{13}[A-Z]",
            digit=check_digits.nicaraguan_cedula,
        ),
    ),
    "PA": (
        NumberForm(
            "Cédula de identidad personal",
            "Tribunal Electoral: province or letter, book, entry",
            5,
            16,
            ("CIP", "CEDULA"),
            shape=r"(?:\d{1,2}(?:AV|PI|NT)?|PE|E|N)-\d{1,4}-\d{1,6}",
            letters=True,
            needs_dashes=True,
            take=panamanian_groups,
        ),
    ),
    "PE": (
        NumberForm("DNI", "Registro Nacional de Identificación y Estado Civil", 7, 8, ("DNI", "LE"), width=8),
        NumberForm(
            "DNI con su carácter de verificación",
            "python-stdnum: pe.cui; the key is the eight digits",
            9,
            9,
            ("DNI", "CUI"),
            shape=r"\d{8}[\dA-K]",
            key=lambda number: number[:8],
            digit=pe_cui.validate,
        ),
        NumberForm(
            "Carné de extranjería",
            "Superintendencia Nacional de Migraciones; so far all begin with 00",
            6,
            9,
            ("CE", "CARNE DE EXTRANJERIA"),
            mark="CE",
            bare=r"00\d{7}",
            width=9,
        ),
        NumberForm("PTP, CPP", "Superintendencia Nacional de Migraciones", 6, 9, ("PTP", "CPP"), mark="PTP", bare=NEVER, width=9),
        NumberForm(
            "RUC de persona natural",
            "python-stdnum: pe.ruc; the eight digits behind 10 are the DNI",
            11,
            11,
            ("RUC",),
            shape=r"10\d{9}",
            key=lambda number: number[2:10],
            digit=pe_ruc.validate,
        ),
    ),
    "PY": (
        NumberForm(
            "Cédula de identidad civil", "Policía Nacional, Departamento de Identificaciones", 4, 8, ("CIC",), drops_zeros=True
        ),
    ),
    "SR": (generic("Identiteitskaart", "ID"),),
    "SV": (
        NumberForm(
            "DUI", "Registro Nacional de las Personas Naturales", 5, 9, ("DUI",), width=9, digit=check_digits.salvadoran_dui
        ),
    ),
    "TT": (
        NumberForm(
            "National identification card",
            "Elections and Boundaries Commission",
            11,
            11,
            ("ID",),
            parts=check_digits.trinidadian_id,
        ),
    ),
    "US": (NumberForm("SSN", "python-stdnum: us.ssn", 9, 9, ("SSN",), parts=us_ssn.validate),),
    "UY": (
        NumberForm(
            "Cédula de identidad",
            "Dirección Nacional de Identificación Civil",
            7,
            8,
            (),
            drops_zeros=True,
            digit=lambda number: check_digits.uruguayan_ci(number.zfill(8)),
        ),
    ),
    "VC": (generic("National identification card / National Insurance", "ID", "NIS"),),
    "VE": (
        NumberForm(
            "Cédula de identidad",
            "Servicio Administrativo de Identificación, Migración y Extranjería (SAIME)",
            4,
            9,
            ("V",),
            mark="V",
            bare=r"(?!0*[89]\d{7}$).+",
            drops_zeros=True,
        ),
        NumberForm(
            "Cédula de extranjero",
            "SAIME; numbers from 80 million",
            4,
            9,
            ("E",),
            mark="E",
            bare=r"0*[89]\d{7}",
            drops_zeros=True,
        ),
    ),
}
"""State, ISO 3166-1 alpha-2 -> its documents."""

GENERIC = (generic("Documents of other states"),)
