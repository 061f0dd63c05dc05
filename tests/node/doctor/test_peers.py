"""A peer's health in meaning: silent, without a list in force, behind the directory, shut out, proven to have two histories."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from node.doctor.findings import Moment, Reason, Severity, Span
from node.doctor.keys import DAY
from node.doctor.peers import _can_call
from node.tls.certificates import create_authority
from protocol.directory import Member, WorkingEntry
from tests.federation.running import BR, PE
from tests.node.doctor.conftest import Patient
from tests.protocol.federation import directory

HOUR = 3600


def silence(patient: Patient, seconds: int) -> None:
    patient.sql(
        "UPDATE peer_contacts SET last_success = ?, last_failure = ?, last_error = 'unreachable' WHERE authority = 'PE'",
        patient.now - seconds,
        patient.now,
    )


@pytest.mark.parametrize(
    ("seconds", "severity"), [(60, Severity.NOTE), (4 * HOUR, Severity.WARNING), (2 * DAY, Severity.CRITICAL)]
)
def test_a_peer_that_does_not_answer_is_the_more_serious_the_longer(patient: Patient, seconds: int, severity: Severity) -> None:
    silence(patient, seconds)
    assert patient.codes() == {"peer_silent"}
    assert patient.severity("peer_silent") is severity
    since = Moment(patient.now - seconds)
    assert patient.facts("peer_silent") == {
        **{"peer": PE, "since": since, "silent": Span(seconds), "reason": Reason("unreachable")}
    }


def test_a_peer_that_was_never_reached_is_given_a_day(patient: Patient) -> None:
    patient.sql("UPDATE peer_contacts SET last_success = NULL, last_error = 'not_our_peer' WHERE authority = 'PE'")
    assert patient.severity("peer_never_reached") is Severity.NOTE
    patient.sql("UPDATE adopted_directories SET adopted = adopted - ?", 2 * DAY)
    assert patient.severity("peer_never_reached") is Severity.WARNING


def test_a_peer_that_was_never_tried_is_given_a_day_too(patient: Patient) -> None:
    patient.sql("DELETE FROM peer_contacts WHERE authority = 'PE'")
    assert patient.codes() == {"peer_not_tried_yet"}
    patient.sql("UPDATE adopted_directories SET adopted = adopted - ?", 2 * DAY)
    assert patient.codes() == {"peer_never_tried"}


def test_a_list_past_its_validity_is_told_with_since_when(patient: Patient) -> None:
    patient.sql("UPDATE manifests SET valid_until = ? WHERE authority = 'BR'", patient.now - 5 * HOUR)
    assert patient.codes() == {"peer_list_stale"}
    assert patient.facts("peer_list_stale") == {**{"peer": BR, "until": Moment(patient.now - 5 * HOUR), "over": Span(5 * HOUR)}}
    assert patient.severity("peer_list_stale") is Severity.CRITICAL


def test_a_peer_without_a_list_is_a_note_at_first(patient: Patient) -> None:
    patient.sql("DELETE FROM manifests WHERE authority = 'BR'")
    assert patient.severity("peer_without_list") is Severity.NOTE


def test_a_peer_that_has_not_adopted_a_new_directory_for_three_days_is_told(patient: Patient) -> None:
    patient.sql("UPDATE adopted_directories SET adopted = adopted - ?", 3 * DAY)
    patient.sql("UPDATE heard_peers SET directory_version = 0 WHERE authority = 'PE'")
    assert patient.codes() == {"peer_directory_behind"}
    behind = patient.facts("peer_directory_behind")["behind"]
    assert isinstance(behind, Span) and abs(behind.seconds - 3 * DAY) < 600


def test_a_peer_that_cites_the_directory_in_force_is_not_behind_however_old_that_is(patient: Patient) -> None:
    patient.sql("UPDATE adopted_directories SET adopted = adopted - ?", 30 * DAY)
    assert patient.codes() == set()


def test_an_entry_that_no_connection_can_be_made_under_or_that_claims_anothers_key_is_told() -> None:
    authority = create_authority("An invented authority", datetime.now(UTC), 30).certificate.decode()
    members = {state: directory().members[state] for state in (BR, PE)}
    assert not _can_call(members, PE)  # what stands there is no certificate
    sound = {state: replace(member, working=with_authority(member, authority)) for state, member in members.items()}
    assert _can_call(sound, PE)
    claimed = replace(sound[BR], working=sound[BR].working.model_copy(update={"tls_pins": sound[PE].working.tls_pins}))
    assert not _can_call({**sound, BR: claimed}, PE)


def with_authority(member: Member, certificate: str) -> WorkingEntry:
    return member.working.model_copy(update={"tls_authority": certificate})


def fork(patient: Patient, proven: bool) -> None:
    patient.sql(
        "INSERT INTO equivocations (authority, list_id, epoch, position, ours, theirs, reporter, proven, asked, noticed)"
        " VALUES ('BR', '', 1, 0, '', '', 'PE', ?, 0, ?)",
        proven,
        patient.now - HOUR,
    )


def test_a_peer_proven_to_show_two_histories_is_critical_and_nothing_else_is_said_of_it(patient: Patient) -> None:
    fork(patient, proven=True)
    patient.sql("DELETE FROM peer_contacts WHERE authority = 'BR'")
    assert patient.codes() == {"peer_two_histories"}
    assert patient.facts("peer_two_histories") == {"peer": BR, "noticed": Moment(patient.now - HOUR), "reporter": PE}


def test_a_suspicion_is_a_note(patient: Patient) -> None:
    fork(patient, proven=False)
    assert patient.codes() == {"peer_suspected"}


def test_a_peer_that_this_node_denies_is_a_note_and_its_silence_is_not_told(patient: Patient) -> None:
    add_officer(patient)
    patient.sql("INSERT INTO denied_peers VALUES ('PE', 'o1', ?)", patient.now)
    silence(patient, 5 * DAY)
    assert patient.codes() - {"analysts_too_few", "role_vacant", "no_administrator_signed_in"} == {"peer_denied"}


def add_officer(patient: Patient) -> None:
    patient.sql("INSERT INTO officers VALUES ('o1', 'invented', 'Invented', '', 'administrator', 1, 0)")


def test_records_that_were_put_aside_here_are_counted(patient: Patient) -> None:
    patient.sql("INSERT INTO quarantined VALUES ('d', 'PE', 'malformed', 'x', ?)", patient.now)
    assert patient.codes() == {"records_put_aside"}
    assert patient.facts("records_put_aside") == {"peer": PE, "records": 1}


def answered(patient: Patient, said: dict[str, str | None]) -> None:
    for peer, error in said.items():
        patient.sql("UPDATE peer_contacts SET last_failure = ?, last_error = ? WHERE authority = ?", patient.now, error, peer)


def test_when_all_peers_refuse_it_is_a_warning_at_once(patient: Patient) -> None:
    answered(patient, {"PE": "refused_by_peer", "BR": "not_a_peer"})
    assert patient.codes() == {"peer_silent", "all_peers_refuse"}
    assert patient.severity("all_peers_refuse") is Severity.WARNING
    assert (patient.facts("all_peers_refuse")["peers"], patient.facts("all_peers_refuse")["of"]) == (2, 2)


def test_a_peer_that_is_away_says_nothing_of_us_and_those_that_are_there_do(patient: Patient) -> None:
    answered(patient, {"PE": "refused_by_peer", "BR": "unreachable"})
    assert patient.facts("all_peers_refuse")["peers"] == 1


@pytest.mark.parametrize("other", [None, "unreachable"])
def test_without_a_refusal_or_with_one_peer_that_takes_ours_nobody_is_alarmed(patient: Patient, other: str | None) -> None:
    answered(patient, {"PE": "unreachable" if other else "refused_by_peer", "BR": other})
    assert "all_peers_refuse" not in patient.codes()


def test_a_peer_that_we_deny_is_not_asked_for_its_opinion_of_us(patient: Patient) -> None:
    add_officer(patient)
    patient.sql("INSERT INTO denied_peers VALUES ('PE', 'o1', ?)", patient.now)
    answered(patient, {"PE": "refused_by_peer", "BR": "unreachable"})
    assert "all_peers_refuse" not in patient.codes()
