"""What this node refused, counted."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from node.flows.count_refusals import CountRefusals
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.guards import in_role
from node.inbound.national.oversight_models import RefusalsShown
from node.officers import Overseer


def routes(officers: KeepOfficers, counting: CountRefusals) -> APIRouter:
    """GET /v1/refusals."""
    router = APIRouter(prefix="/v1/refusals", tags=["refusals"])
    AnOverseer = Annotated[Overseer, Depends(in_role(officers, Overseer))]  # noqa: N806  a type

    @router.get("", summary="What was refused, by month, peer, purpose and cause")
    def get_refusals(officer: AnOverseer, months: Annotated[int, Query(ge=1, le=120)] = 12) -> list[RefusalsShown]:
        counted = counting.count(officer, months)
        return [RefusalsShown.model_validate({**asdict(each), "peer": each.peer and str(each.peer)}) for each in counted]

    return router
