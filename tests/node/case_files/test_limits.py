"""Limits leave room for a country's export and stand in one place."""

import csv
import io
import re
from pathlib import Path

import openpyxl

from node.case_files import limits
from node.case_files.archive import Archive
from node.case_files.limits import CELL_CHARACTERS, COLUMNS, CSV_ROW_CHARACTERS, QUESTION_LINES
from node.case_files.workbook import read_lines
from protocol.limits import BATCH_LARGEST


def test_a_question_is_no_longer_than_a_peer_answers() -> None:
    assert QUESTION_LINES == BATCH_LARGEST


def test_a_row_may_hold_several_cells_of_the_longest_kind() -> None:
    assert 8 * CELL_CHARACTERS <= CSV_ROW_CHARACTERS < csv.field_size_limit()


def test_a_repetitive_workbook_of_an_office_is_no_bomb() -> None:
    """The same words in every row are what packs best in a real export."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sujetos")
    for _ in range(5_000):
        sheet.append(["RED-CO-1", "indiciado", "captador", "sin indicios", 1, None, "300 555 0147"])
    out = io.BytesIO()
    book.save(out)
    assert Archive(out.getvalue(), "x.xlsx").has("xl/workbook.xml")
    assert sum(1 for _ in read_lines(out.getvalue(), "x.xlsx", sheet="Sujetos")) == 5_000


def test_every_limit_has_its_reason_above_it() -> None:
    text = Path(limits.__file__).read_text("utf-8").split('"""')[2]
    for block in text.strip().split("\n# ")[1:]:
        assert re.search(r"^[A-Z0-9_]+ = ", block, re.MULTILINE)
    assert COLUMNS > 140
