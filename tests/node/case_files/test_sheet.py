"""A sheet is read as the standard orders it; any other order is refused, because two readers would see two tables."""

import pytest
from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900

from node.case_files import sheet
from node.case_files.cells import CellText, UnreadableCell
from node.case_files.errors import FileDamaged, FileTooLarge
from node.case_files.limits import CELL_CHARACTERS
from node.case_files.markup import events
from node.case_files.reasons import RowReason
from node.case_files.sheet import NumberStyles, SharedTexts, SheetRows

STYLES = NumberStyles((False, True, False), ("General", "yyyy-mm-dd", "00000000"), CALENDAR_WINDOWS_1900)


def rows(data: str, after: str = "") -> list[tuple[int, dict[int, CellText]]]:
    reader = SheetRows("x.xlsx", ["shared", UnreadableCell(RowReason.CELL_TOO_LONG)], STYLES)
    document = f"<worksheet><sheetData>{data}</sheetData>{after}</worksheet>"
    for _ in events([document.encode()], reader, "x.xlsx"):
        pass
    return reader.ready


def one(cell: str) -> CellText:
    return rows(f"<row>{cell}</row>")[0][1].get(1, "")


def test_cells_of_every_type_read_as_text() -> None:
    assert one("<c t='s'><v>0</v></c>") == "shared"
    assert one("<c t='str'><v> a result </v></c>") == "a result"
    assert one("<c t='inlineStr'><is><r><t>in</t></r><r><t>line</t></r></is></c>") == "inline"
    assert one("<c t='b'><v>1</v></c>") == "1"
    assert one("<c t='d'><v>1981-02-03</v></c>") == "1981-02-03"
    assert one("<c s='1'><v>29620</v></c>") == "1981-02-03"
    assert one("<c s='2'><v>1234567</v></c>") == "01234567"
    assert one("<c><v>5.73005550147E11</v></c>") == "573005550147"
    assert one("<c s='1'/>") == ""


def test_a_reading_aid_is_not_read_twice() -> None:
    assert one("<c t='inlineStr'><is><t>名</t><rPh sb='0' eb='1'><t>メイ</t></rPh></is></c>") == "名"


def test_the_result_of_a_formula_is_read_and_never_the_formula() -> None:
    assert one("<c t='str'><f>HYPERLINK(\"http://127.0.0.1\")</f><v>seen</v></c>") == "seen"
    assert one("<c><f>1+1</f></c>") == UnreadableCell(RowReason.FORMULA_WITHOUT_RESULT)
    assert one("<c t='e'><f>1/0</f><v>#DIV/0!</v></c>") == UnreadableCell(RowReason.ERROR_VALUE)


def test_rows_and_cells_may_leave_out_their_place() -> None:
    data = "<row><c t='s'><v>0</v></c></row><row r='5'><c r='C5' t='s'><v>0</v></c><c t='s'><v>0</v></c></row>"
    assert rows(data) == [(1, {1: "shared"}), (5, {3: "shared", 4: "shared"})]


def test_text_outside_of_cells_is_nobodys() -> None:
    assert rows("stray<row><v>stray</v><c t='s'><v>0</v>stray</c></row>") == [(1, {1: "shared"})]


@pytest.mark.parametrize(
    "data",
    [
        "<row r='2'/><row r='1'/>",
        "<row r='2'/><row r='2'/>",
        "<row r='0'/>",
        "<row r='1e3'/>",
        "<row><row/></row>",
        "<c/>",
        "<row><c><c/></c></row>",
        "<row><c r='B1'/><c r='A1'/></row>",
        "<row><c r='A1'/><c r='A1'/></row>",
        "<row r='1'><c r='A2'/></row>",
        "<row><c r='$A$1'/></row>",
        "<row><c r='AAAA1'/></row>",
        "<row><c t='s'><v>2</v></c></row>",
        "<row><c t='s'><v>-1</v></c></row>",
        "<row><c s='3'><v>1</v></c></row>",
        "<row><c s='x'><v>1</v></c></row>",
    ],
)
def test_an_order_that_no_spreadsheet_writes_is_damage(data: str) -> None:
    with pytest.raises(FileDamaged, match="broken_sheet"):
        rows(data)


@pytest.mark.parametrize(("reference", "place"), [("B4:B6", ", line 4"), ("", "")])
def test_merged_cells_are_refused_since_all_but_one_would_be_lost(reference: str, place: str) -> None:
    with pytest.raises(FileDamaged, match=f"^case_file_damaged in x.xlsx{place}: merged_cells"):
        rows("", f"<mergeCells><mergeCell ref='{reference}'/></mergeCells>")


def test_a_cell_far_to_the_right_counts_only_if_it_is_filled() -> None:
    assert rows("<row><c r='XFD1' s='1'/></row>") == [(1, {})]
    with pytest.raises(FileTooLarge, match="line 1: too_many_columns"):
        rows("<row><c r='XFD1' t='s'><v>0</v></c></row>")


def test_a_cell_of_ten_megabytes_takes_no_ten_megabytes() -> None:
    reader = SheetRows("x.xlsx", [], STYLES)
    reader.start("row", {})
    reader.start("c", {"t": "str"})
    reader.start("v", {})
    for _ in range(1000):
        reader.text("x" * 1000)
    assert reader._text.length <= CELL_CHARACTERS + 1000
    reader.end("v")
    reader.end("c")
    reader.end("row")
    assert reader.ready == [(1, {1: UnreadableCell(RowReason.CELL_TOO_LONG)})]


def shared(document: str) -> list[CellText]:
    reader = SharedTexts("x.xlsx")
    for _ in events([document.encode()], reader, "x.xlsx"):
        pass
    return reader.texts


def test_shared_texts_join_their_runs_and_leave_out_reading_aids() -> None:
    document = (
        "<sst><si><t>plain</t></si><si><r><rPr/><t>bo</t></r><r><t>ld</t></r></si>"
        "<si><t>名</t><rPh><t>メイ</t></rPh><phoneticPr/></si><si/>stray</sst>"
    )
    assert shared(document) == ["plain", "bold", "名", ""]


def test_shared_texts_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "SHARED_STRINGS", 2)
    assert len(shared("<sst><si/><si/></sst>")) == 2
    with pytest.raises(FileTooLarge, match="too_many_texts"):
        shared("<sst><si/><si/><si/></sst>")
