"""National case data, as imported. Nothing here leaves; what may leave is derived from it by `node/safeguards/`.

Corrupting these tables would let an attacker decide what is proposed for publication, and two officers would still have to
agree. Reading them without the storage key gives codes and keyed digests; references, names and identifiers are sealed.
"""

from sqlmodel import Field, SQLModel, UniqueConstraint

from node.store.columns import big


class CaseImport(SQLModel, table=True):
    """One run of an import; `file_digest`, keyed, covers mapping and files."""

    __tablename__ = "case_imports"
    id: str = Field(primary_key=True, max_length=32)
    officer_id: str = Field(foreign_key="officers.id")
    file_digest: str = Field(max_length=64)
    state: str = Field(max_length=16)  # running, done, failed
    created: int = big()
    rows_total: int = 0
    rows_read: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_protected: int = 0


class ImportProblem(SQLModel, table=True):
    """A row or cell that was not taken, or a value that is doubtful: where and why, never what stood there."""

    __tablename__ = "import_problems"
    id: int | None = Field(default=None, primary_key=True)
    import_id: str = Field(foreign_key="case_imports.id", index=True)
    file: str = Field(max_length=255)
    line: int
    column: str = Field(max_length=255)
    reason: str = Field(max_length=80)


class ChangedWhilePublished(SQLModel, table=True):
    """A row that changed the identifiers or name of a subject of a published network: it is to be published again."""

    __tablename__ = "changed_while_published"
    import_id: str = Field(primary_key=True, max_length=32, foreign_key="case_imports.id")
    file: str = Field(primary_key=True, max_length=255)
    line: int = Field(primary_key=True)


class CaseNetwork(SQLModel, table=True):
    """A network of the national export: its coded description."""

    __tablename__ = "case_networks"
    digest: str = Field(primary_key=True, max_length=64)  # keyed digest of the national reference
    reference_sealed: bytes
    description: str  # canonical JSON: codes, bands and months only
    changed: int = big()


class WaitingChange(SQLModel, table=True):
    """What records of a network go on saying of its victims until `due`, though the case data say something else by now.

    Corrupting it would tell a change too early, so that it could be laid beside the day on which somebody was found.
    """

    __tablename__ = "waiting_changes"
    network: str = Field(primary_key=True, max_length=64, foreign_key="case_networks.digest")
    aspect: str = Field(primary_key=True, max_length=16)  # count, detail, purposes, months
    told: str  # canonical JSON: codes, bands and months only
    due: int = big()


class CaseRouteNode(SQLModel, table=True):
    """One place of a network's route."""

    __tablename__ = "case_route_nodes"
    network: str = Field(primary_key=True, max_length=64, foreign_key="case_networks.digest")
    route: str = Field(primary_key=True, max_length=64)  # keyed digest of the route's national reference
    position: int = Field(primary_key=True)
    node: str  # canonical JSON of protocol.record.RouteNode


class CaseSubject(SQLModel, table=True):
    """A suspect, company or thing of a network. People of a protected category never come here: see `register.py`."""

    __tablename__ = "case_subjects"
    digest: str = Field(primary_key=True, max_length=64)  # keyed digest of network and subject reference
    network: str = Field(max_length=64, index=True)
    category: str = Field(max_length=32)
    role: str | None = Field(default=None, max_length=32)
    screening: str = Field(max_length=32)
    user_screening: str | None = Field(default=None, max_length=32)
    registrant_screening: str | None = Field(default=None, max_length=32)
    person_sealed: bytes  # canonical JSON: case and subject references, names, birth date
    content_digest: str = Field(max_length=64)  # keyed: says whether a second import changes anything
    changed: int = big()


class CaseIdentifier(SQLModel, table=True):
    """A normalised identifier of a subject, or one of a person's name keys (kind `name_dob`)."""

    __tablename__ = "case_identifiers"
    __table_args__ = (UniqueConstraint("subject", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(foreign_key="case_subjects.digest", index=True)
    digest: str = Field(max_length=64, index=True)  # keyed digest of the OPRF input
    kind: str = Field(max_length=32)
    key_type: int = 1  # as in labels: 1 is an identifier itself
    version: str = Field(max_length=64)  # of the kind's rule, under which the OPRF input was made
    input_sealed: bytes  # the OPRF input
