"""Identifiers are matched for some purposes, and for no others, whatever a setting says."""

import pytest

from protocol.errors import PurposeRefused
from protocol.purpose import check_purpose
from protocol.vocabulary import RequestPurpose

FORBIDDEN = {"immigration_enforcement", "prosecute_victim"}
NOT_FOR_MATCHING = {"missing_person", "victim_protection", "prevention_analysis", "statistics"}
MATCHING = {
    "investigate_network",
    "identify_offender",
    "locate_person_sought",
    "map_route",
    "financial_trace",
    "deconflict",
    "protect_life",
    "prepare_mla",
}


def test_every_purpose_of_the_vocabulary_is_judged_here() -> None:
    assert {*RequestPurpose.all()} == FORBIDDEN | NOT_FOR_MATCHING | MATCHING


@pytest.mark.parametrize("purpose", sorted(FORBIDDEN))
def test_a_forbidden_purpose_is_refused(purpose: str) -> None:
    with pytest.raises(PurposeRefused) as caught:
        check_purpose(RequestPurpose(purpose))
    assert caught.value.facts == {"reason": "forbidden", "purpose": purpose}


@pytest.mark.parametrize("purpose", sorted(NOT_FOR_MATCHING))
def test_a_purpose_whose_match_would_point_at_a_victim_is_refused(purpose: str) -> None:
    with pytest.raises(PurposeRefused) as caught:
        check_purpose(RequestPurpose(purpose))
    assert caught.value.facts == {"reason": "not_for_matching", "purpose": purpose}


@pytest.mark.parametrize("purpose", sorted(MATCHING))
def test_the_other_purposes_may_match(purpose: str) -> None:
    check_purpose(RequestPurpose(purpose))
