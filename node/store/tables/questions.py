"""Questions to peers and what came of them. What was asked is sealed under each question's own key."""

from sqlmodel import Field, SQLModel, UniqueConstraint

from node.store.columns import big


class Question(SQLModel, table=True):
    """One case file, asked of one or more peers under one legal basis."""

    __tablename__ = "questions"
    id: str = Field(primary_key=True, max_length=32)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    created: int = big()
    expires: int = big()
    purpose: str = Field(max_length=32)
    basis: str = Field(max_length=32)
    offence: str = Field(max_length=32)
    urgency: str = Field(max_length=32)
    case_sealed: bytes
    peers: str = Field(max_length=160)
    erased: int | None = big(default=None)  # since when its key is destroyed


class QuestionLine(SQLModel, table=True):
    """One line of the case file: what was written, sealed, and its OPRF inputs, sealed."""

    __tablename__ = "question_lines"
    question_id: str = Field(primary_key=True, foreign_key="questions.id")
    line: int = Field(primary_key=True)
    batch: int = 0  # in which it is asked: 0 with the others; a later one when it was released after a hold
    kind: str = Field(max_length=32)
    doubts: str = Field(max_length=255)
    written_sealed: bytes
    inputs_sealed: bytes  # JSON: [kind, normaliser version, OPRF input in hex] for each key of the line
    person_sealed: bytes | None = None  # JSON, of a line that asks after a person: the words of the name and the birth date


class QuestionToPeer(SQLModel, table=True):
    """The question to one peer: where it stands, for its officer. When it is tried next stands in its job."""

    __tablename__ = "question_peers"
    __table_args__ = (UniqueConstraint("question_id", "peer"),)
    id: int | None = Field(default=None, primary_key=True)
    question_id: str = Field(foreign_key="questions.id", index=True)
    peer: str = Field(max_length=2)
    state: str = Field(max_length=16, index=True)  # waiting, asked, received, answered, refused, failed, expired
    reason: str | None = Field(default=None, max_length=64)
    since: int = big()


class QuestionExchange(SQLModel, table=True):
    """One exchange over one list of a peer. `openings_sealed` opens it before a court, for two holders, until it is erased."""

    __tablename__ = "question_exchanges"
    x: str = Field(primary_key=True, max_length=32)
    question_peer_id: int = Field(foreign_key="question_peers.id", index=True)
    list_id: str = Field(max_length=32)
    batch: int = 0  # whose lines it asks
    manifest: str = Field(max_length=64)
    state: str = Field(max_length=16)  # asked, received, answered, refused, void
    lines: int
    list_size: int
    openings_sealed: bytes
    asked: int = big()


class QuestionSkip(SQLModel, table=True):
    """A line whose identifiers of one kind a list was not asked for: the peer makes its keys under another version."""

    __tablename__ = "question_skips"
    question_peer_id: int = Field(primary_key=True, foreign_key="question_peers.id")
    list_id: str = Field(primary_key=True, max_length=32)
    line: int = Field(primary_key=True)
    kind: str = Field(primary_key=True, max_length=32)


class Hit(SQLModel, table=True):
    """One line of a question and one entry of a peer, found by us: only this node knows it.

    An entry is what the peer lists of one subject in one record: all that bears one handle.
    """

    __tablename__ = "hits"
    __table_args__ = (UniqueConstraint("question_id", "peer", "list_id", "line", "record_id", "handle"),)
    id: int | None = Field(default=None, primary_key=True)
    question_id: str = Field(foreign_key="questions.id", index=True)
    peer: str = Field(max_length=2)
    list_id: str = Field(max_length=32)
    line: int
    record_id: str = Field(max_length=32)
    handle: bytes
    key_type: int
    verdict: str | None = Field(default=None, max_length=16)  # of a person: how sure it is that this is who was asked after
    agreements: str | None = Field(default=None, max_length=255)  # and why: codes, in the order to read
    odds: float | None = None  # and what the hits of one line are sorted by
    outputs_sealed: bytes | None = None  # JSON, in hex: OPRF outputs that open the entry, to see whether it still stands
    manifest: str = Field(max_length=64)
    found: int = big()
    standing: int = big()  # when the entry was last seen to stand in the peer's list as it was found
    gone: int | None = big(default=None)  # when this node learnt that it does not any more
