"""What analysts send and are shown when they publish. Explicit, like every model of the API."""

from typing import Annotated, Any, Literal

from pydantic import Field

from node.inbound.national.models import ApiModel, Moment
from protocol.authority import Authority


class NetworkShown(ApiModel):
    """A network of the national case data. `publications`: audience -> state of its latest publication."""

    reference: str
    publications: dict[str, str]


PublicationState = Literal["proposed", "published", "refused", "replaced", "withdrawn", "expired"]


class ProposeRequest(ApiModel):
    """Which network to publish, to whom: null for all members."""

    network: Annotated[str, Field(min_length=1, max_length=200)]
    audience: Annotated[list[Authority], Field(min_length=1, max_length=34)] | None = None


class FieldShown(ApiModel):
    """One field of a record: its value as it would leave, the ground on which it may, and the directives that ask for it.

    `before`: its value in the version in force, where that is another one.
    """

    name: str
    value: Any
    ground: str
    directives: list[int]
    before: Any = None


class RecordPreview(ApiModel):
    """One record: the exact bytes (canonical JSON, as text) and its fields. `changed`: against the version in force."""

    kind: str
    id: str
    version: int
    bytes: str
    changed: Literal["new", "changed", "same"]
    fields: list[FieldShown]


class GoneShown(ApiModel):
    """A record in force that would be taken back."""

    kind: str
    id: str


class LeftOutShown(ApiModel):
    """A field that says less than the case data, and why; `until`: when a change that waits may be told."""

    field: str
    reason: Literal["waits", "small_number"]
    until: Moment | None = None


class PreviewShown(ApiModel):
    """What a network would send to an audience. `listed` and `withheld` count identifiers by kind and reason.

    `left_out`: of which fields less is said than the case data have. `gone`: records that would be taken back.
    """

    network: str
    audience: str
    records: list[RecordPreview]
    gone: list[GoneShown]
    listed: dict[str, int]
    withheld: dict[str, int]
    left_out: list[LeftOutShown]


class PublicationShown(PreviewShown):
    """A publication: what it sends, who proposed it, who decided.

    `waiting` counts index entries that the next beat will bring to the peers or take back, as they were proposed. `review`: the
    day after which it is taken back by itself, unless a new version with a later one is in force by then.
    """

    id: str
    state: str
    proposed_by: str
    decided_by: str | None
    review: str
    waiting: int
