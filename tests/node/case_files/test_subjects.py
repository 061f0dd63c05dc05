"""A row about somebody: suspects with what can be read of them, victims with nothing but what protects them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from node.case_files import Mapping, Names, Problem, SubjectRow, read_rows
from protocol.identifiers import Doubt
from protocol.names import BirthDate
from tests.node.case_files.conftest import TODAY

Table = Callable[..., dict[str, Any]]


@pytest.fixture
def read(
    mapping_of: Callable[..., Mapping],
    subjects: Table,
    subjects_csv: Callable[..., bytes],
    suspect_row: Callable[..., dict[str, str]],
) -> Callable[..., tuple[SubjectRow | None, list[tuple[str | None, str, bool]]]]:
    """Reads one row, a suspect's with the changes given: the row or None, and the problems."""

    def one(**changes: str) -> tuple[SubjectRow | None, list[tuple[str | None, str, bool]]]:
        results = list(read_rows(mapping_of(subjects()), {"casos.csv": subjects_csv(suspect_row(**changes))}, TODAY))
        rows = [result for result in results if isinstance(result, SubjectRow)]
        problems = [(p.column, p.code, p.row_imported) for p in results if isinstance(p, Problem)]
        assert len(rows) + len(problems) == len(results)
        return (rows[0] if rows else None), problems

    return one


Read = Callable[..., tuple[SubjectRow, list[tuple[str | None, str, bool]]]]


def keys(row: SubjectRow) -> list[tuple[str, str]]:
    return [(key.kind.value, key.canonical) for key in row.identifiers]


def test_a_suspect_comes_with_names_codes_and_normalised_identifiers(read: Read) -> None:
    row, problems = read()
    assert problems == []
    assert (row.line, row.file, row.network, row.subject, row.case) == (2, "casos.csv", "RED-CO-1", "S-1", "11001-INVENTED")
    assert (row.category, row.role, row.screening) == ("suspect", "recruiter", "done_no_indicator")
    assert row.names == Names("Invented", "Person Nobody", BirthDate(1981, 2, 3))
    assert keys(row) == [("phone", "+573005550147")]
    assert not row.protected


def test_nothing_of_a_person_stands_in_the_printed_row(read: Read) -> None:
    row, _ = read(CUENTA="123-456", BANCO="Banco Invented")
    for secret in ("Invented", "Nobody", "1981", "11001", "S-1", "300", "3005550147", "123456"):
        assert secret not in repr(row)
        assert secret not in repr(row.names)


def test_two_phones_in_a_cell_are_two_identifiers_and_each_stands_once(read: Read) -> None:
    row, problems = read(TELEFONO="300 555 0147 / +57 (301)5550147 / 3005550147 / ")
    assert problems == []
    assert keys(row) == [("phone", "+573005550147"), ("phone", "+573015550147")]


def test_a_bad_phone_is_left_out_and_told_and_the_row_goes_on(read: Read) -> None:
    row, problems = read(TELEFONO="12 / 301 555 0147")
    assert keys(row) == [("phone", "+573015550147")]
    assert problems == [("TELEFONO", "not_normalisable:wrong_length", True)]


def test_what_an_identifier_is_read_with_stands_beside_it(read: Read) -> None:
    row, problems = read(TELEFONO="", PASAPORTE="AX 555147", PAIS="venezuela", CUENTA="0011-0555", BANCO="Banco Andes")
    assert problems == []
    assert keys(row) == [("passport", "VE:AX555147"), ("account_other", "CO:BANCOANDES:00110555")]


def test_a_doubtful_value_is_taken_and_told_but_not_what_fits_all_of_its_kind(read: Read) -> None:
    row, problems = read(TELEFONO="", PIX="284.619.573-01")
    assert ("tax_id_person", "BR:28461957301") in keys(row)
    assert problems == [("PIX", "is_other_kind", True), ("PIX", "doubtful:check_digit_failed", True)]
    row, problems = read(TELEFONO="", CUENTA="0011-0555", BANCO="Banco Andes")
    assert Doubt.LENGTH_RULE_ONLY in row.identifiers[0].doubts
    assert problems == []


def test_without_a_country_of_its_own_a_passport_is_the_countrys_own(read: Read) -> None:
    assert keys(read(TELEFONO="", PASAPORTE="AX555147")[0]) == [("passport", "CO:AX555147")]


def test_an_identifier_of_another_kind_is_read_as_what_it_is_and_told(read: Read) -> None:
    row, problems = read(TELEFONO="", PIX="284.619.573-00")
    assert ("tax_id_person", "BR:28461957300") in keys(row)
    assert problems == [("PIX", "is_other_kind", True)]


def test_a_cell_or_its_neighbour_that_cannot_be_read_costs_the_identifier_only(read: Read) -> None:
    row, problems = read(TELEFONO="30\x015550147", CUENTA="0011-0555", BANCO="Banco\x02")
    assert keys(row) == []
    assert problems == [("TELEFONO", "control_characters", True), ("BANCO", "control_characters", True)]


