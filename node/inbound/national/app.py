"""The national API as one app: every route behind a token, every error a problem document."""

from typing import Any

from fastapi import APIRouter, FastAPI

from node.inbound.national.models import ProblemShown
from node.inbound.problems import MEDIA_TYPE, handle_errors

_PROBLEM: dict[str, Any] = {
    "content": {MEDIA_TYPE: {"schema": ProblemShown.model_json_schema()}},
    "description": "RFC 9457 problem document; docs/errors.md lists the codes",
}


def national_app(routers: list[APIRouter]) -> FastAPI:
    """The app that this state's officers and their programs speak to."""
    app = FastAPI(title="Celosia national API", version="1", docs_url=None, redoc_url=None)
    handle_errors(app)
    for router in routers:
        app.include_router(router, responses=dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 503), _PROBLEM))

    @app.get("/healthz", summary="The node answers", tags=["health"])
    def get_health() -> dict[str, str]:
        return {"status": "ok"}

    return app
