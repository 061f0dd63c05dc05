"""What an act's entry in the log commits to, as the store holds it: salt and payload, sealed under the key of its exchange."""

from dataclasses import dataclass

from node.store.database import HERE, Side, Work
from node.store.tables import Intake
from protocol.journal import SALT_BYTES


@dataclass(frozen=True, repr=False)
class Opening:
    """The salt, and the payload as canonical JSON. Of an act from before the log the salt is empty."""

    salt: bytes
    payload: bytes


def opening_of(work: Work, act: Intake) -> Opening | None:
    """What an act commits to; None once its key was destroyed. Raises `crypto.errors.SealBroken` when it was tampered with."""
    if not act.opening_sealed:
        return None
    if act.exchange is None:
        key, side = act.x, HERE
    else:
        key, side = act.exchange, Side(act.peer or "", act.direction or "")
    if not work.can_open(key, side):
        return None
    opened = work.open(key, act.opening_sealed, "intake", side)
    length = 0 if act.commitment is None else SALT_BYTES
    return Opening(opened[:length], opened[length:])
