"""National case exports: bytes from an office become typed rows once, here, and nowhere else.

An export is hostile until proven otherwise. `Mapping.from_json` reads how a country keeps its cases, `read_rows` the files,
`read_questions` an officer's list for a question. A fault of a file raises `CaseFileError`, a fault of a row is a `Problem`;
neither repeats what stood there.
"""

from node.case_files.errors import CaseFileError
from node.case_files.mapping import Mapping
from node.case_files.problems import Problem
from node.case_files.questions import QuestionLine, read_questions
from node.case_files.reading import Row, count_rows, read_rows
from node.case_files.reasons import FileReason, RowReason
from node.case_files.rows import Names, NetworkRow, RouteRow, SubjectRow

__all__ = [
    "CaseFileError",
    "FileReason",
    "Mapping",
    "Names",
    "NetworkRow",
    "Problem",
    "QuestionLine",
    "RouteRow",
    "Row",
    "RowReason",
    "SubjectRow",
    "count_rows",
    "read_questions",
    "read_rows",
]
