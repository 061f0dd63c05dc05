"""What is to be erased, or was, and what a law or a court keeps from it. Exchanges say themselves since when they are erased.

Whoever writes in the database can undo none of it: a key that was destroyed does not come back. Deleting a legal hold lets the
policy's term run again.
"""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class Erasure(SQLModel, table=True):
    """One exchange that an officer or its peer wants erased; or one question of ours, whose `peer` and `direction` are empty.

    `subject` is what was named: the exchange, or the question with all of its exchanges. Nothing happens before a second person
    decides. What is erased here for an officer of ours is asked of the peer, too, and what the peer says of it stands in
    `outcome`.
    """

    __tablename__ = "erasures"
    x: str = Field(primary_key=True, max_length=32)
    peer: str = Field(primary_key=True, max_length=2)
    direction: str = Field(primary_key=True, max_length=3)  # out, in
    subject: str = Field(max_length=32, index=True)
    since: int = big()
    proposed_by: str | None = Field(default=None, foreign_key="officers.id")  # None where only the peer asks
    peer_asked: int | None = big(default=None)
    decision: str | None = Field(default=None, max_length=8)  # erase, keep
    decided_by: str | None = Field(default=None, foreign_key="officers.id")
    decided: int | None = big(default=None)
    outcome: str | None = Field(default=None, max_length=8)  # pending, kept, unknown, erased
    outcome_at: int | None = big(default=None)
    next_try: int | None = big(default=None)  # when the peer is asked next; None if it is not to be
    alerted: bool = False


class LegalHold(SQLModel, table=True):
    """That an exchange, or a question with all of its exchanges, is not erased; without a `subject`, that nothing is."""

    __tablename__ = "legal_holds"
    id: str = Field(primary_key=True, max_length=32)
    subject: str | None = Field(default=None, max_length=32)
    reference_sealed: bytes  # of the order: text of a court or an authority
    placed_by: str = Field(foreign_key="officers.id")
    placed: int = big()
    lifted_by: str | None = Field(default=None, foreign_key="officers.id")
    lifted: int | None = big(default=None)
