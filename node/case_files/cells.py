"""The text of one cell, as an officer reads it on the screen."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from openpyxl.utils.datetime import from_excel

from node.case_files.limits import CELL_CHARACTERS
from node.case_files.reasons import RowReason


@dataclass(frozen=True, slots=True)
class UnreadableCell:
    """A cell that holds something, but no text that could be trusted."""

    reason: RowReason


CellText = str | UnreadableCell

# Line breaks and tabs inside a cell are an officer's; other C0 and C1 controls and lone surrogates are nobody's.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
# A spreadsheet keeps fifteen significant digits (ECMA-376 numbers are IEEE 754 doubles): what is longer has lost its end.
_KEPT_DIGITS = 15


def text_cell(text: str) -> CellText:
    """Text without blanks around it, or why it is not taken."""
    if len(text) > CELL_CHARACTERS:
        return UnreadableCell(RowReason.CELL_TOO_LONG)
    if _CONTROLS.search(text):
        return UnreadableCell(RowReason.CONTROL_CHARACTERS)
    return text.strip()


def number_cell(stored: str, number_format: str) -> CellText:
    """A number as it is read, without exponent and without ".0"; a format of zeros only pads, as identity numbers need it."""
    if not _NUMBER.fullmatch(stored):
        return UnreadableCell(RowReason.BAD_NUMBER)
    rounded = Decimal(format(float(stored), f".{_KEPT_DIGITS}g")) + 0  # + 0 makes -0 a plain 0
    if not rounded.is_finite() or rounded.adjusted() >= _KEPT_DIGITS:
        return UnreadableCell(RowReason.NUMBER_LOST_DIGITS)
    if rounded.adjusted() < -_KEPT_DIGITS:
        return UnreadableCell(RowReason.BAD_NUMBER)
    text = format(rounded, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.zfill(len(number_format)) if re.fullmatch("0+", number_format) else text


def date_cell(stored: str, epoch: datetime) -> CellText:
    """A serial day number as ISO 8601: a date, or date and time if it has one."""
    try:
        moment = from_excel(float(stored), epoch)
    except (ValueError, OverflowError):
        return UnreadableCell(RowReason.BAD_DATE)
    if not isinstance(moment, datetime):
        return UnreadableCell(RowReason.BAD_DATE)
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat(timespec="seconds")
