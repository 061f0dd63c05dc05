"""The entries of the audit log: what happened, said to nobody but whoever is given the opening.

    {"c":<commitment>,"dir":"out","kind":"question_asked","peer":"PE","seq":4,"t":1790000000,"v":1,"x":<exchange>}
    {"c":<commitment>,"kind":"pad","t":1790000000,"v":1,"x":<16 random bytes>}

An entry commits: c = SHA-256(label ‖ salt of 32 bytes ‖ payload). It bears no personal data and no content of a question. Acts of
two sides are entered by both, under one `x`, one salt and one payload, so under one `c`; each counts them per peer. All other
acts have an `x` and a salt of their own and name no peer, so nobody who has the entry can guess what it is about.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from protocol import limits
from protocol.authority import Authority
from protocol.errors import LogProofRefused
from protocol.wire import Digest, ExchangeId, Instant, Octets, WireModel, canonical, parse

_LABEL: Final = b"celosia/entry/1"
SALT_BYTES: Final = 32
Direction = Literal["out", "in"]
"""Whose exchange it is: our own, which went out, or the peer's, which came in."""


class Act(StrEnum):
    """Every act that a log can show. A closed list: a free word could carry a name. What is to come with releases is in it."""

    # what a node does by itself
    IMPORTED = "imported"
    IMPORT_FAILED = "import_failed"
    PUBLICATION_PROPOSED = "publication_proposed"
    PUBLICATION_REFUSED = "publication_refused"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OUTBOX_RETRIED = "outbox_retried"
    INDEX_BEAT = "index_beat"
    RESTORED = "restored"
    RESTORE_FINISHED = "restore_finished"
    RECORDS_SERVED = "records_served"
    EPOCH_STARTED = "epoch_started"
    EPOCH_ENDED = "epoch_ended"
    MANIFESTS_SERVED = "manifests_served"
    MANIFEST_ADOPTED = "manifest_adopted"
    EQUIVOCATION_NOTICED = "equivocation_noticed"
    QUESTION_HELD = "question_held"
    PUBLICATION_HELD = "publication_held"
    HOLD_DECIDED = "hold_decided"
    OFFICER_LOCKED = "officer_locked"
    OFFICER_UNLOCKED = "officer_unlocked"
    ANSWER_VOID = "answer_void"
    OUTCOME = "outcome"
    POLICY_REFUSAL = "policy_refusal"
    DIRECTORY_ADOPTED = "directory_adopted"
    KEY_CHANGED = "key_changed"
    KEYS_REVOKED = "keys_revoked"
    PEER_DENIED = "peer_denied"
    PEER_ALLOWED = "peer_allowed"
    OFFICER_CREATED = "officer_created"
    TOKEN_CREATED = "token_created"  # noqa: S105  the name of an act, not a token
    LOGIN_REFUSED = "login_refused"
    PROTECTED_ENTERED = "protected_entered"
    PROTECTED_FED = "protected_fed"
    PROTECTED_REMOVAL_PROPOSED = "protected_removal_proposed"
    PROTECTED_REMOVAL_DROPPED = "protected_removal_dropped"
    PROTECTED_FILE_GIVEN_UP = "protected_file_given_up"
    PROTECTED_REMOVED = "protected_removed"
    PROTECTED_KEY_TURNED = "protected_key_turned"
    PERSONAL_DATA_READ = "personal_data_read"
    ALERT_RAISED = "alert_raised"
    ALERT_SETTLED = "alert_settled"
    EXPORTED = "exported"
    ERASURE_PROPOSED = "erasure_proposed"
    ERASURE_KEPT = "erasure_kept"
    ERASED = "erased"
    OPENING_PROPOSED = "opening_proposed"
    OPENING_MADE = "opening_made"
    OPENING_CHECKED = "opening_checked"
    LEGAL_HOLD_PLACED = "legal_hold_placed"
    LEGAL_HOLD_LIFTED = "legal_hold_lifted"
    RECONCILED = "reconciled"
    # the log itself
    LOG_OPENED = "log_opened"
    LOG_SUCCEEDS = "log_succeeds"
    LOG_REBUILT = "log_rebuilt"
    LOG_CLOSED = "log_closed"
    INTERVAL_STARTED = "interval_started"
    FORK_NOTICED = "fork_noticed"
    PAD = "pad"
    # two sides: records
    RECORD_SENT = "record_sent"
    RECORD_RECEIVED = "record_received"
    RECORD_QUARANTINED = "record_quarantined"
    RECORD_RECEIPTED = "record_receipted"
    RECORD_ACKNOWLEDGED = "record_acknowledged"
    # two sides: questions
    QUESTION_ASKED = "question_asked"
    QUESTION_RECEIVED = "question_received"
    QUESTION_ANSWERED = "question_answered"
    ANSWER_RECEIVED = "answer_received"
    QUESTION_DECLINED = "question_declined"
    REFUSAL_RECEIVED = "refusal_received"
    OPENING_TOLD = "opening_told"
    OPENING_HEARD = "opening_heard"
    # two sides: keys
    REVOCATION_SENT = "revocation_sent"
    REVOCATION_RECEIVED = "revocation_received"
    REVOCATION_RECEIPTED = "revocation_receipted"
    REVOCATION_ACKNOWLEDGED = "revocation_acknowledged"
    # two sides: releases
    RELEASE_ASKED = "release_asked"
    RELEASE_REQUESTED = "release_requested"
    RELEASE_DECIDED = "release_decided"
    RELEASE_DECISION_RECEIVED = "release_decision_received"
    RELEASE_DELIVERED = "release_delivered"
    RELEASE_RECEIVED = "release_received"
    RELEASE_OPENED = "release_opened"
    RELEASE_OPENING_HEARD = "release_opening_heard"
    # two sides: erasure
    ERASURE_ASKED = "erasure_asked"
    ERASURE_REQUESTED = "erasure_requested"
    ERASURE_CONFIRMED = "erasure_confirmed"
    ERASURE_CONFIRMATION_RECEIVED = "erasure_confirmation_received"


