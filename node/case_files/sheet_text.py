"""A workbook as the text of a case file: an officer may save a list instead of copying it."""

import csv
import io
import re

from node.case_files import workbook
from node.case_files.cells import UnreadableCell
from node.case_files.errors import WrongFormat
from node.case_files.reasons import FileReason

SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How XLSX workbooks begin, and old or encrypted ones: the reader says of the latter what is wrong."""
_BREAKS = re.compile(r"[\r\n]+")


def case_file_of(raw: bytes, file: str) -> str:
    """The only sheet that holds anything, with tabs between its cells; a line has the number of its row. Raises `CaseFileError`.

    U+FFFD stands for a cell that cannot be read: whatever reads the line then refuses it, and nothing is lost unseen.
    """
    filled = [rows for _, lines in workbook.read_sheets(raw, file) if (rows := [line for line in lines if any(line[1])])]
    if len(filled) > 1:
        raise WrongFormat(FileReason.SEVERAL_SHEETS, file=file)
    text = io.StringIO()
    writer, last = csv.writer(text, delimiter="\t", lineterminator="\n"), 0
    for number, cells in (line for rows in filled for line in rows):
        text.write("\n" * (number - last - 1))
        writer.writerow("\ufffd" if isinstance(cell, UnreadableCell) else _BREAKS.sub(" ", cell) for cell in cells)
        last = number
    return text.getvalue()
