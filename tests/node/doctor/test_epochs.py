"""Epochs that end, that the directory does not carry, and seeds that are gone or another's."""

import os

import pytest

from node.doctor.findings import Moment, OwnList, Severity
from node.doctor.keys import DAY
from tests.node.doctor.conftest import Patient


@pytest.mark.parametrize(("days", "severity"), [(6, Severity.WARNING), (1, Severity.CRITICAL)])
def test_the_end_of_the_last_epoch_is_told_in_time(patient: Patient, days: int, severity: Severity) -> None:
    patient.now += (14 - days) * DAY
    assert patient.severity("epoch_ends_alone") is severity
    facts = patient.facts("epoch_ends_alone")
    assert (facts["list"], facts["epoch"]) == (OwnList("all", "identifiers"), 1)
    assert isinstance(facts["ends"], Moment) and 0 < facts["ends"].at - patient.now <= days * DAY


def test_a_list_whose_last_epoch_is_over_is_critical(patient: Patient) -> None:
    patient.now += 15 * DAY
    assert patient.severity("epoch_missing") is Severity.CRITICAL


def test_a_seed_that_is_gone_is_told(patient: Patient) -> None:
    patient.seed().unlink()
    assert patient.codes() == {"epoch_without_seed"}


def test_a_seed_whose_key_is_not_the_directorys_is_told(patient: Patient) -> None:
    patient.vault.write(patient.seed(), os.urandom(32))
    assert patient.codes() == {"epoch_not_in_directory"}
    assert patient.severity("epoch_not_in_directory") is Severity.CRITICAL


def test_a_list_without_an_epoch_is_told(patient: Patient) -> None:
    patient.sql("INSERT INTO index_lists VALUES (?, 'BR CO', 'identifiers', ?, ?)", "0" * 32, patient.now, patient.now)
    assert patient.codes() == {"epoch_missing", "own_list_not_issued"}


def test_while_a_restore_is_unfinished_one_finding_counts_the_epochs_that_the_officers_have_to_sign(patient: Patient) -> None:
    patient.vault.write(patient.seed(), os.urandom(32))
    patient.sql("INSERT INTO restorations VALUES (?, ?, NULL)", patient.now, patient.now)
    assert patient.codes() == {"restore_unfinished", "restored_epochs_unsigned"}
    assert patient.facts("restored_epochs_unsigned") == {"epochs": 1}


def test_of_each_list_is_told_what_it_is_of(patient: Patient) -> None:
    patient.now += 15 * DAY
    lists = {each.finding.facts["list"] for each in patient.examined() if each.finding.code == "epoch_missing"}
    assert lists == {OwnList("all", "identifiers"), OwnList("all", "name_keys")}
