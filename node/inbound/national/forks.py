"""The evidence that logs show two histories, for a liaison officer or an auditor."""

from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.keep_officers import KeepOfficers
from node.flows.show_forks import AgainstUs, ForkOfPeer, ShowForks
from node.inbound.national.audit_models import AgainstUsShown, ForkShown, ForksShown
from node.inbound.national.guards import in_role
from node.officers import Overseer


def routes(officers: KeepOfficers, forks: ShowForks) -> APIRouter:
    """GET /v1/audit/forks."""
    router = APIRouter(prefix="/v1/audit/forks", tags=["audit"])
    AnOverseer = Annotated[Overseer, Depends(in_role(officers, Overseer))]  # noqa: N806  a type

    @router.get("", summary="Forks of peers' logs, and what was shown against ours, with notes and keys; on record")
    def get_forks(officer: AnOverseer) -> ForksShown:
        found = forks.show(officer)
        return ForksShown(of_peers=list(map(_fork, found.of_peers)), against_us=list(map(_against_us, found.against_us)))

    return router


def _fork(fork: ForkOfPeer) -> ForkShown:
    return ForkShown(
        number=fork.number,
        authority=fork.authority,
        log=fork.origin,
        cause=fork.cause,
        noticed=fork.noticed,
        settled=fork.settled,
        first=fork.first.decode(),
        second=fork.second.decode(),
        key=fork.key,
    )


def _against_us(shown: AgainstUs) -> AgainstUsShown:
    return AgainstUsShown(
        log=shown.origin, size=shown.size, witnesses=list(shown.witnesses), note=shown.note.decode(), key=shown.key
    )
