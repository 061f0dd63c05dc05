"""Past questions that two officers open: what was proposed, by whom, under whose order, and what came of it; and peers' openings.

Corrupting it can hide that a question was opened, which the audit log shows; it opens nothing: what is handed on is sealed.
"""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class QuestionOpening(SQLModel, table=True):
    """One opening of the question of exchange `x`. `telling`: whether its peer is to be told, or why not, as a code."""

    __tablename__ = "question_openings"
    id: str = Field(primary_key=True, max_length=32)
    x: str = Field(max_length=32, index=True)
    peer: str = Field(max_length=2)
    ground: str = Field(max_length=16)
    telling: str = Field(max_length=16)
    order_sealed: bytes  # the order's reference
    handed_sealed: bytes  # JSON: what the first holder handed on; empty once it was checked
    proposed_by: str = Field(foreign_key="officers.id")
    proposed: int = big()
    confirmed_by: str | None = Field(default=None, foreign_key="officers.id")
    confirmed: int | None = big(default=None)
    checked: int | None = big(default=None)
    breaches: int | None = None
    next_telling: int | None = big(default=None)  # when its peer is told next; None if it is not to be
    peer_said: str | None = Field(default=None, max_length=8)  # noted, unknown
    peer_said_at: int | None = big(default=None)


class PeerOpening(SQLModel, table=True):
    """What a peer told of a question that it had asked us: that it opened it, when, and whether it was as committed."""

    __tablename__ = "peer_openings"
    x: str = Field(primary_key=True, max_length=32)
    peer: str = Field(primary_key=True, max_length=2)
    opened: int = big()
    found: str = Field(max_length=16)  # as_committed, breach
    heard: int = big()
