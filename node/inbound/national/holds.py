"""What is held for review: for the protection liaison, and for nobody else."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.decide_holds import DecideHolds, ShownHold
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.guards import in_role
from node.inbound.national.oversight_models import HoldDecisionRequest, HoldShown, UnlockRequest, UnlockShown
from node.officers import ProtectionLiaison


def routes(officers: KeepOfficers, story: DecideHolds) -> APIRouter:
    """GET /v1/holds and …/{id}, POST /v1/holds/{id}/decisions, POST /v1/holds/unlockings."""
    router = APIRouter(prefix="/v1/holds", tags=["holds"])
    ALiaison = Annotated[ProtectionLiaison, Depends(in_role(officers, ProtectionLiaison))]  # noqa: N806  a type

    @router.get("", summary="Lines that are held, with the cause; reading them is on record")
    def get_holds(officer: ALiaison, decided: bool = False) -> list[HoldShown]:
        return [_model(hold) for hold in story.all(officer, decided=decided)]

    @router.post("/unlockings", summary="Let an officer ask again who was locked after many holds")
    def post_unlocking(officer: ALiaison, body: UnlockRequest) -> UnlockShown:
        story.unlock(officer, body.username)
        return UnlockShown(username=body.username)

    @router.get("/{hold_id}", summary="One line that is held; reading it is on record")
    def get_hold(officer: ALiaison, hold_id: str) -> HoldShown:
        return _model(story.show(officer, hold_id))

    @router.post("/{hold_id}/decisions", summary="Release a line, so that it is asked, or keep it held")
    def post_decision(officer: ALiaison, hold_id: str, body: HoldDecisionRequest) -> HoldShown:
        return _model(story.decide(officer, hold_id, body.decision, body.note))

    return router


def _model(hold: ShownHold) -> HoldShown:
    return HoldShown.model_validate({**asdict(hold), "cause": hold.cause.value})
