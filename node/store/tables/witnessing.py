"""What this node has cosigned of its peers' logs, the forks that it found, and how far its own witnesses have come.

Whoever puts an older row of `witnessed_logs` back lets a log fork towards this witness. The quorum is for that: it bears as many
witnesses that do so as the directory's policy says.
"""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class WitnessedLog(SQLModel, table=True):
    """The largest tree of a peer's log that this node has cosigned. `raw`: the checkpoint, with our cosignature."""

    __tablename__ = "witnessed_logs"
    origin: str = Field(primary_key=True, max_length=64)
    authority: str = Field(max_length=2, index=True)
    size: int = big()
    root: bytes
    raw: bytes
    at: int = big()


class LogFork(SQLModel, table=True):
    """A peer's log shows two histories: what this node had cosigned, and what was signed after that. Both notes, as they came.

    `settled`: when the directory named another log of that state. Until then this node exchanges nothing with it.
    """

    __tablename__ = "log_forks"
    id: int | None = Field(default=None, primary_key=True)
    origin: str = Field(max_length=64, index=True)
    authority: str = Field(max_length=2, index=True)
    cause: str = Field(max_length=16)
    first: bytes
    second: bytes
    noticed: int = big()
    settled: int | None = big(default=None)


class LogWitness(SQLModel, table=True):
    """One witness of a log of ours: up to where it has seen it, when it cosigned last, and what went wrong since.

    `against`: a checkpoint under our own key that it showed and that our log does not lead to.
    """

    __tablename__ = "log_witnesses"
    origin: str = Field(primary_key=True, max_length=64)
    authority: str = Field(primary_key=True, max_length=2)
    size: int = big(default=0)
    cosigned: int | None = big(default=None)
    error: str | None = Field(default=None, max_length=64)
    failures: int = 0
    next_try: int = big(default=0)
    against: bytes | None = None
