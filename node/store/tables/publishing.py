"""Publications on their way out, and the records that this node holds of itself and its peers.

Records are signed: corrupting them shows. Corrupting a publication's state could at most re-send what two officers approved.
"""

from sqlmodel import Field, SQLModel, UniqueConstraint

from node.store.columns import big


class Publication(SQLModel, table=True):
    """A network's records on their way: proposed by one officer, decided by another."""

    __tablename__ = "publications"
    id: str = Field(primary_key=True, max_length=32)
    network: str = Field(foreign_key="case_networks.digest", index=True)
    audience: str = Field(max_length=160)  # "all", or authorities sorted and separated by one space
    list_id: str = Field(foreign_key="index_lists.id")
    state: str = Field(max_length=16)  # proposed, published, refused, replaced, withdrawn
    proposed_by: str = Field(foreign_key="officers.id")
    decided_by: str | None = Field(default=None, foreign_key="officers.id")
    told: str = '{"listed": {}, "withheld": {}}'  # JSON: what officers are told of it, as it was proposed
    listed: str  # JSON: keyed digests of what was proposed, of a name key with its bearer's; approval lists nothing else
    left_out: str = "[]"  # JSON: fields that say less than the case data, with the reason and until when
    waiting: int = 0  # entries that the next beat brings or takes back, as it was proposed; whatever became of them since
    created: int = big()
    decided: int | None = big(default=None)


class PublicationDraft(SQLModel, table=True):
    """Exactly the bytes of one record that would leave, as previewed and approved."""

    __tablename__ = "publication_drafts"
    __table_args__ = (UniqueConstraint("publication_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    publication_id: str = Field(foreign_key="publications.id", index=True)
    position: int
    source: str = Field(max_length=80)  # network, modus_operandi, or route: and its digest; the same in every version
    record_id: str = Field(max_length=32, index=True)
    payload: bytes


class HeldRecord(SQLModel, table=True):
    """A signed record, own or a peer's, by its digest."""

    __tablename__ = "records"
    __table_args__ = (UniqueConstraint("authority", "record_id", "version"),)
    digest: str = Field(primary_key=True, max_length=64)
    authority: str = Field(max_length=2, index=True)
    record_id: str = Field(max_length=32, index=True)
    version: int
    kind: str = Field(max_length=32)
    raw: bytes
    current: bool
    publication_id: str | None = Field(default=None, foreign_key="publications.id")
    received: int = big()


class Quarantined(SQLModel, table=True):
    """A peer's record that was refused, with the reason that its publisher was told."""

    __tablename__ = "quarantined"
    digest: str = Field(primary_key=True, max_length=64)
    peer: str = Field(max_length=2, index=True)
    reason: str = Field(max_length=64)
    x: str = Field(max_length=32)
    received: int = big()
