"""What nodes say to each other: the bodies of envelopes. One class a message; its `type` is what stands in the envelope.

A request names the replies that may answer it. `docs/spec/envelope.md` lists them with examples.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from protocol import limits
from protocol.authority import Authority
from protocol.journal import Act
from protocol.vocabulary import LegalBasis, MatchOutcome, Offence, RequestPurpose, Urgency
from protocol.wire import Digest, ExchangeId, Instant, ListId, Octets, Octets16, Octets32, Octets64, RecordId, WireModel


class Body(WireModel):
    """Base of all bodies."""

    type: ClassVar[str]


Position = Annotated[int, Field(ge=0, lt=1 << 40)]
Epoch = Annotated[int, Field(ge=1, lt=1 << 31)]
LogOrigin = Annotated[str, StringConstraints(pattern=r"^celosia/[A-Z]{2}/log/[0-9a-f]{8}$")]
"""The name of a log, as `checkpoint.origin_of` makes it."""
QuarantineReason = Literal[
    "malformed",
    "too_large",
    "signature_refused",
    "other_authority",
    "not_newer",
    "other_predecessor",
    "was_withdrawn",
    "other_kind",
]
"""Why a record was put aside. A closed list: a free code could carry a name."""


class RecordDelivery(Body):
    """A publisher hands over one signed record."""

    type = "record_delivery"
    record: Annotated[Octets, Field(max_length=limits.RECORD_BYTES)]


class RecordReceipt(Body):
    """What the receiver did with it. `quarantined` is reported to the publisher, and the stream goes on."""

    type = "record_receipt"
    digest: Digest
    outcome: Literal["accepted", "quarantined"]
    reason: QuarantineReason | None = None


class KnownHead(WireModel):
    """The last manifest that the asker holds of one list and epoch."""

    list: ListId
    epoch: Epoch
    position: Position


class ManifestsWanted(Body):
    """Asks for every manifest after those known, of all lists that the asker may see."""

    type = "manifests_wanted"
    known: Annotated[tuple[KnownHead, ...], Field(max_length=limits.HEADS_AN_ENVELOPE)] = ()


class ManifestWanted(Body):
    """Asks what the addressee holds at one position of somebody's manifest chain: to prove two heads at one position."""

    type = "manifest_wanted"
    authority: Authority
    list: ListId
    epoch: Epoch
    position: Position


class Manifests(Body):
    """Signed manifests in the order of their chains. `more` asks the receiver to ask again."""

    type = "manifests"
    manifests: Annotated[
        tuple[Annotated[Octets, Field(max_length=limits.MANIFEST_BYTES)], ...], Field(max_length=limits.MANIFESTS_A_REPLY)
    ] = ()
    more: bool


class RecordsWanted(Body):
    """Asks for the newest version of each record of `authority`, in the order of their ids, after the one with id `after`.

    Of the addressee's own: those whose audience the sender belongs to. Of the sender's own: what a restored node has lost.
    """

    type = "records_wanted"
    authority: Authority
    after: RecordId | None = None


class Records(Body):
    """Signed records. `more` asks the receiver to ask again, after the last of them."""

    type = "records"
    records: Annotated[
        tuple[Annotated[Octets, Field(max_length=limits.RECORD_BYTES)], ...], Field(max_length=limits.RECORDS_A_REPLY)
    ] = ()
    more: bool


class MatchRequest(Body):
    """A question: blinded elements, and who asks why. `elements` is a run of 32-byte elements, padded in number.

    `officer` and `case` are pseudonyms made afresh for each peer. `commitment` is the Merkle root over salted commitments to
    every position. `cites` is the exchange that this question replaces.
    """

    type = "match_request"
    list: ListId
    epoch: Epoch
    manifest: Digest
    purpose: RequestPurpose
    basis: LegalBasis
    offence: Offence
    urgency: Urgency
    officer: Octets16
    case: Octets32
    attested: Literal[True]
    commitment: Octets32
    elements: Annotated[Octets, Field(min_length=32 * limits.BATCH_SMALLEST, max_length=32 * limits.BATCH_LARGEST)]
    cites: ExchangeId | None = None

    @property
    def size(self) -> int:
        """Number of elements, dummies included: what the budget is charged."""
        return len(self.elements) // 32

    @model_validator(mode="after")
    def _padded(self) -> "MatchRequest":
        if len(self.elements) % 32 or self.size & (self.size - 1):
            raise PydanticCustomError("not_padded", "elements must be 32 bytes each and a power of two in number")
        return self


class MatchReceipt(Body):
    """Signed before the holder works: silence afterwards shows."""

    type = "match_receipt"
    size: Annotated[int, Field(ge=limits.BATCH_SMALLEST, le=limits.BATCH_LARGEST)]


class MatchAnswer(Body):
    """Evaluated elements in the order of the question, and one proof for the batch (RFC 9497 section 2.2)."""

    type = "match_answer"
    elements: Annotated[Octets, Field(min_length=32 * limits.BATCH_SMALLEST, max_length=32 * limits.BATCH_LARGEST)]
    proof: Octets64


