"""Opening an envelope: bytes become meaning once, here, by numbered checks in one order.

Nothing behind this module sees raw bytes of a peer. Every check raises its own error of `protocol/errors.py` or lets go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, cast

from pydantic import ConfigDict, ValidationError

from protocol import jws, limits, matching
from protocol.authority import Authority
from protocol.directory import Directory, Member
from protocol.envelope import ENVELOPE_TYPE, BodyT_co, Envelope, SignedEnvelope
from protocol.errors import (
    BudgetSpent,
    DeniedSender,
    Malformed,
    NotFresh,
    NotTheReply,
    NotTheSender,
    ProtocolError,
    PurposeRefused,
    Replayed,
    WrongAddressee,
    WrongQuestion,
)
from protocol.messages import ANSWERS, REPLIES, REQUESTS, Body, MatchReceipt, MatchRequest, RecordDelivery
from protocol.purpose import check_purpose
from protocol.record import withdrawn_by
from protocol.wire import WireModel, parse, sha256


@dataclass(frozen=True)
class Border:
    """What a check is made against: who we are, the adopted directory, whom we deny, the connection's authority, the time.

    `since`: a request that was issued before is refused, because the memory against replays begins there (POSIX seconds).
    """

    me: Authority
    directory: Directory
    denied: frozenset[Authority]
    connection: Authority
    now: int
    since: int = 0


class Gatekeeper(Protocol):
    """What only the holder's own books can say."""

    def charge_quota(self, sender: Authority, type_: str, size: int) -> None:
        """Charge a request of `size` bytes to the sender's day, by its type, or raise `QuotaSpent`."""

    def holds(self, sender: Authority, record: str) -> bool:
        """Whether a record of the sender's is held under this id, and was not taken back."""

    def seen(self, sender: Authority, x: str) -> str | None:
        """Digest of the envelope that came under this exchange id before, if one did."""

    def check_audience(self, sender: Authority, question: MatchRequest) -> None:
        """Raise `WrongQuestion` unless this list, epoch and manifest are served to the sender."""

    def charge(self, sender: Authority, question: MatchRequest) -> None:
        """Charge the padded size to the sender's budget, or raise `BudgetSpent`."""


@dataclass(frozen=True)
class Admitted(Generic[BodyT_co]):
    """An envelope that passed every check, and its sender as the directory has it."""

    envelope: Envelope[BodyT_co]
    raw: bytes
    digest: str
    member: Member

    @property
    def body(self) -> BodyT_co:
        """The message."""
        return self.envelope.body


@dataclass(frozen=True)
class Verified:
    """A request that passed what can be checked without the books: form, signature, addressee, time, elements."""

    _admitted: Admitted[Body]
    _takes_back: str | None


@dataclass(frozen=True)
class Repeated:
    """The same bytes under the same exchange id as before: the stored reply is due, nothing is charged twice."""

    admitted: Admitted[Body]


class QuestionDeclined(ProtocolError):
    """A question that passed as an envelope and is refused as a question: its asker gets a signed, coded refusal.

    `cause` is `WrongQuestion`, `PurposeRefused` or `BudgetSpent`; its code says why, here and in the log.
    """

    code = "question_declined"

    def __init__(self, admitted: Admitted[Body], question: MatchRequest, cause: ProtocolError) -> None:
        self.admitted, self.question, self.cause = admitted, question, cause
        super().__init__(cause.where, **cause.facts)


