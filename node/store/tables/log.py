"""The audit log as it lies in the store: its head, its tiles, its checkpoints, and how often each peer was counted.

Whoever writes in the database can change all of it. What is changed does not lead to a root any more that the log signed and
witnesses have cosigned; what is put back as a whole is behind what they saw.
"""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class Log(SQLModel, table=True):
    """A log by its origin. One at most has no `closed`: that is appended to. `halted` says why it signs nothing for now."""

    __tablename__ = "logs"
    origin: str = Field(primary_key=True, max_length=64)
    size: int = big(default=0)
    opened: int = big()
    closed: int | None = big(default=None)
    halted: str | None = Field(default=None, max_length=32)


class LogTile(SQLModel, table=True):
    """A tile of `protocol/tiles.py`, as wide as it is by now: a narrower one is its beginning. Level -1 has the entries."""

    __tablename__ = "log_tiles"
    origin: str = Field(primary_key=True, max_length=64, foreign_key="logs.origin")
    level: int = Field(primary_key=True)
    number: int = big(primary_key=True)
    content: bytes


class LogCheckpoint(SQLModel, table=True):
    """A checkpoint as it was signed, kept before it went anywhere; `raw` gains the cosignatures that come in.

    `witnessed`: when the quorum had cosigned it, POSIX seconds.
    """

    __tablename__ = "log_checkpoints"
    origin: str = Field(primary_key=True, max_length=64, foreign_key="logs.origin")
    size: int = big(primary_key=True)
    at: int = big()
    raw: bytes
    witnessed: int | None = big(default=None, index=True)


class LogCount(SQLModel, table=True):
    """How many entries with two sides a log has about one peer: the last one's `seq`."""

    __tablename__ = "log_counts"
    origin: str = Field(primary_key=True, max_length=64, foreign_key="logs.origin")
    peer: str = Field(primary_key=True, max_length=2)
    count: int = big(default=0)
