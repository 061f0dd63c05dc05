"""Erasures and legal holds: proposed, decided and placed by liaison officers, shown to auditors, too."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.erase_exchanges import EraseExchanges, ShownErasure
from node.flows.hold_by_law import HoldByLaw
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.erasure_models import (
    ErasureDecision,
    ErasureProposal,
    ErasureShown,
    LegalHoldRequest,
    LegalHoldShown,
)
from node.inbound.national.guards import in_role
from node.officers import Liaison, Overseer


def routes(officers: KeepOfficers, erase: EraseExchanges, holds: HoldByLaw) -> APIRouter:
    """GET and POST /v1/audit/erasures and /v1/audit/legal-holds, POST …/{subject}/decisions, POST …/{hold}/lifting."""
    router = APIRouter(prefix="/v1/audit", tags=["audit"])
    ALiaison = Annotated[Liaison, Depends(in_role(officers, Liaison))]  # noqa: N806  a type
    AnOverseer = Annotated[Overseer, Depends(in_role(officers, Overseer))]  # noqa: N806  a type

    @router.get("/erasures", summary="What is to be erased and what was, with what peers say of it")
    def get_erasures(officer: AnOverseer) -> list[ErasureShown]:
        return [_erasure(each) for each in erase.all(officer)]

    @router.post("/erasures", summary="Propose to erase what an exchange, or a question with its exchanges, was about")
    def post_erasure(officer: ALiaison, body: ErasureProposal) -> list[ErasureShown]:
        return [_erasure(each) for each in erase.propose(officer, body.subject)]

    @router.post("/erasures/{subject}/decisions", summary="Erase what somebody else has proposed, for good, or keep it")
    def post_decision(officer: ALiaison, subject: str, body: ErasureDecision) -> list[ErasureShown]:
        return [_erasure(each) for each in erase.decide(officer, subject, body.decision)]

    @router.get("/legal-holds", summary="What a court or an authority forbids to erase")
    def get_holds(officer: AnOverseer) -> list[LegalHoldShown]:
        return [LegalHoldShown.model_validate(asdict(each)) for each in holds.all(officer)]

    @router.post("/legal-holds", summary="Suspend erasure of an exchange, of a question, or of everything")
    def post_hold(officer: ALiaison, body: LegalHoldRequest) -> LegalHoldShown:
        return LegalHoldShown.model_validate(asdict(holds.place(officer, body.subject, body.reference)))

    @router.post("/legal-holds/{hold}/lifting", summary="Lift a legal hold that somebody else has placed")
    def post_lifting(officer: ALiaison, hold: str) -> LegalHoldShown:
        return LegalHoldShown.model_validate(asdict(holds.lift(officer, hold)))

    return router


def _erasure(erasure: ShownErasure) -> ErasureShown:
    return ErasureShown.model_validate(asdict(erasure))
