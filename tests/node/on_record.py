"""What an act put on record says, for tests that look at it."""

from node.store.database import Work
from node.store.openings import opening_of
from node.store.tables import Intake


def payload_of(work: Work, act: Intake) -> bytes:
    """The payload of an act whose key is there."""
    opening = opening_of(work, act)
    assert opening is not None
    return opening.payload
