"""The protected register: who must never leave, as marks k·H(x) under a key that no table holds.

Trusted for what it stops: whoever can delete rows here lets a victim's identifier be listed or asked about. Reading them without
the key gives counts, times, the officers who entered somebody and codes of kinds; neither whom nor what.
"""

from sqlmodel import Field, Index, SQLModel

from node.store.columns import big


class ProtectedEntry(SQLModel, table=True):
    """One person of the register, under a random number."""

    __tablename__ = "protected_entries"
    id: str = Field(primary_key=True, max_length=32)
    source: str = Field(max_length=16)  # import, officer, bulk, feed
    reference: str = Field(max_length=64, unique=True)  # keyed digest of the national reference, or else of what was entered
    officer_id: str | None = Field(default=None, max_length=32)
    created: int = big()


class ProtectedMark(SQLModel, table=True):
    """k·H(x) of an identifier that an entry bears: says "protected" to who holds k, and nothing else."""

    __tablename__ = "protected_marks"
    mark: str = Field(primary_key=True, max_length=64)
    entry: str = Field(primary_key=True, max_length=32, index=True)
    generation: int = 1  # of the key


class ProtectedName(SQLModel, table=True):
    """k·H(x) of a name key of somebody under protection. One says little alone: the marks of one person are weighed together."""

    __tablename__ = "protected_names"
    mark: str = Field(primary_key=True, max_length=64)
    person: str = Field(primary_key=True, max_length=32)  # random: which marks are one writing of a name
    entry: str = Field(max_length=32, index=True)
    generation: int = 1
    entered: int = big(default=0)  # when this writing was entered


class ProtectedForm(SQLModel, table=True):
    """That an entry has marks of this kind, made under this version of its rule."""

    __tablename__ = "protected_forms"
    __table_args__ = (Index("ix_protected_forms_version", "kind", "version"),)
    entry: str = Field(primary_key=True, max_length=32)
    kind: str = Field(primary_key=True, max_length=32)
    version: str = Field(primary_key=True, max_length=64)


class ProtectedVersion(SQLModel, table=True):
    """A version of a kind's rule under which the register was ever fed: looked up under it for good."""

    __tablename__ = "protected_versions"
    kind: str = Field(primary_key=True, max_length=32)
    version: str = Field(primary_key=True, max_length=64)


class ProtectedGeneration(SQLModel, table=True):
    """A key of the register. `check` is its mark of a fixed text: it tells whether the key at hand is the one of the marks."""

    __tablename__ = "protected_generations"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    check: str = Field(max_length=64)


class ProtectedRun(SQLModel, table=True):
    """One feeding of the register by a file: how far it came. A second one with the same file goes on there."""

    __tablename__ = "protected_runs"
    id: str = Field(primary_key=True, max_length=32)
    officer_id: str = Field(max_length=32)
    file_digest: str = Field(max_length=64, index=True)  # keyed: of the file's bytes
    state: str = Field(max_length=16)  # running, stopped, done, given_up
    created: int = big()
    rows_total: int = 0
    rows_read: int = 0
    rows_taken: int = 0
    reason: str = Field(default="", max_length=40)  # why it stopped


class ProtectedProblem(SQLModel, table=True):
    """A row or cell of such a file that was not taken: where and why, never what stood there."""

    __tablename__ = "protected_problems"
    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="protected_runs.id", index=True)
    line: int
    column: str = Field(max_length=32)  # our name of it
    reason: str = Field(max_length=80)


class ProtectedRemoval(SQLModel, table=True):
    """That one liaison wants an entry to be taken out; a second one has to want it, too."""

    __tablename__ = "protected_removals"
    entry: str = Field(primary_key=True, max_length=32)
    proposed_by: str = Field(max_length=32)
    proposed: int = big()


class ProtectedFeed(SQLModel, table=True):
    """A feed of the national system that was taken: none is taken twice, and none is left out."""

    __tablename__ = "protected_feeds"
    sequence: int = big(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(max_length=64)  # keyed: of the feed's bytes; "" of one that was taken before it was kept
    taken: int
    received: int = big()


class ProtectedFeedProblem(SQLModel, table=True):
    """An entry of the newest feed, or a part of one, that was not taken: which and why, never what stood there."""

    __tablename__ = "protected_feed_problems"
    id: int | None = Field(default=None, primary_key=True)
    line: int  # the entry's number in the feed, from 1
    column: str = Field(max_length=32)  # our name of it
    reason: str = Field(max_length=80)
