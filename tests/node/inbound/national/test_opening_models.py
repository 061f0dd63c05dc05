"""What two officers exchange with the node is bounded, and closed."""

import pytest
from pydantic import ValidationError

from node.inbound.national.opening_models import BreachFound, OutcomeRequest, ProposalRequest
from protocol import limits

PROPOSAL = {"exchange": "5c" * 16, "ground": "court", "order": "Auto 17/2026", "telling": "told", "handed": "{}"}


def test_a_proposal_names_its_exchange_and_is_no_larger_than_boxes_are() -> None:
    assert ProposalRequest.model_validate(PROPOSAL).telling == "told"
    for change in ({"exchange": "5C" * 16}, {"handed": "x" * (limits.AUDIT_BOXES_BYTES + 1)}, {"order": "x" * 201}):
        with pytest.raises(ValidationError):
            ProposalRequest.model_validate(PROPOSAL | change)


def test_a_breach_is_of_a_known_kind_at_a_position_of_a_question() -> None:
    assert BreachFound.model_validate({"breach": "no_input", "position": limits.BATCH_LARGEST - 1}).position == 8191
    for wrong in ({"breach": "gossip", "position": None}, {"breach": "no_input", "position": limits.BATCH_LARGEST}):
        with pytest.raises(ValidationError):
            OutcomeRequest.model_validate({"identifiers": 0, "dummies": 0, "breaches": [wrong]})
