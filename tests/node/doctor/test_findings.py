"""Severities have an order, and every finding has its words."""

import re
from pathlib import Path

import pytest

import node.doctor
from node.doctor.findings import Examined, Severity, Subject, critical, note, warning, worst
from node.flows import show_epochs
from node.language import catalogue
from protocol.vocabulary import Language
from tests.architecture.test_documents import rows_of

MODULES = [*sorted(Path(node.doctor.__file__).parent.glob("*.py")), Path(show_epochs.__file__)]
SOURCE = "\n".join(path.read_text("utf-8") for path in MODULES)
WORDED = {key.split(".")[1] for key in catalogue(Language.ES) if key.startswith("doctor.")}


def test_the_worst_of_several_is_told() -> None:
    found = [Examined(Subject.DISK, each) for each in (note("a"), critical("b"), warning("c"))]
    assert worst(found) is Severity.CRITICAL
    assert worst(found[:1]) is Severity.NOTE
    assert worst([]) is Severity.OK


@pytest.mark.parametrize("language", Language)
def test_every_finding_says_what_is_found_what_it_means_and_what_to_do(language: Language) -> None:
    held = {key.removeprefix("doctor.") for key in catalogue(language) if key.startswith("doctor.")}
    assert held == {f"{code}.{part}" for code in WORDED for part in ("title", "why", "next")}


def test_every_finding_that_the_code_can_make_is_worded_and_no_other() -> None:
    quoted = set(re.findall(r'"([a-z]+(?:_[a-z]+)*)"', SOURCE))
    assert quoted >= WORDED
    for call in re.findall(r'\b(?:note|warning|critical|told|severity)\)?\(\s*"([a-z_]+)"', SOURCE):
        assert call in WORDED, call


@pytest.mark.parametrize("language", Language)
def test_every_subject_and_every_severity_is_worded(language: Language) -> None:
    texts = catalogue(language)
    assert {key.removeprefix("cli.doctor.subject.") for key in texts if key.startswith("cli.doctor.subject.")} == set(Subject)
    assert {key.removeprefix("cli.doctor.severity.") for key in texts if key.startswith("cli.doctor.severity.")} == set(Severity)


def test_the_runbook_has_every_finding_and_no_other() -> None:
    assert rows_of("runbook/doctor.md", "Findings").keys() == WORDED
