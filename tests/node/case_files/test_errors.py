"""Errors of a file say what, where, why and what next, and nothing that stood there."""

import pytest

from node.case_files import errors
from node.case_files.errors import CaseFileError, FileDamaged
from node.case_files.reasons import FileReason


def test_an_error_names_its_place_as_an_officer_would() -> None:
    error = FileDamaged(FileReason.UNBALANCED_QUOTES, file="casos.csv", line=7)
    assert str(error).startswith("case_file_damaged in casos.csv, line 7: unbalanced_quotes; export the file again")
    assert (error.file, error.line, error.column) == ("casos.csv", 7, None)


@pytest.mark.parametrize("kind", CaseFileError.__subclasses__())
def test_every_kind_has_a_code_an_advice_and_a_place_in_the_tree(kind: type[CaseFileError]) -> None:
    assert kind.code.startswith("case_file_")
    assert kind.advice != CaseFileError.advice
    assert kind.__name__ in (errors.__doc__ or "")


def test_no_two_kinds_share_a_code() -> None:
    codes = [kind.code for kind in CaseFileError.__subclasses__()]
    assert len(set(codes)) == len(codes)
