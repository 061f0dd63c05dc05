"""Exports as offices make them, and as attackers do. All people, numbers and companies in these tests are invented."""

import copy
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from node.case_files import Mapping as CaseMapping

TODAY = date(2026, 10, 1)
"""The day on which these exports are read."""
SUBJECTS: dict[str, Any] = {
    "path": "casos.csv",
    "format": "csv",
    "delimiter": ";",
    "encoding": "utf-8",
    "rows": "subjects",
    "columns": {
        "network": "RED",
        "subject": "ID",
        "case": "RADICADO",
        "category": "CALIDAD",
        "role": "ROL",
        "screening": "TAMIZAJE",
        "user_screening": "TAMIZAJE_USUARIO",
        "registrant_screening": "TAMIZAJE_TITULAR",
        "given_names": "NOMBRES",
        "surnames": "APELLIDOS",
        "birth_date": "FECHA_NAC",
    },
    "birth_date_format": "%d/%m/%Y",
    "identifiers": [
        {"column": "TELEFONO", "kind": "phone", "split": "/"},
        {"column": "PASAPORTE", "kind": "passport", "country_column": "PAIS"},
        {"column": "CUENTA", "kind": "account_other", "bank_column": "BANCO"},
        {"column": "PIX", "kind": "pix_key", "country": "BR"},
    ],
    "values": {
        "category": {"indiciado": "suspect", "víctima": "victim", "empresa": "legal_person", "objeto": "thing"},
        "role": {"captador": "recruiter", "forzado": "coerced_participant"},
        "screening": {"sin indicios": "done_no_indicator", "con indicios": "done_indicator", "pendiente": "pending"},
        "user_screening": {"sin indicios": "done_no_indicator", "con indicios": "done_indicator"},
        "registrant_screening": {"sin indicios": "done_no_indicator"},
        "country": {"Venezuela": "VE"},
    },
}
SUBJECT_HEADERS = (
    *SUBJECTS["columns"].values(),
    *("TELEFONO", "PASAPORTE", "PAIS", "CUENTA", "BANCO", "PIX", "NOTAS"),
)
SUSPECT = {
    "RED": "RED-CO-1",
    "ID": "S-1",
    "RADICADO": "11001-INVENTED",
    "CALIDAD": "Indiciado",
    "ROL": "captador",
    "TAMIZAJE": "sin indicios",
    "NOMBRES": "Invented",
    "APELLIDOS": "Person Nobody",
    "FECHA_NAC": "03/02/1981",
    "TELEFONO": "300 555 0147",
}

NETWORKS: dict[str, Any] = {
    "path": "redes.csv",
    "format": "csv",
    "delimiter": ";",
    "encoding": "utf-8",
    "rows": "networks",
    "list_separator": "|",
    "columns": {
        field: field.upper()
        for field in (
            *("network", "acts", "means", "purposes", "sectors", "venues", "structure", "size", "recruitment_methods"),
            *("control_methods", "document_frauds", "money_movements", "platform_kinds", "offences", "first_activity"),
            *("last_activity", "victim_count", "victim_ages", "source_evaluation", "information_evaluation"),
            *("handling", "tlp", "review_date"),
        )
    },
    "values": {"acts": {"captación": "recruitment"}},
}
ROUTES: dict[str, Any] = {
    "path": "rutas.csv",
    "format": "csv",
    "delimiter": ";",
    "encoding": "utf-8",
    "rows": "routes",
    "columns": {
        field: field.upper()
        for field in (*("network", "route", "order", "kind", "country", "subdivision", "locode", "transport", "crossing"),)
    },
    "values": {"country": {"Perú": "PE"}},
}


def merged(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with top-level `changes`; None takes a field out."""
    document = copy.deepcopy(base) | dict(changes)
    return {key: value for key, value in document.items() if value is not None}


@pytest.fixture
def demo(pytestconfig: pytest.Config) -> Path:
    """The demonstration's exports, one folder a country."""
    return pytestconfig.rootpath / "deploy" / "demo" / "data"


@pytest.fixture
def mapping_of() -> Callable[..., CaseMapping]:
    """A mapping for Colombia of the files given, each a (base, changes)."""

    def build(*files: dict[str, Any], country: str = "CO") -> CaseMapping:
        return CaseMapping.from_json(json.dumps({"country": country, "files": list(files)}).encode())

    return build


@pytest.fixture
def subjects() -> Callable[..., dict[str, Any]]:
    """The mapping of a table of subjects, with changes."""
    return lambda **changes: merged(SUBJECTS, changes)


@pytest.fixture
def networks() -> Callable[..., dict[str, Any]]:
    """The mapping of a table of networks, with changes."""
    return lambda **changes: merged(NETWORKS, changes)


@pytest.fixture
def routes() -> Callable[..., dict[str, Any]]:
    """The mapping of a table of routes, with changes."""
    return lambda **changes: merged(ROUTES, changes)


@pytest.fixture
def suspect_row() -> Callable[..., dict[str, str]]:
    """A complete row of an invented suspect, with changes by header."""
    return lambda **changes: SUSPECT | changes


@pytest.fixture
def subjects_csv() -> Callable[..., bytes]:
    """Rows under all headers of the table of subjects, as a CSV file."""

    def build(*rows: Mapping[str, str]) -> bytes:
        lines = [SUBJECT_HEADERS, *(tuple(row.get(header, "") for header in SUBJECT_HEADERS) for row in rows)]
        return "\r\n".join(";".join(line) for line in lines).encode()

    return build


@pytest.fixture
def workbook_of() -> Callable[..., bytes]:
    """A workbook as an office suite writes it; `prepare` gets the sheet before it is saved."""

    def build(rows: list[list[object]], title: str = "Sujetos", prepare: Callable[[Any], None] = lambda sheet: None) -> bytes:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = title
        for row in rows:
            sheet.append(row)
        prepare(sheet)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return build


_CONTENT_TYPES = "<Types><Override PartName='/xl/workbook.xml' ContentType='application/xml'/></Types>"
_WORKBOOK = "<workbook xmlns:r='urn:r'><sheets><sheet name='Sujetos' sheetId='1' r:id='r1'/></sheets></workbook>"
_RELATIONSHIPS = "<Relationships><Relationship Id='r1' Type='http://x/worksheet' Target='worksheets/sheet1.xml'/></Relationships>"


@pytest.fixture
def handmade_workbook() -> Callable[..., bytes]:
    """A workbook of the parts given over the least that one needs; `parts` maps a name to text or bytes, None takes one out."""

    def build(sheet_data: str = "", parts: Mapping[str, str | bytes | None] = {}) -> bytes:
        all_parts: dict[str, str | bytes | None] = {
            "[Content_Types].xml": _CONTENT_TYPES,
            "xl/workbook.xml": _WORKBOOK,
            "xl/_rels/workbook.xml.rels": _RELATIONSHIPS,
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{sheet_data}</sheetData></worksheet>",
            **parts,
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in all_parts.items():
                if content is not None:
                    archive.writestr(name, content)
        return out.getvalue()

    return build
