"""Workbooks of office suites read as their officers see them; hand-made ones are met with suspicion."""

import io
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from node.case_files import CaseFileError
from node.case_files.cells import CellText
from node.case_files.errors import ActiveContent, FileDamaged, HeaderRefused, WrongFormat
from node.case_files.workbook import read_lines, read_sheets

Workbook = Callable[..., bytes]


def lines(raw: bytes, sheet: str = "Sujetos") -> list[tuple[int, list[CellText]]]:
    return list(read_lines(raw, "x.xlsx", sheet=sheet))


def test_numbers_dates_and_texts_read_as_the_officer_sees_them(workbook_of: Workbook) -> None:
    def as_eight_digits(sheet: Any) -> None:
        sheet["A2"].number_format = "00000000"

    raw = workbook_of(
        [
            ["DNI", "CELULAR", "NACIDO", "VISTO", "NOTA"],
            [1234567, 573005550147, date(1981, 2, 3), datetime.combine(date(2024, 5, 6), time(7, 8)), "Muñoz & <Peña>"],
            [None, 3.0, None, None, None],
        ],
        prepare=as_eight_digits,
    )
    assert lines(raw) == [
        (1, ["DNI", "CELULAR", "NACIDO", "VISTO", "NOTA"]),
        (2, ["01234567", "573005550147", "1981-02-03", "2024-05-06T07:08:00", "Muñoz & <Peña>"]),
        (3, ["", "3", "", "", ""]),
    ]


cell_texts = st.text(st.characters(exclude_categories=["C"], max_codepoint=0xFFFF), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and not text.startswith("=") and not text.startswith("#")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.lists(cell_texts, min_size=3, max_size=3), min_size=1, max_size=6))
def test_every_text_that_another_writer_writes_is_read_back(workbook_of: Workbook, rows: list[list[str]]) -> None:
    assert [cells for _, cells in lines(workbook_of(rows))] == rows


def test_the_right_sheet_is_read_whatever_its_place(workbook_of: Workbook) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of([["first"]])))
    book.create_sheet("Redes").append(["second"])
    out = io.BytesIO()
    book.save(out)
    assert lines(out.getvalue(), "Redes") == [(1, ["second"])]
    with pytest.raises(HeaderRefused, match="no_such_sheet"):
        lines(out.getvalue(), "redes")


def test_all_sheets_are_read_in_their_order_with_their_names(workbook_of: Workbook) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of([["first", 1], [], ["third"]])))
    book.create_sheet("Redes").append(["second"])
    book.create_sheet("Vacía")
    out = io.BytesIO()
    book.save(out)
    assert [(name, list(lines)) for name, lines in read_sheets(out.getvalue(), "x.xlsx")] == [
        ("Sujetos", [(1, ["first", "1"]), (3, ["third", ""])]),
        ("Redes", [(1, ["second"])]),
        ("Vacía", []),
    ]


@pytest.mark.parametrize(
    "sheets", ["<sheet name='a' id='r1'/><sheet name='b' id='r1'/>", "<sheet name='a' id='r1'/><sheet name='b' id='r9'/>"]
)
def test_one_part_under_many_names_is_not_read_as_often(handmade_workbook: Workbook, sheets: str) -> None:
    raw = handmade_workbook(parts={"xl/workbook.xml": f"<workbook><sheets>{sheets}</sheets></workbook>"})
    with pytest.raises(FileDamaged, match="broken_archive"):
        list(read_sheets(raw, "x.xlsx"))


def test_an_old_calendar_is_honoured(workbook_of: Workbook) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of([["NACIDO"]])))
    book.epoch = CALENDAR_MAC_1904
    book["Sujetos"]["A2"] = date(1981, 2, 3)
    out = io.BytesIO()
    book.save(out)
    assert lines(out.getvalue())[1] == (2, ["1981-02-03"])


def test_merged_cells_would_lose_a_shared_phone_and_are_refused(workbook_of: Workbook) -> None:
    raw = workbook_of(
        [["ID", "TELEFONO"], ["S-1", "300 555 0147"], ["S-2", None]], prepare=lambda sheet: sheet.merge_cells("B2:B3")
    )
    naive = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)["Sujetos"]
    assert [row[1] for row in naive.iter_rows(values_only=True)][2] is None
    with pytest.raises(FileDamaged, match="line 2: merged_cells"):
        lines(raw)


def test_a_row_hidden_by_its_number_is_not_passed_over(handmade_workbook: Workbook) -> None:
    cell = "<c t='str'><v>{}</v></c>"
    data = "".join(f"<row r='{n}'>{cell.format(text)}</row>" for n, text in ((1, "ID"), (3, "S-1"), (2, "hidden")))
    with pytest.raises(FileDamaged, match="broken_sheet"):
        lines(handmade_workbook(data))