def test_a_list_pasted_into_a_cell_is_not_taken(read: Read) -> None:
    row, problems = read(TELEFONO="/".join(f"300 555 {n:04}" for n in range(17)))
    assert keys(row) == []
    assert problems == [("TELEFONO", "too_many_values", True)]


@pytest.mark.parametrize("born", ["1981-02-03", "31/02/1981", "31/13/1981", "3 de febrero de 1981", "Invented", "81"])
def test_a_birth_date_of_another_form_is_left_out_and_told(read: Read, born: str) -> None:
    row, problems = read(FECHA_NAC=born)
    assert row.names == Names("Invented", "Person Nobody", None)
    assert problems == [("FECHA_NAC", "bad_date", True)]


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("1981", BirthDate(1981, None, None)),
        ("1981-02", BirthDate(1981, 2, None)),
        ("1981-02-00", BirthDate(1981, 2, None)),
        ("1981-00-00", BirthDate(1981, None, None)),
        ("1981-00-03", BirthDate(1981, None, 3)),
        ("1981-02-31", BirthDate(1981, 2, None)),
    ],
)
def test_of_a_birth_date_that_is_known_in_part_the_part_is_kept(read: Read, written: str, born: BirthDate) -> None:
    row, problems = read(FECHA_NAC=written)
    assert (row.names, problems) == (Names("Invented", "Person Nobody", born), [])


def test_of_a_protected_person_a_part_of_the_birth_date_is_kept_as_well(read: Read) -> None:
    row, problems = read(CALIDAD="víctima", FECHA_NAC="1981-02")
    assert row.protected
    assert (row.names, problems) == (Names("Invented", "Person Nobody", BirthDate(1981, 2, None)), [])


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        *((written, "distant_birth_date") for written in ("1850", "1899-05", "03/02/1831", "01/01/1900", "1900-01-00", "1905")),
        *((written, "future_birth_date") for written in ("2101", "01/10/2026", "02/10/2026", "2026-11", "31/12/9999")),
        *((written, "two_digit_year") for written in ("03/02/81", "3-feb-81")),
    ],
)
def test_a_birth_that_nobody_of_a_case_can_have_had_is_left_out_and_told(read: Read, written: str, reason: str) -> None:
    for category in ("Indiciado", "víctima"):
        row, problems = read(FECHA_NAC=written, CALIDAD=category)
        assert row.names == Names("Invented", "Person Nobody", None)
        assert problems == [("FECHA_NAC", f"not_comparable:{reason}", True)]


def test_a_date_that_contradicts_the_mappings_order_sends_the_officer_to_the_whole_column(read: Read) -> None:
    row, problems = read(FECHA_NAC="06/23/1981")
    assert (row.names, problems) == (Names("Invented", "Person Nobody", None), [("FECHA_NAC", "other_date_order", True)])


@pytest.mark.parametrize("form", ["%d %B %Y", "%Y-%j"])
def test_a_form_that_has_no_numbers_for_day_and_month_has_no_order_to_contradict(
    subjects: Table,
    mapping_of: Callable[..., Mapping],
    subjects_csv: Callable[..., bytes],
    suspect_row: Callable[..., Any],
    form: str,
) -> None:
    mapping = mapping_of(subjects(birth_date_format=form))
    _, problem = read_rows(mapping, {"casos.csv": subjects_csv(suspect_row(FECHA_NAC="06/23/1981"))}, TODAY)
    assert isinstance(problem, Problem)
    assert problem.code == "bad_date"


@pytest.mark.parametrize("category", ["Indiciado", "víctima"])
@pytest.mark.parametrize(
    ("given", "surnames", "kept", "problems"),
    [
        ("J0sé", "Person", ("", "Person"), [("NOMBRES", "wrong_characters")]),
        ("Invented", "Mu?oz", ("Invented", ""), [("APELLIDOS", "wrong_characters")]),
        ("NN", "Person", ("", "Person"), [("NOMBRES", "unknown_name")]),
        ("Invented", "Desconocido", ("Invented", ""), [("APELLIDOS", "unknown_name")]),
        ("Invented", "Pérez NN", ("Invented", "Pérez NN"), []),
        ("NN", "Sin datos", None, [("NOMBRES", "unknown_name"), ("APELLIDOS", "unknown_name")]),
        ("John", "Doe", None, [("NOMBRES", "unknown_name")]),
        ("J.", "P.", None, [("NOMBRES", "initials_only")]),
        ("", "", None, []),
    ],
)
def test_a_name_that_nobody_bears_is_left_out_and_told_and_the_rest_of_it_kept(
    read: Read, category: str, given: str, surnames: str, kept: tuple[str, str] | None, problems: list[tuple[str, str]]
) -> None:
    row, found = read(NOMBRES=given, APELLIDOS=surnames, FECHA_NAC="", CALIDAD=category)
    assert row.names == (None if kept is None else Names(*kept, None))
    assert found == [(column, f"not_comparable:{reason}", True) for column, reason in problems]


