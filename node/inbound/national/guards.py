"""Who asks: the officer behind the token, in the role that the route names as a parameter."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from node.flows.keep_officers import KeepOfficers
from node.officers import CaseReader, CaseWorker, Guard, NotAuthenticated, SignedIn

GuardT = TypeVar("GuardT", bound=Guard)

_bearer = HTTPBearer(auto_error=False, description="An officer's token, from `celosia officer token`.")


def signed_in(officers: KeepOfficers) -> Callable[..., SignedIn]:
    """The dependency of a route that any officer may use."""

    def dependency(token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> SignedIn:
        if token is None:
            raise NotAuthenticated
        return officers.sign_in(token.credentials)

    return dependency


def reading(officers: KeepOfficers) -> Callable[..., CaseReader]:
    """The dependency of a route that shows records."""
    who = signed_in(officers)

    def dependency(officer: Annotated[SignedIn, Depends(who)]) -> CaseReader:
        return CaseReader.of(officer)

    return dependency


def working_on_cases(officers: KeepOfficers) -> Callable[..., CaseWorker]:
    """The dependency of a route that reads what an officer pastes."""
    who = signed_in(officers)

    def dependency(officer: Annotated[SignedIn, Depends(who)]) -> CaseWorker:
        return CaseWorker.of(officer)

    return dependency


def in_role(officers: KeepOfficers, guard: type[GuardT]) -> Callable[..., GuardT]:
    """The dependency of a route that needs a role."""
    who = signed_in(officers)

    def dependency(officer: Annotated[SignedIn, Depends(who)]) -> GuardT:
        return guard.of(officer)

    return dependency
