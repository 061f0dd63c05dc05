"""The audit log's models: closed, so that a payload is never shown in a list."""

import pytest
from pydantic import ValidationError

from node.inbound.national.audit_models import ActShown
from tests.protocol.federation import NOW

ACT = {
    **{"log": None, "position": None, "at": NOW, "kind": "published", "x": "ab" * 16, "exchange": None, "peer": None},
    **{"direction": None, "officer": None, "erased": False},
}


def test_a_list_has_no_place_for_what_an_act_was_about() -> None:
    assert ActShown.model_validate(ACT).erased is False
    with pytest.raises(ValidationError):
        ActShown.model_validate({**ACT, "payload": {"reference": "EXPEDIENTE-INVENTADO-4711"}})
