"""Named local accounts. Corrupting them would let an attacker act as an officer; it would not sign anything."""

from sqlmodel import Field, SQLModel

from node.store.columns import big


class Officer(SQLModel, table=True):
    """A person. Two accounts with one staff number cannot exist: four eyes are two people."""

    __tablename__ = "officers"
    id: str = Field(primary_key=True, max_length=32)
    username: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=160)
    staff_number_digest: str = Field(unique=True, max_length=64)
    roles: str = Field(max_length=160)  # role names, sorted, separated by one space
    active: bool
    created: int = big()


class OfficerToken(SQLModel, table=True):
    """An access token by its digest; the token itself is shown once and kept nowhere."""

    __tablename__ = "officer_tokens"
    digest: str = Field(primary_key=True, max_length=64)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    scopes: str = Field(max_length=160)  # role names, a subset of the officer's
    created: int = big()
    expires: int = big()
    revoked: bool = False
