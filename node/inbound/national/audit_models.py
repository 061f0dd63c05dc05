"""What those who oversee the node are shown of its audit log. Explicit, like all of the API."""

from typing import Any

from node.inbound.national.models import ApiModel, Moment
from protocol.journal import Direction


class ActShown(ApiModel):
    """An act: its place in a log once it has one, its kind as a code, and who had to do with it.

    `x` is the entry's own id; `exchange` that of the exchange it was about. `erased`: nobody can open what it was about any more.
    """

    log: str | None
    position: int | None
    at: Moment
    kind: str
    x: str
    exchange: str | None
    peer: str | None
    direction: Direction | None
    officer: str | None
    erased: bool


class ActsShown(ApiModel):
    """A page of acts, the newest first. `before` asks for those that follow; none if there are no more."""

    acts: list[ActShown]
    before: int | None


class OpenedShown(ActShown):
    """An act with the entry in the log as it stands there, and what the entry commits to: the salt in hex, and the payload.

    `withheld`: only a protection liaison may open what it was about.
    """

    entry: str | None
    salt: str | None
    payload: dict[str, Any] | None
    withheld: bool


class FaultShown(ApiModel):
    """What does not hold, as a code, and where: a position in the log, or the size of a checkpoint."""

    at: int
    fault: str


class VerdictShown(ApiModel):
    """What was found of one log: it holds if there are no faults. `faults` are the first of `faults_in_all`.

    `witnessed_size` and `witnessed`: how far others vouch for it, since when. `waiting`: acts that have no place yet. `late`:
    places of acts that entered long after the time that they bear.
    """

    origin: str
    size: int
    opened: Moment
    closed: Moment | None
    halted: str | None
    checkpoints: int
    witnessed_size: int
    witnessed: Moment | None
    erased: int
    waiting: int
    late: list[int]
    faults: list[FaultShown]
    faults_in_all: int
    holds: bool


class ProofShown(ApiModel):
    """The three files that prove an entry: the proof, the entry's own bytes, and the policy to check it by."""

    proof: str
    entry: str
    policy: str
