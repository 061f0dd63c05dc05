"""This node's own lists. Corrupting them could hide an entry from askers or keep one too long; it cannot forge a peer's."""

from sqlmodel import Field, SQLModel, UniqueConstraint

from node.store.columns import big
from protocol.index.entry import KEY_TYPE_IDENTIFIER


class IndexList(SQLModel, table=True):
    """A list: an audience and an entropy class, under an opaque id."""

    __tablename__ = "index_lists"
    __table_args__ = (UniqueConstraint("audience", "entropy"),)
    id: str = Field(primary_key=True, max_length=32)
    audience: str = Field(max_length=160)  # as in publications
    entropy: str = Field(max_length=16)
    last_addition: int = big(default=0)
    last_removal: int = big(default=0)


class ListEpoch(SQLModel, table=True):
    """An epoch of a list. The seed is a file of the key folder, never here."""

    __tablename__ = "list_epochs"
    list_id: str = Field(primary_key=True, foreign_key="index_lists.id")
    epoch: int = Field(primary_key=True)
    not_before: int = big()
    not_after: int = big()
    filled: bool = True  # whether every entry of the epoch before is one of this epoch, too
    filled_to: int = big(default=0)  # the last item of the epoch before that was looked at
    prepared: str = "[]"  # JSON: segments made before the first manifest
    destroyed: bool = False  # the seed is destroyed, and that is on record
    ended: bool = False  # its entries are gone, too


class IndexItem(SQLModel, table=True):
    """One entry of one epoch: an identifier of a record, or a name key, found again by its tag."""

    __tablename__ = "index_items"
    id: int | None = Field(default=None, primary_key=True)
    list_id: str = Field(foreign_key="index_lists.id", index=True)
    epoch: int
    identifier: str = Field(max_length=64, index=True)  # keyed digest of the OPRF input
    kind: str = Field(max_length=32)
    version: str = Field(max_length=64)  # of the kind's rule, under which the OPRF input was made
    subject: str = Field(max_length=64)  # keyed digest: entries of one subject share a handle
    record_id: str = Field(max_length=32, index=True)
    j: int
    key_type: int = 1  # what the label says that it stands under
    handle: bytes
    tag: str | None = Field(default=None, max_length=32, index=True)  # known once the entry stands in a segment
    input_sealed: bytes
    state: str = Field(max_length=16, index=True)  # waiting, listed, leaving; removed entries have no row

    @property
    def bearer(self) -> str | None:
        """Whose it is, of a name key: several people's may be equal, while an identifier is listed once in a record."""
        return None if self.key_type == KEY_TYPE_IDENTIFIER else self.subject
