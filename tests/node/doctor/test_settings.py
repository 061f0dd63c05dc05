"""Settings that cannot be read hide what rests on them; settings that cannot work are told."""

import os

import pytest

from node.doctor.findings import Severity
from tests.node.doctor.conftest import Patient


def change(patient: Patient, old: str, new: str) -> None:
    path = patient.folder / "node.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_misspelt_setting_is_named_and_what_rests_on_the_settings_is_not_called_sound(patient: Patient) -> None:
    change(patient, "[national]\n", "[national]\nhots = 'invented'\n")
    said = patient.examined()
    assert patient.severity("settings_unusable") is Severity.CRITICAL
    assert "national.hots" in str(patient.facts("settings_unusable")["detail"])
    hidden = {each.subject for each in said if each.finding.code == "not_examined"}
    assert {"database", "directory", "peers", "lists"} <= hidden
    assert "sound" not in {each.finding.code for each in said}


def test_a_list_that_expires_before_the_next_one_comes_is_told(patient: Patient) -> None:
    change(patient, "manifest_validity = 3600", "manifest_validity = 3")
    assert "manifests_too_short" in patient.codes()


def test_who_is_not_the_nodes_user_is_told_so(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: patient.folder.stat().st_uid + 1)
    assert patient.codes() == {"other_user", "keys_not_opened", "not_examined"}
