"""A bundle of evidence about one exchange, for a liaison officer: the file that a court checks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response
from pydantic import Field

from node.flows.gather_evidence import GatherEvidence, Wanted
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.guards import in_role
from node.inbound.national.models import ApiModel
from node.officers import Liaison
from protocol.authority import Authority
from protocol.vocabulary import Language

MEDIA_TYPE = "application/vnd.etsi.asic-e+zip"
LEFT_OUT = "Celosia-Left-Out"
"""The header that says how many messages the peer's log does not prove: they are not in the file."""
_OCTETS = {"type": "string", "format": "binary"}
_COUNT = {"description": "messages that the other log does not prove, and that are not in it", "schema": {"type": "integer"}}


class EvidenceRequest(ApiModel):
    """Why a bundle is made: the court's reference, the order. `languages` of the pages for people. `peer`, if the id alone

    does not tell which exchange is meant.
    """

    reason: Annotated[str, Field(min_length=3, max_length=200)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=len(Language))] = tuple(Language)
    peer: Authority | None = None


def routes(officers: KeepOfficers, story: GatherEvidence) -> APIRouter:
    """POST /v1/exchanges/{name}/evidence."""
    router = APIRouter(prefix="/v1/exchanges", tags=["audit"])
    ALiaison = Annotated[Liaison, Depends(in_role(officers, Liaison))]  # noqa: N806  a type

    @router.post(
        "/{name}/evidence",
        summary="Gather a bundle of evidence about an exchange, checked as a court does; who asks and why is on record first",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {"schema": _OCTETS}}, "headers": {LEFT_OUT: _COUNT}}},
    )
    def post_evidence(officer: ALiaison, name: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], body: EvidenceRequest) -> Response:
        made = story.gather(officer, Wanted(name, body.reason, frozenset(body.languages), body.peer))
        return Response(made.raw, media_type=MEDIA_TYPE, headers={LEFT_OUT: str(made.left_out)})

    return router
