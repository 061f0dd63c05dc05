"""One export with every kind of broken row, as CSV and as a workbook: each row is taken or named with its reason, none is lost.

All people, numbers and references are invented.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from node.case_files import read_rows
from node.case_files.errors import CaseFileError
from node.case_files.mapping import Mapping as CaseMapping
from node.case_files.problems import Problem
from node.case_files.protected_people import read_protected
from node.case_files.questions import read_questions
from node.case_files.reasons import FileReason, RowReason
from node.flows.import_case import ImportCase
from node.keys import Keys
from node.officers import Analyst, Role
from node.store.database import Database
from node.store.tables import CaseImport, CaseNetwork, CaseRouteNode, CaseSubject, ImportProblem, ProtectedMark
from tests.node.case_files.conftest import NETWORKS, ROUTES, SUBJECT_HEADERS, SUBJECTS, SUSPECT, TODAY, merged
from tests.node.conftest import ALICE

OFFICER = Analyst(ALICE, "alice", frozenset({Role.ANALYST}))
RTL, ZERO_WIDTH = "\u202e", "\u200b"
NETWORK = {
    **{"NETWORK": "RED-CO-1", "ACTS": "recruitment", "MEANS": "deception", "PURPOSES": "sexual_prostitution"},
    **{"STRUCTURE": "core_group", "SIZE": "n6_10", "OFFENCES": "tip_sexual", "FIRST_ACTIVITY": "2025-03"},
    **{"LAST_ACTIVITY": "2026-08", "VICTIM_COUNT": "lt11", "SOURCE_EVALUATION": "B", "INFORMATION_EVALUATION": "2"},
    **{"HANDLING": "H0", "TLP": "amber", "REVIEW_DATE": "2027-09-21"},
}
PLACE = {"NETWORK": "RED-CO-1", "ROUTE": "R", "ORDER": "1", "KIND": "transit", "COUNTRY": "CO"}
Row = tuple[dict[str, str], str]
"""A row and its fate: `taken`, `protected`, a reason for which it is refused, or `+` and one that is noted beside it."""

PERSON_NOTED = "+not_comparable:distant_birth_date+not_comparable:wrong_characters"
SUBJECT_ROWS: list[Row] = [
    (SUSPECT, "taken"),
    (SUSPECT, "taken"),  # the same again, word for word
    (SUSPECT | {"RADICADO": "11001-OTHER"}, "repeated"),
    (SUSPECT | {"ID": "S-2", "NOMBRES": f"{RTL}detnevnI{ZERO_WIDTH}"}, "taken"),
    (SUSPECT | {"ID": "S-3", "TELEFONO": "300 555 0148" + "\u200f"}, "taken"),
    (SUSPECT | {"ID": "S-4", "RED": ""}, "missing_network"),
    (SUSPECT | {"ID": "S-5", "RED": "RED-OF-NOBODY"}, "unknown_network"),
    (SUSPECT | {"ID": ""}, "missing_subject"),
    (SUSPECT | {"ID": "S-6", "RADICADO": ""}, "missing_case"),
    (SUSPECT | {"ID": "S-7", "CALIDAD": ""}, "missing_value"),
    (SUSPECT | {"ID": "S-8", "CALIDAD": "=1+1"}, "unknown_code"),
    (SUSPECT | {"ID": "S-9", "FECHA_NAC": "31/02/1981"}, "+bad_date"),
    (SUSPECT | {"ID": "S-10", "FECHA_NAC": "29620"}, "+bad_date"),
    (SUSPECT | {"ID": "S-10a", "FECHA_NAC": "12/31/1981"}, "+other_date_order"),
    (SUSPECT | {"ID": "S-10b", "FECHA_NAC": "23/06/81"}, "+not_comparable:two_digit_year"),
    (SUSPECT | {"ID": "S-10c", "FECHA_NAC": "01/01/1900", "NOMBRES": "Inv3ntada"}, PERSON_NOTED),
    (
        SUSPECT | {"ID": "S-10d", "NOMBRES": "NN", "APELLIDOS": "Desconocido"},
        "+not_comparable:unknown_name+not_comparable:unknown_name",
    ),
    (SUSPECT | {"ID": "S-11", "TELEFONO": "12"}, "+not_normalisable:wrong_length"),
    (SUSPECT | {"ID": "S-12", "TELEFONO": "/".join(["300 555 0149"] * 17)}, "+too_many_values"),
    (SUSPECT | {"ID": "S-13", "TELEFONO": "", "NOMBRES": "x" * 5000}, "+cell_too_long"),
    (SUSPECT | {"ID": "S-14\x07"}, "control_characters"),
    (SUSPECT | {"ID": "S-16", "PIX": "284.619.573-01", "TELEFONO": ""}, "+is_other_kind+doubtful:check_digit_failed"),
    (SUSPECT | {"ID": "S-15", "PIX": "+55 11 98765-4321", "TELEFONO": ""}, "+is_other_kind"),
    (SUSPECT | {"ID": "V-1", "CALIDAD": "víctima", "RED": "", "RADICADO": ""}, "protected+missing_network+missing_case"),
    (SUSPECT | {"ID": "D-1", "TELEFONO": "300 555 0160"}, "repeated"),  # a suspect here and a victim in the next row
    (SUSPECT | {"ID": "D-1", "CALIDAD": "víctima", "TELEFONO": "300 555 0161"}, "protected"),
]
NETWORK_ROWS: list[Row] = [
    (NETWORK, "taken"),
    (NETWORK | {"SIZE": "n11_25"}, "repeated"),
    (NETWORK | {"NETWORK": "RED-CO-2", "FIRST_ACTIVITY": "2025-13"}, "bad_month"),
    (NETWORK | {"NETWORK": "RED-CO-3", "FIRST_ACTIVITY": "2026-09"}, "months_reversed"),
    (NETWORK | {"NETWORK": "RED-CO-4", "REVIEW_DATE": "2027-02-30"}, "bad_date"),
    (NETWORK | {"NETWORK": "RED-CO-5", "ACTS": ""}, "missing_value"),
    (NETWORK | {"NETWORK": "RED-CO-6", "TLP": "purple"}, "unknown_code"),
]
ROUTE_ROWS: list[Row] = [
    (PLACE, "taken"),
    (PLACE | {"ORDER": "2", "COUNTRY": "PE"}, "taken"),
    (PLACE | {"ORDER": "3"}, "taken"),  # back to where it began: people are moved in circles
    (PLACE | {"ORDER": "3", "COUNTRY": "BR"}, "repeated"),
    (PLACE | {"ROUTE": ""}, "missing_route"),
    (PLACE | {"ORDER": "first"}, "bad_order"),
    (PLACE | {"ORDER": "5", "COUNTRY": "ZZ"}, "unknown_place"),
    (PLACE | {"ORDER": "6", "SUBDIVISION": "PE-LIM"}, "other_country"),
    (PLACE | {"NETWORK": "RED-CO-3"}, "unknown_network"),  # the network's own row was refused
]
TABLES: Mapping[str, tuple[dict[str, Any], tuple[str, ...], list[Row]]] = {
    "casos": (SUBJECTS, SUBJECT_HEADERS, SUBJECT_ROWS),
    "redes": (NETWORKS, tuple(NETWORKS["columns"].values()), NETWORK_ROWS),
    "rutas": (ROUTES, tuple(ROUTES["columns"].values()), ROUTE_ROWS),
}
TAKEN = re.compile(r"taken|\+")


def expected(suffix: str, extra: Mapping[tuple[str, int], list[str]]) -> dict[tuple[str, int], list[str]]:
    """Of each line that is not simply taken, its reasons."""
    found = {}
    for name, (_, _, rows) in TABLES.items():
        for line, (_, fate) in enumerate(rows, 2):
            reasons = sorted(part for part in fate.split("+") if part not in ("", "taken", "protected"))
            if reasons:
                found[f"{name}.{suffix}", line] = reasons
    return found | dict(extra)


@pytest.fixture
def import_of(database: Database, keys: Keys) -> Callable[..., tuple[CaseImport, dict[tuple[str, int], list[str]]]]:
    """Imports files under a mapping: the import's row, and the reasons of every line that has any."""

    def run(files: list[dict[str, Any]], contents: Mapping[str, bytes]) -> tuple[CaseImport, dict[tuple[str, int], list[str]]]:
        story = ImportCase(database, keys)
        mapping = CaseMapping.from_json(json.dumps({"country": "CO", "files": files}).encode())
        import_id = story.begin(OFFICER, "0" * 64, 1)
        story.run(import_id, read_rows(mapping, contents, TODAY))
        with database.read() as work:
            told: dict[tuple[str, int], list[str]] = {}
            query = select(ImportProblem).where(ImportProblem.import_id == import_id).order_by(col(ImportProblem.reason))
            for row in work.session.exec(query).all():
                told.setdefault((row.file, row.line), []).append(row.reason)
            return work.session.get_one(CaseImport, import_id), told

    return run


