"""What the flags of single lists mean."""

import pytest

from protocol.vocabulary import (
    MatchOutcome,
    NetworkRole,
    NetworkSizeBand,
    RequestPurpose,
    SubjectCategory,
    Urgency,
    VictimScreening,
)


def test_the_clocks_of_a_request() -> None:
    assert {code: code.hours for code in Urgency.all()} == {
        "urgent_8h": 8,
        "urgent_3d": 72,
        "routine_7d": 168,
        "core_48h": 48,
    }


@pytest.mark.parametrize(
    "inward", ["refused_law", "refused_victim_protection", "refused_disproportionate", "needs_court_order", "declined"]
)
def test_a_peer_cannot_tell_why_it_was_declined(inward: str) -> None:
    assert MatchOutcome(inward).outward == "declined"


@pytest.mark.parametrize("told", ["refused_purpose", "referred_mla", "no_match"])
def test_an_outcome_that_says_nothing_about_a_person_is_told(told: str) -> None:
    assert MatchOutcome(told).outward == told


def test_nothing_leaves_of_whoever_is_or_may_be_a_victim() -> None:
    assert {code for code in SubjectCategory.all() if code.protected} == {
        "victim",
        "presumed_victim",
        "dual_status",
        "witness",
        "relative",
    }


def test_companies_and_things_need_no_screening_of_their_own() -> None:
    assert {code for code in SubjectCategory.all() if not code.is_person} == {"legal_person", "thing"}


def test_a_screening_opens_the_way_only_when_done_without_an_indicator_or_not_applicable() -> None:
    assert {code for code in VictimScreening.all() if code.publishable} == {"done_no_indicator", "not_applicable"}


def test_who_was_coerced_is_no_role_and_one_or_two_people_are_no_size() -> None:
    assert {code for code in NetworkRole.all() if not code.publishable} == {"coerced_participant"}
    assert {code for code in NetworkSizeBand.all() if not code.publishable} == {"n1", "n2"}


def test_a_forbidden_purpose_is_not_for_matching_either() -> None:
    forbidden = [code for code in RequestPurpose.all() if not code.allowed]
    assert len(forbidden) == 2
    assert not any(code.for_matching for code in forbidden)
