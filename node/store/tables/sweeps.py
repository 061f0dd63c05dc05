"""Which numbers officers asked about lately, by keyed digests. Corrupting it hides a sweep, or stops who makes none."""

from sqlmodel import Field, Index, SQLModel

from node.store.columns import big


class AskedNumber(SQLModel, table=True):
    """One number in one reading, once for each officer who asked about it, with the block of numbers that it lies in."""

    __tablename__ = "asked_numbers"
    __table_args__ = (Index("ix_asked_numbers_officer_id_block", "officer_id", "block"),)
    officer_id: str = Field(primary_key=True, max_length=32)
    number: str = Field(primary_key=True, max_length=64)
    block: str = Field(max_length=64)
    day: int = big(index=True)  # days since 1970-01-01 UTC