class Role(NamedTuple):
    """Of a kind with two sides: whose exchange it belongs to, what the other side enters for the same envelope, and who sent it.

    `sends`: the envelope went out from here. One of our own exchange is a request then, one of the peer's a reply.
    """

    direction: Direction
    counterparts: frozenset[Act]
    sends: bool


def _roles() -> Mapping[Act, Role]:
    # who sent the envelope, whose exchange it is for the sender, and what the receiver may enter
    envelopes: tuple[tuple[Act, Direction, tuple[Act, ...]], ...] = (
        (Act.RECORD_SENT, "out", (Act.RECORD_RECEIVED, Act.RECORD_QUARANTINED)),
        (Act.RECORD_RECEIPTED, "in", (Act.RECORD_ACKNOWLEDGED,)),
        (Act.QUESTION_ASKED, "out", (Act.QUESTION_RECEIVED,)),
        (Act.QUESTION_ANSWERED, "in", (Act.ANSWER_RECEIVED,)),
        (Act.QUESTION_DECLINED, "in", (Act.REFUSAL_RECEIVED,)),
        (Act.OPENING_TOLD, "out", (Act.OPENING_HEARD,)),
        (Act.REVOCATION_SENT, "out", (Act.REVOCATION_RECEIVED,)),
        (Act.REVOCATION_RECEIPTED, "in", (Act.REVOCATION_ACKNOWLEDGED,)),
        (Act.RELEASE_ASKED, "out", (Act.RELEASE_REQUESTED,)),
        (Act.RELEASE_DECIDED, "in", (Act.RELEASE_DECISION_RECEIVED,)),
        (Act.RELEASE_DELIVERED, "in", (Act.RELEASE_RECEIVED,)),
        (Act.RELEASE_OPENED, "out", (Act.RELEASE_OPENING_HEARD,)),
        (Act.ERASURE_ASKED, "out", (Act.ERASURE_REQUESTED,)),
        (Act.ERASURE_CONFIRMED, "in", (Act.ERASURE_CONFIRMATION_RECEIVED,)),
    )
    roles: dict[Act, Role] = {}
    for sender, direction, receivers in envelopes:
        roles[sender] = Role(direction, frozenset(receivers), sends=True)
        other: Direction = "in" if direction == "out" else "out"
        roles |= {receiver: Role(other, frozenset({sender}), sends=False) for receiver in receivers}
    return MappingProxyType(roles)


