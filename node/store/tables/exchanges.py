"""Exchanges with peers: what was said, sealed under one key an exchange; and the intake that the audit log is built from.

Destroying an exchange's key erases its payload and archived envelopes at once; the intake rows stay.
"""

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from node.store.columns import big


class ExchangeKey(SQLModel, table=True):
    """The storage key of one exchange or local act, wrapped under the node's storage key.

    A peer chooses the ids of its exchanges, so the id alone is nobody's. Both other columns are empty for an id made here.
    """

    __tablename__ = "exchange_keys"
    x: str = Field(primary_key=True, max_length=32)
    peer: str = Field(primary_key=True, max_length=2)
    direction: str = Field(primary_key=True, max_length=3)  # in, out
    wrapped: bytes
    created: int = big()


class Exchange(SQLModel, table=True):
    """One request, in or out, by its exchange id: also the memory against replays, which outlives its erasure.

    Of a question that was refused only the digest is kept, but for a forbidden purpose: that is evidence.
    """

    __tablename__ = "exchanges"
    x: str = Field(primary_key=True, max_length=32)
    peer: str = Field(primary_key=True, max_length=2)
    direction: str = Field(primary_key=True, max_length=3)  # in, out
    type: str = Field(max_length=32)
    digest: str = Field(max_length=64)
    request_sealed: bytes | None
    at: int = big(index=True)
    erased: int | None = big(default=None)  # since when its key is destroyed


class ExchangeReply(SQLModel, table=True):
    """A reply of an exchange, in order: a question gets a receipt and then an answer."""

    __tablename__ = "exchange_replies"
    x: str = Field(primary_key=True, max_length=32)
    peer: str = Field(primary_key=True, max_length=2)
    direction: str = Field(primary_key=True, max_length=3)
    position: int = Field(primary_key=True)
    type: str = Field(max_length=32)
    digest: str = Field(max_length=64)
    reply_sealed: bytes
    at: int = big()


class Intake(SQLModel, table=True):
    """Every act, inserted in the act's own transaction; the log takes it from here, and then it has its `position` there.

    `opening_sealed` holds the salt and the payload that `commitment` is over, under the key of `exchange`, `peer` and
    `direction`; that of an act about no exchange lies under a key by `x` alone. `exchange`, `peer` and `officer_id` are for
    finding what an act was about: but for acts with two sides the log says none of them. What was put on record before there
    was a log has no commitment and no place in it.

    Of an act with two sides, `seq` is which one with this peer it is in its log. `agreed` is the number of its counterpart in
    the peer's log `agreed_in`, once the peer has told of it.
    """

    __tablename__ = "intake"
    __table_args__ = (
        Index("ix_intake_peer_log_seq", "peer", "log", "seq"),
        Index("ix_intake_peer_agreed_seq", "peer", "agreed", "seq"),
    )
    id: int | None = Field(default=None, primary_key=True)
    at: int = big()
    kind: str = Field(max_length=40, index=True)
    x: str = Field(max_length=32, index=True)
    exchange: str | None = Field(default=None, max_length=32, index=True)
    peer: str | None = Field(default=None, max_length=2)
    direction: str | None = Field(default=None, max_length=3)  # in, out
    officer_id: str | None = Field(default=None, max_length=32)
    commitment: str | None = Field(default=None, max_length=64)
    opening_sealed: bytes
    log: str | None = Field(default=None, max_length=64)  # origin
    position: int | None = big(default=None, index=True)
    seq: int | None = big(default=None)
    agreed: int | None = big(default=None)
    agreed_in: str | None = Field(default=None, max_length=64)  # origin


class RepeatedAct(SQLModel, table=True):
    """How often an act came again within one hour, of those that are not on record each time. A restart forgets nothing of it.

    Trusted for nothing but the number of entries: whoever deletes rows makes more of them, whoever adds some leaves readings out.
    """

    __tablename__ = "repeated_acts"
    hour: int = Field(primary_key=True)  # hours since 1970-01-01 UTC
    kind: str = Field(primary_key=True, max_length=40)
    officer_id: str = Field(primary_key=True, max_length=32)  # empty for nobody's
    about: str = Field(primary_key=True, max_length=64)  # SHA-256 of what is on record about it
    count: int = big()


class BudgetSpending(SQLModel, table=True):
    """Elements spent: by an asker against our list and one officer of theirs, by us against a peer's and one officer of ours.

    And the lines of one of our officers. Towards a peer, officers stand here by a digest of peer and pseudonym.
    """

    __tablename__ = "budget_spendings"
    __table_args__ = (UniqueConstraint("side", "who", "list_id", "epoch", "day"),)
    id: int | None = Field(default=None, primary_key=True)
    side: str = Field(max_length=8)  # asker, theirs, asked, ours, officer
    who: str = Field(max_length=32)
    list_id: str = Field(max_length=32)
    epoch: int
    day: int  # days since 1970-01-01 UTC
    elements: int = big()


class PeerUse(SQLModel, table=True):
    """What one peer asked of this node on one day, by type of request; type `refused` counts what was not admitted."""

    __tablename__ = "peer_uses"
    peer: str = Field(primary_key=True, max_length=2)
    day: int = Field(primary_key=True)  # days since 1970-01-01 UTC
    type: str = Field(primary_key=True, max_length=32)
    requests: int = 0
    octets: int = big(default=0)
    exceeded: bool = False  # that the day's quota was exceeded is on record
