"""What officers say and are shown of erasures and legal holds. Explicit, like all of the API."""

from typing import Annotated, Literal

from pydantic import Field

from node.inbound.national.models import ApiModel, Moment
from protocol.journal import Direction


class ErasureProposal(ApiModel):
    """What is to be erased: an exchange by its id, or a question by its id or reference."""

    subject: Annotated[str, Field(min_length=8, max_length=32, pattern="^[0-9a-f]+$")]


class ErasureDecision(ApiModel):
    """Whether it is erased, which cannot be undone, or kept."""

    decision: Literal["erase", "keep"]


class ErasureShown(ApiModel):
    """One exchange, or a question of ours without peer and direction, that is to be erased or was.

    `subject`: what was named. Nobody proposed what the peer alone asks for. `erased`: when it was here. `outcome`: what the peer
    said last, and `outcome_at` when; of `erased`, when it says that it did. `overdue`: somebody should have decided by now.
    """

    x: str
    subject: str
    peer: str | None
    direction: Direction | None
    since: Moment
    proposed_by: str | None
    peer_asked: Moment | None
    decision: Literal["erase", "keep"] | None
    decided_by: str | None
    decided: Moment | None
    erased: Moment | None
    outcome: Literal["pending", "kept", "unknown", "erased"] | None
    outcome_at: Moment | None
    overdue: bool


class LegalHoldRequest(ApiModel):
    """What must not be erased, by its id or reference; without a subject, nothing at all. `reference`: of the order."""

    subject: Annotated[str, Field(min_length=8, max_length=32, pattern="^[0-9a-f]+$")] | None
    reference: Annotated[str, Field(min_length=1, max_length=120)]


class LegalHoldShown(ApiModel):
    """One legal hold, and who placed and lifted it."""

    id: str
    subject: str | None
    reference: str
    placed_by: str
    placed: Moment
    lifted_by: str | None
    lifted: Moment | None
