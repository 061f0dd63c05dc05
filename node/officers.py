"""Officers and what they may do. A function that needs a role takes it as a parameter: `def decide(officer: Analyst, …)`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self


class Role(StrEnum):
    """The five roles. An administrator sees no case data; an auditor changes nothing."""

    INVESTIGATOR = "investigator"
    ANALYST = "analyst"
    LIAISON = "liaison"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class NotAuthenticated(Exception):
    """No token, or one that is unknown, expired or revoked."""

    code = "not_authenticated"


class RoleMissing(Exception):
    """The officer does not hold the role that the act needs."""

    code = "role_missing"

    def __init__(self, role: Role) -> None:
        self.role = role
        super().__init__(f"the role {role} is needed")


@dataclass(frozen=True)
class SignedIn:
    """An officer behind a valid token, with the roles that the token's scopes leave."""

    id: str
    username: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Guard(SignedIn):
    """An officer who was seen to hold `role`. Made by `of` and nowhere else."""

    role: ClassVar[Role]

    @classmethod
    def of(cls, officer: SignedIn) -> Self:
        """`officer` in this role, or `RoleMissing`."""
        if cls.role not in officer.roles:
            raise RoleMissing(cls.role)
        return cls(officer.id, officer.username, officer.roles)


class Investigator(Guard):
    """Asks, and reads hits."""

    role = Role.INVESTIGATOR


class Analyst(Guard):
    """Imports case data; proposes, approves and withdraws publications."""

    role = Role.ANALYST


class Liaison(Guard):
    """Sees every exchange; decides releases."""

    role = Role.LIAISON


class Administrator(Guard):
    """Runs the node; sees no case data."""

    role = Role.ADMINISTRATOR


class Auditor(Guard):
    """Reads logs and proofs."""

    role = Role.AUDITOR
