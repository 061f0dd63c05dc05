"""Codes are stable words that every reader of an import knows."""

import re
from pathlib import Path

import pytest

from node import case_files
from node.case_files import FileReason, RowReason


@pytest.mark.parametrize("reason", [*FileReason, *RowReason])
def test_every_reason_is_a_plain_word_and_is_given_somewhere(reason: FileReason | RowReason) -> None:
    assert re.fullmatch("[a-z0-9_]+", reason.value)
    assert reason.value == reason.name.lower()
    folder = Path(case_files.__file__).parent
    used = "\n".join(file.read_text("utf-8") for file in folder.glob("*.py") if file.name != "reasons.py")
    assert f"{type(reason).__name__}.{reason.name}" in used
