"""What this node owes its peers: a record to hand over, a question to ask. One row each, leased by one worker at a time.

Corrupting it could at most send again what two officers approved, or ask again what an officer asked, or hide that either waits.
"""

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from node.store.columns import big


class Job(SQLModel, table=True):
    """A subject at a version, for one peer. The story finds the rest by them: the record of that id, the question of that id.

    `lease_holder` is a random name of one taking, so that two takings are never mixed up, not even within one process.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("peer", "subject", "version"),
        Index("ix_jobs_lane_peer_state_next_try", "lane", "peer", "state", "next_try"),
        Index("ix_jobs_peer_state_next_try", "peer", "state", "next_try"),
    )
    id: int | None = Field(default=None, primary_key=True)
    lane: str = Field(max_length=16)  # urgent, question, record
    peer: str = Field(max_length=2)
    subject: str = Field(max_length=32)  # record id or question id: order is kept within one subject only
    version: int
    state: str = Field(max_length=16)  # waiting, leased, done, quarantined
    created: int = big()
    attempts: int = 0
    failures: int = 0  # attempts that went wrong for another reason than that the peer could not be reached
    tried: int | None = big(default=None)  # when it failed last
    next_try: int = big()
    away: bool = False  # waits because the peer could not be reached: due as soon as the peer is heard
    reason: str | None = Field(default=None, max_length=64)
    lease_holder: str | None = Field(default=None, max_length=32)
    lease_until: int | None = big(default=None)
    x: str | None = Field(default=None, max_length=32)  # the exchange in which the peer signed for it
    ended: int | None = big(default=None)
