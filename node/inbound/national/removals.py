"""Removals: what left the lists since somebody was registered as protected, and which peers have taken it."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.follow_removals import FollowRemovals
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.guards import in_role
from node.inbound.national.removal_models import TakenBackShown
from node.officers import ProtectionLiaison


def routes(officers: KeepOfficers, follow: FollowRemovals) -> APIRouter:
    """GET /v1/protected/departures."""
    router = APIRouter(prefix="/v1/protected", tags=["protected"])
    ALiaison = Annotated[ProtectionLiaison, Depends(in_role(officers, ProtectionLiaison))]  # noqa: N806  a type

    @router.get("/departures", summary="Which peers have taken the removal of somebody under protection")
    def get_removals(officer: ALiaison, closed: bool = False) -> list[TakenBackShown]:
        shown = follow.show(officer, closed=closed)
        return [TakenBackShown.model_validate({**asdict(each), "peers": [asdict(peer) for peer in each.peers]}) for each in shown]

    return router
