"""Publishing: networks, proposals with their previews, and the second officer's decision."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from node.flows.draft_publication import Content, RecordOut
from node.flows.keep_officers import KeepOfficers
from node.flows.publish import Preview, Publish
from node.inbound.national.guards import in_role
from node.inbound.national.publication_models import (
    FieldShown,
    GoneShown,
    LeftOutShown,
    NetworkShown,
    PreviewShown,
    ProposeRequest,
    PublicationShown,
    PublicationState,
    RecordPreview,
)
from node.officers import Analyst
from node.safeguards.grounds import FIELD_DIRECTIVES, FIELD_GROUNDS

_OF_EVERY_VERSION = frozenset({"version", "supersedes"})
"""What differs though nothing is said otherwise."""


def routes(officers: KeepOfficers, story: Publish) -> APIRouter:
    """GET /v1/networks; POST /v1/previews; GET and POST /v1/publications; POST …/{id}/approval, /refusal, /withdrawal."""
    router = APIRouter(prefix="/v1", tags=["publishing"])
    analyst = Depends(in_role(officers, Analyst))
    AnAnalyst = Annotated[Analyst, analyst]  # noqa: N806  a type

    @router.get("/networks", summary="Networks of the national case data")
    def get_networks(officer: AnAnalyst) -> list[NetworkShown]:
        return [
            NetworkShown(reference=state.reference, publications=dict(state.publications)) for state in story.networks(officer)
        ]

    @router.post("/previews", summary="Exactly what a network would send, and why it may; nothing is proposed")
    def post_preview(officer: AnAnalyst, body: ProposeRequest) -> PreviewShown:
        return PreviewShown(**_content(story.look(officer, body.network, body.audience)))

    @router.get("/publications", summary="Publications, newest first")
    def get_publications(officer: AnAnalyst, state: PublicationState | None = None) -> list[PublicationShown]:
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
        **_content(preview),
        id=preview.publication,
        state=preview.state,
        proposed_by=preview.proposed_by,
        decided_by=preview.decided_by,
        review=min(json.loads(each.payload)["review"] for each in preview.records),
        waiting=preview.waiting,
    )


def _content(content: Content) -> dict[str, Any]:
    return {
        "network": content.network,
        "audience": content.audience,
        "records": [_record(each) for each in content.records],
        "gone": [GoneShown(kind=each["kind"], id=each["id"]) for each in map(json.loads, content.gone)],
        "listed": dict(content.listed),
        "withheld": dict(content.withheld),
        "left_out": [LeftOutShown(field=each.field, reason=each.reason, until=each.until) for each in content.left_out],
    }


def _record(record: RecordOut) -> RecordPreview:
    document = json.loads(record.payload)
    before = None if record.before is None else json.loads(record.before)
    fields = [_field(name, value, before) for name, value in document.items()]
    same = before is not None and all(each.before is None for each in fields if each.name not in _OF_EVERY_VERSION)
    return RecordPreview(
        kind=document["kind"],
        id=document["id"],
        version=document["version"],
        bytes=record.payload.decode(),
        changed="new" if before is None else "same" if same else "changed",
        fields=fields,
    )


def _field(name: str, value: Any, before: Mapping[str, Any] | None) -> FieldShown:
    told = None if before is None or before.get(name) == value else before.get(name)
    return FieldShown(name=name, value=value, ground=FIELD_GROUNDS[name], directives=list(FIELD_DIRECTIVES[name]), before=told)
