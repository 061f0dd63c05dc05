"""What the machine refuses, in the reader's words: never the system's own English, and always with the name of the file."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.cli.faults import LocalFault, faults, of_the_machine
from node.language import say
from node.settings import Settings
from protocol.vocabulary import Language
from tests.node.cli.program import Program, says


@given(st.sampled_from(sorted(errno.errorcode)), st.sampled_from(Language))
def test_every_number_of_the_system_has_words_of_ours(number: int, language: Language) -> None:
    fault = of_the_machine(OSError(number, os.strerror(number), "file"))
    assert fault.code == "file_unusable"
    assert fault.why is not None
    key, facts = fault.why
    assert say(language, key, **facts).startswith("file")
    assert os.strerror(number) not in facts.values()


def test_an_error_without_a_name_takes_the_one_that_the_command_knows() -> None:
    for error, file, named in (
        (OSError(errno.ENOSPC, "full"), Path("entry.json"), "entry.json"),
        (OSError(errno.ENOSPC, "full", "other"), Path("entry.json"), "other"),
        (OSError("no number"), None, "…"),
    ):
        fault = of_the_machine(error, file)
        assert fault.why is not None
        assert fault.why[1]["file"] == named


def test_a_fault_of_settings_keeps_its_reason(tmp_path: Path) -> None:
    with pytest.raises(LocalFault) as raised, faults():
        Settings.read(tmp_path)
    assert raised.value.why is not None
    assert raised.value.why[0] == "settings.fault.no_file"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("command", [["backup", "check"], ["restore", "start"]])
def test_a_backup_that_is_not_there_is_named_in_the_reader_s_language(
    command: list[str], language: Language, tmp_path: Path
) -> None:
    missing = str(tmp_path / "no-such-backup")
    result = Program("http://127.0.0.1:1")(*command, missing, "--lang", language.value)
    assert result.code == 1
    assert says(result, say(language, "file.fault.missing", file=missing))
    assert "No such file" not in result.text
