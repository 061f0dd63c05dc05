"""Alerts: what was noticed, for the role that deals with it, and that somebody has."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from node.flows.keep_alerts import KeepAlerts, ShownAlert
from node.flows.keep_officers import KeepOfficers
from node.inbound.national.guards import in_role
from node.inbound.national.oversight_models import AlertShown, AlertsShown
from node.officers import AlertWatcher

_Number = Annotated[int, Path(ge=1, lt=1 << 31)]


def routes(officers: KeepOfficers, keep: KeepAlerts) -> APIRouter:
    """GET /v1/alerts and POST /v1/alerts/{alert_id}/settlement."""
    router = APIRouter(prefix="/v1/alerts", tags=["alerts"])
    AWatcher = Annotated[AlertWatcher, Depends(in_role(officers, AlertWatcher))]  # noqa: N806  a type

    @router.get("", summary="What was noticed and has to be looked at")
    def get_alerts(officer: AWatcher, settled: bool = False) -> AlertsShown:
        shown = keep.show(officer, settled=settled)
        return AlertsShown(alerts=[_model(each) for each in shown.alerts], open=shown.open)

    @router.post("/{alert_id}/settlement", summary="Somebody has looked at it")
    def post_settlement(officer: AWatcher, alert_id: _Number) -> AlertShown:
        return _model(keep.settle(officer, alert_id))

    return router


def _model(alert: ShownAlert) -> AlertShown:
    return AlertShown.model_validate({**asdict(alert), "peer": None if alert.peer is None else str(alert.peer)})
