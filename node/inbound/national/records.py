"""Records in force, own and received."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends

from node.flows.keep_officers import KeepOfficers
from node.flows.show_federation import ShowFederation, ShownRecord
from node.inbound.national.guards import reading
from node.inbound.national.models import ContactShown, RecordShown
from node.officers import CaseReader
from protocol.authority import Authority
from protocol.directory import Contact
from protocol.record import Record


def routes(officers: KeepOfficers, show: ShowFederation) -> APIRouter:
    """GET /v1/records and /v1/records/{id}."""
    router = APIRouter(prefix="/v1/records", tags=["records"])
    AReader = Annotated[CaseReader, Depends(reading(officers))]  # noqa: N806  a type

    @router.get("", summary="Records in force, newest first")
    def get_records(
        officer: AReader,
        authority: Authority | None = None,
        kind: Literal["network", "route", "modus_operandi"] | None = None,
    ) -> list[RecordShown]:
        return [_shown(record) for record in show.records(officer, authority, kind)]

    @router.get("/{record_id}", summary="One record")
    def get_record(officer: AReader, record_id: str) -> RecordShown:
        return _shown(show.record(officer, record_id))

    return router


def document_of(record: Record) -> dict[str, Any]:
    """A record as its JSON says it."""
    return record.model_dump(mode="json", exclude_none=True)


def contact_shown(contact: Contact | None) -> ContactShown | None:
    """A contact point for an officer."""
    if contact is None:
        return None
    return ContactShown(id=contact.id, email=contact.email, phone=contact.phone, languages=list(contact.languages))


def _shown(shown: ShownRecord) -> RecordShown:
    return RecordShown(
        digest=shown.digest,
        authority=shown.authority,
        received=shown.received,
        record=document_of(shown.record),
        contact=contact_shown(shown.contact),
        deliveries=dict(shown.deliveries),
    )
