"""The federation as this node sees it, the switch that denies a peer, and who one is signed in as."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from node.flows.keep_officers import KeepOfficers
from node.flows.show_federation import ShowFederation, ShownPeer
from node.inbound.national.guards import in_role, signed_in
from node.inbound.national.models import DenialShown, FederationShown, Me, PeerShown
from node.officers import Administrator, SignedIn
from protocol.authority import Authority


def routes(officers: KeepOfficers, show: ShowFederation) -> APIRouter:
    """GET /v1/me, GET /v1/peers, POST and DELETE /v1/peers/{authority}/denial."""
    router = APIRouter(prefix="/v1", tags=["federation"])
    AnOfficer = Annotated[SignedIn, Depends(signed_in(officers))]  # noqa: N806  a type
    AnAdministrator = Annotated[Administrator, Depends(in_role(officers, Administrator))]  # noqa: N806  a type

    @router.get("/me", summary="Who this token stands for")
    def get_me(officer: AnOfficer) -> Me:
        return Me(username=officer.username, roles=sorted(officer.roles), authority=show.federation.me)

    @router.get("/peers", summary="The directory and the other members")
    def get_peers(officer: AnOfficer) -> FederationShown:
        shown = show.peers(officer)
        return FederationShown(
            authority=shown.me,
            directory_version=shown.directory.version,
            directory_hash=shown.directory.hash,
            directory_expires=shown.expires,
            peers=[_peer(peer) for peer in shown.peers],
            left_out=dict(shown.left_out),
        )

    @router.post("/peers/{authority}/denial", summary="Exchange nothing more with a peer")
    def post_denial(officer: AnAdministrator, authority: Authority) -> DenialShown:
        return DenialShown(authority=authority, denied=True, changed=show.deny(officer, authority))

    @router.delete("/peers/{authority}/denial", summary="Take a denial back")
    def delete_denial(officer: AnAdministrator, authority: Authority) -> DenialShown:
        return DenialShown(authority=authority, denied=False, changed=show.allow(officer, authority))

    return router


def _peer(peer: ShownPeer) -> PeerShown:
    return PeerShown.model_validate({**asdict(peer), "authority": str(peer.authority), "names": peer.names.model_dump()})
