"""The models of oversight name every code that the safeguards have, and no other."""

from typing import get_args

from node.inbound.national.oversight_models import AlertShown
from node.safeguards.alerts import AlertKind


def test_every_kind_of_alert_can_be_shown() -> None:
    assert set(get_args(AlertShown.model_fields["kind"].annotation)) == {kind.value for kind in AlertKind}
