"""Enough officers for what two people have to do."""

from node.doctor.findings import Severity
from node.officers import Role
from tests.node.doctor.conftest import Patient


def add(patient: Patient, number: int, roles: str, *, active: bool = True) -> None:
    values = (f"o{number}", f"invented-{number}", "Invented", f"digest-{number}", roles, active)
    patient.sql("INSERT INTO officers VALUES (?, ?, ?, ?, ?, ?, 0)", *values)


def give_token(patient: Patient, number: int, scopes: str, lasts: int) -> None:
    values = (f"token-{number}", f"o{number}", scopes, patient.now + lasts)
    patient.sql("INSERT INTO officer_tokens VALUES (?, ?, ?, 0, ?, 0)", *values)


def test_two_analysts_an_investigator_and_an_administrator_with_a_token_are_enough(patient: Patient) -> None:
    for number, roles in enumerate(("analyst", "analyst investigator", "administrator")):
        add(patient, number, roles)
    give_token(patient, 2, "administrator", 60)
    assert patient.codes() == set()
    assert "no_officers" not in {each.finding.code for each in patient.examined()}


def test_one_analyst_cannot_publish_and_a_closed_account_does_not_count(patient: Patient) -> None:
    add(patient, 1, "administrator analyst investigator")
    add(patient, 2, "analyst", active=False)
    give_token(patient, 1, "administrator", 60)
    assert patient.codes() == {"analysts_too_few"}
    assert patient.severity("analysts_too_few") is Severity.WARNING
    assert patient.facts("analysts_too_few") == {"analysts": 1}


def test_a_role_that_nobody_has_is_named(patient: Patient) -> None:
    for number in (1, 2):
        add(patient, number, "administrator analyst")
    give_token(patient, 1, "administrator", 60)
    assert patient.facts("role_vacant") == {"role": Role.INVESTIGATOR}


def test_a_token_that_expired_signs_nobody_in(patient: Patient) -> None:
    for number in (1, 2):
        add(patient, number, "administrator analyst investigator")
    give_token(patient, 1, "administrator", -60)
    assert patient.codes() == {"no_administrator_signed_in"}
