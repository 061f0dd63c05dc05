"""Alerts: what somebody has to look at. Corrupting them hides that something was noticed; it lets nothing through."""

from sqlmodel import Field, Index, SQLModel

from node.store.columns import big


class Alert(SQLModel, table=True):
    """Something that was noticed, about an officer or a peer: one row from its first time until somebody settles it."""

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_settled_kind", "settled", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=32)
    officer_id: str | None = Field(default=None, max_length=32)  # whom it is about
    peer: str | None = Field(default=None, max_length=2)
    first: int = big()
    last: int = big()
    count: int = 1
    settled: int | None = big(default=None)
    settled_by: str | None = Field(default=None, max_length=32)
