"""What the protection liaison is shown of removals. Explicit, like every model of the API."""

from typing import Literal

from node.inbound.national.models import ApiModel, Moment


class PeersShareShown(ApiModel):
    """How far one peer is: the last position that it told of, when it did, and whether its taking the removal is overdue."""

    peer: str
    taken: bool
    position: int | None
    heard: Moment | None
    overdue: bool


class TakenBackShown(ApiModel):
    """What one registration took out of one list. `registration`: the register's entry; null where several came at once.

    `position` is that of the first manifest without the entries; null before the next beat. `ends`: when the epoch's key dies.
    """

    number: int
    registration: str | None
    source: Literal["import", "officer", "bulk", "feed"]
    registered: Moment
    audience: str
    entropy: str
    epoch: int
    entries: int
    position: int | None
    left: Moment | None
    ends: Moment
    peers: list[PeersShareShown]