class _Type(WireModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    type: str


def verify_request(raw: bytes, border: Border) -> Verified:
    """The first half of a peer's request: all that needs no books, so that nobody's books are locked for it.

    Raises the error of the first check that fails; see `docs/spec/envelope.md`, "Checks".
    """
    # 1-10 what every envelope must pass
    admitted = _open(raw, border, REQUESTS)
    # 11 a request cites nothing, and was issued since our memory against replays begins
    if admitted.envelope.re is not None:
        raise Malformed("envelope.re", reason="a_request_cites_nothing")
    if admitted.envelope.iat < border.since:
        raise NotFresh("envelope.iat", reason="before_restore", difference_seconds=admitted.envelope.iat - border.since)
    # 12 every element of a question is one of the group, and not its identity
    if isinstance(admitted.body, MatchRequest):
        matching.blinded_elements(admitted.body)
    body = admitted.body
    return Verified(admitted, withdrawn_by(body.record) if isinstance(body, RecordDelivery) else None)


def admit_request(verified: Verified, gatekeeper: Gatekeeper) -> Admitted[Body] | Repeated:
    """The second half: what the holder's books say. Raises as `verify_request`, and `QuestionDeclined`."""
    admitted = verified._admitted
    envelope = admitted.envelope
    # 13 the sender's quota of the day for this type; what is sent again counts, too. What takes a record back that is held here
    # has one of its own, which neither publications nor invented withdrawals can use up
    taken, sender = verified._takes_back, envelope.sender
    urgent = taken is not None and gatekeeper.holds(sender, taken)
    gatekeeper.charge_quota(sender, limits.WITHDRAWAL if urgent else envelope.type, len(admitted.raw))
    # 14 replay: the same exchange id with other bytes is refused, with the same bytes it is answered as before
    before = gatekeeper.seen(envelope.sender, envelope.x)
    if before == admitted.digest:
        return Repeated(admitted)
    if before is not None:
        raise Replayed("envelope.x")
    if isinstance(envelope.body, MatchRequest):
        try:
            # 15 audience: list, epoch and manifest are served to this asker
            gatekeeper.check_audience(envelope.sender, envelope.body)
            # 16 purpose
            check_purpose(envelope.body.purpose)
            # 17 budget, charged on the padded size
            gatekeeper.charge(envelope.sender, envelope.body)
        except (WrongQuestion, PurposeRefused, BudgetSpent) as cause:
            raise QuestionDeclined(admitted, envelope.body, cause) from cause
    return admitted


def admit_reply(raw: bytes, border: Border, request: SignedEnvelope[Body]) -> Admitted[Body]:
    """A peer's reply to `request`. Raises as `admit_request`, and `NotTheReply` if it belongs to another request."""
    admitted = _open(raw, border, REPLIES)
    reply, asked = admitted.envelope, request.envelope
    if (reply.re, reply.x, reply.salt, reply.sender) != (request.digest, asked.x, asked.salt, asked.to):
        raise NotTheReply("envelope.re")
    if not isinstance(reply.body, ANSWERS[type(asked.body)]):
        raise NotTheReply("envelope.type", type=reply.type)
    if isinstance(reply.body, MatchReceipt) and isinstance(asked.body, MatchRequest) and reply.body.size != asked.body.size:
        raise NotTheReply("body.size", size=reply.body.size)
    return admitted


def _open(raw: bytes, border: Border, bodies: Mapping[str, type[Body]]) -> Admitted[Body]:
    # 1 size, 2 strict form of the signature's frame
    form = jws.open_form(raw, ENVELOPE_TYPE, limit=limits.ENVELOPE_BYTES, where="envelope")
    # 3 type, 4 strict form of the whole content
    try:
        named = _Type.model_validate_json(form.payload).type
    except ValidationError:
        raise Malformed("envelope.type", reason="missing") from None
    if named not in bodies:
        raise Malformed("envelope.type", reason="not_expected_here")
    shape = cast("type[Envelope[Body]]", Envelope.__class_getitem__(bodies[named]))
    envelope = parse(shape, form.payload, limit=limits.ENVELOPE_BYTES, where="envelope")
    # 5 sender in the directory, and not denied here
    member = border.directory.member(envelope.sender)
    if envelope.sender in border.denied:
        raise DeniedSender("envelope.from", authority=envelope.sender)
    # 6 the connection is the sender's
    if border.connection != envelope.sender:
        raise NotTheSender("envelope.from")
    # 7 signature under a key that is valid now
    form.verify(member.envelope_keys(border.now), "envelope")
    # 8 addressee
    if envelope.to != border.me:
        raise WrongAddressee("envelope.to")
    # 9 freshness
    _check_fresh(envelope.iat, envelope.exp, border.now, border.directory.policy.clock_tolerance)
    # 10 directory: ours is not too old, and theirs is not another one under our version
    border.directory.check_age(border.now)
    border.directory.compare(envelope.directory)
    return Admitted(envelope, raw, sha256(raw), member)


def _check_fresh(iat: int, exp: int, now: int, tolerance: int) -> None:
    if exp <= iat or exp - iat > limits.ENVELOPE_LIFETIME:
        raise Malformed("envelope.exp", reason="lifetime", limit=limits.ENVELOPE_LIFETIME)
    if iat > now + tolerance:
        raise NotFresh("envelope.iat", difference_seconds=iat - now, tolerance_seconds=tolerance)
    if now > exp + tolerance:
        raise NotFresh("envelope.exp", difference_seconds=exp - now, tolerance_seconds=tolerance)
