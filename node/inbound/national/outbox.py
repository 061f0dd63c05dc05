"""What waits for peers, what was put aside, and another try."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.keep_officers import KeepOfficers
from node.flows.keep_outbox import KeepOutbox
from node.inbound.national.guards import in_role
from node.inbound.national.models import JobShown, OutboxShown, RefusedRecordShown, Retried, RetryRequest
from node.officers import Administrator
from protocol.authority import Authority


def routes(officers: KeepOfficers, keep: KeepOutbox) -> APIRouter:
    """GET /v1/outbox and POST /v1/outbox/retries."""
    router = APIRouter(prefix="/v1/outbox", tags=["outbox"])
    AnAdministrator = Annotated[Administrator, Depends(in_role(officers, Administrator))]  # noqa: N806  a type

    @router.get("", summary="What waits for peers or was put aside, by them or by this node")
    def get_outbox(officer: AnAdministrator, peer: Authority | None = None) -> OutboxShown:
        shown = keep.show(officer, peer)
        return OutboxShown(
            jobs=[JobShown.model_validate({**asdict(job), "peer": str(job.peer)}) for job in shown.jobs],
            total=shown.total,
            refused=[RefusedRecordShown.model_validate({**asdict(each), "peer": str(each.peer)}) for each in shown.refused],
        )

    @router.post("/retries", summary="Try again now: one job, what is owed to one peer, or everything")
    def post_retry(officer: AnAdministrator, retry: RetryRequest) -> Retried:
        return Retried(count=keep.retry(officer, job=retry.job, peer=retry.peer))

    return router