PAIRED: Mapping[Act, Role] = _roles()
"""The kinds with two sides: one entry at the sender and one at the receiver of every envelope that they stand for."""


class JournalEntry(WireModel):
    """One entry. `seq` counts the paired entries with `peer` in this log, from 1; `dir` says whose exchange `x` is."""

    v: Literal[1] = 1
    x: ExchangeId
    seq: Annotated[int, Field(ge=1, lt=1 << 53)] | None = None
    kind: Act
    dir: Direction | None = None
    peer: Authority | None = None
    t: Instant
    c: Digest

    @model_validator(mode="after")
    def _of_its_kind(self) -> "JournalEntry":
        role = PAIRED.get(self.kind)
        told = (self.seq is not None, self.peer is not None, self.dir)
        if told != ((False, False, None) if role is None else (True, True, role.direction)):
            raise PydanticCustomError("paired", "kinds with two sides name peer, count and direction, and no others do")
        return self

    def to_bytes(self) -> bytes:
        """The entry as it stands in the log: canonical JSON."""
        return canonical(self)


class EnvelopePayload(WireModel):
    """What a paired entry commits to, on both sides: the digest of the envelope that was sent and received."""

    envelope: Digest


class IntervalPayload(WireModel):
    """What an interval starts with: checkpoints with cosignatures that nobody could foresee. Nothing after it is older."""

    checkpoints: Annotated[
        tuple[Annotated[Octets, Field(max_length=limits.CHECKPOINT_BYTES)], ...],
        Field(max_length=limits.CHECKPOINTS_AN_INTERVAL),
    ]


class SuccessionPayload(WireModel):
    """What a successor starts with: the last witnessed checkpoint of the log before it, and how many entries of that are held.

    What lies between is the gap. Of a log that was closed in good order there is none.
    """

    cause: Literal["restored", "key_stolen", "closed"]
    checkpoint: Annotated[Octets, Field(max_length=limits.CHECKPOINT_BYTES)]
    held: Annotated[int, Field(ge=0, lt=1 << 53)]


def commitment(salt: bytes, payload: bytes) -> str:
    """`c` of an entry. The salt is 32 random bytes, for a paired kind its exchange's; `ValueError` for another length."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"the salt of an entry is {SALT_BYTES} bytes")
    return hashlib.sha256(_LABEL + salt + payload).hexdigest()


def envelope_payload(digest: str) -> bytes:
    """What both entries of an envelope commit to, by its digest, under the salt of its exchange."""
    return canonical(EnvelopePayload(envelope=digest))


def paired_entry(kind: Act, *, x: str, seq: int, peer: Authority, t: int, c: str) -> JournalEntry:
    """The entry of one side of an act that has two; `c` is over `envelope_payload` under the salt of the exchange."""
    return JournalEntry(x=x, seq=seq, kind=kind, dir=PAIRED[kind].direction, peer=peer, t=t, c=c)


def local_entry(kind: Act, *, x: str, t: int, c: str) -> JournalEntry:
    """The entry of an act of this node alone. `x`, and the salt in `c`, are random and used for nothing else."""
    return JournalEntry(x=x, kind=kind, t=t, c=c)


def read_entry(raw: bytes) -> JournalEntry:
    """An entry's bytes. Raises `TooLarge`, `Malformed`."""
    return parse(JournalEntry, raw, limit=limits.LOG_ENTRY_BYTES, where="entry")


def check_opening(entry: JournalEntry, salt: bytes, payload: bytes) -> None:
    """Return if this is what the entry commits to; raise `LogProofRefused` otherwise."""
    if len(salt) != SALT_BYTES or commitment(salt, payload) != entry.c:
        raise LogProofRefused("entry.c", reason="other_commitment")
