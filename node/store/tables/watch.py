"""What a node notes of itself and of its peers for `celosia doctor`: no story reads it. Corrupting it buys a false finding."""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class BeatRun(SQLModel, table=True):
    """The last run of a beat: a node that answers while one of its beats has died shows here."""

    __tablename__ = "beat_runs"
    beat: str = Field(primary_key=True, max_length=32)
    seconds: float  # how often it is to run
    ended: int = big()
    succeeded: int | None = big(default=None)
    error: str | None = Field(default=None, max_length=64)


class MachineSample(SQLModel, table=True):
    """What the node's folder and process took of the machine at one time."""

    __tablename__ = "machine_samples"
    at: int = big(primary_key=True)
    folder_bytes: int = big()
    open_files: int
    open_files_limit: int = big()


class HeardPeer(SQLModel, table=True):
    """What a peer's last signed envelope said of its clock and of the directory that it has adopted."""

    __tablename__ = "heard_peers"
    authority: str = Field(primary_key=True, max_length=2)
    heard: int = big()
    clock_difference: int = big()  # seconds that the peer's clock was ahead of ours
    directory_version: int | None = big(default=None)
