"""Officers and what they may do. A function that needs a role takes it as a parameter: `def decide(officer: Analyst, …)`."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self


class Role(StrEnum):
    """The six roles. An administrator sees no case data; an auditor changes nothing; only protection sees why a line is held."""

    INVESTIGATOR = "investigator"
    ANALYST = "analyst"
    LIAISON = "liaison"
    PROTECTION = "protection"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class NotAuthenticated(Exception):
    """No token, or one that is unknown, expired or revoked."""

    code = "not_authenticated"


class RoleMissing(Exception):
    """The officer does not hold a role that the act needs: `role`, or another one of `roles`."""

    code = "role_missing"

    def __init__(self, role: Role, others: Iterable[Role] = ()) -> None:
        self.role = role
        self.roles = (role, *sorted({*others} - {role}, key=list(Role).index))
        super().__init__(f"the role {' or '.join(self.roles)} is needed")


@dataclass(frozen=True)
class SignedIn:
    """An officer behind a valid token, with the roles that the token's scopes leave."""

    id: str
    username: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Guard(SignedIn):
    """An officer who holds `role`, or one that does as well: nobody else can be made into one."""

    role: ClassVar[Role]
    or_role: ClassVar[frozenset[Role]] = frozenset()

    def __post_init__(self) -> None:
        if self.roles.isdisjoint({self.role, *self.or_role}):
            raise RoleMissing(self.role, self.or_role)

    @classmethod
    def of(cls, officer: SignedIn) -> Self:
        """`officer` in this role, or `RoleMissing`."""
        return cls(officer.id, officer.username, officer.roles)


@dataclass(frozen=True)
class CaseReader(SignedIn):
    """An officer who may read records: anybody who is more than an administrator, for administrators see no case data."""

    @classmethod
    def of(cls, officer: SignedIn) -> Self:
        """`officer` as a reader, or `RoleMissing`."""
        if not officer.roles - {Role.ADMINISTRATOR}:
            raise RoleMissing(Role.INVESTIGATOR, set(Role) - {Role.ADMINISTRATOR})
        return cls(officer.id, officer.username, officer.roles)


@dataclass(frozen=True)
class CaseWorker(SignedIn):
    """An officer who handles identifiers of cases: who asks about them, and who prepares them for publication."""

    @classmethod
    def of(cls, officer: SignedIn) -> Self:
        """`officer` in either role, or `RoleMissing`."""
        if not officer.roles & {Role.INVESTIGATOR, Role.ANALYST}:
            raise RoleMissing(Role.INVESTIGATOR, [Role.ANALYST])
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


class ProtectionLiaison(Guard):
    """Keeps the register of protected people; sees why something is held, and decides."""

    role = Role.PROTECTION


class Administrator(Guard):
    """Runs the node; sees no case data."""

    role = Role.ADMINISTRATOR


class Auditor(Guard):
    """Reads logs and proofs."""

    role = Role.AUDITOR


class AlertWatcher(Guard):
    """Looks at alerts: at those of its roles, and an administrator only at their number."""

    role = Role.LIAISON
    or_role = frozenset({Role.PROTECTION, Role.ADMINISTRATOR})


class Overseer(Guard):
    """Reads what was exchanged and what was refused, without what it was about."""

    role = Role.LIAISON
    or_role = frozenset({Role.AUDITOR})