class MatchRefusal(Body):
    """A coded refusal. Causes that could say something about a person all read `declined`."""

    type = "match_refusal"
    outcome: MatchOutcome

    @model_validator(mode="after")
    def _outward(self) -> "MatchRefusal":
        if self.outcome not in ("declined", "refused_purpose", "referred_mla"):
            raise PydanticCustomError("not_outward", "not a code that a peer is told")
        return self


class KeyRevocation(Body):
    """A state's later entry, signed by its officers, ahead of the directory: what it leaves out counts no more, at once.

    Any member hands it on. `role` and `entry` are files of the directory (`docs/spec/directory.md`, "Ahead of the directory").
    """

    type = "key_revocation"
    role: Annotated[Octets, Field(max_length=limits.DIRECTORY_ROLE_BYTES)]
    entry: Annotated[Octets, Field(max_length=limits.DIRECTORY_TARGET_BYTES)]


class RevocationReceipt(Body):
    """Whether the receiver counts by the revocation whose two files have this digest together.

    `taken`: from now on. `known`: it did already, or its directory is as new. `refused`: by its own directory the entry is not
    that of a member, signed by enough of its officers; after the next directory it may be.
    """

    type = "revocation_receipt"
    digest: Digest
    outcome: Literal["taken", "known", "refused"]


class CounterpartsWanted(Body):
    """Asks for the entries of the addressee's log that have their other side at the asker, after the one numbered `after`.

    `log`: the one that the asker reads. What follows it comes once it is read to its end; without it, the first one.
    """

    type = "counterparts_wanted"
    log: LogOrigin | None = None
    after: Annotated[int, Field(ge=0, lt=1 << 53)] = 0


class Counterpart(WireModel):
    """An entry with two sides, as far as the other side needs it to find its own: see `journal.JournalEntry`."""

    seq: Annotated[int, Field(ge=1, lt=1 << 53)]
    kind: Act
    x: ExchangeId
    t: Instant
    c: Digest


class Counterparts(Body):
    """Entries of one log in the order of their numbers, one after another. `more` asks the receiver to ask again.

    There is no `log` before the sender's first one.
    """

    type = "counterparts"
    log: LogOrigin | None = None
    entries: Annotated[tuple[Counterpart, ...], Field(max_length=limits.COUNTERPARTS_A_REPLY)] = ()
    more: bool

    @model_validator(mode="after")
    def _of_a_log(self) -> "Counterparts":
        if self.log is None and (self.entries or self.more):
            raise PydanticCustomError("no_log", "entries are of a log")
        return self


class ErasureRequest(Body):
    """Asks that the content of an exchange with the sender be erased, as the sender has done. An officer decides on it.

    `exchange` is its id, `began` says who began it, and `request` is the digest of the envelope that it began with.
    """

    type = "erasure_request"
    exchange: ExchangeId
    began: Literal["sender", "addressee"]
    request: Digest


class ErasureReceipt(Body):
    """That the exchange is not erased: `pending` a decision, `kept` because the law of this state says so, or `unknown` here."""

    type = "erasure_receipt"
    request: Digest
    outcome: Literal["pending", "kept", "unknown"]


class ErasureConfirmation(Body):
    """That the key of the exchange was destroyed here, and when. Its signer has signed this; nobody can see that it is so."""

    type = "erasure_confirmation"
    request: Digest
    erased: Instant


class OpeningTold(Body):
    """Tells that two officers of the sender opened a question that it had asked the addressee. What was asked is not in it.

    `exchange` is the question's, `request` the digest of its envelope, `opened` when it was, and `found` whether it turned out
    as its commitment says.
    """

    type = "opening_told"
    exchange: ExchangeId
    request: Digest
    opened: Instant
    found: Literal["as_committed", "breach"]


class OpeningReceipt(Body):
    """That the telling is `noted`, or that the question is `unknown` here."""

    type = "opening_receipt"
    request: Digest
    outcome: Literal["noted", "unknown"]


_REQUESTS: tuple[type[Body], ...] = (
    *(RecordDelivery, ManifestsWanted, ManifestWanted, RecordsWanted, MatchRequest, KeyRevocation),
    *(CounterpartsWanted, ErasureRequest, OpeningTold),
)
_REPLIES: tuple[type[Body], ...] = (
    *(RecordReceipt, Manifests, Records, MatchReceipt, MatchAnswer, MatchRefusal, RevocationReceipt),
    *(Counterparts, ErasureReceipt, ErasureConfirmation, OpeningReceipt),
)
REQUESTS: dict[str, type[Body]] = {body.type: body for body in _REQUESTS}
REPLIES: dict[str, type[Body]] = {body.type: body for body in _REPLIES}
ANSWERS: dict[type[Body], tuple[type[Body], ...]] = {
    RecordDelivery: (RecordReceipt,),
    ManifestsWanted: (Manifests,),
    ManifestWanted: (Manifests,),
    RecordsWanted: (Records,),
    MatchRequest: (MatchReceipt, MatchAnswer, MatchRefusal),
    KeyRevocation: (RevocationReceipt,),
    CounterpartsWanted: (Counterparts,),
    ErasureRequest: (ErasureReceipt, ErasureConfirmation),
    OpeningTold: (OpeningReceipt,),
}
"""Which replies may answer which request."""
