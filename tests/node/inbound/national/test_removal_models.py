"""The models of removals name every source that the register has."""

from typing import get_args

from node.inbound.national.removal_models import TakenBackShown
from node.safeguards.protected import Source


def test_every_source_of_the_register_can_be_shown() -> None:
    assert set(get_args(TakenBackShown.model_fields["source"].annotation)) == {source.value for source in Source}
