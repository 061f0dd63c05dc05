"""A cell's text is what an officer reads, or nothing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from node.case_files.cells import UnreadableCell, date_cell, number_cell, text_cell
from node.case_files.limits import CELL_CHARACTERS
from node.case_files.reasons import RowReason


@pytest.mark.parametrize(
    ("stored", "number_format", "read"),
    [
        ("573005550147", "General", "573005550147"),
        ("5.73005550147E11", "General", "573005550147"),
        ("3.0", "General", "3"),
        ("-0.0", "General", "0"),
        ("0.1", "General", "0.1"),
        ("0.30000000000000004", "General", "0.3"),
        ("999999999999999", "General", "999999999999999"),
        ("1234567", "00000000", "01234567"),
        ("1200", "0", "1200"),
        ("1e-7", "General", "0.0000001"),
    ],
)
def test_a_number_reads_as_on_the_screen(stored: str, number_format: str, read: str) -> None:
    assert number_cell(stored, number_format) == read


@pytest.mark.parametrize("stored", ["4111111111111111", "1E300", "1E999", "999999999999999.9"])
def test_a_number_that_a_spreadsheet_has_cut_is_not_trusted(stored: str) -> None:
    assert number_cell(stored, "General") == UnreadableCell(RowReason.NUMBER_LOST_DIGITS)


@pytest.mark.parametrize("stored", ["NaN", "inf", "1_000", "0x10", "٣", " 3", "1e-300", "1" * 401, "--1", ""])
def test_what_is_no_number_is_none(stored: str) -> None:
    assert number_cell(stored, "General") == UnreadableCell(RowReason.BAD_NUMBER)


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_every_whole_number_that_a_spreadsheet_can_keep_comes_back(number: int) -> None:
    assert number_cell(str(number), "General") == str(number)
    assert number_cell(repr(float(number)), "General") == str(number)


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(2100, 1, 1)))
def test_every_serial_day_is_its_date_in_both_calendars(day: date) -> None:
    since_1900 = (day - CALENDAR_WINDOWS_1900.date()).days
    assert date_cell(str(since_1900), CALENDAR_WINDOWS_1900) == day.isoformat()
    since_1904 = (day - CALENDAR_MAC_1904.date()).days
    if since_1904 > 0:
        assert date_cell(str(since_1904), CALENDAR_MAC_1904) == day.isoformat()


def test_a_moment_keeps_its_time_and_nonsense_is_no_date() -> None:
    assert date_cell("45000.5", CALENDAR_WINDOWS_1900) == "2023-03-15T12:00:00"
    for stored in ("0.5", "1e300", "nan", "-1e9", "x"):
        assert date_cell(stored, CALENDAR_WINDOWS_1900) == UnreadableCell(RowReason.BAD_DATE)


def test_text_keeps_its_line_breaks_and_loses_the_blanks_around_it() -> None:
    assert text_cell(" a\tb\r\nc ") == "a\tb\r\nc"
    assert text_cell("x" * CELL_CHARACTERS) == "x" * CELL_CHARACTERS


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_and_endless_text_are_not_read(control: str) -> None:
    assert text_cell(f"a{control}b") == UnreadableCell(RowReason.CONTROL_CHARACTERS)
    assert text_cell("x" * (CELL_CHARACTERS + 1)) == UnreadableCell(RowReason.CELL_TOO_LONG)
