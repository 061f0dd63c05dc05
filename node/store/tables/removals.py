"""What left our lists because somebody was registered as protected, and which peers have not taken it yet.

Corrupting it would hide from the protection liaison that a peer goes on using an entry; it brings nothing back into a list.
"""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class Removal(SQLModel, table=True):
    """Entries of one list and epoch that one registration takes out of the index."""

    __tablename__ = "removals"
    id: int | None = Field(default=None, primary_key=True)
    entry: str | None = Field(default=None, max_length=32)  # of the register; none where several people were entered at once
    source: str = Field(max_length=16)  # as in the register
    registered: int = big()
    list_id: str = Field(foreign_key="index_lists.id")
    epoch: int
    entries: int
    position: int | None = big(default=None)  # of the first manifest without them; none before the next beat
    left: int | None = big(default=None)
    alerted: str = ""  # the peers about whom an alert was raised, parted by blanks
