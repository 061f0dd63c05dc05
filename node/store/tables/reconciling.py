"""What peers told of their logs, as far as ours does not say the same: how far each was read, what waits, what no log can have.

Whoever writes in the database can make two logs look as if they agreed, here. The peer compares them, too.
"""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class Reconciliation(SQLModel, table=True):
    """How far a peer's log was read: all entries with us of `log` up to the one numbered `reached`.

    `tried`: when the last visit began; `compared`: when the last one began that came to the end. `error`: why the last one did
    not. `newest`: the latest time that an entry told. `vouched`: until when a quorum of its witnesses vouched for the log that it
    showed when it was last `looked` at; from the first look on, while it shows none. All times are POSIX seconds.
    """

    __tablename__ = "reconciliations"
    peer: str = Field(primary_key=True, max_length=2)
    log: str | None = Field(default=None, max_length=64)  # origin
    reached: int = big(default=0)
    tried: int = big(default=0)
    compared: int | None = big(default=None)
    error: str | None = Field(default=None, max_length=64)
    newest: int | None = big(default=None)
    vouched: int | None = big(default=None)
    looked: int | None = big(default=None)


class ToldEntry(SQLModel, table=True):
    """An entry of a peer's log that has no counterpart here, or one at another time.

    It goes when its counterpart comes, unless there is a `cause` to keep it: then `act` is the number of ours. `told`: when,
    `told_in`: in which exchange, whose reply is archived.
    """

    __tablename__ = "told_entries"
    peer: str = Field(primary_key=True, max_length=2)
    log: str = Field(primary_key=True, max_length=64)  # origin
    seq: int = big(primary_key=True)
    x: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=40)
    t: int = big()
    c: str = Field(max_length=64)
    told: int = big()
    told_in: str = Field(max_length=32)
    act: int | None = Field(default=None)
    cause: str | None = Field(default=None, max_length=32)


class LogBreach(SQLModel, table=True):
    """What a peer told of its log that no log can have: the first entry, the exchange that shows it, and how often."""

    __tablename__ = "log_breaches"
    peer: str = Field(primary_key=True, max_length=2)
    log: str = Field(primary_key=True, max_length=64)  # origin
    code: str = Field(primary_key=True, max_length=32)
    seq: int = big()
    exchange: str = Field(max_length=32)
    first: int = big()
    last: int = big()
    count: int = 1
