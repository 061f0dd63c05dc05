"""Lines that are held for review, what lets one pass, and officers who are locked.

Why something is held lies sealed, in ciphertexts of one length: who reads these tables sees that a line was held, when, and when
it was released, as its officer does. Deleting a hold lets nothing through: what leaves is checked anew. Deleting a lock unlocks.
"""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class Hold(SQLModel, table=True):
    """A line of a question, or an identifier or a person of a network that was to be published."""

    __tablename__ = "holds"
    id: str = Field(primary_key=True, max_length=32)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    question_id: str | None = Field(default=None, foreign_key="questions.id", index=True)
    line: int | None = None
    network: str | None = Field(default=None, max_length=64, index=True)  # keyed digest, of what was to be published
    bearer: str | None = Field(default=None, max_length=64)  # there: the identifier's keyed digest, or the person's
    mark: str = Field(max_length=64)  # keyed digest of what is held: the same in every question
    created: int = big()
    released: int | None = big(default=None)
    facts_sealed: bytes  # JSON, padded: the cause and what liaisons decided


class HoldPass(SQLModel, table=True):
    """What was released: no review holds it until then, and nobody alike whom the register knew as the liaison saw it held."""

    __tablename__ = "hold_passes"
    mark: str = Field(primary_key=True, max_length=64)
    until: int = big()
    looked_at: int = big(default=0)  # when the hold was made that was released


class LineLook(SQLModel, table=True):
    """That an officer saw in the last 24 hours whether a thing is held: in a question, or in what a network would list."""

    __tablename__ = "line_looks"
    officer_id: str = Field(primary_key=True, max_length=32, foreign_key="officers.id")
    mark: str = Field(primary_key=True, max_length=64)  # as of a hold
    at: int = big(index=True)  # the last time
    person: bool


class OfficerLock(SQLModel, table=True):
    """An officer whose questions ran into many holds. `unlocked`: since when the count begins anew."""

    __tablename__ = "officer_locks"
    officer_id: str = Field(primary_key=True, max_length=32, foreign_key="officers.id")
    locked: int = big()
    unlocked: int | None = big(default=None)
