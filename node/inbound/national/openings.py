"""Past questions opened by two liaison officers. The node hands out sealed parts, and never sees what was asked."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.keep_officers import KeepOfficers
from node.flows.open_question import OpenQuestion
from node.flows.opening_terms import HeardOpening, Material, Openable, Outcome, Proposal, ShownOpening
from node.inbound.national.guards import in_role
from node.inbound.national.opening_models import (
    AskedLineShown,
    EnteredShown,
    HeardOpeningShown,
    MaterialShown,
    OpenableShown,
    OpeningShown,
    OpeningsShown,
    OutcomeRequest,
    ProposalRequest,
    ProposedShown,
)
from node.officers import Liaison, Overseer
from protocol.sealed_openings import Boxes, HandedOn, read_handed
from protocol.wire import canonical


def routes(officers: KeepOfficers, opening: OpenQuestion) -> APIRouter:
    """GET and POST /v1/audit/openings; GET …/exchanges/{name}; POST …/{opening_id}/confirmation and …/outcome."""
    router = APIRouter(prefix="/v1/audit/openings", tags=["audit"])
    AnOverseer = Annotated[Overseer, Depends(in_role(officers, Overseer))]  # noqa: N806  a type
    ALiaison = Annotated[Liaison, Depends(in_role(officers, Liaison))]  # noqa: N806  a type

    @router.get("", summary="Openings of past questions, and those that peers told of, the newest first")
    def get_openings(officer: AnOverseer) -> OpeningsShown:
        shown = opening.show(officer)
        return OpeningsShown(ours=[_shown(each) for each in shown.ours], of_peers=[_heard(each) for each in shown.of_peers])

    @router.get(
        "/exchanges/{name}", summary="What a first holder needs to open a question; what is missing is on record as a breach"
    )
    def get_exchanges(officer: ALiaison, name: str) -> list[OpenableShown]:
        return [_openable(each) for each in opening.find(officer, name)]

    @router.post("", status_code=201, summary="Propose to open a question, and hand on a half; another officer confirms")
    def post_opening(officer: ALiaison, proposal: ProposalRequest) -> ProposedShown:
        handed = read_handed(proposal.handed.encode())
        wanted = Proposal(proposal.exchange, proposal.ground, proposal.order, proposal.telling, handed)
        return ProposedShown(id=opening.propose(officer, wanted))

    @router.post(
        "/{opening_id}/confirmation", summary="Confirm, as another officer: what opens the question; it is on record first"
    )
    def post_confirmation(officer: ALiaison, opening_id: str) -> MaterialShown:
        return _material(opening.confirm(officer, opening_id))

    @router.post("/{opening_id}/outcome", summary="Put on record what the opening showed")
    def post_outcome(officer: ALiaison, opening_id: str, outcome: OutcomeRequest) -> OpeningShown:
        breaches = tuple((each.breach, each.position) for each in outcome.breaches)
        return _shown(opening.check(officer, opening_id, Outcome(outcome.identifiers, outcome.dummies, breaches)))

    return router


def _shown(each: ShownOpening) -> OpeningShown:
    told = asdict(each)
    return OpeningShown.model_validate({"exchange": told.pop("x"), **told})


def _heard(each: HeardOpening) -> HeardOpeningShown:
    told = asdict(each)
    return HeardOpeningShown.model_validate({"exchange": told.pop("x"), **told})


def _openable(each: Openable) -> OpenableShown:
    boxes = canonical(Boxes(boxes=each.boxes)).decode() if each.boxes else None
    return OpenableShown(exchange=each.x, peer=each.peer, asked=each.asked, kept=each.kept, boxes=boxes)


def _material(material: Material) -> MaterialShown:
    entered, lines = material.entered, material.lines
    return MaterialShown(
        exchange=material.x,
        request=material.request.decode(),
        sealed=canonical(material.sealed).decode(),
        handed=canonical(HandedOn(boxes=material.handed)).decode(),
        entered=None
        if entered is None
        else EnteredShown(log=entered.log, position=entered.position, entry=entered.entry.decode(), salt=entered.salt.hex()),
        lines=None
        if lines is None
        else [
            AskedLineShown(line=each.line, written=each.written, inputs=[value.hex() for value in each.inputs]) for each in lines
        ],
    )
