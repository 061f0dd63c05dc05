"""What officers' programs send and get. Requests are strict; answers are explicit, so that nothing shows by accident."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SerializationInfo, WithJsonSchema

from protocol import limits
from protocol.authority import Authority
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency
from protocol.wire import Octets

FOR_PROGRAMS = {"times": "rfc3339"}
"""Context of a serialisation in which times are text, as the command line gives them: the API itself gives POSIX seconds."""


def rfc3339(seconds: int) -> str:
    """POSIX seconds, before the year 10000, as date and time in UTC (RFC 3339): `2026-11-22T01:00:00Z`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _told(seconds: int, info: SerializationInfo) -> int | str:
    return rfc3339(seconds) if info.context == FOR_PROGRAMS else seconds


Moment = Annotated[
    int,
    Field(ge=0, lt=253_402_300_800),
    PlainSerializer(_told, return_type=Any, when_used="json"),
    WithJsonSchema({"type": "integer", "minimum": 0, "exclusiveMaximum": 253_402_300_800}),
]
"""A point in time, in POSIX seconds, before the year 10000."""


class ApiModel(BaseModel):
    """Strict, closed, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Me(ApiModel):
    """Who the token stands for."""

    username: str
    roles: list[str]
    authority: str


class ImportProblemShown(ApiModel):
    """Where a row or cell was not taken, and why. `reason` is a code with a text in the catalogues.

    `doubtful:` and a doubt: the value was taken, and is to be compared with the source.
    """

    file: str
    line: int
    column: str
    reason: str


class ImportedRow(ApiModel):
    """Where a row stands."""

    file: str
    line: int


class ImportShown(ApiModel):
    """An import's progress and result.

    `publish_again`: rows that changed the identifiers or the name of a subject of a published network. What changed leaves the
    lists with the next beat, and nobody finds what is new until the network is published again.
    """

    id: str
    state: Literal["running", "done", "failed"]
    rows_total: int
    rows_read: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_protected: int
    publish_again: list[ImportedRow]
    problems: list[ImportProblemShown]


class AskRequest(ApiModel):
    """A question. `case_file` is the text of a CSV file (docs/configuration.md, "Case files").

    `attested`: the officer's word for the whole batch, next to the word in each line, that nothing in it belongs to a victim, a
    witness or a relative.
    """

    case_file: Annotated[str, Field(min_length=1, max_length=4 << 20)]
    purpose: RequestPurpose
    basis: LegalBasis
    offence: Offence
    urgency: Urgency = Urgency("routine_7d")
    case: Annotated[str, Field(min_length=1, max_length=200)]
    peers: Annotated[list[Authority], Field(max_length=34)] = []
    # a question that is not attested gets a code of its own, and not that of a wrong form
    attested: Annotated[bool, WithJsonSchema({"type": "boolean", "const": True})]


class AskedShown(ApiModel):
    """The id of a question that was taken in, and the reference that officers call it by."""

    id: str
    reference: str


class ListShown(ApiModel):
    """One list of a peer that was asked, in the exchange `x`."""

    x: str
    list_id: str
    state: str
    lines: int
    list_size: int


class NotComparedShown(ApiModel):
    """Lines, such as `2-40, 57`, whose identifiers of one kind a peer was not asked for. That there is no hit means nothing.

    `why`: `other_version` if the peer reads that kind by other rules, `no_list` if it has no list for it.
    """

    kind: str
    why: str
    lines: str


class PeerProgressShown(ApiModel):
    """Where one peer stands: waiting, asked, received, answered, refused, failed or expired, and since when (POSIX seconds).

    `lists` were asked so far, one after the other, of `lists_known`.
    """

    peer: str
    state: str
    reason: str | None
    since: Moment
    attempts: int
    next_try: Moment
    hits: int
    lists: list[ListShown]
    lists_known: int
    not_compared: list[NotComparedShown]


class DoubtfulShown(ApiModel):
    """Lines (`2-40, 57`) that were asked as they stand, and what is doubtful about each: a code with a text in the catalogues."""

    doubt: str
    lines: str


class QuestionShown(ApiModel):
    """Where a question stands.

    `reference` names it as well as `id` does, in paths, too. `case` is the officer's own reference of its file. A hit is one
    asked line with one entry of one peer: `hits` is the sum of the peers' own, and the length of the list of hits. `held`: lines
    (`2-40, 57`, "" for none) that are held for review and were asked of nobody so far: that there is no hit means nothing.
    """

    id: str
    reference: str
    case: str
    created: Moment
    expires: Moment
    purpose: str
    lines: int
    hits: int
    done: bool
    doubtful: list[DoubtfulShown]
    held: str
    not_asked: str
    peers: list[PeerProgressShown]


class ContactShown(ApiModel):
    """Whom to call."""

    id: str
    email: str
    phone: str
    languages: list[str]


class HitShown(ApiModel):
    """One asked line with one entry of one peer. Hits with one `subject` are of one subject there.

    They come by line; of one line, the likeliest first and what was withdrawn last. `record` is null while the record itself has
    not arrived. `withdrawn` says when this node learnt that the peer had taken back the record, or the entry, or changed that,
    whatever its reason: then the hit is not to be used. `standing` says when the entry was last seen in the peer's list. Of a
    person, `verdict` says how sure it is that this is who was asked after (`strong`, `candidate`), `agreements` why, in codes.
    """

    line: int
    kind: str
    written: str
    peer: str
    subject: str
    record_id: str
    verdict: str | None
    agreements: list[str]
    record: dict[str, Any] | None
    withdrawn: Moment | None
    standing: Moment
    contact: ContactShown | None


class RecordShown(ApiModel):
    """A record in force. `deliveries`: peer -> waiting, accepted or quarantined, for our own."""

    digest: str
    authority: str
    received: Moment
    record: dict[str, Any]
    contact: ContactShown | None
    deliveries: dict[str, str]


class PeerShown(ApiModel):
    """A member as this node knows it.

    `issued` and `valid_until` (POSIX seconds) are the oldest of its lists' newest manifests; `waiting` counts records that it has
    not signed for yet.
    """

    authority: str
    names: dict[str, str]
    denied: bool
    forked: bool
    last_success: Moment | None
    last_failure: Moment | None
    last_error: str | None
    records: int
    lists: int
    list_size: int
    issued: Moment | None
    valid_until: Moment | None
    waiting: int


class FederationShown(ApiModel):
    """The adopted directory and the other members. `left_out`: states whose entry cannot be used, with the code of the reason."""

    authority: str
    directory_version: int
    directory_hash: str
    directory_expires: Moment
    peers: list[PeerShown]
    left_out: dict[str, str]


class JobShown(ApiModel):
    """Something that this node owes a peer: `subject` is a record's id, in the lane `question` a question's.

    `state`: waiting, leased (a worker is at it) or quarantined (put aside, with the reason). `attempts` includes tries of the
    peer on behalf of the whole lane. Times are POSIX seconds.
    """

    id: int
    lane: Literal["revocation", "urgent", "question", "record"]
    peer: str
    subject: str
    version: int
    state: Literal["waiting", "leased", "quarantined"]
    created: Moment
    attempts: int
    next_try: Moment
    reason: str | None


class RefusedRecordShown(ApiModel):
    """A record of a peer that this node put aside, with the reason that the peer was told. Its publisher can send it again."""

    peer: str
    digest: str
    reason: str
    received: Moment


class OutboxShown(ApiModel):
    """What is not done, what was put aside first, then by id. At most 500 jobs are shown; `total` counts all."""

    jobs: list[JobShown]
    total: int
    refused: list[RefusedRecordShown]


class RetryRequest(ApiModel):
    """What to try again now: one job, or what is owed to one peer. Neither: everything."""

    job: Annotated[int, Field(ge=1, lt=1 << 31)] | None = None
    peer: Authority | None = None


class Retried(ApiModel):
    """How many jobs are due now."""

    count: int


class ProblemShown(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    where: str | None = None
    facts: dict[str, str | int] = {}


_BASE64URL_FILE = WithJsonSchema(
    {
        "type": "string",
        "contentEncoding": "base64url",
        # whole groups of four, and at the end one of four, three or two whose left-over bits are zero (RFC 4648 section 3.5)
        "pattern": "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{4}|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]|[A-Za-z0-9_-][AQgw])$",
    }
)


class RevocationRequest(ApiModel):
    """A state's later entry and the role that its officers signed over it, as files of the directory, in base64url."""

    role: Annotated[Octets, Field(min_length=1, max_length=limits.DIRECTORY_ROLE_BYTES), _BASE64URL_FILE]
    entry: Annotated[Octets, Field(min_length=1, max_length=limits.DIRECTORY_TARGET_BYTES), _BASE64URL_FILE]


class DenialShown(ApiModel):
    """Whether this node denies a peer now, and whether that is new."""

    authority: str
    denied: bool
    changed: bool


class RevocationShown(ApiModel):
    """What became of it. `known`: it was held already, or the directory is as new."""

    authority: str
    version: int
    outcome: Literal["taken", "known"]