def test_a_company_may_be_called_as_nobody_is(read: Read) -> None:
    row, problems = read(CALIDAD="empresa", NOMBRES="", APELLIDOS="Invented 24 NN", FECHA_NAC="")
    assert (row.names, problems) == (Names("", "Invented 24 NN", None), [])


def test_names_that_cannot_be_read_are_left_out(read: Read) -> None:
    row, problems = read(NOMBRES="In\x01vented", APELLIDOS="", FECHA_NAC="")
    assert row.names is None
    assert problems == [("NOMBRES", "control_characters", True)]


def test_a_missing_screening_is_a_pending_one(read: Read) -> None:
    row, problems = read(TAMIZAJE="")
    assert (row.screening, row.user_screening, row.registrant_screening) == ("pending", None, None)
    assert problems == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"RED": ""}, ("RED", "missing_network", False)),
        ({"ID": " "}, ("ID", "missing_subject", False)),
        ({"RADICADO": ""}, ("RADICADO", "missing_case", False)),
        ({"CALIDAD": "sospechosísimo"}, ("CALIDAD", "unknown_code", False)),
        ({"CALIDAD": ""}, ("CALIDAD", "missing_value", False)),
        ({"CALIDAD": "su\x01spect"}, ("CALIDAD", "control_characters", False)),
        ({"ROL": "obligado"}, ("ROL", "unknown_code", False)),
        ({"TAMIZAJE": "quizás"}, ("TAMIZAJE", "unknown_code", False)),
        ({"RED": "RED\x01"}, ("RED", "control_characters", False)),
    ],
)
def test_a_row_that_lacks_what_it_needs_is_refused(
    read: Callable[..., tuple[SubjectRow | None, list[tuple[str | None, str, bool]]]],
    changes: dict[str, str],
    problem: tuple[str, str, bool],
) -> None:
    assert read(**changes) == (None, [problem])


@pytest.mark.parametrize(
    "changes",
    [
        {"CALIDAD": "víctima"},
        {"CALIDAD": "presumed_victim"},
        {"CALIDAD": "dual_status"},
        {"CALIDAD": "witness"},
        {"CALIDAD": "relative"},
        {"ROL": "forzado"},
        {"TAMIZAJE": "con indicios"},
        {"CALIDAD": "objeto", "TAMIZAJE_USUARIO": "con indicios"},
        {"CALIDAD": "objeto", "TAMIZAJE_TITULAR": "done_indicator"},
    ],
)
def test_who_is_protected_leaves_identifiers_and_a_name_for_the_register(read: Read, changes: dict[str, str]) -> None:
    suspect, _ = read()
    row, problems = read(**changes)
    assert row.protected
    # Of a thing the name is whoever's: its owner may be the one who is feared.
    assert row.names == (suspect.names if row.category.is_person else None)
    assert keys(row) == [("phone", "+573005550147")]
    assert problems == []


def test_protecting_somebody_does_not_wait_for_a_reference(read: Read) -> None:
    row, problems = read(CALIDAD="víctima", RED="", RADICADO="", ROL="?")
    assert (row.network, row.case, row.role) == ("", "", None)
    assert keys(row) == [("phone", "+573005550147")]
    assert problems == [("RED", "missing_network", True), ("RADICADO", "missing_case", True), ("ROL", "unknown_code", True)]


def test_a_company_keeps_its_name_and_a_thing_does_not_keep_its_owners(read: Read) -> None:
    company, _ = read(CALIDAD="empresa")
    thing, _ = read(CALIDAD="objeto")
    assert company.names is not None
    assert thing.names is None
    assert not thing.protected


def test_a_workbooks_dates_are_dates_and_typed_ones_have_the_mappings_form(
    mapping_of: Callable[..., Mapping],
    subjects: Table,
    workbook_of: Callable[..., bytes],
    suspect_row: Callable[..., dict[str, str]],
) -> None:
    table = subjects(path="r.xlsx", format="xlsx", sheet="Sujetos", delimiter=None, encoding=None, identifiers=[])
    headers = list(table["columns"].values())
    cells: list[object] = [suspect_row().get(header) for header in headers]
    born = headers.index("FECHA_NAC")
    as_date = [*cells[:born], date(1981, 2, 3), *cells[born + 1 :]]
    rows = list(read_rows(mapping_of(table), {"r.xlsx": workbook_of([headers, cells, as_date])}, TODAY))
    dates = [row.names.born for row in rows if isinstance(row, SubjectRow) and row.names is not None]
    assert dates == [BirthDate(1981, 2, 3)] * 2


def test_a_table_without_the_optional_columns_is_read(
    mapping_of: Callable[..., Mapping], subjects: Table, subjects_csv: Callable[..., bytes], suspect_row: Callable[..., Any]
) -> None:
    columns = {field: subjects()["columns"][field] for field in ("network", "subject", "case", "category")}
    rows = list(read_rows(mapping_of(subjects(columns=columns)), {"casos.csv": subjects_csv(suspect_row())}, TODAY))
    assert isinstance(rows[0], SubjectRow)
    assert (rows[0].role, rows[0].screening, rows[0].names) == (None, "pending", None)