def test_a_sheet_that_claims_a_million_rows_costs_only_what_it_holds(handmade_workbook: Workbook) -> None:
    part = (
        "<worksheet><dimension ref='A1:XFD1048576'/><sheetData><row r='1'><c t='str'><v>ID</v></c></row>"
        "<row r='1048576'><c t='str'><v>last</v></c></row></sheetData></worksheet>"
    )
    assert lines(handmade_workbook(parts={"xl/worksheets/sheet1.xml": part})) == [(1, ["ID"]), (1048576, ["last"])]


def test_a_workbook_without_styles_or_shared_texts_is_read(handmade_workbook: Workbook) -> None:
    assert lines(handmade_workbook("<row><c><v>45000</v></c></row>")) == [(1, ["45000"])]


def test_shared_texts_are_found_wherever_the_relationships_say(handmade_workbook: Workbook) -> None:
    relationships = (
        "<Relationships><Relationship Id='r1' Type='http://x/worksheet' Target='/xl/worksheets/sheet1.xml'/>"
        "<Relationship Id='r2' Type='http://x/sharedStrings' Target='./texts.xml'/></Relationships>"
    )
    texts = "<sst><si><t>ID</t></si><si><t>S-1</t></si></sst>"
    raw = handmade_workbook(
        "<row><c t='s'><v>0</v></c></row><row><c t='s'><v>1</v></c></row>",
        {"xl/_rels/workbook.xml.rels": relationships, "xl/texts.xml": texts},
    )
    assert lines(raw) == [(1, ["ID"]), (2, ["S-1"])]
    with pytest.raises(FileDamaged, match="line 1: broken_sheet"):
        lines(handmade_workbook("<row><c t='s'><v>0</v></c></row>"))


def test_a_row_wider_than_the_header_shows_that_it_is(handmade_workbook: Workbook) -> None:
    data = "<row><c t='str'><v>ID</v></c></row><row><c/><c t='str'><v>stray</v></c></row><row><c/></row>"
    assert lines(handmade_workbook(data)) == [(1, ["ID"]), (2, ["", "stray"])]


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_an_archive_that_is_no_workbook_is_told(handmade_workbook: Workbook, part: str) -> None:
    with pytest.raises(WrongFormat, match="not_a_workbook"):
        lines(handmade_workbook(parts={part: None}))


def test_a_workbook_that_calls_itself_one_with_macros_is_refused(handmade_workbook: Workbook) -> None:
    types = "<Types><Override ContentType='application/vnd.ms-excel.sheet.macroEnabled.main+xml'/></Types>"
    with pytest.raises(ActiveContent, match="macros"):
        lines(handmade_workbook(parts={"[Content_Types].xml": types}))


def test_a_part_outside_of_the_archive_is_not_fetched(handmade_workbook: Workbook) -> None:
    outside = "<Relationships><Relationship Id='r1' Target='file:///etc/hostname' TargetMode='External'/></Relationships>"
    with pytest.raises(ActiveContent, match="external_part"):
        lines(handmade_workbook(parts={"xl/_rels/workbook.xml.rels": outside}))


@pytest.mark.parametrize("target", ["../../../../etc/hostname", "/etc/hostname", "worksheets/none.xml", "", "\\etc\\hostname"])
def test_a_target_is_a_part_of_the_archive_or_nothing(handmade_workbook: Workbook, target: str) -> None:
    relationships = f"<Relationships><Relationship Id='r1' Target='{target}'/></Relationships>"
    with pytest.raises(FileDamaged, match="broken_archive"):
        lines(handmade_workbook(parts={"xl/_rels/workbook.xml.rels": relationships}))


@pytest.mark.parametrize(
    "sheets",
    [
        "<sheet name='Sujetos' id='r1'/><sheet name='Sujetos' id='r1'/>",
        "<sheet name='Sujetos' id='r9'/>",
        "<sheet name='Sujetos'/>",
        "",
    ],
)
def test_a_sheet_must_be_one_and_be_there(handmade_workbook: Workbook, sheets: str) -> None:
    with pytest.raises(HeaderRefused, match="no_such_sheet"):
        lines(handmade_workbook(parts={"xl/workbook.xml": f"<workbook><sheets>{sheets}</sheets></workbook>"}))


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_entities_are_refused_in_every_part(handmade_workbook: Workbook, part: str) -> None:
    bomb = "<!DOCTYPE x [<!ENTITY a 'ha'>]><x>&a;</x>"
    with pytest.raises(ActiveContent, match="xml_entities"):
        lines(handmade_workbook(parts={part: bomb}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text("<>/='row c1vtABs&;", max_size=60))
def test_no_sheet_whatever_ends_in_anything_but_rows_or_a_clear_error(handmade_workbook: Workbook, data: str) -> None:
    try:
        lines(handmade_workbook(data))
    except CaseFileError as error:
        assert error.reason
