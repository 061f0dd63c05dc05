"""Handing in a revocation: a state's later entry, which counts here at once and goes to every member."""

from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.keep_officers import KeepOfficers
from node.flows.revoke_keys import RevokeKeys
from node.inbound.national.guards import in_role
from node.inbound.national.models import RevocationRequest, RevocationShown
from node.officers import Administrator


def routes(officers: KeepOfficers, story: RevokeKeys) -> APIRouter:
    """POST /v1/revocations."""
    router = APIRouter(prefix="/v1", tags=["federation"])
    AnAdministrator = Annotated[Administrator, Depends(in_role(officers, Administrator))]  # noqa: N806  a type

    @router.post("/revocations", summary="Revoke keys of a state, at once and at every member")
    def post_revocation(officer: AnAdministrator, body: RevocationRequest) -> RevocationShown:
        done = story.hand_in(officer, body.role, body.entry)
        return RevocationShown(authority=done.authority, version=done.version, outcome="taken" if done.taken else "known")

    return router
