"""Each way in which a key can be wrong: open, gone, not a key, another's; and each way in which the directory may not have it."""

import os
from pathlib import Path

import pytest

from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from node.doctor.findings import Fault, Moment, Severity
from node.doctor.keys import DAY
from node.signers import LOG, WITNESS
from tests.node.doctor.conftest import Patient


@pytest.mark.parametrize("name", ["keys/signing.key", "keys/epochs", "tls/leaf.key", "keys"])
def test_what_others_can_read_is_told_with_its_mode(patient: Patient, name: str) -> None:
    path = patient.folder / name
    path.chmod(0o755 if path.is_dir() else 0o640)
    assert "key_open" in patient.codes()
    assert patient.facts("key_open") == {"file": name, "mode": "0755" if path.is_dir() else "0640"}


def test_a_key_that_is_gone_is_named(patient: Patient) -> None:
    (patient.folder / "keys" / "digest.key").unlink()
    assert patient.facts("key_missing") == {"file": "keys/digest.key"}
    assert patient.codes() == {"key_missing", "not_examined"}


def test_the_node_key_beside_the_others_is_one_of_those_that_have_to_be_there(patient: Patient) -> None:
    (patient.folder / "keys" / "node.key").unlink()
    assert patient.facts("key_missing") == {"file": "keys/node.key"}
    assert patient.severity("key_missing") is Severity.CRITICAL


def test_a_node_key_that_lies_elsewhere_need_not_be_beside_the_others(patient: Patient) -> None:
    (patient.folder / "keys" / "node.key").rename(patient.folder.parent / "node.key")
    with (patient.folder / "node.toml").open("a") as settings:
        settings.write(f'\n[keys]\nnode = "file:{patient.folder.parent}/node.key"\n')
    assert patient.codes() == set()


def test_a_node_s_folder_that_others_can_look_into_is_told(patient: Patient) -> None:
    patient.folder.chmod(0o755)
    assert patient.codes() == {"folder_open"}
    assert patient.facts("folder_open") == {"folder": str(patient.folder), "mode": "0755"}
    assert patient.severity("folder_open") is Severity.CRITICAL


def test_a_file_that_is_no_key_is_told_and_its_content_is_not(patient: Patient) -> None:
    (patient.folder / "keys" / "sealing.key").write_text("5ec4e7")
    assert patient.severity("keys_unusable") is Severity.CRITICAL
    detail = patient.facts("keys_unusable")["detail"]
    assert isinstance(detail, Fault) and detail.key == "keys.fault.not_a_key"
    assert "5ec4e7" not in str(patient.examined())


def test_a_key_file_of_another_user_is_told(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(patient.folder / "keys" / "signing.key", 65534, 65534)
    else:  # nobody but root can give a file away: the folder is made to look like another's instead
        real = Path.stat
        monkeypatch.setattr(Path, "stat", lambda path, **options: Owned(real(path, **options), path == patient.folder))
    assert "key_of_another" in patient.codes()


class Owned:
    """A file's status, with another owner where told."""

    def __init__(self, held: os.stat_result, another: bool) -> None:
        self._held, self._another = held, another

    def __getattr__(self, name: str) -> object:
        return self._held.st_uid + 1 if name == "st_uid" and self._another else getattr(self._held, name)


def test_a_signing_key_that_the_directory_does_not_have_is_critical(patient: Patient) -> None:
    patient.vault.write(patient.folder / "keys" / "signing.key", SigningKey.generate(os.urandom).seed())
    assert patient.codes() == {"signing_key_not_in_force"}


def test_a_sealing_key_that_the_directory_does_not_have_is_critical(patient: Patient) -> None:
    patient.vault.write(patient.folder / "keys" / "sealing.key", SealingKey.generate(os.urandom).reveal())
    assert patient.codes() == {"sealing_key_differs"}


@pytest.mark.parametrize(("file", "code"), [("log.key", "log_key_differs"), ("witness.key", "witness_key_differs")])
def test_a_key_of_log_or_witness_that_the_directory_does_not_have_is_critical(patient: Patient, file: str, code: str) -> None:
    patient.vault.write(patient.folder / "keys" / file, SigningKey.generate(os.urandom).seed())
    assert patient.codes() == {code}


@pytest.mark.parametrize("name", [LOG, WITNESS])
def test_a_key_that_follows_and_is_in_the_directory_is_no_fault(patient: Patient, name: str) -> None:
    folder = patient.folder / "keys"
    patient.vault.move(folder / name, folder / f"next-{name}")
    patient.vault.write(folder / name, SigningKey.generate(os.urandom).seed())
    assert patient.codes() == set()


@pytest.mark.parametrize(("days", "severity"), [(20, Severity.WARNING), (5, Severity.CRITICAL)])
def test_the_end_of_the_signing_period_is_told_in_time(patient: Patient, days: int, severity: Severity) -> None:
    patient.now += (365 - days) * DAY
    assert patient.severity("signing_period_ends") is severity
    ends = patient.facts("signing_period_ends")["ends"]
    assert isinstance(ends, Moment) and 0 < ends.at - patient.now <= days * DAY


def test_after_its_end_the_key_is_not_in_force(patient: Patient) -> None:
    patient.now += 400 * DAY
    assert "signing_key_not_in_force" in patient.codes()


def test_keys_of_founding_that_were_put_away_are_not_spoken_of(patient: Patient) -> None:
    assert "key_to_put_away" in {each.finding.code for each in patient.examined()}
    (patient.folder / "tls" / "authority.key").unlink()
    assert "key_to_put_away" not in {each.finding.code for each in patient.examined()}


def test_a_key_that_opens_every_question_by_itself_is_found(patient: Patient) -> None:
    assert "audit_key_whole" not in patient.codes()
    (patient.folder / "keys" / "audit.key").write_bytes(b"of 0.1")
    (patient.folder / "keys" / "audit.key").chmod(0o600)
    assert patient.severity("audit_key_whole") is Severity.CRITICAL
    assert patient.facts("audit_key_whole") == {"file": "keys/audit.key"}


def test_a_node_key_from_the_node_s_own_environment_is_no_fault_of_the_node(patient: Patient) -> None:
    path = patient.folder / "node.toml"
    path.write_text(path.read_text("utf-8") + '\n[keys]\nnode = "env:CELOSIA_INVENTED_KEY"\n', "utf-8")
    assert patient.codes() == {"keys_not_opened", "not_examined"}
    assert patient.severity("keys_not_opened") is Severity.NOTE
