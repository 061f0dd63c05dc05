"""Publishing: networks, proposals with their previews, and the second officer's decision."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from node.flows.keep_officers import KeepOfficers
from node.flows.publish import Preview, Publish
from node.inbound.national.guards import in_role
from node.inbound.national.models import FieldShown, NetworkShown, ProposeRequest, PublicationShown, RecordPreview
from node.officers import Analyst
from node.safeguards.minimisation import FIELD_GROUNDS


def routes(officers: KeepOfficers, story: Publish) -> APIRouter:
    """GET /v1/networks; GET and POST /v1/publications; POST …/{id}/approval, /refusal, /withdrawal."""
    router = APIRouter(prefix="/v1", tags=["publishing"])
    analyst = Depends(in_role(officers, Analyst))
    AnAnalyst = Annotated[Analyst, analyst]  # noqa: N806  a type

    @router.get("/networks", summary="Networks of the national case data")
    def get_networks(officer: AnAnalyst) -> list[NetworkShown]:
        return [
            NetworkShown(reference=state.reference, publications=dict(state.publications)) for state in story.networks(officer)
        ]

    @router.get("/publications", summary="Publications, newest first")
    def get_publications(
        officer: AnAnalyst, state: Literal["proposed", "published", "refused", "replaced", "withdrawn"] | None = None
    ) -> list[PublicationShown]:
        return [_shown(preview) for preview in story.previews(officer, state)]

    @router.post("/publications", status_code=201, summary="Propose a network for publication")
    def post_publication(officer: AnAnalyst, body: ProposeRequest) -> PublicationShown:
        return _shown(story.propose(officer, body.network, body.audience))

    @router.get("/publications/{publication_id}", summary="Exactly what would leave, and why it may")
    def get_publication(officer: AnAnalyst, publication_id: str) -> PublicationShown:
        return _shown(story.preview(officer, publication_id))

    @router.post("/publications/{publication_id}/approval", summary="Publish, as the second officer")
    def post_approval(officer: AnAnalyst, publication_id: str) -> PublicationShown:
        return _shown(story.approve(officer, publication_id))

    @router.post("/publications/{publication_id}/refusal", summary="Do not publish, as the second officer")
    def post_refusal(officer: AnAnalyst, publication_id: str) -> PublicationShown:
        return _shown(story.refuse(officer, publication_id))

    @router.post("/publications/{publication_id}/withdrawal", summary="Take a publication back")
    def post_withdrawal(officer: AnAnalyst, publication_id: str) -> PublicationShown:
        return _shown(story.withdraw(officer, publication_id))

    return router


def _shown(preview: Preview) -> PublicationShown:
    return PublicationShown(
        id=preview.publication,
        network=preview.network,
        audience=preview.audience,
        state=preview.state,
        proposed_by=preview.proposed_by,
        decided_by=preview.decided_by,
        records=[_record(payload) for payload in preview.records],
        listed=dict(preview.listed),
        withheld=dict(preview.withheld),
        waiting=preview.waiting,
    )


def _record(payload: bytes) -> RecordPreview:
    document = json.loads(payload)
    return RecordPreview(
        kind=document["kind"],
        id=document["id"],
        version=document["version"],
        bytes=payload.decode(),
        fields=[FieldShown(name=name, value=value, ground=FIELD_GROUNDS[name]) for name, value in document.items()],
    )
