"""The audit log's models: closed, so that a payload is never shown in a list."""

from typing import get_args

import pytest
from pydantic import ValidationError

from node.inbound.national.audit_models import ActShown, BreachShown, DifferenceShown
from protocol.double_entry import Breach, Cause
from tests.protocol.federation import NOW

ACT = {
    **{"log": None, "position": None, "at": NOW, "kind": "published", "x": "ab" * 16, "exchange": None, "peer": None},
    **{"direction": None, "officer": None, "erased": False},
}


def test_a_list_has_no_place_for_what_an_act_was_about() -> None:
    assert ActShown.model_validate(ACT).erased is False
    with pytest.raises(ValidationError):
        ActShown.model_validate({**ACT, "payload": {"reference": "EXPEDIENTE-INVENTADO-4711"}})


def test_every_cause_and_every_breach_can_be_shown() -> None:
    assert set(get_args(DifferenceShown.model_fields["cause"].annotation)) == set(Cause)
    assert set(get_args(BreachShown.model_fields["code"].annotation)) == set(Breach)