def check_counts(done: CaseImport, database: Database) -> None:
    """What was taken is there, and the counts say so."""
    taken = [row for name in ("casos", "redes") for row, fate in TABLES[name][2] if TAKEN.match(fate)]
    assert done.state == "done"
    assert done.rows_new + done.rows_unchanged == len(taken)
    assert done.rows_unchanged == 1, "the row that stands twice alike"
    assert done.rows_protected == 3, "two victims, and the row that calls one of them a suspect"
    with database.read() as work:
        assert len(work.session.exec(select(CaseSubject)).all()) == done.rows_new - 1
        assert len(work.session.exec(select(CaseNetwork)).all()) == 1
        assert len(work.session.exec(select(CaseRouteNode)).all()) == 3
        assert len(work.session.exec(select(ProtectedMark)).all()) == 3, "each number of the three rows"


@pytest.mark.parametrize(("encoding", "line_end"), [("utf-8", "\r\n"), ("utf-8-sig", "\n"), ("utf-8", None)])
def test_every_row_of_a_broken_csv_is_taken_or_named(
    import_of: Callable[..., Any], database: Database, encoding: str, line_end: str | None
) -> None:
    files, contents = [], {}
    for name, (mapped, headers, rows) in TABLES.items():
        lines = [";".join(headers), *(";".join(row.get(header, "") for header in headers) for row, _ in rows), "ragged;row"]
        ends = [line_end or ("\r\n" if number % 2 else "\n") for number in range(len(lines))]  # None: both, as editors leave them
        contents[f"{name}.csv"] = "".join(line + end for line, end in zip(lines, ends, strict=True)).encode(encoding)
        files.append(merged(mapped, {"encoding": encoding}))
    done, told = import_of(files, contents)
    ragged = {(f"{name}.csv", len(rows) + 2): ["ragged_row"] for name, (_, _, rows) in TABLES.items()}
    assert told == expected("csv", ragged)
    check_counts(done, database)


