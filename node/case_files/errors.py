"""What can be wrong with a case file as a whole. A single bad row is a `Problem`, and the others go on.

    CaseFileError
    ├── MappingRefused      the saved mapping does not have the form of `mapping.py`
    ├── FilesDiffer         the files given are not the files that the mapping names
    ├── FileTooLarge        past one of `limits.py`
    ├── WrongFormat         not the format or the encoding that the mapping says
    ├── FileDamaged         cannot be read to its end
    ├── ActiveContent       macros, entities, external parts: nothing that a table needs
    ├── HeaderRefused       the first row does not give the columns that the mapping names
    └── NotMeasurable       two registers and their links do not say who is whom

Every error has a stable `code` (the class) and `reason` (the case), the file as the mapping names it, and the line and column
where known. Nothing that was read from a file stands in any of them: rows name victims.
"""

from typing import ClassVar

from node.case_files.reasons import FileReason


class CaseFileError(Exception):
    """Base of all. `line` counts from 1 as an editor or a spreadsheet does; `column` is the mapping's name of a column, or ours.

    `place` is the number of a column, from 1, whose heading must not be repeated.
    """

    code: ClassVar[str] = "case_file"
    advice: ClassVar[str] = "see the chapter on importing"

    def __init__(
        self, reason: FileReason, *, file: str, line: int | None = None, column: str | None = None, place: int | None = None
    ) -> None:
        self.reason = reason
        self.file = file
        self.line = line
        self.column = column
        self.place = place
        known = {"line": line, "column": column or place}
        where = "".join(f", {name} {value}" for name, value in known.items() if value is not None)
        super().__init__(f"{self.code} in {file}{where}: {reason.value}; {self.advice}")


class MappingRefused(CaseFileError):
    """The mapping is not of the form that `mapping.py` describes."""

    code = "case_file_mapping"
    advice = "correct the mapping at the place named, then import again"


class FilesDiffer(CaseFileError):
    """A file that the mapping names is missing, or one was given that it does not name."""

    code = "case_file_files_differ"
    advice = "choose exactly the files that the mapping names"


class FileTooLarge(CaseFileError):
    """The file passes a limit; nothing of it was imported."""

    code = "case_file_too_large"
    advice = "export fewer rows or columns at a time"


class WrongFormat(CaseFileError):
    """The bytes are not the format or the encoding that the mapping says."""

    code = "case_file_wrong_format"
    advice = "export again in the format and encoding that the mapping names, without a password"


class FileDamaged(CaseFileError):
    """The file breaks off or contradicts itself; nothing of it was imported."""

    code = "case_file_damaged"
    advice = "export the file again; if it came from elsewhere, ask the sender"


class ActiveContent(CaseFileError):
    """The file holds what a table does not need and an attack does."""

    code = "case_file_active_content"
    advice = "do not open the file; tell the administrator, and export the table as plain CSV or XLSX"


class HeaderRefused(CaseFileError):
    """The header row and the mapping do not agree."""

    code = "case_file_header"
    advice = "compare the first row of the file with the columns that the mapping names"


class NotMeasurable(CaseFileError):
    """Two registers and the links between them do not say who is whom."""

    code = "case_file_not_measurable"
    advice = "correct the row shown, then measure again"
