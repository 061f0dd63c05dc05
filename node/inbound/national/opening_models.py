"""What two officers exchange with the node to open a past question. Sealed parts are documents of their own, in text."""

from typing import Annotated, Literal

from pydantic import Field

from node.flows.opening_terms import Breach, Ground, Kept, Telling
from node.inbound.national.models import ApiModel, Moment
from protocol import limits

_DOCUMENT = Field(max_length=limits.AUDIT_BOXES_BYTES)


class OpenableShown(ApiModel):
    """An exchange of a question; `boxes` (protocol.sealed_openings.Boxes) for the first holder, none if nothing can be opened."""

    exchange: str
    peer: str
    asked: Moment
    kept: Kept
    boxes: str | None


class ProposalRequest(ApiModel):
    """`order`: the reference of the order. `handed` (protocol.sealed_openings.HandedOn): what the first holder hands on."""

    exchange: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    ground: Ground
    order: Annotated[str, Field(min_length=3, max_length=200)]
    telling: Telling
    handed: Annotated[str, _DOCUMENT]


class ProposedShown(ApiModel):
    """What a second officer confirms; no `id` where the boxes were altered, which is on record as a breach."""

    id: str | None


class OpeningShown(ApiModel):
    """An opening: who proposed and confirmed it, under whose order, and how many breaches it showed once it was checked."""

    id: str
    exchange: str
    peer: str
    ground: Ground
    telling: Telling
    order: str
    proposed_by: str
    proposed: Moment
    confirmed_by: str | None
    confirmed: Moment | None
    checked: Moment | None
    breaches: int | None
    lapsed: bool
    peer_said: Literal["noted", "unknown"] | None
    peer_said_at: Moment | None


class HeardOpeningShown(ApiModel):
    """What a peer told of a question that it asked us: that it was opened, and whether it was as its commitment says."""

    exchange: str
    peer: str
    opened: Moment
    found: Literal["as_committed", "breach"]
    heard: Moment


class OpeningsShown(ApiModel):
    """All openings of our questions, and what peers told of theirs; the newest first."""

    ours: list[OpeningShown]
    of_peers: list[HeardOpeningShown]


class EnteredShown(ApiModel):
    """The question's entry in the log: the log's name, the place, the entry, and in hex the salt of what it commits to."""

    log: str
    position: int
    entry: str
    salt: str


class AskedLineShown(ApiModel):
    """A line as the officer wrote it, and in hex the inputs that it gave."""

    line: int
    written: str
    inputs: list[str]


class MaterialShown(ApiModel):
    """For the second holder: `sealed` (protocol.sealed_openings.SealedOpenings), `handed` (HandedOn) and the signed request.

    `entered`: none until the log has taken the question. `lines`: none where what the officer wrote was erased.
    """

    exchange: str
    request: str
    sealed: str
    handed: str
    entered: EnteredShown | None
    lines: list[AskedLineShown] | None


class BreachFound(ApiModel):
    """What does not open as it should, and at which position, if it is at one."""

    breach: Breach
    position: Annotated[int, Field(ge=0, lt=limits.BATCH_LARGEST)] | None


class OutcomeRequest(ApiModel):
    """What the second officer's program found."""

    identifiers: Annotated[int, Field(ge=0, le=limits.BATCH_LARGEST)]
    dummies: Annotated[int, Field(ge=0, le=limits.BATCH_LARGEST)]
    breaches: Annotated[list[BreachFound], Field(max_length=limits.BATCH_LARGEST)]