def cell(place: str, value: str | tuple[str, str]) -> str:
    if isinstance(value, tuple):
        kind, inner = value
        return f'<c r="{place}" t="{kind}">{inner}</c>'
    text = value.replace("&", "&amp;").replace("<", "&lt;").replace("\x07", "_x0007_")
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>' if value else ""


def letters(number: int) -> str:
    return chr(ord("A") + number)


SHEET_ROWS: list[tuple[dict[str, str | tuple[str, str]], str]] = [
    ({**SUSPECT, "ID": ("e", "<v>#REF!</v>")}, "error_value"),
    ({**SUSPECT, "ID": ("n", "<f>1+1</f>")}, "formula_without_result"),
    ({**SUSPECT, "ID": ("n", "<v>12345678901234567890</v>")}, "number_lost_digits"),
    ({**SUSPECT, "ID": ("n", "<v>0x1F</v>")}, "bad_number"),
    ({**SUSPECT, "ID": ("n", "<f>40+2</f><v>42</v>")}, "taken"),
]


def sheet_of(headers: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    lines = [dict(zip(headers, headers, strict=True)), *rows]
    return "".join(
        f'<row r="{line}">{"".join(cell(f"{letters(at)}{line}", row.get(header, "")) for at, header in enumerate(headers))}</row>'
        for line, row in enumerate(lines, 1)
    )


def test_every_row_of_a_broken_workbook_is_taken_or_named(
    import_of: Callable[..., Any], database: Database, handmade_workbook: Callable[..., bytes]
) -> None:
    files, contents = [], {}
    for name, (mapped, headers, rows) in TABLES.items():
        sound = [row for row, fate in rows if fate != "control_characters"]  # XML 1.0 cannot hold them
        more = [row for row, _ in SHEET_ROWS] if name == "casos" else []
        contents[f"{name}.xlsx"] = handmade_workbook(sheet_of(headers, [*sound, *more]))
        files.append(
            merged(mapped, {"path": f"{name}.xlsx", "format": "xlsx", "sheet": "Sujetos", "delimiter": None, "encoding": None})
        )
    done, told = import_of(files, contents)
    lines = [fate for _, fate in SUBJECT_ROWS if fate != "control_characters"] + [fate for _, fate in SHEET_ROWS]
    wanted = {
        line: sorted(part for part in fate.split("+") if part not in ("", "taken", "protected"))
        for line, fate in enumerate(lines, 2)
    }
    of_subjects = {line: reasons for (file, line), reasons in told.items() if file.startswith("casos.xlsx")}
    assert of_subjects == {line: reasons for line, reasons in wanted.items() if reasons}
    others = {(file.partition(".")[0], line): why for (file, line), why in told.items() if not file.startswith("casos")}
    unlike = {(file.partition(".")[0], line): why for (file, line), why in expected("xlsx", {}).items()}
    assert others == {place: why for place, why in unlike.items() if place[0] != "casos"}
    assert done.state == "done"


def test_every_reason_of_a_row_occurs_in_these_exports_in_a_question_or_in_a_file_for_the_register() -> None:
    fates = [fate for _, _, rows in TABLES.values() for _, fate in rows] + [fate for _, fate in SHEET_ROWS]
    of_imports = {part.partition(":")[0] for fate in fates for part in fate.split("+")} | {"ragged_row"}
    lines = ("no_such_kind,1,,,,yes", ",4111111,,,,yes", ",???,,,,yes", "phone,300 555 0147,,,,perhaps", "name_dob,1,,,,yes")
    people = ("phone,300 555 0147,,,,yes,Inventada,Pérez,1981-02-03", ",,,,,yes,Inventada,Pérez,pronto")
    question = [
        "kind,value,country,platform,bank,attests_not_protected,given_names,surnames,birth_date",
        *(f"{line},,," for line in lines),
        *people,
    ]
    whole = ["nombre completo,attests_not_protected", "Inventada Pérez,yes"]
    files = ("\n".join(lines).encode() for lines in (question, whole))
    of_questions = {row.reason.value for file in files for row in read_questions(file, "CO", TODAY) if isinstance(row, Problem)}
    entered = read_protected(b"reference,phone\n,300 555 0147\nREG-1,\n", "CO", TODAY)
    of_registers = {problem.reason.value for _, _, problems in entered for problem in problems}
    assert {reason.value for reason in RowReason} - of_imports == (of_questions | of_registers) - of_imports


HEADER = ";".join(SUBJECT_HEADERS).encode() + b"\n"
BROKEN_FILES: Mapping[str, tuple[bytes, FileReason]] = {
    "another encoding": ("ID;AÑO\n".encode("latin-1"), FileReason.WRONG_ENCODING),
    "UTF-16": ("ID;RED\n".encode("utf-16"), FileReason.WRONG_ENCODING),
    "a zero byte": (b"ID\0;RED\n", FileReason.NOT_TEXT),
    "a cell of ten megabytes": (HEADER + b"x" * (10 << 20) + b";y\n", FileReason.ROW_TOO_LONG),
    "a quote without its end": (HEADER + b'"a;b\n', FileReason.UNBALANCED_QUOTES),
    "nothing": (b"", FileReason.NO_HEADER),
}


@pytest.mark.parametrize(("raw", "reason"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_file_that_cannot_be_read_is_refused_whole_and_leaves_nothing(
    import_of: Callable[..., Any], database: Database, raw: bytes, reason: FileReason
) -> None:
    with pytest.raises(CaseFileError) as refused:
        import_of([SUBJECTS], {"casos.csv": raw})
    assert refused.value.reason is reason
    with database.read() as work:
        assert [row.state for row in work.session.exec(select(CaseImport)).all()] == ["failed"]
        assert work.session.exec(select(CaseSubject)).all() == []


def test_every_reason_of_a_file_is_shown_somewhere() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [reason for reason in FileReason if reason.value not in text and f"FileReason.{reason.name}" not in text] == []
